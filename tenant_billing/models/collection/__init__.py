from . import tenant_reminder
from . import tenant_panel
from . import tenant_panel_reminders
from . import tenant_billing_demand
