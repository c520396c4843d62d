from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# Odoo's own: documents of a run need no followers, field tracking or creation notes.
QUIET = {
    'tracking_disable': True,
    'mail_create_nolog': True,
    'mail_create_nosubscribe': True,
    'mail_notrack': True,
}


class Ask(NamedTuple):
    """What one invoice asks: the fee of a period ahead, usage of closed ones, or both."""

    panel: Any
    period: Any  # none for usage alone
    version: Any  # the terms by which it is paid
    items: list


class TenantInvoiceBuilder(models.AbstractModel):
    """Makes the documents: the invoices of claimed periods and of usage."""

    _name = 'tenant.invoice.builder'
    _description = "Invoice Builder"

    # === INVOICES === #

    @api.model
    def _issue(self, periods, usage=None):
        """Post an invoice with an advance demand for each period, and an arrears demand for the
        usage of its panel; usage of other panels is asked for alone.

        :param periods: claimed or undated periods with something due
        :param dict usage: by panel, what is to be invoiced of its closed periods
        :return: the demands
        :raise UserError: when the books cannot take an invoice; nothing is kept then
        """
        demands = self.env['tenant.billing.demand'].sudo()
        by_company = {}
        for ask in self._asks(periods.sudo(), usage or {}):
            by_company.setdefault(ask.panel.company_id, []).append(ask)
        for company, asks in by_company.items():
            demands |= self._issue_in_company(company, asks)
        demands._use_account_credit()
        return demands

    @api.model
    def _asks(self, periods, usage):
        """One for each invoice. Usage goes with the panel's first period, if that is in the same
        currency (R18)."""
        rest = dict(usage)
        for period in periods.sorted('date_start') if usage else periods:
            items = rest.pop(period.panel_id, [])
            alone = [item for item in items if item.period.currency_id != period.currency_id]
            yield Ask(period.panel_id, period, period.plan_version_id, [
                item for item in items if item not in alone])
            if alone:
                rest[period.panel_id] = alone
        for panel, items in rest.items():
            for currency in {item.period.currency_id for item in items}:
                some = [item for item in items if item.period.currency_id == currency]
                yield Ask(panel.sudo(), periods.browse(), some[-1].period.plan_version_id, some)

    @api.model
    def _issue_in_company(self, company, asks):
        builder = self.sudo().with_company(company).with_context(**QUIET, tz=company.tenant_tz)
        builder._read_ahead(asks)
        moves = builder.env['account.move'].create([builder._invoice_vals(ask) for ask in asks])
        builder._check_taxes(asks, moves)
        demands = builder.env['tenant.billing.demand'].create([
            vals for ask, move in zip(asks, moves, strict=True)
            for vals in builder._demands_vals(ask, move)])
        builder._link_lines(demands.filtered(lambda demand: demand.direction == 'advance'))
        builder._carry_usage(asks, moves)
        builder.env['tenant.billing.period'].union(*(ask.period for ask in asks)).filtered(
            lambda p: p.state == 'claimed').write({'state': 'invoiced'})
        self._post(moves, demands)
        return demands.with_env(self.env(su=True))

    @api.model
    def _read_ahead(self, asks):
        """What Odoo would ask of each customer in turn."""
        panels = self.env['tenant.panel'].union(*(ask.panel for ask in asks))
        partners = panels.with_env(self.env).partner_id
        (partners | partners.commercial_partner_id).mapped('property_account_receivable_id')

    @api.model
    def _post(self, moves, demands):
        """From here on the invoices ask, and hosts hear of them."""
        moves._post(soft=False)
        demands._tell_invoice('invoice.issued')
        demands.filtered(lambda d: d.status == 'settled')._tell_invoice('invoice.paid')  # zero

    @api.model
    def _invoice_vals(self, ask):
        panel, period, today = ask.panel, ask.period, ask.panel._today()
        start = today if not period or period.state == 'undated' else max(period.date_start, today)
        return {
            'move_type': 'out_invoice',
            'journal_id': panel.company_id._tenant_journal().id,
            'company_id': panel.company_id.id,
            'partner_id': panel.partner_id.id,
            'currency_id': ask.version.currency_id.id,
            'invoice_date': self._open_day(panel.company_id, today),
            'invoice_payment_term_id': False,
            'invoice_date_due': fields.Date.add(start, days=ask.version.term_days),
            'invoice_origin': panel.name,
            'invoice_user_id': False,
            'invoice_line_ids': [Command.create(vals) for vals in (
                *([self._fee_line_vals(period)] if period else ()),
                *map(self._usage_line_vals, ask.items))],
        }

    @api.model
    def _fee_line_vals(self, period):
        version = period.plan_version_id
        return {
            'product_id': version.plan_id.product_id.id,
            'name': self._line_name(period),
            'quantity': 1,
            'price_unit': version._unit_price(period.amount, period.panel_id.partner_id),
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
    def _demands_vals(self, ask, move):
        """R41: an invoice for both asks in two demands that add up to it."""
        directions = ['advance'] * bool(ask.period) + ['arrears'] * bool(ask.items)
        amounts = [move.amount_total] if len(directions) == 1 else self._section_amounts(move)
        return [
            self._demand_vals(ask, move, direction, amount)
            for direction, amount in zip(directions, amounts, strict=True)]

    @api.model
    def _demand_vals(self, ask, move, direction, amount):
        return {
            'move_id': move.id,
            'panel_id': ask.panel.id,
            'company_id': ask.panel.company_id.id,
            'currency_id': move.currency_id.id,
            'direction': direction,
            'period_id': ask.period.id if direction == 'advance' else False,
            'plan_version_id': ask.version.id,
            'amount': amount,
            'amount_open': amount,
            'small_difference': ask.panel.company_id.tenant_write_off_limit,
            'issued_on': ask.panel._today(),
            'due_date': move.invoice_date_due,
        }

    @api.model
    def _link_lines(self, demands):
        """In one statement: the ORM would compute every total of the invoices anew."""
        if not demands:
            return
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
    def _check_taxes(self, asks, moves):
        """R31: a price without tax must meet taxes that are added."""
        net = moves.browse(
            move.id for ask, move in zip(asks, moves, strict=True)
            if ask.version.tax_mode == 'net')
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
