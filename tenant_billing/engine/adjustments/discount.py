"""Discount: a percentage off what a charge costs after its allowance."""

from fractions import Fraction

from odoo.addons.tenant_billing.engine.exact import fraction

CODE = 'discount'
IS_COMMITMENT = False


def change(amount: Fraction, terms, part: Fraction) -> Fraction:
    """What comes off the amount, 0 or negative. A percentage needs no proration."""
    return -amount * fraction(terms.discount) / 100
