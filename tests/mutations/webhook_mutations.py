"""Small ways to break webhooks, and the tests that notice."""

from mutation_list import INVOICING, PANEL, Mutation

OVERSIGHT = 'models/oversight/'
SENDING = OVERSIGHT + 'tenant_webhook_sending.py'
DELIVERY = ('oversight/test_webhook_delivery.py',)
SECRETS = ('oversight/test_webhook_secrets.py',)
OUTBOUND = ('oversight/test_outbound.py',)
TOLD = ('invoicing/test_what_hosts_are_told.py',)

WEBHOOKS = [
    Mutation(
        'Webhooks: a later message overtakes', SENDING,
        "AND earlier.sequence < d.sequence", "AND FALSE", DELIVERY),
    Mutation(
        'Webhooks: a failure holds back every panel', SENDING,
        "AND earlier.subject = d.subject", "", DELIVERY),
    Mutation(
        'Webhooks: what is under way is taken again', SENDING,
        "now + LEASE, now, tuple(chosen)", "now, now, tuple(chosen)", DELIVERY),
    Mutation(
        'Webhooks: one slow host holds up the others', SENDING,
        "ThreadPoolExecutor(LINES)", "ThreadPoolExecutor(1)", DELIVERY),
    Mutation(
        'Webhooks: archived endpoints are called', SENDING,
        "AND e.active", "", DELIVERY),
    Mutation(
        'Webhooks: an endpoint goes to hear of another company',
        OVERSIGHT + 'tenant_webhook_endpoint.py',
        "endpoint.company_id.id != vals['company_id'] for", "False for",
        ('oversight/test_kept_apart.py',)),
    Mutation(
        'Webhooks: what breaks at one host stops all', SENDING,
        "flying.pop(future), self._answer_of(future)", "flying.pop(future), future.result()",
        DELIVERY),
    Mutation(
        'Webhooks: never given up', OVERSIGHT + 'tenant_webhook_delivery.py',
        "or now >= last_try", "", DELIVERY),
    Mutation(
        'Webhooks: an attempt bears the time of the first one', SENDING,
        "int(fields.Datetime.now().replace(", "int(self.queued_on.replace(", SECRETS),
    Mutation(
        'Webhooks: the old secret stops at once', OVERSIGHT + 'tenant_webhook_endpoint.py',
        "[endpoint.previous_secret] if old_counts", "[] if old_counts", SECRETS),
    Mutation(
        'Webhooks: the old secret counts for ever', OVERSIGHT + 'tenant_webhook_endpoint.py',
        "and fields.Datetime.now() < endpoint.previous_until", "", SECRETS),
    Mutation(
        'Outbound: one public address is enough', 'outbound.py',
        "if not allow_private and not all(", "if not allow_private and not any(", OUTBOUND),
    Mutation(
        'Outbound: any answer is a success', 'outbound.py',
        "200 <= self.status < 300", "200 <= self.status < 400", OUTBOUND),
    Mutation(
        'Outbound: a host that drips is waited for', 'outbound.py',
        "self.watch.start()", "pass", OUTBOUND),
    Mutation(
        'Webhooks: a paid-through date is told at each derivation',
        INVOICING + 'tenant_panel_webhooks.py',
        "panel.told_paid_through = panel.paid_through", "pass", TOLD),
    Mutation(
        'Webhooks: a state that stays is told', PANEL + 'tenant_panel_webhooks.py',
        "self.filtered(lambda panel: panel.state != before[panel])", "self", TOLD),
    Mutation(
        'Webhooks: provisioning is not asked again', INVOICING + 'tenant_panel_order.py',
        "elif not self._must_pay_first() or self._undated_period().settled:", "elif False:", TOLD),
]
