from odoo import api, fields, models


class TenantBillingAudit(models.Model):
    """What the self-audit found and a person should look at. An empty list is the normal state."""

    _name = 'tenant.billing.audit'
    _description = "Self-Audit Finding"
    _order = 'id desc'
    _rec_name = 'message'

    check_name = fields.Char(string="Check", required=True, readonly=True, index=True)
    message = fields.Text(required=True, readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field='res_model', readonly=True, index=False,
    )
    found_on = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now,
        help="When the self-audit saw this first. It vanishes by itself once it is mended.",
    )

    # === ACTION METHODS === #

    @api.model
    def action_run(self):
        """Run all checks now and show what they found."""
        self.check_access('read')
        self.sudo()._run()
        return self.env['ir.actions.actions']._for_xml_id(
            'tenant_billing.action_tenant_billing_audit')

    def action_open_record(self):
        """Open the record that a finding is about."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'res_model': self.res_model,
            'res_id': self.res_id,
            'view_mode': 'form',
        }

    # === BUSINESS METHODS === #

    @api.model
    def _checks(self):
        """The checks to run: each room adds its own.

        :return: dict of name to a callable that yields (record, message)
        """
        return {}

    @api.model
    def _cron_run(self):
        self._run()

    @api.model
    def _run(self):
        """Run every check; what was found before and still stands is left as it is.

        :return: all findings
        """
        found = {
            (name, record._name, record.id, message): record
            for name, check in self._checks().items()
            for record, message in check()
        }
        known = self.search([('id', '>', 0)])
        gone = known.filtered(lambda finding: finding._key() not in found)
        for finding in known - gone:
            found.pop(finding._key())
        gone.unlink()
        self.create([self._finding_vals(*key[:1], record, key[3]) for key, record in found.items()])
        return self.search([('id', '>', 0)])

    def _key(self):
        return (self.check_name, self.res_model, self.res_id, self.message)

    @api.model
    def _finding_vals(self, name, record, message):
        company = record.company_id if 'company_id' in record._fields else record.browse()
        return {
            'check_name': name,
            'message': message,
            'company_id': company.id if company else False,
            'res_model': record._name,
            'res_id': record.id,
        }
