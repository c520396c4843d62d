from . import res_company
from . import tenant_billing_event
from . import tenant_billing_audit
from . import tenant_webhook_endpoint
from . import tenant_webhook_delivery
from . import tenant_webhook_sending
from . import tenant_webhook_audit
from . import tenant_api_call
