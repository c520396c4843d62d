from . import test_gateway_bounds
from . import test_paying_a_panel
from . import test_payment_guards
from . import test_payment_under_way
from . import test_reminders
from . import test_two_worlds
