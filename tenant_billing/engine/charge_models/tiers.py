"""Tiers: what a quantity costs up to a bound. Brackets use them with `flat` as their amount."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.charge_models.base import check_price, check_size
from odoo.addons.tenant_billing.engine.exact import fraction, text


class Tier(NamedTuple):
    """Up to `upper` (None: without end) each unit costs `unit_price`, and the tier `flat`."""

    upper: Fraction | None
    unit_price: Fraction = Fraction(0)
    flat: Fraction = Fraction(0)


def read(tiers: Iterable[Tier | tuple]) -> tuple[Tier, ...]:
    """The tiers in exact numbers, in the order given."""
    return tuple(
        Tier(*(None if number is None else fraction(number) for number in tier)) for tier in tiers)


def check(tiers: tuple[Tier, ...], what: str = "tier") -> None:
    """:raises ValueError: unless the tiers cover everything from 0 on, in order, at prices >= 0"""
    if not tiers:
        raise ValueError(f"There must be at least one {what}.")
    if tiers[-1].upper is not None:
        raise ValueError(
            f"The last {what} must have no upper bound, so that every quantity has a price.")
    if any(tier.upper is None for tier in tiers[:-1]):
        raise ValueError(f"Only the last {what} may have no upper bound.")
    for before, after in pairwise(tiers[:-1]):
        if after.upper <= before.upper:
            raise ValueError(
                f"Each {what} must end higher than the one before it: "
                f"{text(after.upper)} comes after {text(before.upper)}.")
    if tiers[0].upper is not None:
        check_size(tiers[0].upper, f"upper bound of the first {what}")
    for tier in tiers:
        check_price(tier.unit_price, f"unit price of a {what}")
        check_price(tier.flat, f"flat amount of a {what}")


def prorated(tiers: tuple[Tier, ...], part: Fraction) -> tuple[Tier, ...]:
    """Bounds and flat amounts by days, unit prices as they are (R29)."""
    return tuple(
        Tier(None if tier.upper is None else tier.upper * part, tier.unit_price, tier.flat * part)
        for tier in tiers)


def bounds(tiers: tuple[Tier, ...]) -> list[tuple[Fraction, Fraction | None]]:
    """Lower and upper bound of each tier."""
    uppers = [tier.upper for tier in tiers]
    return list(zip([Fraction(0), *uppers[:-1]], uppers, strict=True))
