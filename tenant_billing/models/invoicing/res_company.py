from odoo import fields, models

CODES = ('TB', *(f'TB{number}' for number in range(2, 1000)))  # the first that is free


class ResCompany(models.Model):
    _inherit = 'res.company'

    tenant_journal_id = fields.Many2one(
        'account.journal', string="Billing Journal",
        domain="[('type', '=', 'sale'), ('company_id', '=', id)]",
        help="Renewal invoices are numbered here, apart from other sales.")
    tenant_write_off_limit = fields.Monetary(
        string="Small Difference", currency_field='currency_id',
        help="An entry that is neither payment nor credit note may settle an invoice up to this "
        "amount, counted in the invoice's currency. Above it the invoice counts as lost. A change "
        "holds for invoices issued from then on.",
    )
    tenant_withholding_account_ids = fields.Many2many(
        'account.account', 'tenant_withholding_account', 'company_id', 'account_id',
        string="Withholding Tax Accounts",
        help="Entries on these accounts pay an invoice, whatever their amount.")
    tenant_bad_debt_account_id = fields.Many2one(
        'account.account', string="Bad Debt Account",
        help="Takes what \"Write off\" gives up.")
    tenant_collection_hours = fields.Integer(
        string="Usage Collected For", required=True, default=1,
        help="Hours after the local midnight that ends a period, in which its usage may still "
        "arrive before it is invoiced.")

    _tenant_collection_hours = models.Constraint(
        'CHECK (tenant_collection_hours BETWEEN 0 AND 23)',
        "Usage is collected for 0 to 23 hours.")

    def _tenant_journal(self):
        """The company's sales journal for billing; made at its first use."""
        self.ensure_one()
        if not self.tenant_journal_id:
            journals = self.env['account.journal'].with_context(active_test=False)
            taken = journals.search([('company_id', '=', self.id)]).mapped('code')
            self.tenant_journal_id = journals.create({
                'name': self.env._("Tenant Billing"),
                'code': next(code for code in CODES if code not in taken),
                'type': 'sale',
                'company_id': self.id,
            })
        return self.tenant_journal_id
