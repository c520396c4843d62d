from odoo import api, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env['tenant.meter'].sudo()._fill(companies)
        return companies
