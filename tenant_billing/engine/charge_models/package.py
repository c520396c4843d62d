"""Package: a package that is begun costs the whole price."""

from math import ceil

from odoo.addons.tenant_billing.engine.charge_models.base import (
    ChargeModel,
    Step,
    check_price,
    check_size,
)
from odoo.addons.tenant_billing.engine.exact import fraction


class Package(ChargeModel):
    code = 'package'

    def __init__(self, package_price, size):
        """:param size: units in a package, never prorated (R29)"""
        self.package_price, self.size = fraction(package_price), fraction(size)

    def validate(self):
        check_price(self.package_price, "price of a package")
        check_size(self.size, "size of a package")

    def steps(self, quantity):
        packages = ceil(quantity / self.size)
        return [Step(packages * self.size, self.package_price, self.size)] if packages else []
