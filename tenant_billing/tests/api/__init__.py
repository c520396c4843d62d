from . import test_status_route
from . import test_api_hostile
from . import test_api_keys
from . import test_api_neighbours
from . import test_api_panels
from . import test_api_bodies
from . import test_openapi
