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
    tenant_collection_hours = fields.Integer(
        related='company_id.tenant_collection_hours', readonly=False)
    tenant_usage_age_days = fields.Integer(
        related='company_id.tenant_usage_age_days', readonly=False)
    tenant_usage_keep_days = fields.Integer(
        related='company_id.tenant_usage_keep_days', readonly=False)
    tenant_usage_key_days = fields.Integer(
        related='company_id.tenant_usage_key_days', readonly=False)
    tenant_charge_hour = fields.Integer(
        related='company_id.tenant_charge_hour', readonly=False)
    tenant_quiet = fields.Boolean(related='company_id.tenant_quiet', readonly=False)
    tenant_quiet_from = fields.Float(related='company_id.tenant_quiet_from', readonly=False)
    tenant_quiet_to = fields.Float(related='company_id.tenant_quiet_to', readonly=False)
    tenant_sms_sender = fields.Selection(
        related='company_id.tenant_sms_sender', readonly=False)
    tenant_sms_url = fields.Char(related='company_id.tenant_sms_url', readonly=False)
    tenant_sms_method = fields.Selection(
        related='company_id.tenant_sms_method', readonly=False)
    tenant_sms_headers = fields.Text(related='company_id.tenant_sms_headers', readonly=False)
    tenant_sms_body = fields.Text(related='company_id.tenant_sms_body', readonly=False)
    tenant_sms_number = fields.Selection(
        related='company_id.tenant_sms_number', readonly=False)
    tenant_sms_answer = fields.Char(related='company_id.tenant_sms_answer', readonly=False)
