from . import tenant_billing_cycle
from . import tenant_plan
from . import tenant_plan_version
from . import tenant_plan_version_tax
