from odoo import models
from odoo.exceptions import UserError


class TenantPlanVersion(models.Model):
    """R31: whether a version's prices are with or without tax, and what a line asks then."""

    _inherit = 'tenant.plan.version'

    # === BUSINESS METHODS === #

    def _unit_price(self, amount, partner):
        """What a line must say so that its customer is asked for an amount of this version.

        A price with tax is a price with the product's own taxes: a customer whose fiscal position
        maps them to others pays the same net price with the others.

        :param float amount: with or without tax, as the version's prices are
        :param partner: the customer
        :raise UserError: when the product's taxes do not fit prices with tax
        """
        self.ensure_one()
        if self.tax_mode == 'net':
            return amount
        self._check_taxes()
        return self._unit_price_for(amount, self._taxes_of(partner))

    def _unit_price_for(self, amount, taxes):
        """The same on a line that carries these taxes."""
        if self.tax_mode == 'net':
            return amount
        return self._own_taxes()._adapt_price_unit_to_another_taxes(
            amount, self.plan_id.product_id, self._own_taxes(), taxes)

    def _taxes_of(self, partner):
        """The taxes that a customer pays on this version."""
        position = self.env['account.fiscal.position'].with_company(
            self.plan_id.company_id)._get_fiscal_position(partner)
        return position.map_tax(self._own_taxes())

    def _price_with_tax(self, amount, partner):
        """What a customer pays for an amount of this version.

        :rtype: float
        """
        return self._taxes_of(partner).compute_all(
            self._unit_price(amount, partner), currency=self.currency_id, quantity=1.0,
            product=self.plan_id.product_id, partner=partner)['total_included']

    def _check_taxes(self):
        """Prices with tax need taxes that are included, prices without need taxes that are added.

        :raise UserError: when the product has a tax of the other kind
        """
        self.ensure_one()
        is_gross = self.tax_mode == 'gross'
        wrong = self._own_taxes().filtered(lambda tax: tax.price_include != is_gross)[:1]
        if wrong and is_gross:
            raise UserError(self.env._(
                "The tax %(tax)s of the product %(product)s is added to prices, but this "
                "version's price is with tax. Use a tax that is included in prices.",
                tax=wrong.name, product=self.plan_id.product_id.name))
        if wrong:
            raise UserError(self.env._(
                "The tax %(tax)s of the product %(product)s is included in prices, but this "
                "version's price is without tax. Use a tax that is added.",
                tax=wrong.name, product=self.plan_id.product_id.name))

    # === HELPERS === #

    def _own_taxes(self):
        return self.plan_id.product_id.taxes_id._filter_taxes_by_company(self.plan_id.company_id)
