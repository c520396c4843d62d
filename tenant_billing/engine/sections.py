"""Parts of a document: amounts with tax that add up to it (R41)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor


def apportion(total: Decimal, parts: Sequence[Fraction], rounding: Decimal) -> list[Decimal]:
    """The parts as multiples of `rounding` that add up to the total, by largest remainder.

    Unlike `proration.split` it takes a total that was rounded in another way, by tax for example:
    then the difference may be more than the parts lost, and goes round again.

    :param total: of the document, a multiple of `rounding`
    :param parts: what the sections come to before rounding
    """
    units = [Fraction(part) / Fraction(rounding) for part in parts]
    steps = [floor(unit) for unit in units]
    left = int(Fraction(total) / Fraction(rounding)) - sum(steps)
    order = sorted(range(len(parts)), key=lambda i: steps[i] - units[i])
    every, rest = divmod(left, len(parts))
    for place, i in enumerate(order):
        steps[i] += every + (place < rest)
    return [step * rounding for step in steps]
