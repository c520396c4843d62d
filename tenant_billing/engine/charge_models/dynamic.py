"""Dynamic: the amount comes with the event, in the panel's currency, unrounded (R29c)."""

from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step
from odoo.addons.tenant_billing.engine.exact import fraction


class Dynamic(ChargeModel):
    code = 'dynamic'
    per_event = True
    as_told = True

    def validate(self):
        """There is nothing to be wrong."""

    def steps(self, quantity):
        return [Step(quantity, fraction(1))]

    def _checked(self, quantity):
        return self.steps(fraction(quantity))  # meters may allow amounts given back (R22)
