"""Exact numbers: fractions inside, text in explanations."""

from decimal import Decimal
from fractions import Fraction


def fraction(number: Fraction | Decimal | int | str) -> Fraction:
    """The number without any loss.

    :raises TypeError: for a float, which is not the number that somebody wrote
    """
    if type(number) is Fraction:
        return number  # it never changes
    if isinstance(number, float):
        raise TypeError(f"Amounts and quantities are exact numbers, not floats: {number!r}.")
    return Fraction(number)


def text(number: Fraction | None) -> str | None:
    """'0.25' where decimals can say it, else '1/3'; `Fraction` reads both. None stays None."""
    if number is None:
        return None
    rest, places = number.denominator, {}
    for prime in (2, 5):
        places[prime] = 0
        while rest % prime == 0:
            rest //= prime
            places[prime] += 1
    if rest != 1:
        return str(number)
    decimals = max(places.values())
    digits = str(abs(number.numerator) * 10 ** decimals // number.denominator).zfill(decimals + 1)
    point = len(digits) - decimals
    sign = '-' if number < 0 else ''
    return sign + digits[:point] + ('.' + digits[point:] if decimals else '')


def negative(number: str | None) -> str | None:
    """Of a number as text; None stays None."""
    if number is None:
        return None
    return number[1:] if number.startswith('-') else f'-{number}'


def as_written(number: float) -> Decimal:
    """What somebody wrote into a field that hands out floats: the shortest text that reads so."""
    return Decimal(repr(number))
