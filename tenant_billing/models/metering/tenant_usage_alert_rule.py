from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from odoo.addons.tenant_billing.engine.exact import as_written, fraction
from odoo.addons.tenant_billing.models.catalog.tenant_meter import ACTIVE_HOURS

SEVERITIES = [
    ('notice', "Notice"),
    ('warning', "Warning"),
    ('limit', "Limit reached"),
]
BASES = [
    ('percent', "Percent of what is included or allowed"),
    ('quantity', "Quantity of a period"),
    ('money', "Cost of a period so far"),
]
# Meters whose quantity grows without events.
BY_THE_CLOCK = ('weighted', ACTIVE_HOURS)
SLOW = timedelta(minutes=5)  # what arrived so long before may have been stored since
NOT_LOOKED_AT = frozenset({'name', 'severity', 'checked_at'})  # they change no alert that is due


class TenantUsageAlertRule(models.Model):
    """A threshold that tells of a panel's usage, once per period."""

    _name = 'tenant.usage.alert.rule'
    _description = "Usage Alert Rule"
    _order = 'basis desc, threshold, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    basis = fields.Selection(BASES, string="Threshold In", required=True, default='percent')
    threshold = fields.Float(
        required=True, digits=(16, 6), default=80, help="Told as soon as so much is reached.")
    meter_id = fields.Many2one(
        'tenant.meter', ondelete='restrict', check_company=True,
        help="Empty, for percent: everything of which a quantity is included or limited.")
    currency_id = fields.Many2one(
        'res.currency', default=lambda self: self.env.company.currency_id,
        help="For a cost: panels in other currencies are left alone. With or without tax, as the "
        "prices of the plan are.")
    severity = fields.Selection(SEVERITIES, required=True, default='warning')
    plan_id = fields.Many2one(
        'tenant.plan', ondelete='cascade', check_company=True, help="Only panels on this plan.")
    partner_id = fields.Many2one(
        'res.partner', string="Tenant", ondelete='cascade', check_company=True,
        help="Only panels of this customer.")
    panel_id = fields.Many2one(
        'tenant.panel', ondelete='cascade', check_company=True, help="Only this panel.")
    checked_at = fields.Datetime(
        string="Looked At", readonly=True, copy=False,
        help="What was used until this instant was held against the rule.")

    _threshold_positive = models.Constraint(
        'CHECK (threshold > 0)', "A threshold is above zero.")
    _one_scope = models.Constraint(
        'CHECK (num_nonnulls(plan_id, partner_id, panel_id) <= 1)',
        "A rule is for a plan, a tenant, a panel, or for all panels.")

    # === CONSTRAINT METHODS === #

    @api.constrains('basis', 'meter_id', 'currency_id')
    def _check_basis(self):
        for rule in self:
            if rule.basis == 'quantity' and not rule.meter_id:
                raise ValidationError(self.env._("A threshold in quantity needs a meter."))
            if rule.basis == 'money' and (rule.meter_id or not rule.currency_id):
                raise ValidationError(self.env._(
                    "A threshold in money has a currency and no meter: it is held against all "
                    "that the period costs."))

    # === ONCHANGE METHODS === #

    @api.onchange('basis')
    def _onchange_basis(self):
        if self.basis == 'money':
            self.meter_id = False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        self._wake()
        return rules

    def write(self, vals):
        if set(vals) - NOT_LOOKED_AT:
            vals = {**vals, 'checked_at': False}
            self._wake()
        result = super().write(vals)
        if {'active', 'company_id'} & set(vals):
            self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_silent_only(self):
        if self.env['tenant.usage.alert'].sudo().search_count([('rule_id', 'in', self.ids)]):
            raise UserError(self.env._(
                "There are alerts of this rule, so it cannot be deleted. Archive it."))

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _wake(self):
        """Look at thresholds with the next minute: what comes until then is looked at once."""
        at = fields.Datetime.add(fields.Datetime.now().replace(second=0), minutes=1)
        self.env.ref('tenant_billing.cron_alert').sudo()._trigger(at=at)

    @api.model
    @ormcache()
    def _watched_companies(self):
        """The ids of companies with rules; asked by each call that brings usage."""
        return frozenset(self.sudo().search([('active', '=', True)]).company_id.ids)

    def _domain_to_check(self):
        """Panels that may have come to a threshold of these rules since they were looked at."""
        now = fields.Datetime.now()
        known = self.filtered('checked_at')
        since = min(known.mapped('checked_at'), default=now) - SLOW
        lately = Domain('id', 'in', self._panels_used_since(since) if known else [])
        hour = now.replace(minute=0, second=0)
        domain = Domain.FALSE
        for rule in self:
            which = Domain.TRUE if not rule.checked_at else lately
            if rule.checked_at and rule.checked_at < hour:
                which |= rule._domain_by_the_clock()
            domain |= rule._domain_of_scope() & which
        return domain & Domain('state', 'in', ('active', 'grace', 'suspended'))

    def _domain_of_scope(self):
        """The panels that the rule is for, as far as their records say."""
        self.ensure_one()
        domain = Domain('company_id', '=', self.company_id.id)
        if self.panel_id:
            domain &= Domain('id', '=', self.panel_id.id)
        if self.plan_id:
            domain &= Domain('plan_version_id.plan_id', '=', self.plan_id.id)
        if self.partner_id:
            domain &= Domain('partner_id', 'child_of', self.partner_id.commercial_partner_id.id)
        return domain

    def _domain_by_the_clock(self):
        """Panels of which something grows while nothing is sent: looked at once an hour."""
        self.ensure_one()
        if self.meter_id:
            return Domain(self.meter_id.aggregation in BY_THE_CLOCK)
        return Domain('plan_version_id.charge_ids.meter_id.aggregation', 'in', BY_THE_CLOCK)

    @api.model
    def _panels_used_since(self, instant):
        """The ids of panels of which events arrived from an instant on, taken or refused."""
        self.env.cr.execute(SQL(
            """
            SELECT panel_id FROM tenant_usage_raw WHERE received_at >= %(instant)s
             UNION SELECT panel_id FROM tenant_usage_refusal WHERE last_at >= %(instant)s
            """, instant=instant))
        return [panel for panel, in self.env.cr.fetchall()]

    def _covers(self, panel):
        """Whether the rule is for a panel."""
        self.ensure_one()
        tenant = self.partner_id.commercial_partner_id
        return (
            panel.company_id == self.company_id
            and self.panel_id in (panel, self.panel_id.browse())
            and (not self.plan_id or panel.plan_version_id.plan_id == self.plan_id)
            and (not tenant or panel.partner_id.commercial_partner_id == tenant)
            and (self.basis != 'money' or panel.currency_id == self.currency_id))

    def _is_reached(self, level):
        """Whether a level of a panel has come to the threshold."""
        self.ensure_one()
        return (
            self.basis == level.basis
            and (not self.meter_id or self.meter_id.id == level.meter_id)
            and level._reading >= fraction(as_written(self.threshold)))

    def _rank(self):
        """Of several thresholds reached at once the greatest counts: it wins."""
        self.ensure_one()
        grave = [severity for severity, _label in SEVERITIES].index(self.severity)
        return self.threshold, grave, bool(self.panel_id), self.id
