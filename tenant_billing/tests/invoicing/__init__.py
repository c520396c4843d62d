from . import test_first_loop
from . import test_settlement_table
from . import test_renewal
from . import test_return_after_stop
from . import test_money_state
from . import test_taking_back
