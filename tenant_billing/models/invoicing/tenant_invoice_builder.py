from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.tenant_billing.engine import money

# Odoo's own: documents of a run need no followers, field tracking or creation notes.
QUIET = {
    'tracking_disable': True,
    'mail_create_nolog': True,
    'mail_create_nosubscribe': True,
    'mail_notrack': True,
}


class TenantInvoiceBuilder(models.AbstractModel):
    """Makes the documents: invoices of claimed periods, and the credit notes to them."""

    _name = 'tenant.invoice.builder'
    _description = "Invoice Builder"

    # === INVOICES === #

    @api.model
    def _issue(self, periods):
        """Post an invoice with one advance demand for each period.

        :param periods: claimed or undated periods with something due
        :return: the demands
        :raise UserError: when the books cannot take an invoice; nothing is kept then
        """
        demands = self.env['tenant.billing.demand'].sudo()
        for company, group in periods.sudo().grouped('company_id').items():
            demands |= self._issue_in_company(company, group)
        demands._use_account_credit()
        return demands

    @api.model
    def _issue_in_company(self, company, periods):
        builder = self.sudo().with_company(company).with_context(**QUIET, tz=company.tenant_tz)
        builder._read_ahead(periods)
        moves = builder.env['account.move'].create(
            [builder._invoice_vals(period) for period in periods])
        builder._check_taxes(periods, moves)
        demands = builder.env['tenant.billing.demand'].create([
            builder._demand_vals(period, move)
            for period, move in zip(periods, moves, strict=True)])
        builder._link_lines(demands)
        periods.filtered(lambda p: p.state == 'claimed').write({'state': 'invoiced'})
        self._post(moves, demands)
        return demands.with_env(self.env(su=True))

    @api.model
    def _read_ahead(self, periods):
        """What Odoo would ask of each customer in turn."""
        partners = periods.with_env(self.env).panel_id.partner_id
        (partners | partners.commercial_partner_id).mapped('property_account_receivable_id')

    @api.model
    def _post(self, moves, demands):
        """From here on the invoices ask, and hosts hear of them."""
        moves._post(soft=False)
        demands._tell_invoice('invoice.issued')
        demands.filtered(lambda d: d.status == 'settled')._tell_invoice('invoice.paid')  # zero

    @api.model
    def _invoice_vals(self, period):
        panel = period.panel_id
        today = panel._today()
        start = today if period.state == 'undated' else max(period.date_start, today)
        return {
            'move_type': 'out_invoice',
            'journal_id': period.company_id._tenant_journal().id,
            'company_id': period.company_id.id,
            'partner_id': panel.partner_id.id,
            'currency_id': period.currency_id.id,
            'invoice_date': self._open_day(period.company_id, today),
            'invoice_payment_term_id': False,
            'invoice_date_due': fields.Date.add(start, days=period.plan_version_id.term_days),
            'invoice_origin': panel.name,
            'invoice_user_id': False,
            'invoice_line_ids': [Command.create({
                'product_id': period.plan_version_id.plan_id.product_id.id,
                'name': self._line_name(period),
                'quantity': 1,
                'price_unit': period.plan_version_id._unit_price(
                    period.amount, panel.partner_id),
            })],
        }

    @api.model
    def _line_name(self, period):
        if period.state == 'undated':
            return self.env._(
                "%(plan)s for %(panel)s, the first period from the day it starts",
                plan=period.plan_version_id.plan_id.name, panel=period.panel_id.name)
        return self.env._(
            "%(plan)s for %(panel)s, %(days)s",
            plan=period.plan_version_id.plan_id.name, panel=period.panel_id.name,
            days=period.display_name)

    @api.model
    def _demand_vals(self, period, move):
        return {
            'move_id': move.id,
            'panel_id': period.panel_id.id,
            'company_id': period.company_id.id,
            'currency_id': period.currency_id.id,
            'direction': 'advance',
            'period_id': period.id,
            'plan_version_id': period.plan_version_id.id,
            'amount': move.amount_total,
            'amount_open': move.amount_total,
            'small_difference': period.company_id.tenant_write_off_limit,
            'issued_on': period.panel_id._today(),
            'due_date': move.invoice_date_due,
        }

    @api.model
    def _link_lines(self, demands):
        """In one statement: the ORM would compute every total of the invoices anew."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE account_move_line line
               SET tenant_period_id = d.period_id, tenant_demand_id = d.id
              FROM tenant_billing_demand d
             WHERE d.id IN %s AND line.move_id = d.move_id AND line.display_type = 'product'
            """, (tuple(demands.ids),))
        self.env['account.move.line'].invalidate_model(
            ['tenant_period_id', 'tenant_demand_id'], flush=False)

    @api.model
    def _check_taxes(self, periods, moves):
        """R31: a price without tax must meet taxes that are added."""
        net = moves.browse(
            move.id for period, move in zip(periods, moves, strict=True)
            if period.plan_version_id.tax_mode == 'net')
        included = net.invoice_line_ids.tax_ids.filtered('price_include')
        if included:
            raise UserError(self.env._(
                "The tax %s is included in prices, but the plan's price is without tax. "
                "Set the tax to be added, or map it by a fiscal position.", included[0].name))

    @api.model
    def _open_day(self, company, day):
        """The day itself, or the first one after the company's locked period."""
        lock = max(filter(None, (
            company.user_fiscalyear_lock_date, company.user_sale_lock_date,
            company.user_hard_lock_date, company.user_tax_lock_date)), default=None)
        return max(day, fields.Date.add(lock, days=1)) if lock else day

    # === CREDIT NOTES === #

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
        note = builder.env['account.move'].create(
            builder._credit_vals(demand, reason, days, hold_for_refund))
        if not days and note.currency_id.compare_amounts(note.amount_total, demand.amount_open) < 0:
            # the tax on the parts is a cent less than on the whole
            note.invoice_line_ids[:1].price_unit += note.currency_id.rounding
        note._post(soft=False)
        if rebill and demand.period_id.state == 'void':
            demand.period_id.rebill = True
        return note

    @api.model
    def _credit_vals(self, demand, reason, days, hold_for_refund):
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
            'invoice_line_ids': [Command.create(vals) for vals in self._credit_lines(demand, days)],
        }

    @api.model
    def _credit_lines(self, demand, days):
        """The demand's lines, whole or for some days, but no more than its earlier credit notes
        have left. Only what was paid and is taken back whole is not cut: its days end with it."""
        move = demand.move_id
        lines = [
            self._credit_line_vals(line, days)
            for line in move.invoice_line_ids if line.tenant_demand_id == demand]
        if days or demand.status == 'open':
            wanted = sum(line['price_unit'] * line['quantity'] for line in lines)
            left = self._left_to_credit(demand)
            if move.currency_id.compare_amounts(wanted, left) > 0:
                for line in lines:
                    line['price_unit'] = move.currency_id.round(line['price_unit'] * left / wanted)
        return lines

    @api.model
    def _left_to_credit(self, demand):
        """What no credit note of the invoice has taken back, without tax. Of an open demand those
        count that are matched with it: others were used for something else."""
        move = demand.move_id
        notes = move.reversal_move_ids.filtered(lambda note: note.state == 'posted')
        given = sum(notes.mapped('amount_total'))
        if demand.status == 'open':
            given = sum(
                part.debit_amount_currency for part in move.line_ids.matched_credit_ids
                if part.credit_move_id.move_id in notes)
        left = max(move.amount_total - given, 0)
        return move.currency_id.round(move.amount_untaxed * left / (move.amount_total or 1))

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
