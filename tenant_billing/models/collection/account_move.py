from odoo import models
from odoo.exceptions import ValidationError


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _tenant_asks(self):
        """What one payment of the invoice charges.

        :rtype: float
        :raise ValidationError: when nothing is to be paid, or a payment is on its way
        """
        self.ensure_one()
        demands = self.tenant_demand_ids.filtered(lambda demand: demand._is_payable())
        rest = sum(demands.mapped('amount_open')) if self.tenant_demand_ids else (
            self.amount_residual if self.state == 'posted' else 0.0)
        if self.currency_id.compare_amounts(rest, 0) <= 0:
            raise ValidationError(self.env._(
                "%s is not open any more. Reload the page.", self.display_name))
        if any(demand._is_confirming() for demand in demands):
            raise ValidationError(self.env._(
                "We are confirming your payment of %s already.", self.display_name))
        return rest
