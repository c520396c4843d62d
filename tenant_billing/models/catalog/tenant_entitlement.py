from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.models.catalog.tenant_meter import CODE

COUNTED = frozenset({'count', 'sum'})  # aggregations whose running total is known at each event


class TenantEntitlement(models.Model):
    """What a plan version allows: a feature, or so much of what a meter counts (R24)."""

    _name = 'tenant.entitlement'
    _description = "Entitlement"
    _order = 'version_id, sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="The name by which programs ask for it: small letters, digits, and "
        "points, hyphens or underscores in between.")
    sequence = fields.Integer(default=10)
    version_id = fields.Many2one(
        'tenant.plan.version', string="Plan Version", required=True, index=True,
        ondelete='cascade')
    state = fields.Selection(related='version_id.state')
    company_id = fields.Many2one(related='version_id.company_id', store=True, index=True)
    kind = fields.Selection(
        [('feature', "Feature"), ('soft', "Soft limit"), ('hard', "Hard limit")],
        required=True, default='feature',
        help="A hard limit refuses events that go beyond it; a soft one only says so.")
    is_on = fields.Boolean(string="On", default=True, help="Of a feature.")
    value = fields.Char(help="Of a feature, for programs to read, for example 30 days.")
    meter_id = fields.Many2one(
        'tenant.meter', index=True, ondelete='restrict', check_company=True,
        help="What is limited.")
    unit = fields.Char(related='meter_id.unit')
    quantity = fields.Float(
        string="Limit", digits=(16, 8), help="Of a billing period, however short it is.")

    _unique_code = models.Constraint(
        'UNIQUE (version_id, code)', "This version has an entitlement with this code already.")
    _quantity_positive = models.Constraint(
        'CHECK (quantity >= 0)', "A limit cannot be below zero.")

    # === ONCHANGE METHODS === #

    @api.onchange('kind')
    def _onchange_kind(self):
        if self.kind == 'feature':
            self.meter_id, self.quantity = False, 0
        else:
            self.value = False

    # === CONSTRAINT METHODS === #

    @api.constrains('code')
    def _check_code(self):
        for entitlement in self:
            if not CODE.fullmatch(entitlement.code) or len(entitlement.code) > 64:
                raise ValidationError(self.env._(
                    "The code %s is not possible. Use up to 64 small letters and digits, with "
                    "points, hyphens or underscores in between.", entitlement.code))

    @api.constrains('kind', 'meter_id')
    def _check_meter(self):
        for entitlement in self:
            meter = entitlement.meter_id
            if (entitlement.kind == 'feature') == bool(meter):
                raise ValidationError(self.env._(
                    "%s: a feature has no meter, and every limit has one.", entitlement.name))
            if entitlement.kind == 'hard' and meter.aggregation not in COUNTED:
                ways = dict(meter._fields['aggregation']._description_selection(self.env))
                raise ValidationError(self.env._(
                    "%(name)s: a hard limit decides at each event, so it needs a meter that "
                    "counts events or adds up values. %(meter)s has another way: %(way)s. Make "
                    "it a soft limit.",
                    name=entitlement.name, meter=meter.name,
                    way=ways[meter.aggregation].lower()))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        entitlements = super().create(vals_list)
        entitlements.version_id._check_draft()
        return entitlements

    def write(self, vals):
        self.version_id._check_draft()
        result = super().write(vals)
        self.version_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        self.version_id._check_draft()

    # === BUSINESS METHODS === #

    def _hard_limits(self):
        """The hard limits among these: the lowest one by meter.

        :return: Decimal by meter id
        :rtype: dict
        """
        found = {}
        for limit in self.filtered(lambda entitlement: entitlement.kind == 'hard'):
            meter_id, most = limit.meter_id.id, as_written(limit.quantity)
            found[meter_id] = min(most, found.get(meter_id, most))
        return found
