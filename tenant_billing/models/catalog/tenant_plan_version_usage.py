from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT

USAGE_INVOICE_TERMS = ('usage_invoice', 'show_zero_lines')


class TenantPlanVersion(models.Model):
    """When the usage of a period is invoiced, and how (R19, R17a)."""

    _inherit = 'tenant.plan.version'

    usage_invoice = fields.Selection(
        [
            ('with_renewal', "With the next renewal"),
            ('at_period_end', "By an invoice of its own, at the period's end"),
        ],
        string="Usage Is Invoiced", required=True, default='with_renewal',
        help="Usage waits for the end of its period either way.")
    show_zero_lines = fields.Boolean(
        string="Lines of Nothing", help="Also print charges that cost nothing in a period.")
    bills_usage = fields.Boolean(
        compute='_compute_bills_usage', store=True,
        help="Whether a period can cost more than its advance fee.")

    # === COMPUTE METHODS === #

    @api.depends('charge_ids', 'usage_minimum', 'usage_maximum')
    def _compute_bills_usage(self):
        for version in self:
            version.bills_usage = bool(
                version.charge_ids or version.usage_minimum or version.usage_maximum)

    # === CRUD METHODS === #

    def write(self, vals):
        if set(USAGE_INVOICE_TERMS) & set(vals):
            self._check_draft()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _comparable(self, day):
        """Versions of other plans that are on sale on a day and could stand in for this one: of
        the same company, currency, cycle and kind of price."""
        self.ensure_one()
        plans = self.env['tenant.plan'].search([
            ('company_id', '=', self.company_id.id), ('id', '!=', self.plan_id.id)])
        terms = ('currency_id', 'cycle_id', 'tax_mode')
        return self.browse().union(*(plan._version_on_sale(day) for plan in plans)).filtered(
            lambda other: all(other[name] == self[name] for name in terms))

    def _meters_by_event(self):
        """The meters whose events these versions price one by one."""
        return self.charge_ids.filtered(
            lambda charge: charge.charge_model in PER_EVENT).meter_id

    # === HELPERS === #

    def _check_publishable(self):
        super()._check_publishable()
        if self.usage_maximum and self.currency_id.compare_amounts(
                self.usage_maximum, self.price) < 0:
            raise ValidationError(self.env._(
                "The version %s cannot be published. Its maximum is lower than its price, so that "
                "each period would end with money to give back.", self.display_name))
        self._check_one_price()

    def _check_one_price(self):
        """An event has one amount."""
        priced = self.charge_ids.filtered(lambda charge: charge.charge_model in PER_EVENT)
        for meter, charges in priced.grouped('meter_id').items():
            if len(charges) > 1:
                raise ValidationError(self.env._(
                    "The charges %(charges)s price each event of %(meter)s, but an event has one "
                    "price. Use one of them, or a meter of its own.",
                    charges=", ".join(charges.mapped('name')), meter=meter.name))
