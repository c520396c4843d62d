"""What changes a quantity or an amount beside its price, in this order and for these reasons.

1. *Allowance* (`allowance.allow`), on the quantity: units that are included are free, so they
   neither fill tiers nor are discounted (R29c).
2. The price.
3. *Discount*, on what was priced.
4. *Minimum*, after the discount: a discount below what was committed would undo it (R28).
5. *Maximum*, last: it promises that nothing makes the charge dearer, the minimum neither.

A charge applies 3 to 5 in each segment, exactly (R29c); a plan its minimum and maximum to the
rounded amounts of the whole service period (R28).
"""

from collections.abc import Iterator
from fractions import Fraction

from odoo.addons.tenant_billing.engine.adjustments import discount, maximum, minimum

AFTER_PRICE = (discount, minimum, maximum)


def changes(
    amount: Fraction, terms, part: Fraction, *, closed: bool = True
) -> Iterator[tuple[str, Fraction]]:
    """The code and amount of each adjustment that changes a charge's amount in a segment.

    :param terms: has `discount` (percent), `minimum` and `maximum` (of a whole period, or None)
    :param part: of the whole period
    :param closed: False while the period may still get usage: commitments then wait
    """
    for adjustment in AFTER_PRICE:
        if closed or not adjustment.IS_COMMITMENT:
            change = adjustment.change(amount, terms, part)
            if change:
                yield adjustment.CODE, change
                amount += change
