from . import tenant_demo, tenant_demo_usage, tenant_demo_alerts
