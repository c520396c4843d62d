from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountMove(models.Model):
    _inherit = 'account.move'

    tenant_can_refund = fields.Boolean(compute='_compute_tenant_can_refund', compute_sudo=True)

    # === COMPUTE METHODS === #

    @api.depends('transaction_ids.payment_id')
    def _compute_tenant_can_refund(self):
        for move in self:
            move.tenant_can_refund = bool(move._tenant_refundable())

    # === ACTION METHODS === #

    def action_tenant_refund(self):
        """Pay back what was paid online: the wizard, or a choice where it was paid in parts.

        :return: an action
        :rtype: dict
        """
        self.check_access('write')
        self.ensure_one()
        payments = self.sudo()._tenant_refundable().sudo(False)
        if len(payments) == 1:
            return {**payments.action_refund_wizard(),
                    'context': {'default_payment_id': payments.id}}
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Payments"),
            'res_model': 'account.payment', 'view_mode': 'list,form',
            'domain': [('id', 'in', payments.ids)],
        }

    # === BUSINESS METHODS === #

    def _tenant_refundable(self):
        """Online payments of the invoice of which something can be paid back."""
        return self.transaction_ids.payment_id.filtered(
            lambda payment: payment.amount_available_for_refund > 0)

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
