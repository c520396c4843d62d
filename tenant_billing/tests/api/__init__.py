from . import test_status_route
from . import test_api_hostile
