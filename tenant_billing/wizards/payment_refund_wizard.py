from odoo import api, fields, models

from odoo.addons.tenant_billing.models.invoicing.account_move import CREDIT_REASONS, UNSETTLING


class PaymentRefundWizard(models.TransientModel):
    """R39: why money is paid back decides whether days are taken back as well."""

    _inherit = 'payment.refund.wizard'

    tenant_is_billed = fields.Boolean(compute='_compute_tenant_is_billed')
    tenant_refund_reason = fields.Selection(
        CREDIT_REASONS, string="Reason", default='goodwill',
        help="Not delivered, cancelled and chargeback also take back the days that were paid for; "
        "the others leave them.")
    tenant_takes_days = fields.Boolean(compute='_compute_tenant_takes_days')

    def _compute_tenant_is_billed(self):
        for wizard in self:
            wizard.tenant_is_billed = bool(
                wizard.transaction_id.sudo().invoice_ids.tenant_demand_ids)

    @api.depends('tenant_refund_reason')
    def _compute_tenant_takes_days(self):
        for wizard in self:
            wizard.tenant_takes_days = wizard.tenant_refund_reason in UNSETTLING

    def action_refund(self):
        (tx := self.transaction_id).check_access('write')
        if self.tenant_is_billed:
            tx.sudo().tenant_refund_reason = self.tenant_refund_reason
        return super().action_refund()
