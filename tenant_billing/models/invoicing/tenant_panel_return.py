from datetime import timedelta

from odoo import models


class TenantPanel(models.Model):
    """R3, R13 and the end of R11: how a panel comes back from a stop or a hold."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: after a stop for money (R13) === #

    def _return_from_stop(self):
        """The stop for money ends today: dates follow the plan's choice, then the state."""
        self.ensure_one()
        today = self._today()
        if self.service_end and self.service_end <= today:
            pass  # the service is over: what is paid now is an old debt, its dates stay
        elif self.plan_version_id.after_suspension == 'restart':
            self._restart(today)
        else:
            self._walk_missed(today, [(self.suspended_on, today)])
        self._leave_stop()

    def _leave_stop(self):
        """The stop for money is over, whatever became of the dates."""
        self._write_changes(self._derive())
        event = 'recover' if self._money_now() == 'active' else 'recover_late'
        self._apply(event, suspended_on=False, money_category=False, stopped_period_id=False)
        self._answer(self._stopped_without_demand())

    def _restart(self, day):
        """Stopped days cost nothing: the unpaid period in which the stop fell is moved."""
        period = self.stopped_period_id
        if period and period._is_live():
            served = self.suspended_on - period.date_start
            self._move_periods(period, day - served)
        elif not any(p.date_end > day for p in self._live_periods()):
            self._void_gap(day, self.env._("Stopped for payment."))
            self.sudo().anchor_date = day

    def _move_periods(self, first, start):
        """Move a period and those after it to a later start, in order and without gaps."""
        old_start = first.date_start
        if start <= old_start:
            return
        last_end = max(p.date_end for p in self._live_periods())
        followers = self._live_periods().filtered(lambda p: p.date_start >= first.date_start)
        ranges = []
        begin = start
        for period in followers:
            end = self._moved_end(period, begin, start)
            ranges.append((period, begin, end))
            begin = end
        for period, new_start, new_end in reversed(ranges):  # the constraint is checked row by row
            period.write({'date_start': new_start, 'date_end': new_end})
            period.flush_recordset(['date_start', 'date_end'])
        self.sudo().anchor_date = start
        self._claim_void(old_start, start, self.env._("Stopped for payment."))
        if self.service_end == last_end:
            self.sudo().service_end = begin
        self._apply('restart', days=first.display_name)

    def _moved_end(self, period, begin, anchor):
        if period.kind in ('granted', 'trial'):
            return begin + (period.date_end - period.date_start)
        return period.plan_version_id._span_from(begin, anchor).end

    # === BUSINESS METHODS: missed cycles === #

    def _walk_missed(self, day, stops):
        """Deal with the cycles before a day that no period covers: those wholly inside a stop
        are void, the others are claimed for the billing run. The one that holds the day is left
        to the run as well.

        :param stops: list of (first day, day after the last) without service
        """
        start = self._cover_end()
        while start and start < day and not (self.service_end and start >= self.service_end):
            version = self.plan_version_id
            self._anchor_at(start, version)
            span = version._span_from(start, self.anchor_date)
            if span.end > day:
                return
            if self._is_inside(span.start, span.end, stops):
                self._claim_void(span.start, span.end, self.env._("No service on these days."))
            else:
                self.env['tenant.billing.period']._claim([self._period_row(version, span)])
            start = span.end

    def _is_inside(self, start, end, stops):
        """Whether every day of [start, end) lies in one of the stops."""
        day = start
        while day < end:
            reach = max((until for begin, until in stops if begin <= day < until), default=day)
            if reach == day:
                return False
            day = reach
        return True

    # === BUSINESS METHODS: after holds (R11) === #

    def _after_holds(self, holds):
        super()._after_holds(holds)
        today = self._today()
        stops = [(hold.date_from, hold.date_to) for hold in holds]
        credited = self._credit_held(stops)
        self._refresh()
        stopped = self.money_category == 'billing'
        if credited and stopped and self._money_now() != 'suspended':
            self._leave_stop()  # what had stopped it lay wholly under the holds
        if self.money_state != 'suspended' and not self._is_unconfirmed_trial():
            anniversary = self.plan_version_id.anchor == 'anniversary'
            if anniversary and 'pause' in holds.mapped('category'):
                self._begin_after_pause(today)
            else:
                self._walk_missed(today, stops)
            self._refresh()
            self._renew()
        self._grant_maintenance(holds)

    def _begin_after_pause(self, today):
        if self._cover_end() and self._cover_end() < today:
            self._void_gap(today, self.env._("Paused."))
            self.sudo().anchor_date = today

    def _credit_held(self, stops):
        """What was issued ahead, is unpaid, and lies wholly under holds is credited.

        :return: whether there was any
        """
        credited = False
        for period in self._live_periods():
            demand = period.demand_ids
            if demand and demand._is_untouched() and self._is_inside(
                    period.date_start, period.date_end, stops):
                self.env['tenant.invoice.builder']._credit(demand, 'cancelled')
                credited = True
        return credited

    def _grant_maintenance(self, holds):
        """R11: the days of maintenance are given back."""
        held = set()
        for hold in holds.filtered(lambda h: h.category == 'maintenance'):
            days = (hold.date_to - hold.date_from).days
            held.update(hold.date_from + timedelta(days=number) for number in range(days))
        if held and self._live_periods():
            self._grant(len(held), self.env._("Maintenance"))
