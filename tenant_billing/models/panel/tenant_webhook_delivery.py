from odoo import fields, models


class TenantWebhookDelivery(models.Model):
    _inherit = 'tenant.webhook.delivery'

    panel_id = fields.Many2one(
        'tenant.panel', index='btree_not_null', readonly=True, ondelete='restrict')
