from datetime import timedelta

from odoo import api, fields, models

UNBOOKED = timedelta(minutes=15)


class TenantBillingAudit(models.Model):
    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return {**super()._checks(), 'unbooked_payment': self._check_unbooked}

    @api.model
    def _check_unbooked(self):
        """Money that a gateway took and that nobody booked."""
        for tx in self.env['payment.transaction'].search([
                ('state', '=', 'done'), ('is_post_processed', '=', False),
                ('last_state_change', '<=', fields.Datetime.now() - UNBOOKED),
                ('invoice_ids.tenant_demand_ids', '!=', False)]):
            yield tx, self.env._(
                "Payment %s is done, but not booked. It is tried again every five minutes; an "
                "activity on the panel says what hinders it.",
                tx.reference)
