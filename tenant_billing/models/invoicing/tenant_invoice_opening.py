from odoo import api, models
from odoo.fields import Command

from odoo.addons.tenant_billing.models.invoicing.tenant_invoice_builder import QUIET


class TenantInvoiceBuilder(models.AbstractModel):
    """The opening invoices of adopted panels: what tenants owe from before."""

    _inherit = 'tenant.invoice.builder'

    @api.model
    def _issue_openings(self, rows):
        """Post an invoice with one arrears demand for each row of an adoption.

        It asks with tax, on the account that the operator chose, and carries no tax of its own:
        revenue and tax stand in the old books.

        :param rows: rows with a panel and something owed
        :return: the demands
        """
        demands = self.env['tenant.billing.demand'].sudo()
        for adoption, group in rows.sudo().grouped('adoption_id').items():
            company = adoption.company_id
            builder = self.sudo().with_company(company).with_context(
                **QUIET, tz=company.tenant_tz)
            moves = builder.env['account.move'].create(
                [builder._opening_vals(row) for row in group])
            made = builder.env['tenant.billing.demand'].create([
                builder._opening_demand_vals(row, move)
                for row, move in zip(group, moves, strict=True)])
            builder._link_lines(made)
            self._post(moves, made)
            demands |= made
        demands._use_account_credit()
        return demands

    @api.model
    def _opening_vals(self, row):
        panel, adoption = row.panel_id, row.adoption_id
        return {
            'move_type': 'out_invoice',
            'tenant_is_opening': True,
            'journal_id': row.company_id._tenant_journal().id,
            'company_id': row.company_id.id,
            'partner_id': panel.partner_id.id,
            'currency_id': panel.plan_version_id.currency_id.id,
            'invoice_date': self._open_day(row.company_id, panel._today()),
            'invoice_payment_term_id': False,
            'invoice_date_due': max(adoption.due_date, panel._today()),
            'invoice_origin': panel.name,
            'invoice_user_id': False,
            'invoice_line_ids': [Command.create({
                'name': self.env._("Owed for %s from before", panel.name),
                'quantity': 1,
                'price_unit': row.owed,
                'account_id': adoption.opening_account_id.id,
                'tax_ids': [Command.clear()],
            })],
        }

    @api.model
    def _opening_demand_vals(self, row, move):
        panel = row.panel_id
        return {
            'move_id': move.id,
            'panel_id': panel.id,
            'company_id': row.company_id.id,
            'currency_id': move.currency_id.id,
            'direction': 'arrears',
            'plan_version_id': panel.plan_version_id.id,
            'amount': move.amount_total,
            'amount_open': move.amount_total,
            'small_difference': row.company_id.tenant_write_off_limit,
            'issued_on': panel._today(),
            'due_date': move.invoice_date_due,
        }
