"""Maximum: a charge or a plan costs at most so much (R28, R29c)."""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.exact import fraction

CODE = 'maximum'
IS_COMMITMENT = False


def change(amount: Fraction, terms, part: Fraction) -> Fraction:
    """What lies above the maximum, 0 or negative."""
    if terms.maximum is None:
        return Fraction(0)
    return min(fraction(terms.maximum) * part - amount, Fraction(0))
