from odoo import api, fields, models

from odoo.addons.tenant_billing.engine.charge_models import Tier
from odoo.addons.tenant_billing.engine.exact import as_written


class TenantChargeTier(models.Model):
    """What a quantity costs up to a bound, or an event whose value lies below it."""

    _name = 'tenant.charge.tier'
    _description = "Charge Tier"
    _order = 'row_id, is_last, upper, id'

    row_id = fields.Many2one('tenant.rate.card', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='row_id.company_id', store=True, index=True)
    charge_model = fields.Selection(related='row_id.charge_model')
    upper = fields.Float(
        string="Up To", digits=(16, 8), help="A tier holds this quantity itself, a bracket only "
        "values below it. 0 in the last one: without end.")
    is_last = fields.Boolean(compute='_compute_is_last', store=True)
    price = fields.Float(string="Unit Price", digits=(16, 8))
    flat = fields.Float(
        string="Flat Amount", digits=(16, 8), help="Once the tier is reached, or of each event "
        "in the bracket.")

    # === COMPUTE METHODS === #

    @api.depends('upper')
    def _compute_is_last(self):
        for tier in self:
            tier.is_last = not tier.upper

    @api.depends('upper', 'price', 'flat')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for tier in self:
            costs = ' + '.join(f'{cost:g}' for cost in (tier.price, tier.flat) if cost) or '0'
            tier.display_name = self.env._(
                "to %(upper)s: %(costs)s", upper=f'{tier.upper:,.8g}', costs=costs,
            ) if tier.upper else self.env._("above: %s", costs)

    # === CONSTRAINT METHODS === #

    @api.constrains('upper', 'price', 'flat')
    def _check_published(self):
        """Rows check their tiers when these are given with them; here, when they come alone."""
        self.row_id.charge_id.filtered(lambda c: c.state == 'published')._check_complete()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers.row_id._check_open()
        return tiers

    def write(self, vals):
        self.row_id._check_open()
        result = super().write(vals)
        self.row_id._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_open_only(self):
        self.row_id._check_open()

    # === BUSINESS METHODS === #

    def _engine(self):
        """The tiers as the engine knows them, from the lowest to the last."""
        return [
            Tier(as_written(tier.upper) if tier.upper else None, as_written(tier.price),
                 as_written(tier.flat))
            for tier in self.sorted(lambda tier: (not tier.upper, tier.upper))]
