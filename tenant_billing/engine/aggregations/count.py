"""Count: how many events."""

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation


class Count(Aggregation):
    code = 'count'
    reversible = True

    def total(self, events, window=None):
        return sum(-1 if event.reverses else 1 for event in events)

    def combine(self, totals):
        return sum(totals)
