from . import test_callback_routes
