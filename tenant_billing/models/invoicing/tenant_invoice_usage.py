from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from odoo import api, models
from odoo.fields import Command
from odoo.tools import float_round

from odoo.addons.tenant_billing.engine.exact import text
from odoo.addons.tenant_billing.engine.rating_input import CAP, TRUE_UP
from odoo.addons.tenant_billing.engine.sections import apportion
from odoo.addons.tenant_billing.models.invoicing.tenant_invoice_builder import QUIET


class TenantInvoiceBuilder(models.AbstractModel):
    """R19 and R21: usage of closed periods on invoices, and credit notes for what was too much."""

    _inherit = 'tenant.invoice.builder'

    # === INVOICES === #

    @api.model
    def _usage_line_vals(self, item):
        version = item.period.plan_version_id
        return {
            'product_id': version.plan_id.product_id.id,
            'name': self._usage_name(item),
            'quantity': 1,
            'price_unit': version._unit_price(float(item.amount), item.period.panel_id.partner_id),
        }

    @api.model
    def _section_amounts(self, move):
        """R41: what the fee and what the usage come to with tax; they add up to the invoice."""
        lines = self._product_lines(move)
        return [float(amount) for amount in apportion(
            Decimal(str(move.currency_id.round(move.amount_total))),
            [sum((self._with_tax(line) for line in some), Fraction(0))
             for some in (lines[:1], lines[1:])],
            Decimal(str(move.currency_id.rounding)))]

    @api.model
    def _with_tax(self, line):
        """What a line comes to before the document is rounded."""
        taxes = line.tax_ids.with_context(round_base=False).compute_all(
            line.price_unit, line.currency_id, line.quantity, line.product_id, line.partner_id)
        return Fraction(repr(taxes['total_included']))

    @api.model
    def _carry_usage(self, asks, moves):
        """What the invoices carry of which charge and period, and why."""
        rows, lines = [], self.env['account.move.line']
        for ask, move in zip(asks, moves, strict=True):
            if ask.items:
                demand = move.tenant_demand_ids.filtered(lambda d: d.direction == 'arrears')
                rows += [self._rated_vals(item, item.amount, move, demand) for item in ask.items]
                lines += self._product_lines(move)[len(ask.period):]
        self._link_rated(lines, self.env['tenant.rated.line'].create(rows))

    # === CREDIT NOTES === #

    @api.model
    def _credit_usage(self, items):
        """R21: post a credit note to each document that asked too much, the oldest first.

        :param list items: what is to be credited, amounts negative
        :return: the credit notes
        """
        rooms = self._room_of_usage(items)
        by_demand = defaultdict(list)
        for item in items:
            left = -item.amount
            for rated in rooms[item.period, item.charge]:
                part = min(left, rooms[item.period, item.charge][rated])
                if part > 0:
                    by_demand[rated.demand_id].append((item, rated, part))
                    left -= part
        return self.env['account.move'].union(*(
            self._post_usage_note(demand, parts) for demand, parts in by_demand.items()))

    @api.model
    def _room_of_usage(self, items):
        """What invoices that stand still ask of each charge and period.

        :return: by period and charge, a dict of Decimal by rated line, the oldest first
        :rtype: dict
        """
        owners = {row: item.period for item in items
                  for row in item.period | item.period._predecessors()}
        lines = self.env['tenant.rated.line'].sudo().search([
            ('period_id', 'in', [row.id for row in owners]), ('move_id.state', '!=', 'cancel'),
            ('charge', 'in', [item.charge for item in items])], order='id')
        rooms = defaultdict(dict)
        for line in lines:
            of_charge = rooms[owners[line.period_id], line.charge]
            if line.move_id.move_type == 'out_invoice':
                of_charge[line] = line._exact('amount')
                continue
            for asked in of_charge:  # none where the invoice was cancelled after its credit note
                if asked.move_id == line.move_id.reversed_entry_id:
                    of_charge[asked] += line._exact('amount')
        return rooms

    @api.model
    def _post_usage_note(self, demand, parts):
        """:param list parts: what is credited: item, the rated line that asked it, and Decimal"""
        builder = self.sudo().with_company(demand.company_id).with_context(
            **QUIET, tz=demand.company_id.tenant_tz)
        note = builder.env['account.move'].create(builder._credit_vals(demand, 'usage', [
            builder._usage_credit_vals(item, rated, part) for item, rated, part in parts]))
        rated = builder.env['tenant.rated.line'].create([
            builder._rated_vals(item, -part, note, demand) for item, _rated, part in parts])
        builder._limit_note(note, demand)
        builder._link_rated(builder._product_lines(note), rated)
        note._post(soft=False)
        return note

    @api.model
    def _limit_note(self, note, demand):
        """R39: no more goes back than the demand still has: what was credited for another reason
        or written off is not credited again, though the usage was less. And no cent of tax stays
        open where all of it goes back in parts."""
        left = self._left_to_credit(demand) if demand.status != 'dead' else 0
        total, currency, lines = note.amount_total, note.currency_id, self._product_lines(note)
        if currency.compare_amounts(total, left) > 0:
            for line in lines:
                line.price_unit = float_round(
                    line.price_unit * left / total, rounding_method='DOWN',
                    precision_rounding=currency.rounding)
        elif currency.compare_amounts(total, demand.amount_open) < 0 and currency.is_zero(
                self._rated_of(demand)):
            lines[:1].price_unit += currency.rounding  # taxes of the parts are a cent less

    @api.model
    def _rated_of(self, demand):
        """What is left of the usage that the demand asks for."""
        return sum(self.env['tenant.rated.line'].sudo().search([
            ('demand_id', '=', demand.id), ('move_id.state', '!=', 'cancel')]).mapped('amount'))

    @api.model
    def _usage_credit_vals(self, item, rated, part):
        line = rated.line_ids[:1]
        return {
            'product_id': line.product_id.id,
            'name': self._usage_name(item),
            'quantity': 1,
            'price_unit': item.period.plan_version_id._unit_price_for(float(part), line.tax_ids),
            'account_id': line.account_id.id,
            'tax_ids': [Command.set(line.tax_ids.ids)],
        }

    # === HELPERS === #

    @api.model
    def _rated_vals(self, item, amount, move, demand):
        period = item.period
        return {
            'name': self._usage_name(item),
            'move_id': move.id,
            'demand_id': demand.id,
            'period_id': period.id,
            'panel_id': period.panel_id.id,
            'company_id': period.company_id.id,
            'currency_id': period.currency_id.id,
            'charge': item.charge,
            'kind': item.kind,
            'date_start': period.date_start,
            'date_end': period._usage_end(),
            'amount': float(amount),
            'rated': float(item.rated),
            'quantity': self._quantity_text(item),
            'why': item.why,
        }

    @api.model
    def _usage_name(self, item):
        period = item.period
        facts = {
            'charge': self._charge_name(item), 'panel': period.panel_id.name,
            'days': period._range_text(period.date_start, period._usage_end()),
            'quantity': self._quantity_text(item)}
        name = self.env._("%(charge)s for %(panel)s, %(days)s", **facts)
        if facts['quantity']:
            name = self.env._("%(charge)s for %(panel)s, %(days)s: %(quantity)s", **facts)
        if item.amount != item.rated:
            name = self.env._("%s, less what was invoiced before", name)
        return name

    @api.model
    def _charge_name(self, item):
        if item.kind == TRUE_UP:
            return self.env._("Up to the minimum")
        if item.kind == CAP:
            return self.env._("Above the maximum")
        return self._charge_of(item).name or item.charge

    @api.model
    def _charge_of(self, item):
        charges = item.period.plan_version_id._charges_by_key()
        return charges.get(item.charge, self.env['tenant.charge'])

    @api.model
    def _quantity_text(self, item):
        """What was measured in all, in the meter's unit."""
        measured = [part['quantity'] for part in item.why if 'quantity' in part]
        if not measured:
            return ""
        number = sum(map(Fraction, measured), Fraction(0))
        if number.denominator != 1:
            number = Fraction(round(number, 6))
        return ' '.join(filter(None, (text(number), self._charge_of(item).unit)))

    @api.model
    def _product_lines(self, move):
        """The lines that a person reads, as they were made."""
        return move.invoice_line_ids.filtered(
            lambda line: line.display_type == 'product').sorted('id')

    @api.model
    def _link_rated(self, lines, rated):
        """In one statement, as `_link_lines`."""
        if not rated:
            return
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE account_move_line line
               SET tenant_rated_line_id = r.id, tenant_period_id = r.period_id,
                   tenant_demand_id = CASE WHEN m.move_type = 'out_invoice' THEN r.demand_id END
              FROM unnest(%s, %s) AS v(line_id, rated_id)
              JOIN tenant_rated_line r ON r.id = v.rated_id
              JOIN account_move m ON m.id = r.move_id
             WHERE line.id = v.line_id
            """, (lines.ids, rated.ids))
        lines.invalidate_recordset(
            ['tenant_rated_line_id', 'tenant_period_id', 'tenant_demand_id'], flush=False)
        rated.invalidate_recordset(['line_ids'], flush=False)
