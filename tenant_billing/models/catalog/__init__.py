from . import tenant_billing_cycle
from . import tenant_meter
from . import tenant_plan
from . import tenant_plan_version
