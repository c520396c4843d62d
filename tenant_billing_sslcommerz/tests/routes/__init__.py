from . import test_attack_list
from . import test_callback_routes
from . import test_gateway_pages
from . import test_stripe_routes
