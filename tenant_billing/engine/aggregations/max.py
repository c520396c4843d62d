"""Max: the greatest value; nothing is carried over from the period before (R29b)."""

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation, standing
from odoo.addons.tenant_billing.engine.exact import fraction


class Max(Aggregation):
    code = 'max'
    by_days = True

    def total(self, events, window=None):
        return max((fraction(event.value) for event in standing(events)), default=None)

    def combine(self, totals):
        return max((fraction(total) for total in totals if total is not None), default=None)
