from datetime import timedelta

from odoo import api, fields, models

SLOW = timedelta(hours=1)


class TenantBillingAudit(models.Model):
    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return super()._checks() | {'gateway_message': self._check_gateway_messages}

    @api.model
    def _check_gateway_messages(self):
        """Messages that nobody works on any more, or for too long."""
        since = fields.Datetime.now() - SLOW
        for message in self.env['tenant.gateway.message'].search([
            '|', ('state', '=', 'failed'),
            '&', ('state', 'in', ('new', 'retry')), ('received_on', '<', since),
        ]):
            yield message, self.env._(
                "What the gateway said about payment %s was not worked on yet.",
                message.reference)
