from . import test_neighbour
from . import test_self_audit
