from . import base
from . import tenant_status
from . import panels
from . import usage_events
from . import entitlements
from . import openapi
