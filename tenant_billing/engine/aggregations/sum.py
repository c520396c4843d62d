"""Sum: the values added up."""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation
from odoo.addons.tenant_billing.engine.exact import fraction


class Sum(Aggregation):
    code = 'sum'
    reversible = True

    def total(self, events, window=None):
        return sum(
            (-fraction(e.value) if e.reverses else fraction(e.value) for e in events), Fraction(0))

    def combine(self, totals):
        return sum(map(fraction, totals), Fraction(0))
