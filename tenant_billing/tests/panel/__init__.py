from . import test_lifecycle_moves
from . import test_api_key_records
