"""Small ways to break usage on invoices, and the tests that notice."""

from mutation_list import Mutation

INVOICING = 'models/invoicing/'
PERIOD = INVOICING + 'tenant_billing_rating.py'
PANEL = INVOICING + 'tenant_panel_usage.py'
BUILDER = INVOICING + 'tenant_invoice_usage.py'
ON_INVOICES = ('invoicing/test_usage_on_invoices.py',)
DELTAS = ('invoicing/test_usage_deltas.py',)
BACK = ('invoicing/test_usage_taken_back.py',)
MONEY = ('invoicing/test_usage_money.py',)

BILLING = [
    Mutation(
        'R19: usage is invoiced before its period is over', PANEL,
        "                and p._is_closed())", "                )", ON_INVOICES),
    Mutation(
        'R19: the invoice does not wait for the collection hour', PANEL,
        "fields.Datetime.now() < self._usage_instant(day))", "False)", ON_INVOICES),
    Mutation(
        'R19: no invoice after the end of service', PANEL,
        "        if not rated or rated < end:\n            return end\n", "", ON_INVOICES),
    Mutation(
        'R21: documents that were cancelled count', PERIOD,
        "('period_id', 'in', [row.id for row in own]), ('move_id.state', '!=', 'cancel')])",
        "('period_id', 'in', [row.id for row in own])])", ON_INVOICES),
    Mutation(
        'R21: what was too much stays invoiced', PANEL,
        "        self.env['tenant.invoice.builder']._credit_usage(credits)\n", "", DELTAS),
    Mutation(
        'R25: usage of void days is given away', PERIOD,
        "self._shields() and self.plan_version_id.bills_usage",
        "self._is_live() and self.plan_version_id.bills_usage", DELTAS),
    Mutation(
        'R28: a gap has a minimum', PERIOD,
        "(self.state != 'void' or (\n            bool(self.demand_ids) and "
        "not self._was_taken_back()))", "True", DELTAS),
    Mutation(
        'R28: days that were not delivered have a minimum', PERIOD,
        " and not self._was_taken_back()", "", BACK),
    Mutation(
        'R40: days after a stop for good have a minimum', PERIOD,
        "if not panel.closed_on or panel._first_unserved_day() == panel.closed_on:", "if True:",
        BACK),
    Mutation(
        'R39: usage that was credited or written off is credited again', BUILDER,
        "        builder._limit_note(note, demand)\n", "", BACK),
    Mutation(
        'R32: less usage above the maximum is credited', PANEL,
        "if item.kind == CAP and item.amount > 0}", "if False}", BACK),
    Mutation(
        'R21: what was cancelled late is never billed again',
        INVOICING + 'tenant_rated_line.py',
        "if panel.usage_rated_on and panel.usage_rated_on > first:", "if False:", BACK),
    Mutation(
        'R29: a stub has the whole allowance', PERIOD,
        "return min(span.whole_start, self.date_start), max(span.whole_end, self.date_end)",
        "return self.date_start, self.date_end", MONEY),
    Mutation(
        'R31: a credit note of usage is without tax', BUILDER,
        "_unit_price_for(float(part), line.tax_ids)", "_unit_price_for(float(part) / 2, "
        "line.tax_ids)", MONEY),
]
