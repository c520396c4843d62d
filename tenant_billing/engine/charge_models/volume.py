"""Volume: all units cost the price of the tier that the whole quantity reaches."""

from odoo.addons.tenant_billing.engine.charge_models.base import Step
from odoo.addons.tenant_billing.engine.charge_models.tiered import Tiered


class Volume(Tiered):
    code = 'volume'

    def steps(self, quantity):
        if not quantity:
            return []
        return next(
            [Step(quantity, tier.unit_price, self.per, tier.flat, lower, upper)]
            for tier, (lower, upper) in self.bounded() if upper is None or quantity <= upper)
