from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup, escape
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.engine.exact import as_written


class TenantRatedLine(models.Model):
    """What one document carries of one charge of one service period, and why. Rows are only
    added: what a period was billed for a charge is their sum over the documents that stand."""

    _name = 'tenant.rated.line'
    _description = "Rated Usage"
    _order = 'date_start desc, id desc'
    _rec_name = 'name'

    name = fields.Char(required=True, readonly=True)
    move_id = fields.Many2one(
        'account.move', string="Document", required=True, index=True, readonly=True,
        ondelete='restrict')
    demand_id = fields.Many2one(
        'tenant.billing.demand', index='btree_not_null', readonly=True, ondelete='restrict',
        help="What the document asks, or of a credit note what it takes off.")
    line_ids = fields.One2many(
        'account.move.line', 'tenant_rated_line_id', string="Invoice Lines", readonly=True)
    period_id = fields.Many2one(
        'tenant.billing.period', string="Billing Period", required=True, index=True, readonly=True,
        ondelete='restrict')
    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='restrict')
    partner_id = fields.Many2one(related='panel_id.partner_id')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    charge = fields.Char(
        string="Charge Code", required=True, readonly=True,
        help="The same in all versions of a plan that continue the charge.")
    kind = fields.Selection(
        [('usage', "Usage"), ('true_up', "Minimum"), ('cap', "Maximum")],
        required=True, readonly=True)
    date_start = fields.Date(
        string="From", required=True, readonly=True, help="Service day: the first one.")
    date_end = fields.Date(
        required=True, readonly=True, help="Service day: the first one after the period.")
    last_day = fields.Date(
        string="To", compute='_compute_last_day', help="Service day: the last one.")
    amount = fields.Monetary(
        readonly=True, help="What this document asks, as the plan version's prices are: with or "
        "without tax. Negative on credit notes.")
    rated = fields.Monetary(
        string="In All", readonly=True,
        help="What the period cost by this charge when the document was made.")
    quantity = fields.Char(readonly=True)
    why = fields.Json(string="Explanation as Data", readonly=True)
    why_table = fields.Html(
        string="Why This Amount", compute='_compute_why_table', sanitize=False)

    _one_per_document = models.Constraint(
        'UNIQUE (move_id, period_id, charge)',
        "This document carries this charge of this period already.")

    # === COMPUTE METHODS === #

    @api.depends('date_end')
    def _compute_last_day(self):
        for line in self:
            line.last_day = line.date_end and fields.Date.subtract(line.date_end, days=1)

    @api.depends('why')
    def _compute_why_table(self):
        for line in self:
            line.why_table = line._explained()

    # === CRUD METHODS === #

    def write(self, vals):
        self.check_access('write')
        if self:
            raise UserError(self.env._("What was rated and invoiced is not changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was rated and invoiced is not deleted."))

    # === BUSINESS METHODS === #

    def _exact(self, name):
        """An amount of the row as a Decimal."""
        return as_written(self.currency_id.round(self[name]))

    def _rate_again(self):
        """Their document was cancelled, or the fee of their days taken back, maybe long after: the
        days are looked at again with the next invoice, however old they are. The caller derives
        the panels' dates again."""
        for panel, lines in self.grouped('panel_id').items():
            first = min(lines.mapped('date_start'))
            if panel.usage_rated_on and panel.usage_rated_on > first:
                panel._write_changes({'usage_rated_on': first})

    def _explained(self):
        """The explanation as a table that people read: what was used, what of it is included, and
        what each step of the price makes of the rest."""
        self.ensure_one()
        rows = [row for part in self.why or [] for row in self._rows_of(part)]
        head = Markup('').join(
            Markup('<th class="{}">{}</th>').format(css, text) for css, text in (
                ('', self.env._("What")), ('text-end', self.env._("Quantity")),
                ('text-end', self.env._("Price")), ('text-end', self.env._("Amount"))))
        body = Markup('').join(
            Markup('<tr><td>{}</td><td class="text-end">{}</td><td class="text-end">{}</td>'
                   '<td class="text-end">{}</td></tr>').format(*row) for row in rows)
        return Markup('<table class="table table-sm"><thead><tr>{}</tr></thead><tbody>{}</tbody>'
                      '</table>').format(head, body)

    # === HELPERS === #

    def _rows_of(self, part):
        """The rows of one part of the explanation: what, quantity, price, amount."""
        what = self._what(part)
        if part.get('rounded') is not None and part['rounded'] != part['measured']:
            yield self.env._("%s, measured", what), _plain(part['measured']), '', ''
        if 'quantity' in part:
            yield what, _plain(part['quantity']), '', ''
            if Fraction(part['included']):
                yield (self.env._("of which included (up to %s)", _plain(part['included'])),
                       _plain(part['included_used']), '', '')
        for step in part.get('steps', ()):
            yield self._step_row(step)
        if 'cost' in part:
            yield self.env._("Fee and usage of the period"), '', '', self._money(part['cost'])
        limit = part.get('minimum') if part['kind'] in ('true_up', 'minimum') else (
            part.get('maximum'))
        if limit is not None and part['kind'] != 'usage':
            yield self.env._("Limit for %s days", part['days']), '', '', self._money(limit)
        yield escape(self._words().get(part['kind'], part['kind'])), '', '', Markup(
            '<strong>{}</strong>').format(self._money(part['amount']))

    def _what(self, part):
        days = self.env._("%(first)s to %(last)s", first=part['from'], last=part['to'])
        groups = ', '.join(value for value in part.get('dimensions', ()) if value)
        return f"{groups or self._words()['usage']} ({days})"

    def _words(self):
        return {
            'usage': self.env._("Used"), 'discount': self.env._("Discount"),
            'minimum': self.env._("Up to the minimum"), 'maximum': self.env._("Above the maximum"),
            'true_up': self.env._("Up to the plan's minimum"),
            'cap': self.env._("Above the plan's maximum"),
        }

    def _step_row(self, step):
        if step['lower'] is not None:
            what = self.env._("from %s", _plain(step['lower'])) if step['upper'] is None else (
                self.env._("from %(lower)s to %(upper)s", lower=_plain(step['lower']),
                           upper=_plain(step['upper'])))
        else:
            what = self.env._("Price")
        if step.get('kind') == 'reversed':
            what = self.env._("%s, taken back", what)
        price = ''
        if Fraction(step.get('unit_price') or 0):
            price = _plain(step['unit_price'])
            if Fraction(step['per']) != 1:
                price = self.env._("%(price)s per %(units)s", price=price,
                                   units=_plain(step['per']))
        if Fraction(step.get('flat') or 0):
            price = f"{price} + {_plain(step['flat'])}" if price else _plain(step['flat'])
        return what, _plain(step.get('quantity', step.get('count', ''))), price, _plain(
            step['amount'])

    def _money(self, number):
        return self.currency_id._text(Fraction(number))


def _plain(number):
    """Exact text as people read it: fractions without end are cut after six places."""
    if '/' in str(number):
        return f"{Decimal(Fraction(number).numerator) / Fraction(number).denominator:.6f}…"
    return str(number)
