"""Unique: how many different values. A total is their set (R23)."""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation, standing


class Unique(Aggregation):
    code = 'unique'
    by_days = True

    def total(self, events, window=None):
        return frozenset(event.value for event in standing(events))

    def combine(self, totals):
        return frozenset().union(*totals)

    def quantity(self, total, whole_seconds=0):
        return Fraction(len(total))
