from . import tenant_billing_cycle
from . import tenant_meter
from . import tenant_plan
from . import tenant_plan_version
from . import tenant_charge
from . import tenant_rate_card
from . import tenant_charge_tier
from . import tenant_plan_version_charges
