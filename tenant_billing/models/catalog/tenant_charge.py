from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT
from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.rating_input import Charge, Meter
from odoo.addons.tenant_billing.models.catalog.tenant_meter import ACTIVE_HOURS


class TenantCharge(models.Model):
    """What a plan version charges for usage."""

    _name = 'tenant.charge'
    _description = "Charge"
    _order = 'version_id, sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="The same in all versions of the plan that continue this charge: "
        "what is billed for a period is added up by it.")
    sequence = fields.Integer(default=10)
    version_id = fields.Many2one(
        'tenant.plan.version', string="Plan Version", required=True, index=True,
        ondelete='cascade')
    state = fields.Selection(related='version_id.state')
    company_id = fields.Many2one(related='version_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='version_id.currency_id')
    charge_model = fields.Selection(
        [
            ('flat', "Flat: once per period"),
            ('per_unit', "Per unit"),
            ('graduated', "Graduated: each tier at its own price"),
            ('volume', "Volume: all at the price of the tier reached"),
            ('package', "Package: each one begun"),
            ('percentage', "Percentage of each event's value"),
            ('bracket', "Bracket: by each event's value"),
            ('dynamic', "Dynamic: the amount comes with the event"),
        ],
        required=True, default='per_unit')
    meter_id = fields.Many2one(
        'tenant.meter', index=True, ondelete='restrict', check_company=True,
        help="What is counted. A flat charge counts nothing.")
    unit = fields.Char(related='meter_id.unit')
    dimension_1 = fields.Char(related='meter_id.dimension_1')
    dimension_2 = fields.Char(related='meter_id.dimension_2')
    dimension_3 = fields.Char(related='meter_id.dimension_3')
    discount = fields.Float(
        string="Discount %", digits=(5, 2), help="Off the price, before the minimum.")
    minimum = fields.Monetary(help="At least so much per period, used or not. 0 for none.")
    maximum = fields.Monetary(help="At most so much per period. 0 for none.")
    row_ids = fields.One2many('tenant.rate.card', 'charge_id', string="Prices", copy=True)

    _unique_code = models.Constraint(
        'UNIQUE (version_id, code)', "This version has a charge with this code already.")
    _amounts_positive = models.Constraint(
        'CHECK (discount BETWEEN 0 AND 100 AND minimum >= 0 AND maximum >= 0)',
        "A discount is 0 to 100 percent, and a minimum or maximum is not negative.",
    )

    # === ONCHANGE METHODS === #

    @api.onchange('charge_model')
    def _onchange_charge_model(self):
        if self.charge_model == 'flat':
            self.meter_id = False

    # === CONSTRAINT METHODS === #

    @api.constrains('charge_model', 'meter_id')
    def _check_meter(self):
        for charge in self:
            if (charge.charge_model == 'flat') == bool(charge.meter_id):
                raise ValidationError(self.env._(
                    "%s: a flat charge has no meter, and every other charge has one.",
                    charge.name))
            if charge.charge_model in PER_EVENT and charge.meter_id.aggregation == ACTIVE_HOURS:
                raise ValidationError(self.env._(
                    "%s: active hours have no single events that could be priced.", charge.name))
            if (charge.charge_model in PER_EVENT - {'dynamic'}
                    and charge.meter_id.allow_negative):
                raise ValidationError(self.env._(
                    "%(charge)s: the meter %(meter)s takes negative values, which have no "
                    "percentage and no bracket. Use another meter.",
                    charge=charge.name, meter=charge.meter_id.name))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self.env['tenant.plan.version'].browse(
            vals['version_id'] for vals in vals_list if vals.get('version_id'))._check_draft()
        charges = super().create(vals_list)
        charges.version_id._check_draft()
        return charges

    def write(self, vals):
        if set(vals) - {'row_ids'}:  # rows look after themselves
            self.version_id._check_draft()
        result = super().write(vals)
        if 'version_id' in vals:
            self.version_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        self.version_id._check_draft()

    # === ACTION METHODS === #

    def action_try(self):
        """Open the calculator: a quantity in, an explained price out."""
        self.check_access('read')
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Try %s", self.name),
            'res_model': 'tenant.charge.try',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_charge_id': self.id},
        }

    # === BUSINESS METHODS === #

    def _key(self):
        """The name by which rating knows the charge through all versions of its plan."""
        self.ensure_one()
        return f'{self.version_id.plan_id.code}/{self.code}'

    def _engine(self):
        """The charge as rating knows it.

        :rtype: odoo.addons.tenant_billing.engine.rating_input.Charge
        """
        self.ensure_one()
        meter = self.meter_id
        return Charge(
            self._key(),
            tuple(row._engine() for row in self.row_ids),
            Meter(meter.code, meter._counts_as(), meter.rounding,
                  as_written(meter.rounding_step)) if meter else None,
            as_written(self.discount),
            as_written(self.minimum) if self.minimum else None,
            as_written(self.maximum) if self.maximum else None,
        )

    def _check_complete(self):
        """:raise ValidationError: when some usage would have no price, or two"""
        self.row_ids._check_values()
        for charge in self:
            try:
                charge._engine().validate()
            except ValueError as problem:
                raise ValidationError(self.env._(
                    "The charge %(charge)s cannot be used. %(problem)s",
                    charge=charge.name, problem=problem)) from problem
