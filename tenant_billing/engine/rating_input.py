"""What rating works on: the terms that were agreed, and the totals of what was used.

Numbers are Decimal, int or Fraction, never floats; days are local days in the panel's zone.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from odoo.addons.tenant_billing.engine import rate_card
from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS, round_quantity
from odoo.addons.tenant_billing.engine.charge_models import ChargeModel
from odoo.addons.tenant_billing.engine.exact import fraction, text

Number = Decimal | Fraction | int
TRUE_UP, CAP = 'true_up', 'cap'  # the keys of a plan's own lines, beside its charges'


class Meter(NamedTuple):
    """What is measured, and how its aggregated quantity is rounded."""

    code: str
    aggregation: str = 'sum'  # of AGGREGATIONS
    rounding: str = 'none'  # of aggregations.ROUNDINGS
    step: Number = 1

    def validate(self) -> None:
        """:raises ValueError: in plain English, if aggregation or rounding make no sense"""
        if self.aggregation not in AGGREGATIONS:
            raise ValueError(f"The meter {self.code} aggregates by {self.aggregation}, "
                             f"which is none of {', '.join(AGGREGATIONS)}.")
        round_quantity(Fraction(0), self.rounding, self.step)


class Row(NamedTuple):
    """One price of a charge: one aggregate with its own allowance (R27)."""

    model: ChargeModel
    dimensions: tuple[str | None, ...] = ()  # None, and what is left out on the right: any value
    allowance: Number = 0  # included quantity of a whole period
    valid_from: date = date.min
    key: str = ''  # what the caller knows it by


class Charge(NamedTuple):
    """What is charged for; `key` is the same in all versions that continue the charge (R30)."""

    key: str
    rows: tuple[Row, ...]
    meter: Meter | None = None  # None: the flat model
    discount: Number = 0  # percent
    minimum: Number | None = None  # of a whole period
    maximum: Number | None = None

    @property
    def model(self) -> ChargeModel:
        """The charge model that all rows share, with the terms of the first row."""
        return self.rows[0].model

    def validate(self) -> None:
        """:raises ValueError: in plain English, if the terms make no price"""
        rate_card.validate(self.rows)
        for row in self.rows:
            row.model.validate()
            if row.allowance < 0:
                raise ValueError(f"An allowance cannot be negative: {row.allowance}.")
            if row.allowance and (row.model.per_event or not row.model.metered):
                raise ValueError(
                    f"A charge by {self.model.code} has no allowance: it counts no quantity.")
        if self.model.metered != bool(self.meter):
            raise ValueError("A flat charge has no meter, and every other charge has one.")
        if self.meter:
            self.meter.validate()
        elif len(self.rows) > 1:
            raise ValueError("A flat charge has one amount and no rate card.")
        if not 0 <= self.discount <= 100:
            raise ValueError(f"A discount is 0 to 100 percent, not {self.discount}.")
        _check_limits(self.minimum, self.maximum)


class Version(NamedTuple):
    """What a plan version charges beside its advance fee."""

    charges: tuple[Charge, ...]
    minimum: Number | None = None  # of a whole period, advance fee included (R28)
    maximum: Number | None = None

    def validate(self) -> None:
        """:raises ValueError: in plain English, if the terms make no price"""
        keys = [charge.key for charge in self.charges]
        for key in keys:
            if keys.count(key) > 1 or key in (TRUE_UP, CAP, ''):
                raise ValueError(f"Each charge has a code of its own; this one is taken: {key!r}.")
        for charge in self.charges:
            charge.validate()
        _check_limits(self.minimum, self.maximum)


class Segment(NamedTuple):
    """The days `[start, end)` of a period under one version, and their rounded advance fee."""

    start: date
    end: date
    version: Version
    fee: Decimal | int = 0


class Period(NamedTuple):
    """A service period: its segments in order, and the whole period that contains them (R29)."""

    whole_start: date
    whole_end: date
    segments: tuple[Segment, ...]
    rounding: Decimal  # of the currency, 0.01
    zone: str = 'UTC'  # IANA name; only time-weighted meters need it


class Total(NamedTuple):
    """What a meter counted on a day for one value of its dimensions.

    One total may stand for several days as long as they share segment and rate-card row; `day`
    is then the first of them. `total` is what the meter's aggregation makes of the events.
    """

    meter: str
    dimensions: tuple[str, ...]
    day: date
    total: Any


class EventTotal(NamedTuple):
    """Amounts of events that a charge prices one by one, added up (R23).

    One per row, bracket and kind; reversals have their amounts negative and `reversed` set.
    """

    charge: str
    day: date
    amount: Number
    count: Number = 1
    value: Number = 0  # of the events, added up
    row: str = ''  # key of the row that priced them
    bracket: int | None = None
    reversed: bool = False
    dimensions: tuple[str, ...] = ()  # not needed for the price


def _check_limits(minimum, maximum):
    for number, what in ((minimum, "minimum"), (maximum, "maximum")):
        if number is not None and number < 0:
            raise ValueError(f"The {what} cannot be negative: {number}.")
    if None not in (minimum, maximum) and maximum < minimum:
        raise ValueError(
            f"The maximum, {text(fraction(maximum))}, cannot be lower than the minimum, "
            f"{text(fraction(minimum))}.")
