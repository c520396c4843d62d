from . import test_portal_panels
from . import test_portal_panel
from . import test_portal_neighbour
from . import test_portal_hostile
from . import test_portal_browser
from . import test_portal_cards
from . import test_portal_usage
from . import test_usage_browser
