from odoo import fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    tenant_panel_ids = fields.One2many('tenant.panel', 'partner_id', string="Panels")
    tenant_profile_ids = fields.One2many(
        'tenant.billing.profile', 'partner_id', string="Billing Profile")
    tenant_panel_count = fields.Integer(
        compute='_compute_tenant_panel_count', groups='tenant_billing.group_user')

    # === COMPUTE METHODS === #

    def _compute_tenant_panel_count(self):
        for partner in self:
            partner.tenant_panel_count = self.env['tenant.panel'].search_count(
                [('partner_id', 'child_of', partner.ids)]) if partner.ids else 0
