from odoo import fields, models


class TenantUsageAlert(models.Model):
    """Alerts as messages: each is sent once by each channel, as all else that tenants are told."""

    _inherit = 'tenant.usage.alert'

    reminder_ids = fields.One2many('tenant.reminder', 'alert_id', string="Messages")

    # === BUSINESS METHODS === #

    def _after_fire(self):
        super()._after_fire()
        self.env.ref('tenant_billing.cron_remind').sudo()._trigger()
