"""Small ways to break usage alerts, active hours and tenants' keys, and the tests that notice."""

from mutation_list import Mutation

FIRING = 'models/metering/tenant_usage_alert_firing.py'
RULE = 'models/metering/tenant_usage_alert_rule.py'
ALERTS = ('collection/test_usage_alerts.py',)
HOURS = ('invoicing/test_active_hours.py',)
KEYS = ('portal/test_portal_keys.py',)

ALERT = [
    Mutation(
        'Alerts: of several the lowest is told', FIRING, "max(best.get(", "min(best.get(", ALERTS),
    Mutation(
        'Alerts: what was told before is not heeded', FIRING, "for row in (*known, *rows):",
        "for row in rows:", ALERTS),
    Mutation(
        'Alerts: archived rules tell', FIRING, "            ('active', '=', True)])",
        "            ])", ALERTS),
    Mutation(
        'Alerts: rules in money of any currency', RULE,
        "and (self.basis != 'money' or panel.currency_id == self.currency_id))", ")", ALERTS),
    Mutation(
        'R24: a limit that refused is not reached',
        'models/invoicing/tenant_billing_levels.py', "limit.meter_id.id, limit in refusing)",
        "limit.meter_id.id)", ALERTS),
    Mutation(
        'Alerts: a changed rule looks at nothing again', RULE,
        "vals = {**vals, 'checked_at': False}", "pass", ALERTS),
    Mutation(
        'Alerts: woken where there is no rule', 'models/metering/tenant_panel_alerts.py',
        "if watched and any(panel.company_id.id in watched for panel in self):", "if True:",
        ALERTS),
    Mutation(
        'Alerts: mailed though it was read', 'models/collection/tenant_reminder_sending.py',
        "'usage': lambda: not self.alert_id.read_at,", "'usage': lambda: True,", ALERTS),
    Mutation(
        'R25: no active hours in grace', 'engine/active_hours.py',
        "frozenset({'active', 'grace'})", "frozenset({'active'})", HOURS),
    Mutation(
        'R25: active hours in a stop', 'engine/active_hours.py',
        "frozenset({'active', 'grace'})", "frozenset({'active', 'grace', 'suspended'})", HOURS),
    Mutation(
        'Active hours: those to come are counted', 'models/invoicing/tenant_usage_active.py',
        "until = min(until, fields.Datetime.now())", "pass", HOURS),
    Mutation(
        'Keys: operators\' keys are the tenant\'s', 'models/panel/tenant_panel_keys.py',
        "('is_of_tenant', '=', True)", "('panel_id', '!=', False)", KEYS),
    Mutation(
        'Keys: tenants choose any scope', 'models/panel/tenant_panel_keys.py',
        "not scopes or not scopes <= set(TENANT_SCOPES)", "not scopes", KEYS),
    Mutation(
        'Keys: rotated twice by one press', 'models/panel/tenant_api_key_of_tenant.py',
        "if self.prefix != prefix:", "if False:", KEYS),
]
