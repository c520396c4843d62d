from odoo import fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    tenant_panel_ids = fields.One2many('tenant.panel', 'partner_id', string="Panels")
    tenant_profile_ids = fields.One2many(
        'tenant.billing.profile', 'partner_id', string="Billing Profile")
