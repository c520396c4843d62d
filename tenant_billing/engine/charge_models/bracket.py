"""Bracket: an event costs the amount of the bracket that its own value lies in."""

from odoo.addons.tenant_billing.engine.charge_models import tiers as tiering
from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step
from odoo.addons.tenant_billing.engine.charge_models.tiers import Tier
from odoo.addons.tenant_billing.engine.exact import fraction


class Bracket(ChargeModel):
    code = 'bracket'
    per_event = True

    def __init__(self, brackets):
        """:param brackets: (upper bound, exclusive, None for the last; amount of one event)"""
        self.tiers = tiering.read(Tier(upper, 0, amount) for upper, amount in brackets)

    def validate(self):
        tiering.check(self.tiers, "bracket")

    def bounds(self, number):
        """Lower bound (inclusive) and upper bound (exclusive) of a bracket by its number."""
        return tiering.bounds(self.tiers)[number]

    def number(self, value) -> int:
        """The number, from 0, of the bracket that a value lies in."""
        value = fraction(value)
        return next(
            i for i, tier in enumerate(self.tiers) if tier.upper is None or value < tier.upper)

    def steps(self, quantity):
        number = self.number(quantity)
        lower, upper = self.bounds(number)
        return [Step(flat=self.tiers[number].flat, lower=lower, upper=upper)]
