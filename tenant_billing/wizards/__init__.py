from . import tenant_panel_action
from . import tenant_demand_action
from . import tenant_message_preview
from . import res_config_settings
from . import tenant_api_key_show
from . import tenant_webhook_secret
from . import tenant_charge_try
