"""What graduated and volume prices share: tiers that count the usage of the whole period."""

from odoo.addons.tenant_billing.engine.charge_models import tiers as tiering
from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, check_size
from odoo.addons.tenant_billing.engine.exact import fraction


class Tiered(ChargeModel):
    tiered = True

    def __init__(self, tiers, per=1):
        """:param tiers: (upper bound, inclusive; unit price; flat amount once the tier is reached)
        :param per: the number of units that cost a unit price
        """
        self.tiers, self.per = tiering.read(tiers), fraction(per)

    def validate(self):
        tiering.check(self.tiers)
        check_size(self.per, "number of units that the price is for")

    def prorated(self, part):
        return type(self)(tiering.prorated(self.tiers, part), self.per)

    def bounded(self):
        """Each tier with its lower and upper bound, in order."""
        return zip(self.tiers, tiering.bounds(self.tiers), strict=True)
