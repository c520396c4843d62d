"""Prices of single events, for charge models that price each by its own value (R22, R23)."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.exact import fraction, negative
from odoo.addons.tenant_billing.engine.rate_card import RateCard
from odoo.addons.tenant_billing.engine.rating_input import EventTotal, Number, Row, Segment

REVERSED = 'reversed'  # stands behind the bracket: what was taken back is added up by itself


class EventPrice(NamedTuple):
    """What is stored with an event: the exact amount, and the row and bracket it came from."""

    row: Row
    bracket: int | None
    amount: Fraction

    def reversal(self) -> 'EventPrice':
        """The exact negative, whatever the brackets are by then (R22)."""
        return self._replace(amount=-self.amount)


class Values(NamedTuple):
    """Events of a meter on a day with the same dimensions and value: what re-rating starts from."""

    meter: str
    dimensions: tuple[str, ...]
    day: date
    value: Number
    count: Number = 1


def price_event(row: Row, value: Number) -> EventPrice:
    """The price of one event by a row: the one in force at its time, or its original's (R22).

    :raises ValueError: for a negative value, except where the amount comes with the event
    """
    number = getattr(row.model, 'number', None)
    amount = row.model.price(value)
    return EventPrice(row, number(value) if number else None, amount)


def reversal_of(amount: str | None, tier: str) -> dict:
    """What is stored with an event that takes another back, from what is stored with that one."""
    return {'amount': negative(amount), 'tier': tier and f'{tier}/{REVERSED}'}


def row_of(tier: str) -> str:
    """The key of the row that priced an event, of what is stored with that."""
    return tier.partition('/')[0]


def event_totals(segment: Segment, values: Iterable[Values]) -> list[EventTotal]:
    """The totals of all charges of a segment that price events one by one, computed anew.

    :raises ValueError: if no row prices an event
    """
    values = [some for some in values if segment.start <= some.day < segment.end]
    totals = []
    for charge in segment.version.charges:
        if charge.model.per_event:
            card = RateCard(charge.rows, segment.start, segment.end, charge.key)
            totals += [_total(charge, card.stay_on(some.dimensions, some.day).row, some)
                       for some in values if some.meter == charge.meter.code]
    return totals


def _total(charge, row, some):
    price = price_event(row, some.value)
    return EventTotal(
        charge.key, some.day, price.amount * some.count, some.count,
        fraction(some.value) * some.count, row.key, price.bracket, dimensions=some.dimensions)
