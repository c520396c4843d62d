from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class TenantDemandAction(models.TransientModel):
    """R3: "Write off or credit demand", and deferring one, in one step."""

    _name = 'tenant.demand.action'
    _description = "Defer, Write Off or Credit a Demand"

    demand_id = fields.Many2one(
        'tenant.billing.demand', required=True,
        default=lambda self: self.env.context.get('active_id'))
    currency_id = fields.Many2one(
        related='demand_id.currency_id', related_sudo=False)
    amount_open = fields.Monetary(related='demand_id.amount_open', related_sudo=False)
    kind = fields.Selection(
        [('defer', "Defer"), ('write_off', "Write off"), ('credit', "Credit")],
        required=True, default='credit',
        help="Write off: the money is lost, the revenue stays. Credit: the invoice was not due; "
        "a credit note takes it back, and what was paid of it becomes account credit.",
    )
    until = fields.Date(help="Cut-off: the panel is not stopped for it up to this day.")
    credit_reason = fields.Selection(
        [('goodwill', "Goodwill"), ('price', "Price"), ('sla', "Service level"),
         ('not_delivered', "Not delivered"), ('cancelled', "Cancelled")],
        default='goodwill')
    reason = fields.Text(required=True)
    afterwards = fields.Selection(
        [('lift', "Let the panel run"), ('close', "Close the panel")],
        required=True, default='lift')

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.demand_id.check_access('read')
        return wizards

    def action_apply(self):
        """Do it, and lift the stop or close the panel."""
        self.ensure_one()
        (panel := self.demand_id.panel_id).check_access('write')
        if self.kind == 'defer':
            self.demand_id.action_defer(self.until, self.reason)
            return {'type': 'ir.actions.act_window_close'}
        if self.demand_id.status != 'open':
            raise UserError(self.env._("Only an open demand can be written off or credited."))
        if self.kind == 'credit':
            self._credit()
        else:
            self._write_off()
        self._log()
        if self.afterwards == 'close':
            panel.action_close(self.reason)
        else:
            panel.sudo()._refresh(lift=True)
            panel.sudo()._renew()
        return {'type': 'ir.actions.act_window_close'}

    def _credit(self):
        self.env['tenant.invoice.builder']._credit(self.demand_id.sudo(), self.credit_reason)

    def _write_off(self):
        """An entry from the receivable to the bad debt account, matched with the invoice. It takes
        off what this demand asks, whatever else the invoice asks for (R41)."""
        demand = self.demand_id.sudo()
        company = demand.company_id
        if not company.tenant_bad_debt_account_id:
            raise UserError(self.env._(
                "Choose the bad debt account in the settings of Billing first."))
        asked = demand._receivable_lines().filtered(lambda line: not line.reconciled)
        parts = list(self._parts(asked, demand.amount_open))
        entry = self.env['account.move'].sudo().with_company(company).create({
            'move_type': 'entry',
            'date': self.env['tenant.invoice.builder']._open_day(
                company, demand.panel_id._today()),
            'ref': self.env._("Write-off of %s", demand.move_id.name),
            'tenant_credited_demand_id': demand.id,
            'line_ids': [
                Command.create(self._entry_line(line, part, account, sign))
                for line, part in parts
                for account, sign in (
                    (line.account_id, -1), (company.tenant_bad_debt_account_id, 1))],
        })
        entry._post(soft=False)
        given = entry.line_ids.filtered(lambda line: line.account_id in asked.account_id)
        (asked.browse().union(*(line for line, _part in parts)) + given).reconcile()

    def _parts(self, asked, amount):
        """How much of the demand lies on each line of the invoice, the earliest first."""
        for line in asked:
            part = min(line.amount_residual_currency, amount)
            if line.currency_id.compare_amounts(part, 0) > 0:
                yield line, part
                amount -= part

    def _entry_line(self, asked, part, account, sign):
        share = part / asked.amount_residual_currency
        return {
            'account_id': account.id,
            'partner_id': asked.partner_id.id,
            'name': self.reason,
            'currency_id': asked.currency_id.id,
            'amount_currency': sign * part,
            'balance': sign * asked.company_currency_id.round(asked.amount_residual * share),
        }

    def _log(self):
        kind = dict(self._fields['kind']._description_selection(self.env))[self.kind]
        self.demand_id.panel_id.sudo()._message_log(body=self.env._(
            "%(kind)s %(invoice)s: %(reason)s",
            kind=kind, invoice=self.demand_id.move_id.name, reason=self.reason))
