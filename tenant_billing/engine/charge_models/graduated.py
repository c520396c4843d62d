"""Graduated: the units within each tier cost the price of that tier."""

from odoo.addons.tenant_billing.engine.charge_models.base import Step
from odoo.addons.tenant_billing.engine.charge_models.tiered import Tiered


class Graduated(Tiered):
    code = 'graduated'

    def steps(self, quantity):
        steps = []
        for tier, (lower, upper) in self.bounded():
            if quantity <= lower:
                break
            inside = (quantity if upper is None else min(quantity, upper)) - lower
            steps.append(Step(inside, tier.unit_price, self.per, tier.flat, lower, upper))
        return steps
