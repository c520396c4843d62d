"""Minimum: a charge or a plan costs at least so much; also without usage (R28, R29c)."""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.exact import fraction

CODE = 'minimum'
IS_COMMITMENT = True  # due once the period is closed, until then it may still be reached


def change(amount: Fraction, terms, part: Fraction) -> Fraction:
    """What is missing up to the minimum, 0 or positive."""
    if terms.minimum is None:
        return Fraction(0)
    return max(fraction(terms.minimum) * part - amount, Fraction(0))
