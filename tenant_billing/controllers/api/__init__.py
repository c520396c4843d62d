from . import base
from . import tenant_status
from . import panels
from . import openapi
