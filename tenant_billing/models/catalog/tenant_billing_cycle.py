from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.engine.periods import Cycle


class TenantBillingCycle(models.Model):
    _name = 'tenant.billing.cycle'
    _description = "Billing Cycle"
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    count = fields.Integer(required=True, default=1)
    unit = fields.Selection(
        [('day', "Days"), ('week', "Weeks"), ('month', "Months"), ('year', "Years")],
        required=True,
        default='month',
    )

    _count_positive = models.Constraint(
        'CHECK (count BETWEEN 1 AND 1000)',
        "A billing cycle has between 1 and 1000 days, weeks, months or years.",
    )
    _unique_length = models.Constraint(
        'UNIQUE (unit, count)', "There is a billing cycle of this length already.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        if {'unit', 'count'} & set(vals) and self._is_published():
            raise UserError(self.env._(
                "A published plan uses this billing cycle, so its length cannot change. "
                "Make a new billing cycle instead."))
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _engine(self):
        """The cycle as the engine knows it."""
        self.ensure_one()
        return Cycle(self.unit, self.count)

    def _is_published(self):
        return bool(self.env['tenant.plan.version'].sudo().search_count(
            [('cycle_id', 'in', self.ids), ('state', '=', 'published')], limit=1))
