from . import test_plan_versions
from . import test_price_change
from . import test_charges
from . import test_entitlements
