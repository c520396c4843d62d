from odoo import fields, models


class TenantBillingEvent(models.Model):
    _inherit = 'tenant.billing.event'

    panel_id = fields.Many2one('tenant.panel', index=True, readonly=True, ondelete='restrict')
