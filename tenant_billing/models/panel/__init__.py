from . import tenant_billing_profile
from . import tenant_panel_lifecycle
from . import tenant_panel_hold
from . import tenant_subscription
from . import tenant_panel
from . import tenant_panel_holds
from . import res_partner
from . import tenant_billing_event
