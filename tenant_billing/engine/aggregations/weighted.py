"""Time-weighted: an event sets a level that holds until the next one, across periods (R29b).

A total is the integral over a window: level × seconds. It needs the level at the window's start:
that of the latest event before it, 0 if there was none. Totals of adjoining windows add up, and so
do those of levels that stand side by side (each value of the dimensions has its own level).
"""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation, seconds, standing
from odoo.addons.tenant_billing.engine.exact import fraction


class Weighted(Aggregation):
    code = 'weighted'
    by_batches = False

    def total(self, events, window=None):
        """:raises ValueError: without a window, or for an event outside it"""
        if window is None:
            raise ValueError("A time-weighted total needs a window and the level at its start.")
        area, since, level = Fraction(0), window.start, fraction(window.level)
        for event in sorted(standing(events), key=lambda event: event.rank):
            if not window.start <= event.instant < window.end:
                raise ValueError(f"The event at {event.instant} lies outside of its window.")
            area += level * seconds(event.instant - since)
            since, level = event.instant, fraction(event.value)
        return area + level * seconds(window.end - since)

    def combine(self, totals):
        return sum(map(fraction, totals), Fraction(0))

    def quantity(self, total, whole_seconds=0):
        return super().quantity(total) / whole_seconds
