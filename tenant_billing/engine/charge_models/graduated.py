"""Graduated: the units within each tier cost the price of that tier."""

from odoo.addons.tenant_billing.engine.charge_models import tiers as tiering
from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step, check_size
from odoo.addons.tenant_billing.engine.exact import fraction


class Graduated(ChargeModel):
    code = 'graduated'
    tiered = True

    def __init__(self, tiers, per=1):
        """:param tiers: (upper bound, inclusive; unit price; flat amount once the tier is entered)
        :param per: the number of units that cost a unit price
        """
        self.tiers, self.per = tiering.read(tiers), fraction(per)

    def validate(self):
        tiering.check(self.tiers)
        check_size(self.per, "number of units that the price is for")

    def prorated(self, part):
        return Graduated(tiering.prorated(self.tiers, part), self.per)

    def steps(self, quantity):
        steps = []
        for tier, (lower, upper) in zip(self.tiers, tiering.bounds(self.tiers), strict=True):
            if quantity <= lower:
                break
            inside = (quantity if upper is None else min(quantity, upper)) - lower
            steps.append(Step(inside, tier.unit_price, self.per, tier.flat, lower, upper))
        return steps
