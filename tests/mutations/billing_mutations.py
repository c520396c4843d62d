"""Small ways to break usage on invoices, and the tests that notice."""

from mutation_list import Mutation

INVOICING = 'models/invoicing/'
PERIOD = INVOICING + 'tenant_billing_rating.py'
PANEL = INVOICING + 'tenant_panel_usage.py'
BUILDER = INVOICING + 'tenant_invoice_usage.py'
ON_INVOICES = ('invoicing/test_usage_on_invoices.py',)
DELTAS = ('invoicing/test_usage_deltas.py',)
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
        "and (self.state != 'void' or bool(self.demand_ids))", "", DELTAS),
    Mutation(
        'R29: a stub has the whole allowance', PERIOD,
        "return min(span.whole_start, self.date_start), max(span.whole_end, self.date_end)",
        "return self.date_start, self.date_end", MONEY),
    Mutation(
        'R31: a credit note of usage is without tax', BUILDER,
        "_unit_price_for(float(part), line.tax_ids)", "_unit_price_for(float(part) / 2, "
        "line.tax_ids)", MONEY),
]
