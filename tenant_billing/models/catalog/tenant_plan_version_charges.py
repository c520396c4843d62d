from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.rating_input import Version

USAGE_TERMS = ('usage_minimum', 'usage_maximum')


class TenantPlanVersion(models.Model):
    """What a version charges for usage beside its advance fee, and what it allows."""

    _inherit = 'tenant.plan.version'

    charge_ids = fields.One2many('tenant.charge', 'version_id', string="Charges", copy=True)
    entitlement_ids = fields.One2many(
        'tenant.entitlement', 'version_id', string="Entitlements", copy=True)
    usage_minimum = fields.Monetary(
        string="Minimum", help="At least so much per period, advance fee included; what is "
        "missing is a line of its own. 0 for none.")
    usage_maximum = fields.Monetary(
        string="Maximum", help="At most so much per period, advance fee included. 0 for none.")

    _usage_positive = models.Constraint(
        'CHECK (usage_minimum >= 0 AND usage_maximum >= 0)',
        "A minimum or maximum cannot be negative.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        if set(USAGE_TERMS) & set(vals):
            self._check_draft()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _read_usage(self):
        """What usage costs under this version, read anew; others ask `_engine_usage`.

        :rtype: odoo.addons.tenant_billing.engine.rating_input.Version
        """
        self.ensure_one()
        return Version(
            tuple(charge._engine() for charge in self.charge_ids),
            as_written(self.usage_minimum) if self.usage_minimum else None,
            as_written(self.usage_maximum) if self.usage_maximum else None,
        )

    # === HELPERS === #

    def _check_publishable(self):
        super()._check_publishable()
        self.charge_ids._check_complete()
        try:
            self._read_usage().validate()
        except ValueError as problem:
            raise ValidationError(self.env._(
                "The version %(version)s cannot be published. %(problem)s",
                version=self.display_name, problem=problem)) from problem
