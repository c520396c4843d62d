"""Flat: an amount once per period, used or not."""

from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step, check_price
from odoo.addons.tenant_billing.engine.exact import fraction


class Flat(ChargeModel):
    code = 'flat'
    metered = False

    def __init__(self, amount):
        self.amount = fraction(amount)

    def validate(self):
        check_price(self.amount, "flat amount")

    def prorated(self, part):
        return Flat(self.amount * part)

    def steps(self, quantity):
        return [Step(flat=self.amount)]
