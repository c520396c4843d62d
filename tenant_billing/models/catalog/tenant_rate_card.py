from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.tenant_billing.engine.charge_models import (
    Bracket,
    Dynamic,
    Flat,
    Graduated,
    Package,
    Percentage,
    PerUnit,
    Volume,
)
from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.rating_input import Row

PRICES = ('price', 'per', 'percent', 'fixed_part', 'event_minimum', 'event_maximum')
# How far the earliest local day on Earth is ahead of UTC.
FIRST_ZONE = timedelta(hours=14)


class TenantRateCard(models.Model):
    """A row of a charge's rate card: the price of usage with these values, from a day on (R27).

    A charge that costs the same for everything has one row, for any value.
    """

    _name = 'tenant.rate.card'
    _description = "Rate Card Row"
    _order = 'charge_id, value_1 nulls first, value_2 nulls first, value_3 nulls first, ' \
             'valid_from nulls first, id'

    charge_id = fields.Many2one('tenant.charge', required=True, index=True, ondelete='cascade')
    version_id = fields.Many2one(related='charge_id.version_id')
    company_id = fields.Many2one(related='charge_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='charge_id.currency_id')
    charge_model = fields.Selection(related='charge_id.charge_model')
    value_1 = fields.Char(string="First Value", help="Of the meter's groups. Empty: any value.")
    value_2 = fields.Char(string="Second Value", help="Empty: any value.")
    value_3 = fields.Char(string="Third Value", help="Empty: any value.")
    valid_from = fields.Date(
        help="Service day: the first local day of the panel on which usage has this price. "
        "Empty: from the version's start. A price with tiers waits for the next period.")
    price = fields.Float(
        digits=(16, 8), help="Of a unit or a package, or once per period for a flat charge.")
    per = fields.Float(
        digits=(16, 8), default=1.0, help="The number of units that the price is for, for "
        "example 1,000,000 tokens, or the size of a package.")
    percent = fields.Float(digits=(16, 8), help="Of the value of each event.")
    fixed_part = fields.Float(digits=(16, 8), help="Of each event, beside its percentage.")
    event_minimum = fields.Float(digits=(16, 8), help="Of each event. 0 for none.")
    event_maximum = fields.Float(digits=(16, 8), help="Of each event. 0 for none.")
    allowance = fields.Float(
        string="Included", digits=(16, 8), help="Quantity that is included in each period.")
    tier_ids = fields.One2many('tenant.charge.tier', 'row_id', string="Tiers", copy=True)
    is_frozen = fields.Boolean(compute='_compute_is_frozen')

    _unique_row = models.UniqueIndex(
        "(charge_id, COALESCE(value_1, ''), COALESCE(value_2, ''), COALESCE(value_3, ''), "
        "COALESCE(valid_from, '-infinity'))",
        "There is a price for these values from this day on already.",
    )

    # === COMPUTE METHODS === #

    @api.depends('value_1', 'value_2', 'value_3')
    def _compute_display_name(self):
        for row in self:
            words = [value or self.env._("Any") for value in row._values()]
            given = [place for place, value in enumerate(row._values(), 1) if value]
            row.display_name = ', '.join(words[:max(given, default=1)])

    @api.depends('charge_id.version_id.state', 'valid_from')
    def _compute_is_frozen(self):
        first = self._first_new_day()
        for row in self:
            row.is_frozen = row.charge_id.version_id.state == 'published' and (
                not row.valid_from or row.valid_from < first)

    # === CONSTRAINT METHODS === #

    @api.constrains(
        'charge_id', 'value_1', 'value_2', 'value_3', 'valid_from', 'allowance', 'tier_ids',
        *PRICES)
    def _check_price(self):
        for row in self:
            try:
                row._engine().model.validate()
            except ValueError as problem:
                raise ValidationError(self.env._(
                    "%(charge)s, %(row)s: %(problem)s", charge=row.charge_id.name,
                    row=row.display_name, problem=problem)) from problem
        self.charge_id.filtered(lambda c: c.state == 'published')._check_complete()

    @api.constrains('charge_id', 'value_1', 'value_2', 'value_3')
    def _check_values(self):
        for row in self:
            meter = row.charge_id.meter_id
            if any(row._values()[len(meter._dimensions()) if meter else 0:]):
                raise ValidationError(self.env._(
                    "%(charge)s: the meter groups by fewer properties than the price for "
                    "%(row)s has values.", charge=row.charge_id.name, row=row.display_name))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create([self._without_blanks(vals) for vals in vals_list])
        rows._check_open()
        return rows

    def write(self, vals):
        self._check_open()
        result = super().write(self._without_blanks(vals))
        self._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_open_only(self):
        self._check_open()

    # === BUSINESS METHODS === #

    def _check_open(self):
        """R27: usage that is recorded keeps its price, in every time zone.

        :raise UserError: when a version that tenants rely on has the price and its day has begun
        """
        self.invalidate_recordset(['is_frozen'])
        if any(row.is_frozen for row in self):
            raise UserError(self.env._(
                "Tenants rely on the prices of a published version. A new price begins on "
                "%s or later; what was used before keeps the old one.",
                format_date(self.env, self._first_new_day())))

    def _engine(self):
        """The row as rating knows it.

        :rtype: odoo.addons.tenant_billing.engine.rating_input.Row
        """
        self.ensure_one()
        return Row(
            self._engine_model(), tuple(value or None for value in self._values()),
            as_written(self.allowance), self.valid_from or date.min, str(self.id))

    # === HELPERS === #

    def _engine_model(self):
        numbers = {name: as_written(self[name]) for name in PRICES}
        price, per, tiers = numbers['price'], numbers['per'], self.tier_ids._engine()
        return {
            'flat': lambda: Flat(price),
            'per_unit': lambda: PerUnit(price, per),
            'graduated': lambda: Graduated(tiers, per),
            'volume': lambda: Volume(tiers, per),
            'package': lambda: Package(price, per),
            'percentage': lambda: Percentage(
                numbers['percent'], numbers['fixed_part'],
                numbers['event_minimum'] or None, numbers['event_maximum'] or None),
            'bracket': lambda: Bracket([(upper, flat) for upper, _price, flat in tiers]),
            'dynamic': Dynamic,
        }[self.charge_model]()

    def _values(self):
        return [self.value_1, self.value_2, self.value_3]

    @api.model
    def _first_new_day(self):
        """The first local day that has begun nowhere yet."""
        return (fields.Datetime.now() + FIRST_ZONE).date() + timedelta(days=1)

    @api.model
    def _without_blanks(self, vals):
        """Values without space around them; nothing but space is any value."""
        return {
            name: ((value or '').strip() or False) if name in ('value_1', 'value_2', 'value_3')
            else value for name, value in vals.items()}
