from . import tenant_demo
