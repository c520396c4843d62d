from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    tenant_tz = fields.Selection(related='company_id.tenant_tz', readonly=False, required=True)
    tenant_responsible_id = fields.Many2one(
        related='company_id.tenant_responsible_id', readonly=False)
    tenant_journal_id = fields.Many2one(related='company_id.tenant_journal_id', readonly=False)
    tenant_write_off_limit = fields.Monetary(
        related='company_id.tenant_write_off_limit', readonly=False)
    tenant_withholding_account_ids = fields.Many2many(
        related='company_id.tenant_withholding_account_ids', readonly=False)
    tenant_bad_debt_account_id = fields.Many2one(
        related='company_id.tenant_bad_debt_account_id', readonly=False)
