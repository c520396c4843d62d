from odoo import api, models

from odoo.addons.tenant_billing_sslcommerz.const import CODE


class TenantDemo(models.AbstractModel):
    _inherit = 'tenant.demo'

    @api.model
    def _offer_sslcommerz(self):
        """Let the demo operator's tenants pay at the simulator that ./setup/run starts."""
        providers = self.env['payment.provider']
        providers._setup_provider(CODE)
        company = self.env['res.company'].search([('name', '=', "Padma Hosting")], limit=1)
        providers.search([('code', '=', CODE), ('company_id', '=', company.id)]).write({
            'state': 'test',
            'is_published': True,
            'sslcommerz_store_id': 'demostore',
            'sslcommerz_store_password': 'demostore@ssl',
        })
