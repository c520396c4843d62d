"""Parts of a whole: by days, and of a rounded amount so that the parts add up to it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor


def by_days(start: date, end: date, whole_start: date, whole_end: date) -> Fraction:
    """The days `[start, end)` as a part of the whole period `[whole_start, whole_end)` (R29).

    :raises ValueError: unless whole_start <= start < end <= whole_end
    """
    if not whole_start <= start < end <= whole_end:
        raise ValueError(f"{start} to {end} is no part of {whole_start} to {whole_end}.")
    return Fraction((end - start).days, (whole_end - whole_start).days)


def split(amount: Decimal, parts: Sequence[Fraction], rounding: Decimal) -> list[Decimal]:
    """The amount as multiples of `rounding`, one per exact part, by largest remainder (R30).

    Each part is rounded down; the units that are left go one each to the parts that lost most,
    the earlier of two equals first. A part of 0 stays 0.

    :param amount: the exact sum of the parts, rounded to a multiple of `rounding`
    :raises ValueError: if the amount is not that sum rounded
    """
    units = [part / Fraction(rounding) for part in parts]
    floors = [floor(unit) for unit in units]
    left = Fraction(amount) / Fraction(rounding) - sum(floors)
    lost = sorted(range(len(parts)), key=lambda i: floors[i] - units[i])
    if left.denominator != 1 or not 0 <= left <= sum(unit.denominator != 1 for unit in units):
        raise ValueError(f"{amount} is not the rounded sum of its parts.")
    for i in lost[:int(left)]:
        floors[i] += 1
    return [steps * rounding for steps in floors]
