from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing_sslcommerz import const


class PaymentRefundWizard(models.TransientModel):
    """What is paid back of a payment in another currency is told, and confirmed; one refund of a
    payment comes after the other."""

    _inherit = 'payment.refund.wizard'

    sslcommerz_note = fields.Char(compute='_compute_sslcommerz_note')
    sslcommerz_is_confirmed = fields.Boolean(string="Pay Back This Amount")
    sslcommerz_waits = fields.Boolean(compute='_compute_sslcommerz_waits')

    def _compute_sslcommerz_note(self):
        for wizard in self:
            tx = wizard.transaction_id.sudo()
            settled_in = tx.sslcommerz_currency_id
            is_converted = tx.provider_code == const.CODE and settled_in and (
                settled_in != tx.currency_id)
            wizard.sslcommerz_note = is_converted and self.env._(
                "SSLCommerz took %(captured)s for this payment, and pays back in that currency at "
                "the payment's own rate: %(part)s for this refund.",
                captured=settled_in._text(tx.sslcommerz_amount),
                part=settled_in._text(tx._sslcommerz_settled_part(wizard.amount_to_refund)))

    @api.depends('payment_id')
    def _compute_sslcommerz_waits(self):
        for wizard in self:
            wizard.sslcommerz_waits = wizard.has_pending_refund and (
                wizard.transaction_id.sudo().provider_code == const.CODE)

    def action_refund(self):
        self.transaction_id.check_access('write')
        if self.sslcommerz_note and not self.sslcommerz_is_confirmed:
            raise UserError(self.env._("Confirm the amount that is paid back: %s",
                                       self.sslcommerz_note))
        return super().action_refund()
