from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.tenant_billing.models.oversight.tenant_webhook_delivery import GIVE_UP
from odoo.addons.tenant_billing.models.oversight.tenant_webhook_endpoint import TEST

DEAF = timedelta(days=1)


class TenantBillingAudit(models.Model):
    """What the self-audit says of webhooks."""

    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return super()._checks() | {
            'webhook_late': self._check_late_webhooks,
            'webhook_deaf': self._check_deaf_endpoints,
        }

    @api.model
    def _check_late_webhooks(self):
        """Messages that wait for more than three days, or that nobody tries any more."""
        for delivery in self.env['tenant.webhook.delivery'].search([
            ('queued_on', '<', fields.Datetime.now() - GIVE_UP), ('state', '!=', 'delivered'),
            ('event', '!=', TEST), ('endpoint_id.active', '=', True),
        ], order='id'):
            yield delivery, self.env._(
                "%(endpoint)s was not told of %(event)s for more than three days.",
                endpoint=delivery.endpoint_id.name, event=delivery.event)

    @api.model
    def _check_deaf_endpoints(self):
        """Endpoints at which all has failed for a day."""
        since = fields.Datetime.now() - DEAF
        heard = self.env['tenant.webhook.delivery']._read_group(
            [('delivered_on', '>=', since)], ['endpoint_id'])
        failing = self.env['tenant.webhook.delivery']._read_group(
            [('state', '=', 'failed'), ('first_try', '<', since),
             ('endpoint_id.active', '=', True)], ['endpoint_id'])
        for endpoint, in failing:
            if (endpoint,) not in heard:
                yield endpoint, self.env._(
                    "%s has taken no message for a day.", endpoint.name)
