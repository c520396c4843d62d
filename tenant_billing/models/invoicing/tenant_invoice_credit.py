from decimal import Decimal

from odoo import api, models
from odoo.fields import Command

from odoo.addons.tenant_billing.engine import money
from odoo.addons.tenant_billing.models.invoicing.tenant_invoice_builder import QUIET


class TenantInvoiceBuilder(models.AbstractModel):
    """Credit notes of demands. No demand gives back more than it asked."""

    _inherit = 'tenant.invoice.builder'

    @api.model
    def _credit(self, demand, reason, *, days=None, rebill=False, hold_for_refund=False):
        """Post the demand's own credit note and match it with what is still open of it.

        :param str reason: a key of the credit reasons on the invoice
        :param tuple days: (days credited, days invoiced); all of it by default
        :param bool rebill: whether the days may be billed again
        :param bool hold_for_refund: keep what is left over for a refund
        :return: the credit note
        """
        builder = self.sudo().with_company(demand.company_id).with_context(
            **QUIET, tz=demand.company_id.tenant_tz)
        note = builder.env['account.move'].create(builder._credit_vals(
            demand, reason, builder._credit_lines(demand, days), hold_for_refund))
        if not days and note.currency_id.compare_amounts(note.amount_total, demand.amount_open) < 0:
            # the tax on the parts is a cent less than on the whole
            note.invoice_line_ids[:1].price_unit += note.currency_id.rounding
        note._post(soft=False)
        if rebill and demand.period_id.state == 'void':
            demand.period_id.rebill = True
        return note

    @api.model
    def _credit_vals(self, demand, reason, lines, hold_for_refund=False):
        move = demand.move_id
        return {
            'move_type': 'out_refund',
            'reversed_entry_id': move.id,
            'journal_id': move.journal_id.id,
            'company_id': move.company_id.id,
            'partner_id': move.partner_id.id,
            'fiscal_position_id': move.fiscal_position_id.id,
            'currency_id': move.currency_id.id,
            'invoice_date': self._open_day(move.company_id, demand.panel_id._today()),
            'invoice_payment_term_id': False,
            'invoice_origin': move.name,
            'invoice_user_id': False,
            'ref': self.env._("Credit of %s", move.name),
            'tenant_credit_reason': reason,
            'tenant_credited_demand_id': demand.id,
            'tenant_hold_for_refund': hold_for_refund,
            'invoice_line_ids': [Command.create(vals) for vals in lines],
        }

    @api.model
    def _credit_lines(self, demand, days):
        """The demand's lines, whole or for some days, but no more than its earlier credit notes
        have left."""
        lines = demand.move_id.invoice_line_ids.filtered(
            lambda line: line.tenant_demand_id == demand)
        vals_list = [self._credit_line_vals(line, days) for line in lines]
        share = days[0] / days[1] if days else 1
        wanted, left = sum(lines.mapped('price_total')) * share, self._left_to_credit(demand)
        if left < min(wanted, demand.amount):
            for vals in vals_list:
                vals['price_unit'] = demand.currency_id.round(vals['price_unit'] * left / wanted)
        return vals_list

    @api.model
    def _left_to_credit(self, demand):
        """What credit notes have not taken back of a demand, with tax. Of an open one those count
        that are matched with it: others were used for something else."""
        move = demand.move_id
        notes = move.reversal_move_ids.filtered(
            lambda note: note.state == 'posted'
            and (note.tenant_credited_demand_id or demand) == demand)
        given = sum(notes.mapped('amount_total'))
        if demand.status == 'open':
            given = sum(
                part.debit_amount_currency for part in move.line_ids.matched_credit_ids
                if part.credit_move_id.move_id in notes)
        return max(demand.currency_id.round(demand.amount - given), 0)

    @api.model
    def _credit_line_vals(self, line, days):
        price = line.price_unit
        if days:
            rounding = Decimal(str(line.currency_id.rounding))
            price = float(money.share(Decimal(str(price)), *days, rounding))
        return {
            'product_id': line.product_id.id,
            'name': line.name,
            'quantity': line.quantity,
            'price_unit': price,
            'account_id': line.account_id.id,
            'tax_ids': [Command.set(line.tax_ids.ids)],
        }
