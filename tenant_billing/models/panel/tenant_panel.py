from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# Written by doors alone: not by RPC, create, import or views.
DOOR_FIELDS = frozenset({
    'state', 'money_state', 'money_category', 'suspension_category', 'plan_version_id', 'zone',
    'anchor_date', 'ordered_on', 'created_on', 'active_since', 'suspended_on', 'service_end',
    'trial_confirmed_on', 'closed_on', 'close_reason', 'hold_ids', 'subscription_ids',
})


class TenantPanel(models.Model):
    _name = 'tenant.panel'
    _description = "Panel"
    _inherit = ['tenant.panel.lifecycle', 'mail.thread', 'mail.activity.mixin']
    _order = 'name, id'
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        'res.partner', string="Tenant", required=True, index=True, tracking=True,
        ondelete='restrict', check_company=True)
    external_id = fields.Char(
        string="External ID", copy=False, index='btree_not_null',
        help="The name by which the hosting platform knows this panel.")
    plan_id = fields.Many2one(
        'tenant.plan', required=True, index=True, ondelete='restrict', check_company=True,
        help="The plan to order; after the order it follows the subscription.")
    plan_version_id = fields.Many2one('tenant.plan.version', readonly=True, copy=False)
    currency_id = fields.Many2one(related='plan_version_id.currency_id')
    subscription_ids = fields.One2many('tenant.subscription', 'panel_id', copy=False)
    state = fields.Selection(
        [
            ('creating', "Creating"),
            ('active', "Active"),
            ('grace', "Overdue"),
            ('suspended', "Suspended"),
            ('failed', "Failed"),
            ('closed', "Closed"),
        ],
        required=True, default='creating', readonly=True, copy=False, index=True, tracking=False,
    )
    money_state = fields.Selection(
        [('active', "Active"), ('grace', "Overdue"), ('suspended', "Suspended")],
        required=True, default='active', readonly=True, copy=False,
        help="What the open demands say, whatever holds stand beside them.",
    )
    money_category = fields.Selection(
        [('billing', "Billing"), ('trial', "Trial")], readonly=True, copy=False)
    suspension_category = fields.Selection(
        [
            ('billing', "Billing"), ('trial', "Trial"), ('abuse', "Abuse"),
            ('request', "Request"), ('maintenance', "Maintenance"), ('pause', "Pause"),
        ],
        string="Suspended For", readonly=True, copy=False, index='btree_not_null',
    )
    zone = fields.Char(string="Time Zone", readonly=True, copy=False)
    anchor_date = fields.Date(
        readonly=True, copy=False, help="Service day from which the boundaries of periods count.")
    ordered_on = fields.Date(readonly=True, copy=False, help="Local day of the order.")
    created_on = fields.Date(
        readonly=True, copy=False, help="Local day on which the host said that the panel is ready.")
    active_since = fields.Date(readonly=True, copy=False, help="Service day: the first one.")
    suspended_on = fields.Date(
        readonly=True, copy=False, help="Service day: the first one stopped for money or at a "
        "trial's end.")
    trial_confirmed_on = fields.Date(
        readonly=True, copy=False, help="Local day on which the tenant chose to go on.")
    service_end = fields.Date(
        readonly=True, copy=False,
        help="Service day: the first one without service, once the panel is cancelled.")
    closed_on = fields.Date(readonly=True, copy=False, help="Local day of the closing.")
    close_reason = fields.Text(readonly=True, copy=False)

    is_free = fields.Boolean(compute='_compute_is_free', compute_sudo=True)

    _unique_external_id = models.Constraint(
        'UNIQUE (company_id, external_id)', "There is a panel with this external ID already.")

    # === COMPUTE METHODS === #

    @api.depends('plan_version_id.price')
    def _compute_is_free(self):
        for panel in self:
            panel.is_free = bool(panel.plan_version_id) and panel.plan_version_id._is_free()

    # === CRUD METHODS === #

    def write(self, vals):
        frozen = {'partner_id', 'company_id', 'plan_id'} & set(vals)
        if frozen and not self.env.su and any(panel.ordered_on for panel in self):
            raise UserError(self.env._(
                "Tenant, company and plan of an ordered panel cannot be changed here. "
                "Use Upgrade for another plan, or close the panel and order a new one."))
        result = super().write(vals)
        if frozen:
            self.check_access('write')  # it does not go where its writer may not
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unordered_only(self):
        if any(panel.ordered_on for panel in self):
            raise UserError(self.env._("An ordered panel cannot be deleted. Close it instead."))

    def _has_field_access(self, field, operation):
        if operation == 'write' and field.name in self._door_fields():
            return self.env.su
        return super()._has_field_access(field, operation)

    # === ACTION METHODS === #

    def action_order(self):
        """Order the panel on its plan; again does nothing."""
        self.check_access('write')
        for panel in self.filtered(lambda p: not p.ordered_on):
            panel._apply('order', ordered_on=panel._today(), zone=panel._zone_of_customer())
            panel._start_subscription()
            panel.sudo()._open_first_period()

    def action_mark_created(self):
        """The host says that the panel is ready; again does nothing."""
        self.check_access('write')
        for panel in self:
            panel._check_ordered()
            if panel.state == 'creating' and not panel.created_on:
                panel._apply('created', created_on=panel._today())
            if panel.state == 'creating':
                panel.sudo()._begin_service()
            elif panel.state not in ('active', 'grace', 'suspended'):
                panel._apply('created')

    def action_mark_failed(self, reason=None):
        """The host could not make the panel; what was paid is proposed for a refund."""
        self.check_access('write')
        for panel in self:
            panel._check_ordered()
            if panel._apply('fail', reason=reason or "", created_on=False):
                panel.sudo()._give_up_first_period()

    def action_retry(self):
        """Try a failed panel again, as long as nothing was refunded."""
        self.check_access('write')
        for panel in self.filtered(lambda p: p.state == 'failed'):
            panel.sudo()._check_nothing_refunded()
            panel._apply('retry')
            panel.sudo()._reopen_first_period()

    # === BUSINESS METHODS: steps that the room of invoices fills === #

    def _open_first_period(self):
        """After the order."""

    def _begin_service(self):
        """The host is ready: begin, as soon as the plan's terms allow."""

    def _give_up_first_period(self):
        """After a failure."""

    def _check_nothing_refunded(self):
        """Before a failed panel is tried again."""

    def _reopen_first_period(self):
        """When a failed panel is tried again."""

    def _refresh(self):
        """Derive again what hangs on dates."""

    # === BUSINESS METHODS === #

    @api.model
    def _domain_of_tenant(self, user):
        """The panels that a person of a tenant may see: those of the whole customer with its
        branches, in the companies of the login. It stands in every request, so it asks nothing."""
        partners, users = self.env['res.partner']._fields, self.env['res.users']._fields
        family = SQL(
            """
            WITH RECURSIVE family AS (
                SELECT own.commercial_partner_id AS id
                  FROM res_users u
                  JOIN res_partner own ON own.id = u.partner_id
                 WHERE u.id = %s
                 UNION
                SELECT child.id FROM res_partner child JOIN family ON child.parent_id = family.id
            ) SELECT id FROM family""",
            user.id, to_flush=(
                partners['commercial_partner_id'], partners['parent_id'], users['partner_id']))
        companies = SQL(
            "SELECT cid FROM res_company_users_rel WHERE user_id = %s", user.id,
            to_flush=users['company_ids'])
        return (
            Domain('partner_id', 'any!', family) & Domain('company_id', 'any!', companies)
            & Domain('ordered_on', '!=', False))

    def _today(self):
        """The local day in the panel's billing zone (R17)."""
        self.ensure_one()
        return self.company_id._tenant_today(self.sudo().zone or self._zone_of_customer())

    def _zone_of_customer(self):
        profile = self.sudo().partner_id.commercial_partner_id.tenant_profile_ids[:1]
        return profile.tz or self.company_id.tenant_tz

    def _start_subscription(self):
        self.ensure_one()
        version = self.plan_id._require_version_on_sale(self._today())
        self._switch_version(version, self._today())

    def _switch_version(self, version, day):
        """From a day on the panel is on another plan version."""
        self.ensure_one()
        current = self.sudo().subscription_ids.filtered(lambda s: not s.date_to)
        if current:
            current.date_to = max(day, current.date_from)
            current.flush_recordset(['date_to'])  # before the next one is inserted
        self.env['tenant.subscription'].sudo().create({
            'panel_id': self.id, 'plan_version_id': version.id, 'date_from': day})
        self.sudo().write({'plan_version_id': version.id, 'plan_id': version.plan_id.id})

    def _ask_person(self, summary, note):
        """An activity for the responsible of billing; the same question is asked once."""
        for panel in self:
            if not panel._open_questions(summary):
                panel.with_context(mail_activity_quick_update=True).activity_schedule(
                    'mail.mail_activity_data_todo', date_deadline=panel._today(),
                    summary=summary, note=note,
                    user_id=panel.company_id._tenant_responsible().id)

    def _answer(self, *summaries):
        """What a person was asked is settled by itself."""
        self._open_questions(*summaries).unlink()

    def _open_questions(self, *summaries):
        """Activities that wait for a person; those marked done are archived and may come again."""
        return self.with_context(active_test=True).activity_ids.filtered(
            lambda activity: activity.active and activity.summary in summaries)

    # === HELPERS === #

    @api.model
    def _door_fields(self):
        return DOOR_FIELDS

    def _check_ordered(self):
        self.ensure_one()
        if not self.ordered_on:
            raise UserError(self.env._("%s is not ordered yet. Order it first.", self.display_name))
