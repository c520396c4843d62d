from . import base
from . import tenant_status
