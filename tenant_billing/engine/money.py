"""Rounding of money: exact up to the one rounding at the end, half away from zero."""

from decimal import Decimal
from fractions import Fraction


def _to_multiple(exact: Fraction, rounding: Decimal) -> Decimal:
    if rounding <= 0:
        raise ValueError(f"Money is rounded to multiples of a positive unit, not of {rounding}.")
    steps = int(abs(exact) / Fraction(rounding) + Fraction(1, 2))
    return (-steps if exact < 0 else steps) * rounding


def round_half_up(amount: Decimal, rounding: Decimal) -> Decimal:
    """The amount as a multiple of `rounding` (0.01, 1, 0.05), half away from zero.

    The result has the decimals of `rounding`: 1700 at 0.01 is 1700.00.

    :raises ValueError: if `rounding` is not positive
    """
    return _to_multiple(Fraction(amount), rounding)


def share(price: Decimal, days: int, whole_days: int, rounding: Decimal) -> Decimal:
    """What some days of a whole period cost (R10): price × days ÷ whole days, rounded once.

    :raises ValueError: if `rounding` or `whole_days` is not positive, or `days` is negative
    """
    if days < 0 or whole_days < 1:
        raise ValueError(f"A share is 0 or more of 1 or more days, not {days} of {whole_days}.")
    return _to_multiple(Fraction(price) * days / whole_days, rounding)
