"""Active hours: for how long a panel ran (R25: one that is stopped, whatever for, does not run)."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS, Event, Window

RUNS = frozenset({'active', 'grace'})


def active_hours(
    changes: Iterable[tuple[datetime, str]], start: datetime, end: datetime,
) -> Fraction:
    """The hours of `[start, end)` in which a panel ran, exactly.

    It is the integral over time of a level that is 1 while the panel runs, else 0.

    :param changes: instants and the states that began then, in their order
    """
    events = [Event(instant, 'state', f'{number:09}', int(state in RUNS))
              for number, (instant, state) in enumerate(changes) if instant < end]
    level = next((event.value for event in reversed(events) if event.instant < start), 0)
    inside = [event for event in events if event.instant >= start]
    return Fraction(AGGREGATIONS['weighted'].total(inside, Window(start, end, level)), 3600)
