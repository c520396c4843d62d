from fractions import Fraction

from odoo import api, fields, models
from odoo.tools import formatLang

from odoo.addons.tenant_billing.engine.event_prices import Values, event_totals
from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.engine.rating_input import Period, Segment, Total, Version


class TenantChargeTry(models.TransientModel):
    """A calculator: what a charge makes of a quantity in one whole period."""

    _name = 'tenant.charge.try'
    _description = "Try a Charge"

    charge_id = fields.Many2one('tenant.charge', required=True)
    currency_id = fields.Many2one(related='charge_id.currency_id', related_sudo=False)
    charge_model = fields.Selection(related='charge_id.charge_model', related_sudo=False)
    unit = fields.Char(related='charge_id.unit', related_sudo=False)
    dimension_1 = fields.Char(related='charge_id.dimension_1', related_sudo=False)
    dimension_2 = fields.Char(related='charge_id.dimension_2', related_sudo=False)
    dimension_3 = fields.Char(related='charge_id.dimension_3', related_sudo=False)
    quantity = fields.Float(
        digits=(16, 8), default=1.0, help="What the meter makes of the events of the period.")
    value = fields.Float(string="Value of an Event", digits=(16, 8), default=1.0)
    events = fields.Integer(string="Such Events", default=1)
    value_1 = fields.Char(string="First Value")
    value_2 = fields.Char(string="Second Value")
    value_3 = fields.Char(string="Third Value")
    day = fields.Date(
        required=True, default=lambda self: self.env.company._tenant_today(),
        help="Service day of the usage: it decides which prices are in force.")
    amount = fields.Monetary(compute='_compute_answer')
    explanation = fields.Html(compute='_compute_answer', sanitize=False)
    problem = fields.Char(compute='_compute_answer')

    # === COMPUTE METHODS === #

    @api.depends('charge_id', 'quantity', 'value', 'events', 'value_1', 'value_2', 'value_3', 'day')
    def _compute_answer(self):
        for trial in self:
            trial.amount, trial.explanation, trial.problem = 0, False, False
            if not trial.charge_id or not trial.day:
                continue
            try:
                rating = trial._rate()
            except ValueError as problem:
                trial.problem = str(problem)
                continue
            trial.amount = float(rating.amount)
            trial.explanation = self.env['ir.qweb']._render('tenant_billing.charge_explanation', {
                'lines': [line.why for line in rating.lines],
                'number': trial._number,
                'names': trial._names(),
            })

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        trials = super().create(vals_list)
        trials.charge_id.check_access('read')
        return trials

    # === BUSINESS METHODS === #

    def _rate(self):
        """The rating of the whole period that begins on the day, by this charge alone.

        :raise ValueError: when the terms make no price
        """
        charge = self.charge_id._engine()
        charge.validate()
        if charge.meter:  # the quantity is given, so it needs no aggregation
            charge = charge._replace(meter=charge.meter._replace(aggregation='sum'))
        span = self.charge_id.version_id._span_from(self.day, self.day)
        segment = Segment(span.whole_start, span.whole_end, Version((charge,)))
        values = (self.value_1 or '', self.value_2 or '', self.value_3 or '')
        totals, events = [], []
        if charge.model.per_event:
            events = event_totals(segment, [Values(
                charge.meter.code, values, self.day, as_written(self.value), self.events)])
        elif charge.meter:
            totals = [Total(charge.meter.code, values, self.day, as_written(self.quantity))]
        period = Period(span.whole_start, span.whole_end, (segment,),
                        as_written(self.currency_id.rounding))
        return rate(period, totals, events)

    # === HELPERS === #

    def _names(self):
        """The kinds of lines and steps in words."""
        return {
            'usage': self.env._("Price"), 'discount': self.env._("Discount"),
            'minimum': self.env._("Minimum"), 'maximum': self.env._("Maximum"),
            'price': self.env._("Price"), 'events': self.env._("Events"),
        }

    def _number(self, text):
        """An exact number for people: up to eight decimals, none that are zero."""
        shown = formatLang(self.env, float(Fraction(text)), digits=8)
        return shown.rstrip('0').rstrip('.,٫') if shown[-9:-8] in '.,٫' else shown
