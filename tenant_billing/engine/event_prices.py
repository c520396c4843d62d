"""Prices of single events, for charge models that price each by its own value (R22, R23)."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.exact import fraction, negative, text
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


class RowPrices:
    """What a row makes of one event after another, as it is stored with them. What is known
    beforehand, the price of each bracket, is not worked out for each event anew."""

    def __init__(self, row: Row):
        self.row = row
        self.bounds, self.prices = _brackets(row)
        self.tier = _tier(row, None)

    def of(self, value: str | None) -> tuple[str, str]:
        """Amount and tier.

        :param value: what the event counts, without needless zeros; None where it counts itself
        :raises ValueError: as `price_event`
        """
        if self.row.model.as_told:
            return value or '1', self.tier
        if self.prices:
            number = Decimal(value or 1)
            if number >= 0:
                return self.prices[bisect_right(self.bounds, number)]
        price = price_event(self.row, Fraction(value or 1))
        return text(price.amount), _tier(self.row, price.bracket)


def _brackets(row):
    """The bounds between a row's brackets and what is stored of each; nothing where it has none."""
    tiers = row.model.tiers if hasattr(row.model, 'number') else ()
    bounds = [text(tier.upper) for tier in tiers[:-1]]
    if any('/' in bound for bound in bounds):
        return [], []
    return list(map(Decimal, bounds)), [
        (text(tier.flat), _tier(row, number)) for number, tier in enumerate(tiers)]


def _tier(row, bracket):
    return f"{row.key}/{'' if bracket is None else bracket}"


def reversal_of(amount: str | None, tier: str) -> tuple[str | None, str]:
    """Amount and tier of an event that takes another back, from those of that one."""
    return negative(amount), tier and f'{tier}/{REVERSED}'


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
