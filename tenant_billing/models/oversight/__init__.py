from . import res_company
from . import tenant_billing_event
from . import tenant_billing_audit
