"""Volume: all units cost the price of the tier that the whole quantity reaches."""

from odoo.addons.tenant_billing.engine.charge_models import tiers as tiering
from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step, check_size
from odoo.addons.tenant_billing.engine.exact import fraction


class Volume(ChargeModel):
    code = 'volume'
    tiered = True

    def __init__(self, tiers, per=1):
        """:param tiers: (upper bound, inclusive; unit price; flat amount)
        :param per: the number of units that cost a unit price
        """
        self.tiers, self.per = tiering.read(tiers), fraction(per)

    def validate(self):
        tiering.check(self.tiers)
        check_size(self.per, "number of units that the price is for")

    def prorated(self, part):
        return Volume(tiering.prorated(self.tiers, part), self.per)

    def steps(self, quantity):
        if not quantity:
            return []
        return next(
            [Step(quantity, tier.unit_price, self.per, tier.flat, lower, upper)]
            for tier, (lower, upper) in zip(self.tiers, tiering.bounds(self.tiers), strict=True)
            if upper is None or quantity <= upper)
