import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

CODE = re.compile(r'[a-z0-9]+(?:[._-][a-z0-9]+)*', re.ASCII)
ACTIVE_HOURS = 'active_hours'  # counted from a panel's own states, not from events
WITHOUT_VALUE = frozenset({'count', ACTIVE_HOURS})
FREE_FIELDS = frozenset({'name', 'active', 'unit'})  # may change while events are there


class TenantMeter(models.Model):
    """What is measured of panels: how the events of one type become one quantity."""

    _name = 'tenant.meter'
    _description = "Meter"
    _order = 'name, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="The type of the events that are counted here: small letters, digits, "
        "and points, hyphens or underscores in between.")
    active = fields.Boolean(default=True, help="An archived meter takes no more events.")
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    unit = fields.Char(translate=True, help="What one of it is called, for example token or GB.")
    aggregation = fields.Selection(
        [
            ('count', "Number of events"),
            ('sum', "Sum of values"),
            ('max', "Greatest value"),
            ('last', "Last value"),
            ('unique', "Number of different values"),
            ('weighted', "Level over time"),
            ('active_hours', "Active hours of the panel"),
        ],
        required=True, default='sum',
        help="Level over time: each event sets a level that holds until the next one. Active "
        "hours: for how long the panel ran, to the second; no events are sent for it.")
    value_property = fields.Char(
        compute='_compute_value_property', store=True, readonly=False,
        help="The property of an event's data that carries the value.")
    dimension_1 = fields.Char(string="Group by", help="A property of an event's data.")
    dimension_2 = fields.Char(string="Then by", help="A property of an event's data.")
    dimension_3 = fields.Char(string="And by", help="A property of an event's data.")
    rounding = fields.Selection(
        [('none', "None"), ('up', "Up"), ('down', "Down"), ('nearest', "To the nearest")],
        required=True, default='none',
        help="Of the quantity of a period, before what the plan includes is taken off.")
    rounding_step = fields.Float(
        digits=0, default=1.0, help="The quantity becomes a multiple of it.")
    allow_negative = fields.Boolean(
        string="Negative Values", help="Take events with a value below zero.")

    _unique_code = models.Constraint(
        'UNIQUE (company_id, code)', "There is a meter with this code already.")
    _step_positive = models.Constraint(
        "CHECK (rounding = 'none' OR rounding_step > 0)", "A rounding step is above zero.")

    # === COMPUTE METHODS === #

    @api.depends('aggregation')
    def _compute_value_property(self):
        for meter in self:
            if meter.aggregation in WITHOUT_VALUE:
                meter.value_property = False
            elif not meter.value_property:
                meter.value_property = 'value'

    # === CONSTRAINT METHODS === #

    @api.constrains('code')
    def _check_code(self):
        for meter in self:
            if not CODE.fullmatch(meter.code) or len(meter.code) > 64:
                raise ValidationError(self.env._(
                    "The code %s is not possible. Use up to 64 small letters and digits, with "
                    "points, hyphens or underscores in between.", meter.code))

    @api.constrains('aggregation', 'value_property', 'dimension_1', 'dimension_2', 'dimension_3')
    def _check_properties(self):
        for meter in self:
            if bool(meter.value_property) == (meter.aggregation in WITHOUT_VALUE):
                raise ValidationError(self.env._(
                    "Name the property that carries the value; a number of events has none."))
            if meter.aggregation == ACTIVE_HOURS and meter._dimensions():
                raise ValidationError(self.env._(
                    "Active hours are the panel's own: there are no events to group them by."))
            named = [meter.value_property, *meter._dimensions()]
            if len(set(named)) < len(named):
                raise ValidationError(self.env._("Each property can be named once."))
            places = [meter.dimension_1, meter.dimension_2, meter.dimension_3]
            if [bool(place) for place in places] != sorted(map(bool, places), reverse=True):
                raise ValidationError(self.env._("Fill the properties to group by in order."))

    @api.constrains('aggregation')
    def _check_limits(self):
        self.env['tenant.entitlement'].sudo().search(
            [('meter_id', 'in', self.ids)])._check_meter()

    # === CRUD METHODS === #

    def write(self, vals):
        if set(vals) - FREE_FIELDS and any(meter._has_events() for meter in self):
            raise UserError(self.env._(
                "Events were counted by this meter, so it stays as it is. Archive it and make "
                "another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused_only(self):
        if any(meter._has_events() for meter in self):
            raise UserError(self.env._(
                "Events were counted by this meter, so it cannot be deleted. Archive it."))

    # === BUSINESS METHODS === #

    def _dimensions(self):
        """The names of the properties to group by, in their order."""
        self.ensure_one()
        return [name for name in (self.dimension_1, self.dimension_2, self.dimension_3) if name]

    def _has_events(self):
        """Whether anything was counted: the room of events knows. Active hours are counted as soon
        as a price for them is published."""
        self.ensure_one()
        return self.aggregation == ACTIVE_HOURS and bool(self.env['tenant.charge'].sudo().search(
            [('meter_id', '=', self.id), ('state', '=', 'published')], limit=1))

    def _counts_as(self):
        """The aggregation by which rating adds its totals up."""
        self.ensure_one()
        return 'sum' if self.aggregation == ACTIVE_HOURS else self.aggregation

    @api.model
    def _fill(self, companies=None):
        """Give each company its meter of active hours."""
        companies = companies or self.env['res.company'].search([('id', '>', 0)])
        here = self.with_context(active_test=False).search(
            [('company_id', 'in', companies.ids), ('aggregation', '=', ACTIVE_HOURS)]).company_id
        return self.create([
            {'name': self.env._("Active hours"), 'code': 'active-hours', 'company_id': company.id,
             'aggregation': ACTIVE_HOURS, 'unit': self.env._("hour")}
            for company in companies - here])
