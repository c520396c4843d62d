"""Per unit: each unit costs the same; prices of tiny units are given per thousand or million."""

from odoo.addons.tenant_billing.engine.charge_models.base import (
    ChargeModel,
    Step,
    check_price,
    check_size,
)
from odoo.addons.tenant_billing.engine.exact import fraction


class PerUnit(ChargeModel):
    code = 'per_unit'

    def __init__(self, unit_price, per=1):
        """:param per: the number of units that cost `unit_price`; parts of it cost their part"""
        self.unit_price, self.per = fraction(unit_price), fraction(per)

    def validate(self):
        check_price(self.unit_price, "unit price")
        check_size(self.per, "number of units that the price is for")

    def steps(self, quantity):
        return [Step(quantity, self.unit_price, self.per)] if quantity else []
