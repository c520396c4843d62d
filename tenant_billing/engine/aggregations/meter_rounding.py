"""Rounding of a metered quantity to a step, before any allowance (R29b)."""

from fractions import Fraction
from math import ceil, floor

from odoo.addons.tenant_billing.engine.exact import fraction, text

_STEPS = {
    'up': ceil,
    'down': floor,
    'nearest': lambda steps: floor(steps + Fraction(1, 2)),
}
ROUNDINGS = ('none', *_STEPS)


def round_quantity(quantity: Fraction, rounding: str, step=1) -> Fraction:
    """A quantity that is not negative as a multiple of `step`; 'nearest' takes halves up.

    :param rounding: one of ROUNDINGS
    :raises ValueError: for an unknown rounding, or a step that is not positive
    """
    if rounding not in ROUNDINGS:
        raise ValueError(f"A meter is rounded by one of {', '.join(ROUNDINGS)}, not {rounding}.")
    if rounding == 'none':
        return quantity
    step = fraction(step)
    if step <= 0:
        raise ValueError(f"A meter is rounded to a step greater than 0, not {text(step)}.")
    return _STEPS[rounding](quantity / step) * step
