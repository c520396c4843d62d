from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.tenant_billing.engine import periods

OURS = ('number', 'state', 'published_on', 'terms_key')  # nobody says them
# What an order agrees to. Once published it never changes (law 12).
TERMS = (
    'plan_id', 'price', 'currency_id', 'tax_mode', 'cycle_id', 'anchor', 'term_days', 'grace_days',
    'lead_days', 'retention_days', 'trial_days', 'notice_days', 'order_expiry_days',
    'activate_when', 'after_suspension', 'max_prepaid_cycles', 'post_zero', 'effective_from',
)


class TenantPlanVersion(models.Model):
    _name = 'tenant.plan.version'
    _description = "Plan Version"
    _order = 'plan_id, effective_from desc, id desc'

    plan_id = fields.Many2one('tenant.plan', required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, index=True)
    number = fields.Integer(string="Version", readonly=True, copy=False)
    state = fields.Selection(
        [('draft', "Draft"), ('published', "Published")],
        required=True, default='draft', readonly=True, copy=False,
    )
    published_on = fields.Date(
        readonly=True, copy=False,
        help="Service day on which tenants could first know of this version; notice runs "
        "from it.",
    )
    effective_from = fields.Date(
        required=True, default=lambda self: self.env.company._tenant_today(),
        help="Service day: orders from this day on get this version, and running panels get it "
        "with the first period that starts on or after it, notice kept.",
    )
    price = fields.Monetary(
        required=True, default=0.0, help="For one whole cycle. 0 is a free plan.")
    currency_id = fields.Many2one(
        'res.currency', required=True, default=lambda self: self.env.company.currency_id)
    tax_mode = fields.Selection(
        [('net', "Tax is added"), ('gross', "Tax is included")], required=True, default='net',
        help="Included: with the product's own taxes. A customer of a fiscal position that maps "
        "them to other taxes pays the same price without tax, and the other taxes.")
    cycle_id = fields.Many2one(
        'tenant.billing.cycle', string="Billing Cycle", required=True, ondelete='restrict')
    anchor = fields.Selection(
        [('anniversary', "From the first day"), ('calendar', "By the calendar")],
        required=True, default='anniversary',
        help="Periods begin on the day of the month on which the panel began, "
        "or on the first day of the calendar's week, month or year.",
    )
    term_days = fields.Integer(
        string="Payment Terms", help="Days from the period's start, or the day of issue if that "
        "is later, to the due day.")
    grace_days = fields.Integer(
        string="Grace", default=7, help="Days for which an overdue panel runs on, warned.")
    lead_days = fields.Integer(
        string="Lead", default=7,
        help="Days before a period's start on which its invoice goes out.")
    retention_days = fields.Integer(
        string="Retention", default=30, help="Days from the stop to the closing of a panel.")
    trial_days = fields.Integer(string="Trial", help="Free days before the first paid period.")
    notice_days = fields.Integer(
        string="Notice", default=30, help="Days between publishing this version and its first use "
        "on running panels.")
    order_expiry_days = fields.Integer(
        string="Order Expiry", default=14, help="Days after which an unpaid order is withdrawn.")
    activate_when = fields.Selection(
        [('paid', "Paid"), ('created', "Created")], string="Provision When",
        required=True, default='paid',
        help="Paid: the panel is provisioned once its first invoice is paid. "
        "Created: it is provisioned at the order and runs from the day it is ready.",
    )
    after_suspension = fields.Selection(
        [('restart', "Restart"), ('continue', "Continue")], required=True, default='restart',
        help="Restart: the unpaid period is moved, so that stopped days cost nothing. "
        "Continue: the dates stay.",
    )
    max_prepaid_cycles = fields.Integer(
        string="Most Prepaid Cycles", default=1, help="Cycles that a tenant may renew early.")
    post_zero = fields.Boolean(
        string="Invoice Zero", help="Also post an invoice when nothing is due.")

    _unique_number = models.Constraint(
        'UNIQUE (plan_id, number)', "There is a version with this number already.")
    _days_positive = models.Constraint(
        'CHECK (LEAST(term_days, grace_days, lead_days, retention_days, trial_days, notice_days) '
        '>= 0 AND order_expiry_days >= 1 AND max_prepaid_cycles >= 0)',
        "Days cannot be negative, and an order has at least one day to be paid.",
    )
    _price_positive = models.Constraint('CHECK (price >= 0)', "A price cannot be negative.")
    _calendar_terms = models.Constraint(
        "CHECK (anchor = 'anniversary' OR "
        "(activate_when = 'created' AND after_suspension = 'continue'))",
        "A plan by the calendar provisions when created (its first price depends on the first "
        "day) and continues after a suspension.",
    )

    # === COMPUTE METHODS === #

    @api.depends('plan_id.name', 'number')
    def _compute_display_name(self):
        for version in self:
            version.display_name = f'{version.plan_id.name} v{version.number}'

    # === ONCHANGE METHODS === #

    @api.onchange('anchor')
    def _onchange_anchor(self):
        if self.anchor == 'calendar':
            self.activate_when = 'created'
            self.after_suspension = 'continue'

    # === CONSTRAINT METHODS === #

    @api.constrains('anchor', 'cycle_id', 'lead_days')
    def _check_cycle(self):
        for version in self:
            if version.anchor == 'calendar' and version.cycle_id.unit == 'day':
                raise ValidationError(self.env._(
                    "A cycle in days has no calendar. Choose weeks, months or years, "
                    "or periods from the first day."))
            shortest = periods.shortest_days(version.cycle_id._engine())
            if version.lead_days >= shortest:
                raise ValidationError(self.env._(
                    "The lead of %(lead)s days must be shorter than the shortest period of "
                    "this cycle, %(shortest)s days.", lead=version.lead_days, shortest=shortest))

    @api.constrains('plan_id', 'currency_id', 'cycle_id', 'anchor')
    def _check_same_rhythm(self):
        for version in self:
            others = version.plan_id.version_ids.filtered(lambda v: v.state == 'published')
            if any(
                (other.currency_id, other.cycle_id, other.anchor)
                != (version.currency_id, version.cycle_id, version.anchor) for other in others
            ):
                raise ValidationError(self.env._(
                    "All versions of the plan %s share currency, billing cycle and anchor. "
                    "Make a new plan instead.", version.plan_id.name))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create([
            {name: value for name, value in vals.items() if name not in OURS}
            for vals in vals_list])
        for version in versions:
            version.sudo().number = max(version.plan_id.version_ids.mapped('number'), default=0) + 1
        return versions

    def write(self, vals):
        if set(TERMS) & set(vals):
            self._check_draft()
        result = super().write(vals)
        if {'plan_id', 'company_id'} & set(vals):
            self.check_access('write')  # it does not go where its writer may not
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        if any(version.state == 'published' for version in self):
            raise UserError(self.env._("A published version cannot be deleted. Archive its plan."))

    def _has_field_access(self, field, operation):
        if operation == 'write' and field.name in OURS:
            return self.env.su
        return super()._has_field_access(field, operation)

    # === ACTION METHODS === #

    def action_publish(self):
        """Put the version on sale; from now on it never changes."""
        self.check_access('write')
        for version in self.filtered(lambda v: v.state == 'draft'):
            version._check_publishable()
            version.sudo().write({
                'state': 'published',
                'published_on': version.company_id._tenant_today(),
            })
            version.plan_id.message_post(body=self.env._(
                "Version %(number)s published, in force from %(day)s.",
                number=version.number, day=format_date(self.env, version.effective_from)))

    # === BUSINESS METHODS === #

    def _is_free(self):
        self.ensure_one()
        return self.currency_id.is_zero(self.price)

    def _span_from(self, start, anchor_date):
        """The period of this version that begins on a day.

        :rtype: odoo.addons.tenant_billing.engine.periods.Span
        """
        self.ensure_one()
        return periods.span_from(
            start, self.cycle_id._engine(), calendar=self.anchor == 'calendar',
            anchor=anchor_date or start)

    def _successor_for(self, start):
        """R36: the version that a period of this version's panel gets when it starts on a day.

        The newest version wins that was published before the period's issue day (lead days of
        the version before it), has come into force and whose notice has run out; else this one.
        """
        self.ensure_one()
        newer = self.plan_id.version_ids.filtered(
            lambda v: v.state == 'published' and v._rank() > self._rank()
            and v._reaches(start, self))
        return newer.sorted(lambda v: v._rank())[-1:] or self

    def _successor_day(self):
        """The first day on which a period of this version's panel may get a later one; False
        where none is published."""
        self.ensure_one()
        return min((
            max(other.effective_from, fields.Date.add(other.published_on, days=other.notice_days))
            for other in self.plan_id.version_ids
            if other.state == 'published' and other._rank() > self._rank()), default=False)

    # === HELPERS === #

    def _check_draft(self):
        """:raise UserError: when one of these is published (law 12)"""
        if any(version.state == 'published' for version in self):
            raise UserError(self.env._(
                "A published version never changes: tenants rely on it. Make a new version."))

    def _rank(self):
        return (self.effective_from, self.id)

    def _reaches(self, start, old):
        notice_end = fields.Date.add(self.published_on, days=self.notice_days)
        issue_day = fields.Date.subtract(start, days=old.lead_days)
        return (
            self.effective_from <= start and notice_end <= start
            and issue_day > self.published_on)

    def _check_publishable(self):
        self._check_same_rhythm()
        if not self.currency_id.active:
            raise UserError(self.env._(
                "The currency %s is not active. Activate it before publishing a price in it.",
                self.currency_id.name))
        self._check_taxes()
