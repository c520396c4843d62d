"""Allowance: a quantity that is included; prorated by days (R29), none on per-event models."""

from fractions import Fraction
from typing import NamedTuple


class Allowed(NamedTuple):
    """What an allowance makes of a quantity."""

    included: Fraction  # of the part of the period
    used: Fraction  # of it
    billable: Fraction  # what is left to be priced


def allow(quantity: Fraction, included: Fraction, part: Fraction) -> Allowed:
    """:param included: for a whole period; `part` is the part of it"""
    included *= part
    used = min(quantity, included)
    return Allowed(included, used, quantity - used)
