"""What all charge models share: steps of a price, and what a price must be."""

from fractions import Fraction
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.exact import fraction, text


class Step(NamedTuple):
    """One row of an explanation; `amount` = `quantity` × `unit_price` ÷ `per` + `flat`.

    `lower` and `upper` bound the tier or bracket that the step is about, None without a bound.
    `kind` is 'price', or 'minimum' or 'maximum' for what those add or take (`flat` holds it).
    """

    quantity: Fraction = Fraction(0)
    unit_price: Fraction = Fraction(0)
    per: Fraction = Fraction(1)
    flat: Fraction = Fraction(0)
    lower: Fraction | None = None
    upper: Fraction | None = None
    kind: str = 'price'

    @property
    def amount(self) -> Fraction:
        """Exact, in the currency of the prices."""
        if not self.unit_price:
            return self.flat
        return self.quantity * self.unit_price / self.per + self.flat

    def data(self) -> dict:
        """The row as plain data, numbers as exact text."""
        numbers = self._asdict()
        kind = numbers.pop('kind')
        return {'kind': kind, **{name: text(number) for name, number in numbers.items()},
                'amount': text(self.amount)}


class ChargeModel:
    """How a quantity, or the value of one event, becomes an exact amount.

    Numbers come as Decimal, int, str or Fraction. What is made is not checked until `validate`.
    """

    code = ''
    per_event = False  # priced by each event's own value; the amounts are added up (R23)
    as_told = False  # an event costs what it counts
    metered = True  # False: due whether used or not
    tiered = False  # has tiers that count the usage of the whole period

    def validate(self) -> None:
        """:raises ValueError: in plain English, if the terms make no price"""
        raise NotImplementedError

    def prorated(self, part: Fraction) -> 'ChargeModel':
        """The model for a part of a period (R29); prices of units, packages and events stay."""
        return self

    def price(self, quantity=0) -> Fraction:
        """The exact amount for a quantity, or for the value of one event.

        :raises ValueError: if the quantity is negative and the model does not take such
        """
        return sum((step.amount for step in self._checked(quantity)), Fraction(0))

    def explain(self, quantity=0) -> list[dict]:
        """The price as rows of plain data, see `Step`; their amounts add up to it.

        :raises ValueError: as `price`
        """
        return [step.data() for step in self._checked(quantity)]

    def steps(self, quantity: Fraction) -> list[Step]:
        """The steps that add up to the price of a quantity that is not negative."""
        raise NotImplementedError

    def _checked(self, quantity):
        quantity = fraction(quantity)
        if quantity < 0:
            raise ValueError(f"A quantity cannot be negative: {text(quantity)}.")
        return self.steps(quantity)


def check_price(number: Fraction, what: str = "price") -> None:
    """:raises ValueError: if the number is negative"""
    if number < 0:
        raise ValueError(f"The {what} cannot be negative: {text(number)}.")


def check_size(number: Fraction, what: str) -> None:
    """:raises ValueError: if the number is not positive"""
    if number <= 0:
        raise ValueError(f"The {what} must be greater than 0: {text(number)}.")
