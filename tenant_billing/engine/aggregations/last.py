"""Last: the value of the latest event; nothing is carried over (R29b). A total is that event."""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation, standing
from odoo.addons.tenant_billing.engine.exact import fraction


class Last(Aggregation):
    code = 'last'
    by_days = True

    def total(self, events, window=None):
        return self.combine(standing(events))

    def combine(self, totals):
        return max((e for e in totals if e is not None), key=lambda e: e.rank, default=None)

    def quantity(self, total, whole_seconds=0):
        return max(fraction(total.value), Fraction(0)) if total else Fraction(0)
