from . import tenant_reminder
from . import tenant_panel
from . import tenant_panel_reminders
from . import tenant_panel_status
from . import tenant_panel_card
from . import tenant_panel_page
from . import tenant_billing_demand
from . import tenant_billing_event
