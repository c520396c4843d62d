"""One small way to break each rule and law, and the tests that keep it."""

from typing import NamedTuple

INVOICING = 'models/invoicing/'
COLLECTION = 'models/collection/'
API = 'controllers/api/'
KEYS = ('api/test_api_keys.py',)
SECRETS = ('panel/test_api_key_records.py',)
PANEL = 'models/panel/'
UNDER_WAY = ('collection/test_payment_under_way.py',)
GUARDS = ('collection/test_payment_guards.py',)
PAYING = ('collection/test_paying_a_panel.py',)
STATUS = ('collection/test_panel_status.py',)
PAGE = ('collection/test_panel_page.py',)
BOUNDS = ('collection/test_gateway_bounds.py',)


class Mutation(NamedTuple):
    """A line of a file of an addon, what it becomes, and the tests that must then fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple
    addon: str = 'tenant_billing'


MUTATIONS = [
    Mutation(
        'R1 the cut-off forgets the period\'s start',
        INVOICING + 'tenant_billing_demand.py',
        "days.append(fields.Date.subtract(period.date_start, days=1))", "pass",
        ('invoicing/test_money_state.py',)),
    Mutation(
        'R1 grace is a day short',
        INVOICING + 'tenant_panel.py',
        "return 'grace' if today <= self.grace_through else 'suspended'",
        "return 'grace' if today < self.grace_through else 'suspended'",
        ('invoicing/test_money_state.py', 'invoicing/test_first_loop.py')),
    Mutation(
        'R2 an open period does not end the chain',
        'engine/periods.py',
        "if mark == 'open' or start > reach:", "if start > reach:",
        ('invoicing/test_money_state.py',)),
    Mutation(
        'R3 a demand closed on core\'s screens lifts the stop',
        INVOICING + 'tenant_panel.py',
        "self._refresh(lift=settled)", "self._refresh(lift=True)",
        ('invoicing/test_money_state.py',)),
    Mutation(
        'R4 bad debt above the limit counts as payment',
        INVOICING + 'tenant_billing_settlement.py',
        "WHEN b.other > b.small THEN 'dead'", "WHEN FALSE THEN 'dead'",
        ('invoicing/test_settlement_table.py',)),
    Mutation(
        'R4 another document\'s credit note is not money',
        INVOICING + 'tenant_billing_books.py',
        "WHEN c.move_type = 'out_refund' THEN 'money'",
        "WHEN c.move_type = 'out_refund' THEN 'other'",
        ('invoicing/test_settlement_table.py', 'invoicing/test_account_credit.py')),
    Mutation(
        'R5 taking back does not start grace anew',
        INVOICING + 'tenant_billing_demand.py',
        "self.reopened_on = today", "self.reopened_on = False",
        ('invoicing/test_taking_back.py',)),
    Mutation(
        'R6 undoing a reconciliation is not seen',
        INVOICING + 'account_partial_reconcile.py',
        "self.env['tenant.billing.period']._settle(moves.exists())", "pass",
        ('invoicing/test_taking_back.py', 'invoicing/test_settlement_table.py')),
    Mutation(
        'R6 the panel\'s row is not written',
        INVOICING + 'tenant_panel.py',
        "        self._bump()\n        for panel", "        for panel",
        ('../../tests/chaos/test_races.py',)),
    Mutation(
        'R7 a payment under way holds nothing off',
        COLLECTION + 'tenant_panel.py',
        "if now == 'suspended' and self._holds_off_stop():", "if False:", UNDER_WAY),
    Mutation(
        'R7 one payment after the other holds off for ever',
        COLLECTION + 'tenant_billing_demand.py',
        "waited < ON_ITS_WAY and any(", "any(", UNDER_WAY),
    Mutation(
        'R7 pressing Pay holds off for ever',
        COLLECTION + 'tenant_billing_demand.py',
        "or waited < FIRST_ANSWER and any(", "or any(", UNDER_WAY),
    Mutation(
        'R7 a bank transfer holds off the stop',
        COLLECTION + 'payment_transaction.py',
        "return self.provider_code not in ('none', 'custom')", "return True", UNDER_WAY),
    Mutation(
        'R7 the gateway\'s answer is not believed',
        COLLECTION + 'payment_transaction.py',
        "self.state in ('draft', 'cancel') and not self.tenant_answered_on",
        "self.state in ('draft', 'cancel')", UNDER_WAY),
    Mutation(
        'R7 a payment of one demand holds off another',
        COLLECTION + 'tenant_panel.py',
        "return all([demand._holds_off_stop()", "return any([demand._holds_off_stop()",
        UNDER_WAY),
    Mutation(
        'R7a credit held for a refund is used',
        INVOICING + 'tenant_billing_demand.py',
        "('move_id.tenant_hold_for_refund', '=', False),", "",
        ('invoicing/test_account_credit.py',)),
    Mutation(
        'R7b test money counts',
        INVOICING + 'tenant_billing_settlement.py',
        "WHEN b.test >= b.tick THEN 'open'", "WHEN FALSE THEN 'open'",
        ('invoicing/test_account_credit.py', 'invoicing/test_settlement_table.py')),
    Mutation(
        'R9 created before payment runs at once',
        INVOICING + 'tenant_panel_order.py',
        "if self._must_pay_first() and not self._undated_period().settled:", "if False:",
        ('invoicing/test_first_period.py',)),
    Mutation(
        'R9 an unpaid order never expires',
        COLLECTION + 'tenant_panel.py',
        "            panel._expire_orders()\n", "",
        ('invoicing/test_first_period.py',)),
    Mutation(
        'R10 a stub costs the whole price',
        INVOICING + 'tenant_panel_renewal.py',
        "Decimal(str(version.price)), span.days, span.whole_days,",
        "Decimal(str(version.price)), span.days, span.days,",
        ('invoicing/test_renewal.py',)),
    Mutation(
        'R11 the lead is forgotten',
        INVOICING + 'tenant_panel_renewal.py',
        "return fields.Date.subtract(start, days=self.plan_version_id.lead_days)", "return start",
        ('invoicing/test_renewal.py',)),
    Mutation(
        'R11 what begins while stopped is not credited',
        COLLECTION + 'tenant_panel.py',
        "            panel._credit_begun_while_stopped()\n", "",
        ('invoicing/test_renewal.py', 'invoicing/test_return_after_stop.py')),
    Mutation(
        'R12 only one missed period is issued',
        INVOICING + 'tenant_panel_renewal.py',
        "due = claimed.panel_id.filtered(lambda panel: panel._is_due())", "due = self.browse()",
        ('invoicing/test_renewal.py',)),
    Mutation(
        'R13 served days are not counted',
        INVOICING + 'tenant_panel_return.py',
        "self._move_periods(period, day - served)", "self._move_periods(period, day)",
        ('invoicing/test_return_after_stop.py', 'invoicing/test_first_loop.py')),
    Mutation(
        'R14 an unconfirmed trial runs on',
        COLLECTION + 'tenant_panel.py',
        "            panel._end_trial()\n", "",
        ('invoicing/test_trial_and_free.py',)),
    Mutation(
        'R15 a paid upgrade leaves the free period running',
        INVOICING + 'tenant_panel_order.py',
        "free.date_end = day", "pass",
        ('invoicing/test_trial_and_free.py',)),
    Mutation(
        'R15a a grant does not move the anchor',
        INVOICING + 'tenant_panel_ending.py',
        "self.sudo().anchor_date = end", "pass",
        ('invoicing/test_kindness_and_end.py',)),
    Mutation(
        'R16 zero periods stay unsettled',
        INVOICING + 'tenant_panel_renewal.py',
        "period.write({'settled': True, 'settled_by': how, 'settled_on': today})", "pass",
        ('invoicing/test_trial_and_free.py',)),
    Mutation(
        'R17 days are those of UTC',
        'models/oversight/res_company.py',
        "return periods.today_in(fields.Datetime.now(), zone or self.tenant_tz)",
        "return periods.today_in(fields.Datetime.now(), 'UTC')",
        ('invoicing/test_renewal.py', 'collection/test_two_worlds.py')),
    Mutation(
        'R33 Pay leaves out what is not due yet',
        COLLECTION + 'tenant_panel_payment.py',
        "        if only_due:\n            due", "        if True:\n            due", PAYING),
    Mutation(
        'R33 Renew early goes beyond the limit',
        COLLECTION + 'tenant_panel_payment.py',
        "if len(ahead) >= self.plan_version_id.max_prepaid_cycles:", "if False:", PAYING),
    Mutation(
        'R33 Renew early pressed twice is not once',
        COLLECTION + 'tenant_panel_payment.py',
        "        if self._has_unpaid_ahead(self._today()):\n            return\n", "", PAYING),
    Mutation(
        'R34 what no gateway takes stops a panel',
        COLLECTION + 'tenant_billing_demand.py',
        "        if not other:\n            return None\n", "        other = other or self\n",
        BOUNDS),
    Mutation(
        'R34 what waited stops a panel without notice',
        COLLECTION + 'tenant_billing_demand.py',
        "return max(stop, super(TenantBillingDemand, other)._stops_after() or stop) if (",
        "return stop if (", BOUNDS),
    Mutation(
        'R34 a part leaves less than the gateway takes',
        COLLECTION + 'payment_provider.py',
        "most if total - most >= least else total - least", "most", BOUNDS),
    Mutation(
        'Guard: the client chooses the amount',
        COLLECTION + 'payment_transaction.py',
        "if all(self.currency_id.compare_amounts(self.amount, offer) for offer in (",
        "if all(False for offer in (", GUARDS),
    Mutation(
        'Guard: any provider',
        COLLECTION + 'payment_transaction.py',
        "if self.provider_id not in compatible:", "if False:", GUARDS),
    Mutation(
        'Guard: any method of payment',
        COLLECTION + 'payment_transaction.py',
        "if not fits:", "if False:", GUARDS),
    Mutation(
        'Guard: any payer',
        COLLECTION + 'payment_transaction.py',
        "if customers != self.partner_id.commercial_partner_id:", "if False:", GUARDS),
    Mutation(
        'Guard: any page to return to',
        COLLECTION + 'payment_transaction.py',
        "if route[0] != '/' or route[1:2] in ('/', '\\\\'):", "if False:", GUARDS),
    Mutation(
        'Guard: the landing page is the client\'s',
        COLLECTION + 'payment_transaction.py',
        "        self.landing_route = self._landing()\n", "", GUARDS),
    Mutation(
        'Guard: other currencies',
        COLLECTION + 'payment_transaction.py',
        "if len(company) != 1 or currency != self.currency_id:", "if len(company) != 1:", GUARDS),
    Mutation(
        'Guard: what is paid can be paid again',
        COLLECTION + 'account_move.py',
        "if self.currency_id.compare_amounts(rest, 0) <= 0:", "if False:", GUARDS),
    Mutation(
        'Guard: a second payment while one is under way',
        COLLECTION + 'account_move.py',
        "if any(demand._is_confirming() for demand in demands):", "if False:", GUARDS),
    Mutation(
        'Guard: a company without a bank journal takes payments',
        COLLECTION + 'payment_provider.py',
        "    @api.constrains('state', 'company_id')\n    def _check_bank",
        "    def _check_bank", GUARDS),
    Mutation(
        'A done payment waits for the next regular booking',
        COLLECTION + 'payment_transaction.py',
        "self.env.ref('payment.cron_post_process_payment_tx').sudo()._trigger()", "pass", GUARDS),
    Mutation(
        'Law 10 the neighbour pays',
        'controllers/portal/own.py',
        "panels.sudo().search(panels._domain_of_tenant(request.env.user) & domain)",
        "panels.sudo().search(domain)",
        ('pages/test_pay_pages.py',)),
    Mutation(
        'R7 the card asks for money that is under way',
        COLLECTION + 'tenant_panel_status.py',
        "        if facts.pending:\n            return Look(",
        "        if False:\n            return Look(",
        STATUS),
    Mutation(
        'R33 the card tells another amount than Pay charges',
        COLLECTION + 'tenant_panel_facts.py',
        "    d.amount_open, d.due_date", "    d.amount, d.due_date",
        STATUS),
    Mutation(
        'The card names the last day of grace as the first stopped one',
        COLLECTION + 'tenant_panel_status.py',
        "fields.Date.add(self.grace_through, days=1)", "self.grace_through",
        STATUS),
    Mutation(
        'R35 the first stopped day is a day early',
        COLLECTION + 'tenant_billing_demand.py',
        "'stops_on': fields.Date.add(stop, days=grace + 1),",
        "'stops_on': fields.Date.add(stop, days=grace),",
        ('collection/test_reminders.py',)),
    Mutation(
        'R36 notice is not kept',
        'models/catalog/tenant_plan_version.py',
        "self.effective_from <= start and notice_end <= start", "self.effective_from <= start",
        ('catalog/test_price_change.py',)),
    Mutation(
        'R38 an unpaid period ahead is not credited',
        INVOICING + 'tenant_panel_ending.py',
        "            panel._credit_after_service()\n", "",
        ('invoicing/test_kindness_and_end.py',)),
    Mutation(
        'R38 account credit pays a part of what is to be credited',
        INVOICING + 'tenant_billing_demand.py',
        "any(part._is_to_be_credited() for part in d.move_id.tenant_demand_ids)", "False",
        ('invoicing/test_kindness_and_end.py',)),
    Mutation(
        'R39 goodwill takes days back',
        INVOICING + 'account_move.py',
        "UNSETTLING = ('not_delivered', 'cancelled', 'chargeback')",
        "UNSETTLING = ('not_delivered', 'cancelled', 'chargeback', 'goodwill')",
        ('invoicing/test_settlement_table.py',)),
    Mutation(
        'R40 served days are credited too',
        INVOICING + 'tenant_panel_ending.py',
        "days = (unserved, whole) if unserved < whole else None", "days = None",
        ('invoicing/test_closing.py',)),
    Mutation(
        'R40 what was credited before is credited again',
        INVOICING + 'tenant_invoice_credit.py',
        "if left < min(wanted, demand.amount):", "if False:",
        ('invoicing/test_closing.py',)),
    Mutation(
        'R40 of two refunds one is named',
        INVOICING + 'tenant_panel_ending.py',
        "held |= panel._credit", "held = panel._credit", ('invoicing/test_closing.py',)),
    Mutation(
        'Law 10 a plan version is hung on another company\'s plan',
        'models/catalog/tenant_plan_version.py',
        "if {'plan_id', 'company_id'} & set(vals):", "if False:",
        ('oversight/test_kept_apart.py',)),
    Mutation(
        'A session is exchanged below /api/', API + 'base.py',
        "session.can_save = False", "pass", ('api/test_status_route.py',)),
    Mutation(
        'Law 3 a mail is queued twice',
        COLLECTION + 'tenant_panel_reminders.py',
        "if not told & set(move.tenant_demand_ids.ids) and not all(", "if not all(",
        ('collection/test_reminders.py', 'invoicing/test_first_loop.py')),
    Mutation(
        'Law 4 an issued line can be edited',
        INVOICING + 'account_move_line.py',
        "if said and any(line._says_otherwise(vals, said) for line in self):", "if False:",
        ('invoicing/test_issued_lines.py',)),
    Mutation(
        'Law 9 one bad record stops the run',
        INVOICING + 'tenant_billing_run.py',
        "                self._set_aside(record, error)\n                return\n",
        "                raise\n",
        ('collection/test_two_worlds.py',)),
    Mutation(
        'Law 10 the neighbour\'s action is not checked',
        INVOICING + 'tenant_panel_ending.py',
        "self.check_access('write')\n        if not isinstance(days, int)",
        "if not isinstance(days, int)",
        ('oversight/test_neighbour.py',)),
    Mutation(
        'Law 10 a tenant sees its neighbour\'s panels',
        PANEL + 'tenant_panel.py',
        "Domain('partner_id', 'any!', family) & Domain('company_id'", "Domain('company_id'",
        PAGE),
    Mutation(
        'Law 10 a tenant sees its panels at another operator',
        PANEL + 'tenant_panel.py',
        " & Domain('company_id', 'any!', companies)", "",
        PAGE),
    Mutation(
        'Law 10 a receipt of another panel is given out',
        COLLECTION + 'tenant_panel_page.py',
        "self._paid_by(self._billed_moves()).filtered(",
        "self.env['account.payment'].browse(payment_id).filtered(",
        PAGE),
    Mutation(
        'Law 12 a published version can be edited',
        'models/catalog/tenant_plan_version.py',
        "if set(TERMS) & set(vals):",
        "if False:",
        ('invoicing/test_issued_lines.py', 'catalog/test_plan_versions.py')),
    Mutation(
        'The door: state is writable',
        PANEL + 'tenant_panel.py',
        "            return self.env.su\n        return super()._has",
        "            return True\n        return super()._has",
        ('invoicing/test_issued_lines.py',)),
    Mutation(
        'A key opens every panel of every company',
        API + 'base.py',
        "domain = Domain('company_id', '=', caller.company_id)", "domain = Domain.TRUE",
        ('api/test_api_neighbours.py',)),
    Mutation(
        'A key of one panel opens its neighbours',
        API + 'base.py',
        "domain &= Domain('id', '=', caller.panel_id)", "pass", KEYS),
    Mutation(
        'A key needs no scope',
        API + 'base.py', "if scope not in caller.scopes:", "if False:", KEYS),
    Mutation(
        'A prefix opens without its secret',
        PANEL + 'tenant_api_key.py', "if consteq(digest, known):", "if known:", SECRETS),
    Mutation(
        'A revoked key goes on',
        PANEL + 'tenant_api_key.py', "WHERE revoked_at IS NULL", "WHERE TRUE", SECRETS),
    Mutation(
        'An old secret lives for ever',
        PANEL + 'tenant_api_key.py',
        "previous_prefix = %(prefix)s AND previous_until > %(now)s",
        "previous_prefix = %(prefix)s", SECRETS),
    Mutation(
        'An Idempotency-Key answers what was not asked',
        PANEL + 'tenant_api_answer.py', "if known != fingerprint:", "if False:",
        ('api/test_api_panels.py',)),
    Mutation(
        'Progress that comes late moves the bar',
        PANEL + 'tenant_panel_provisioning.py', "if self.state == 'creating':", "if True:",
        ('api/test_api_panels.py',)),
    Mutation(
        'R36 nobody is told of a new price',
        COLLECTION + 'tenant_panel_messages.py',
        "if not start or self.state == 'closed':", "if True:",
        ('collection/test_messages.py',)),
    Mutation(
        'Messages: what is not true any more is told',
        COLLECTION + 'tenant_reminder_sending.py',
        "            and bool(self._is_true()))", "        )",
        ('collection/test_messages.py',)),
    Mutation(
        'Messages: a text message is not marked before it is sent',
        COLLECTION + 'tenant_reminder_sending.py',
        "                row.state = 'sending'\n", "",
        ('collection/test_text_messages.py',)),
    Mutation(
        'Messages: text messages go into private networks',
        COLLECTION + 'tenant_sms_sender.py',
        "outbound.post(url, body, headers, method=method)",
        "outbound.post(url, body, headers, method=method, allow_private=True)",
        ('collection/test_text_messages.py',)),
    Mutation(
        'Adoption: a panel that differs is adopted again',
        INVOICING + 'tenant_adoption_row.py',
        "        if differing:", "        if False:",
        ('invoicing/test_adoption.py',)),
    Mutation(
        'Adoption: the next period begins on the last paid day',
        INVOICING + 'tenant_panel_adoption.py',
        "fields.Date.add(last_day, days=1)", "fields.Date.add(last_day, days=0)",
        ('invoicing/test_adoption.py',)),
    Mutation(
        'R40 what was served before is credited at the closing',
        INVOICING + 'tenant_panel_ending.py',
        "if demand.direction == 'arrears':", "if False:",
        ('invoicing/test_adoption.py',)),
    Mutation(
        'R31 a customer abroad pays the price with our tax',
        'models/catalog/tenant_plan_version_tax.py',
        "self._unit_price_for(amount, self._taxes_of(partner))",
        "self._unit_price_for(amount, self._own_taxes())",
        ('invoicing/test_net_and_gross.py',)),
    Mutation(
        'R31 the price with tax is charged without looking at the taxes',
        'models/catalog/tenant_plan_version_tax.py',
        "        self._check_taxes()\n        return", "        return",
        ('invoicing/test_net_and_gross.py',)),
    Mutation(
        'R41 money fills the days to come before what was used',
        INVOICING + 'tenant_billing_books.py',
        "ORDER BY d.direction = 'advance', d.id", "ORDER BY d.direction = 'arrears', d.id",
        ('invoicing/test_sections.py',)),
    Mutation(
        'R41 a credit note takes off whatever comes first',
        INVOICING + 'tenant_billing_books.py',
        "part_of.id AS section", "NULL::int AS section",
        ('invoicing/test_sections.py',)),
]
