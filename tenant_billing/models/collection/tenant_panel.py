from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.models.panel.tenant_panel_lifecycle import HELD


class TenantPanel(models.Model):
    """R1, R5, R11, R14, R38 and R40 as time passes: what a panel's day brings."""

    _inherit = 'tenant.panel'

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_enforce(self):
        """Bring every panel to what its day asks; run again at once, it does nothing."""
        self.env['tenant.billing.run']._run_batches(
            'tenant.panel',
            Domain([('state', '!=', 'closed'), ('ordered_on', '!=', False)]),
            lambda panels: panels._enforce())
        self._wake_at_midnights()

    @api.model
    def _wake_at_midnights(self):
        """Run enforcement and billing when the next local day begins anywhere."""
        zones = {zone for zone, in self._read_group([('zone', '!=', False)], ['zone'])}
        now = fields.Datetime.now()
        midnights = {
            periods.midnight_utc(periods.today_in(now, zone) + timedelta(days=1), zone)
            for zone in zones}
        for cron in (self.env.ref('tenant_billing.cron_enforce'),
                     self.env.ref('tenant_billing.cron_renew')):
            waiting = set(self.env['ir.cron.trigger'].sudo().search(
                [('cron_id', '=', cron.id)]).mapped('call_at'))
            cron._trigger(at=list(midnights - waiting))

    # === BUSINESS METHODS === #

    def _enforce(self):
        """The steps of a day, in their order; each does nothing where nothing is due."""
        for panel in self:
            panel._settle_started()
            panel._refresh_if_stale()
            panel._expire_orders()
            panel._credit_begun_while_stopped()
            panel._end_cancelled_service()
            panel._end_trial()
            panel._enforce_money()
            panel._close_after_retention()

    def _expire_orders(self):
        """R9, R15: an order that nobody pays is withdrawn."""
        period = self._undated_period()
        demand = period.demand_ids
        if not demand or not demand._is_untouched() or demand._is_payment_pending():
            return
        days = period.plan_version_id.order_expiry_days
        if self._today() < fields.Date.add(demand.issued_on, days=days):
            return
        if self.state in ('creating', 'failed'):
            self._close(self.env._("The order was not paid within %s days.", days))
        elif self.state in HELD:
            self.env['tenant.invoice.builder']._credit(demand, 'cancelled')
            self.sudo().trial_confirmed_on = False  # the tenant may choose to go on again
            self._refresh()

    def _credit_begun_while_stopped(self):
        """R11: what was issued ahead and begins while stopped for money is credited, unpaid."""
        if self.money_state != 'suspended':
            return
        today = self._today()
        for period in self._live_periods():
            demand = period.demand_ids
            if self.suspended_on <= period.date_start <= today and demand and (
                    demand._is_untouched() and not demand._is_payment_pending()):
                self.env['tenant.invoice.builder']._credit(demand, 'cancelled', rebill=True)
                self._refresh()

    def _end_cancelled_service(self):
        """R38: no service from service_end on."""
        if not self.service_end or self.state not in HELD:
            return
        self._credit_after_service()
        if self._today() >= self.service_end and not self.open_hold_ids.filtered('ends_service'):
            self._hold('request', self.env._("Cancelled by the tenant."), ends_service=True)

    def _enforce_money(self):
        """R1, downwards; upwards it went when the books changed."""
        if self.state not in HELD or self.money_state == 'suspended':
            return
        now = self._money_now()
        if now == 'suspended' and self._holds_off_stop():
            now = 'grace'
        if now == 'suspended':
            self._stop_for_money()
        elif now == 'grace' and self.money_state == 'active':
            self._apply('overdue')
        elif now == 'active' and self.money_state == 'grace':
            self._apply('recover')

    def _holds_off_stop(self):
        """R7: whether all that would stop the panel today has a payment under way."""
        today = self._today()
        stopping = [
            demand for demand in self.demand_ids if (stop := demand._stops_after())
            and fields.Date.add(stop, days=demand.plan_version_id.grace_days) < today]
        return all([demand._holds_off_stop() for demand in stopping])

    def _stop_for_money(self):
        today = self._today()
        current = self._live_periods().filtered(
            lambda p: p.date_start <= today < p.date_end and not p.settled)
        self._apply(
            'suspend', suspended_on=today, money_category='billing',
            stopped_period_id=current.id)
        self._refresh()

    def _close_after_retention(self):
        """R40: closed after the plan's retention days without service."""
        stopped_on = self._stopped_for_good_since()
        days = self.plan_version_id.retention_days
        if stopped_on and self._today() >= fields.Date.add(stopped_on, days=days):
            self._close(self.env._("No service for %s days.", days))

    def _stopped_for_good_since(self):
        if self.state in HELD and self.open_hold_ids.filtered('ends_service'):
            return self.service_end
        if self.state == 'suspended' and self.money_state == 'suspended':
            return self.suspended_on
        return False
