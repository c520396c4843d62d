from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.models.panel.tenant_panel_lifecycle import HELD


class TenantPanel(models.Model):
    """R9, R14 and R15: how a panel begins."""

    _inherit = 'tenant.panel'

    is_on_trial = fields.Boolean(compute='_compute_is_on_trial', compute_sudo=True)

    # === COMPUTE METHODS === #

    @api.depends('state', 'trial_confirmed_on', 'period_ids.kind', 'period_ids.state')
    def _compute_is_on_trial(self):
        for panel in self:
            panel.is_on_trial = panel.state in HELD and panel._is_unconfirmed_trial()

    # === ACTION METHODS === #

    def action_confirm_trial(self):
        """The tenant goes on after the trial; again does nothing."""
        self.check_access('write')
        for panel in self.sudo():
            if not panel._live_periods().filtered(lambda p: p.kind == 'trial'):
                raise UserError(self.env._("%s is not on trial.", panel.display_name))
            if not panel.trial_confirmed_on:
                panel._end_trial()  # it may have ended before anybody looked
                panel.with_env(self.env)._apply('confirm_trial', trial_confirmed_on=panel._today())
                panel._go_on_after_trial()

    def action_upgrade(self, plan_id):
        """R15: order a paid plan for a free panel; it changes once the order is paid.

        :param int plan_id: the plan to change to
        """
        self.check_access('write')
        plan = self.env['tenant.plan'].browse(plan_id).exists()
        plan.check_access('read')
        for panel in self.sudo():
            version = plan.sudo()._require_version_on_sale(panel._today())
            panel._check_upgrade(version)
            if panel._undated_period().plan_version_id != version:
                panel.with_env(self.env)._apply('upgrade', plan=plan.name)
                panel._claim_undated(version)
                panel._issue_undated()
                panel._refresh()

    # === BUSINESS METHODS: the first period === #

    def _open_first_period(self):
        super()._open_first_period()
        version = self.plan_version_id
        if not version.trial_days:
            self._claim_undated(version)
        if self._must_pay_first():
            self._issue_undated()
        else:
            self._tell_host_to_provision()
        self._refresh()

    def _must_pay_first(self):
        """Whether nothing is provisioned before payment."""
        period = self._undated_period()
        return bool(period) and period.plan_version_id.activate_when == 'paid' and (
            not period.currency_id.is_zero(period.amount) or period.plan_version_id.post_zero)

    def _begin_service(self):
        """*Mark created*, or the payment after it: the panel runs from today, if it may."""
        super()._begin_service()
        if self._must_pay_first() and not self._undated_period().settled:
            self._ask_person(
                self._created_unpaid(),
                self.env._("The host has the panel ready, but its first invoice is not paid. "
                           "It becomes active with the payment."))
            return
        today = self._today()
        if self.plan_version_id.trial_days and not self._undated_period():
            self._claim_trial(today)
        else:
            self._date_undated(today)
        self._apply('activate', active_since=today)
        self._answer(self._provision_now(), self._created_unpaid())
        self._invoice_claimed()
        self._settle_started()
        self._refresh()

    def _begin_settled(self, period):
        """The payment that a first period waited for; usage was served, whoever pays it when."""
        if not period:
            return
        if self.state == 'closed':
            self._ask_person(
                self.env._("Paid after closing"),
                self.env._("What the panel still owed for the time before its closing was paid. "
                           "It stays closed; of this money nothing is to be refunded."))
        elif self.state == 'failed':
            self._ask_person(
                self.env._("Paid after a failure"),
                self.env._("Money came for a panel that could not be created. Try again, or "
                           "refund it."))
        elif period.state != 'undated':
            return
        elif self.state != 'creating':
            self._begin_undated(self._today())
        elif self.created_on:
            self._begin_service()
        else:
            self._tell_host_to_provision()

    def _begin_undated(self, day):
        """A paid upgrade, or a trial that goes on: the waiting period begins on a day."""
        period = self._undated_period()
        for free in self._live_periods():
            if free.date_start >= day:
                free._void(self.env._("The paid plan begins earlier."), rebill=True)
            elif free.date_end > day:
                free.date_end = day
        self.period_ids.flush_recordset()  # these days are free before others take them
        self._void_gap(day, self.env._("Between the trial and the first paid period."))
        if period.plan_version_id != self.plan_version_id:
            self._switch_version(period.plan_version_id, day)
            self._apply('switch', plan=period.plan_version_id.display_name)
        self._date_undated(day)
        if self.money_state == 'suspended' and self.money_category == 'trial':
            self._apply('recover', suspended_on=False, money_category=False)

    def _end_trial(self):
        """R14: a trial that nobody confirmed stops at its end."""
        if self.state in HELD and self.money_state != 'suspended' and (
                self._is_unconfirmed_trial() and self._today() >= self._cover_end()):
            self._apply('suspend', suspended_on=self._today(), money_category='trial')

    def _go_on_after_trial(self):
        today = self._today()
        trial_end = self._cover_end()
        if today < trial_end:
            self._refresh()
            self._renew()
        elif self.plan_version_id.activate_when == 'paid':
            self._claim_undated(self.plan_version_id)
            self._issue_undated()
            self._refresh()
        else:
            self._void_gap(today, self.env._("Between the trial and the first paid period."))
            if self.money_state == 'suspended':
                self._apply('recover', suspended_on=False, money_category=False)
            self._refresh()
            self._renew()

    def _give_up_first_period(self):
        """R9: what was paid for a panel that could not be made becomes a refund to decide on."""
        super()._give_up_first_period()
        self._answer(self._provision_now())
        period = self._undated_period()
        demand = period.demand_ids.filtered(lambda d: d.status == 'settled')
        if demand and demand.amount:
            note = self.env['tenant.invoice.builder']._credit(
                demand, 'not_delivered', hold_for_refund=True)
            self._ask_person(
                self.env._("Refund a panel that could not be created"),
                self.env._("Credit note %(note)s holds %(amount)s for the tenant. Refund it, or "
                           "try the panel again.",
                           note=note.name, amount=demand.currency_id._text(note.amount_total)))

    def _check_nothing_refunded(self):
        super()._check_nothing_refunded()
        if any(note.amount_residual != note.amount_total for note in self._refund_notes()):
            raise UserError(self.env._(
                "The money for this panel was refunded already. Order a new panel."))

    def _reopen_first_period(self):
        super()._reopen_first_period()
        self._refund_notes().tenant_hold_for_refund = False
        if not self._undated_period():
            self._open_first_period()
        elif not self._must_pay_first() or self._undated_period().settled:
            self._tell_host_to_provision()

    # === HELPERS === #

    def _refund_notes(self):
        return self.demand_ids.move_id.reversal_move_ids.filtered('tenant_hold_for_refund')

    def _claim_undated(self, version):
        today = self._today()
        span = version._span_from(today, None)
        return self.env['tenant.billing.period']._claim(
            [self._period_row(version, span, state='undated', is_dated=False)])

    def _claim_trial(self, day):
        version = self.plan_version_id
        end = fields.Date.add(day, days=version.trial_days)
        return self.env['tenant.billing.period']._claim([
            self._given_row(version, day, end, 'trial', self.env._("Trial"))])

    def _issue_undated(self):
        period = self._undated_period()
        if period and not period.demand_ids and (
                period.amount or period.plan_version_id.post_zero):
            self.env['tenant.invoice.builder']._issue(period)
            self._apply('issue', days=self.env._("first period"))

    def _date_undated(self, day):
        """The provisional dates become real ones."""
        period = self._undated_period()
        version = period.plan_version_id
        span = version._span_from(day, None)
        row = self._period_row(version, span)
        period.write({
            'kind': row['kind'], 'date_start': span.start, 'date_end': span.end,
            'invoiced_start': span.start, 'invoiced_end': span.end, 'is_dated': True,
            'amount': period.amount if period.demand_ids else row['amount'],
            'zone': row['zone'], 'state': 'invoiced' if period.demand_ids else 'claimed',
        })
        self.sudo().anchor_date = day

    def _check_upgrade(self, version):
        if version.company_id != self.company_id:
            raise UserError(self.env._("Panel and plan belong to the same company."))
        if self.state not in ('active', 'grace') or not self.plan_version_id._is_free():
            raise UserError(self.env._(
                "Only a running panel on a free plan can be upgraded this way."))
        if version._is_free():
            raise UserError(self.env._("Choose a plan with a price."))
        if version.anchor == 'calendar':
            raise UserError(self.env._(
                "%s is billed by the calendar: its first price depends on the first day. "
                "Order a new panel on it.", version.plan_id.name))
        waiting = self._undated_period()
        if waiting and waiting.plan_version_id != version:
            raise UserError(self.env._(
                "An upgrade to %s waits for payment already.",
                waiting.plan_version_id.plan_id.name))

    def _tell_host_to_provision(self):
        if not self._open_questions(self._provision_now()):
            self._tell_provision()
        self._ask_person(
            self._provision_now(),
            self.env._("%s may be made now. Mark it created when it is ready.", self.name))

    def _provision_now(self):
        return self.env._("Provision the panel")

    def _created_unpaid(self):
        return self.env._("Created before it was paid")
