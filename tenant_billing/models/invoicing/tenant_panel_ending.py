from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class TenantPanel(models.Model):
    """R15a, R38 and R40: days given, cancelling at the period's end, and closing."""

    _inherit = 'tenant.panel'

    # === ACTION METHODS === #

    def action_grant(self, days, reason):
        """R15a: give free days after the last period.

        :param int days: how many, at least one
        :param str reason: kept with the days
        """
        self.check_access('write')
        if not isinstance(days, int) or not 1 <= days <= 3660 or not str(reason or '').strip():
            raise UserError(self.env._("Give a number of days from 1 to 3,660, and a reason."))
        for panel in self.sudo():
            if not panel._live_periods() or panel.service_end or panel.state == 'closed':
                raise UserError(self.env._(
                    "Days can be granted to a panel that has begun and is not cancelled."))
            panel._grant(days, reason)
            panel._refresh()

    def action_cancel(self):
        """R38: no service after the last period that has begun or is paid; again does nothing."""
        self.check_access('write')
        for panel in self.sudo().filtered(lambda p: not p.service_end):
            end = panel._last_owed_day_end()
            if not end:
                raise UserError(self.env._(
                    "%s has not begun. Close it to withdraw the order.", panel.display_name))
            panel.with_env(self.env)._apply('cancel', service_end=end)
            panel._credit_after_service()
            panel._refresh()

    def action_resume(self):
        """R38: withdraw the cancellation before service ends; what was credited is issued again."""
        self.check_access('write')
        for panel in self.sudo().filtered('service_end'):
            if panel._today() >= panel.service_end:
                raise UserError(self.env._(
                    "The service of %s has ended. Lift its hold to go on, or order a new panel.",
                    panel.display_name))
            panel.with_env(self.env)._apply('resume', service_end=False)
            panel._refresh()
            panel._renew()

    def action_run_again(self):
        """R3: end a stop for money by hand where nothing is open any more."""
        self.check_access('write')
        for panel in self.sudo():
            if panel._money_now() == 'suspended':
                raise UserError(self.env._(
                    "A demand on %s is still overdue. Take the payment, defer it, or write it "
                    "off first.", panel.display_name))
            panel._refresh(lift=True)
            panel._renew()

    def action_close(self, reason, credit_rest=True):
        """R40: end the panel for ever; again does nothing.

        :param str reason: kept with the panel
        :param bool credit_rest: credit the days of paid periods that are not served any more
        """
        self.check_access('write')
        if not str(reason or '').strip():
            raise UserError(self.env._("Give a reason for closing."))
        for panel in self.filtered(lambda p: p.state != 'closed'):
            panel._close(reason, credit_rest)

    # === BUSINESS METHODS: granted days (R15a) === #

    def _grant(self, days, reason):
        start = self._cover_end()
        end = fields.Date.add(start, days=days)
        row = self._given_row(self.plan_version_id, start, end, 'granted', reason)
        claimed = self.env['tenant.billing.period']._claim(
            [{**row, 'anchor_before': self.anchor_date or None}])
        self._check_claimed(claimed)
        if self.plan_version_id.anchor == 'anniversary':
            self.sudo().anchor_date = end
        self._apply('grant', days=str(days), reason=reason)

    def _take_back(self, period):
        """Granted days that have not begun, as long as nothing follows them."""
        if period.kind != 'granted' or not period._is_live() or period.date_start <= self._today():
            raise UserError(self.env._("Only granted days that have not begun can be taken back."))
        if period.date_end < self._cover_end():
            raise UserError(self.env._(
                "A later period was issued already. Credit it first, then take the days back."))
        period._void(self.env._("Taken back."), rebill=True)
        if period.anchor_before:
            self.sudo().anchor_date = period.anchor_before
        self._apply('ungrant', days=period.display_name)
        self._refresh()

    # === BUSINESS METHODS: cancelling (R38) === #

    def _last_owed_day_end(self):
        """The end of the last period that has begun, is settled or partly paid."""
        today = self._today()
        owed = self._live_periods().filtered(
            lambda p: p.date_start <= today or p.settled
            or any(d.status == 'open' and not d._is_untouched() for d in p.demand_ids))
        return max(owed.mapped('date_end'), default=False)

    def _credit_after_service(self):
        """Wholly unpaid advances for periods that have not begun; a waiting upgrade as well.
        One with a payment under way waits for it."""
        today = self._today()
        for demand in self.demand_ids.filtered(lambda d: d.direction == 'advance'):
            period = demand.period_id
            ahead = period.state == 'undated' or (period._is_live() and period.date_start > today)
            if ahead and demand._is_untouched() and not demand._is_payment_pending():
                self.env['tenant.invoice.builder']._credit(demand, 'cancelled', rebill=True)
        self._void_unasked(fields.Date.add(today, days=1), self.env._("Cancelled."), rebill=True)

    def _void_unasked(self, first_day, note, rebill=False):
        """Periods from a day on that nobody was asked to pay for: free ones, mostly."""
        for period in self._live_periods().filtered(
                lambda p: not p.settled and not p.demand_ids and p.date_start >= first_day):
            period._void(note, rebill=rebill)

    # === BUSINESS METHODS: closing (R40) === #

    def _close(self, reason, credit_rest=True):
        self.ensure_one()
        first_unserved = self._first_unserved_day()
        self._apply('close', closed_on=self._today(), close_reason=reason, reason=reason)
        panel = self.sudo()
        held = panel.env['account.move']
        for demand in panel.demand_ids:
            if demand.status == 'open' or (demand.status == 'settled' and credit_rest):
                held |= panel._credit_unserved(demand, first_unserved)
        panel._ask_for_refund(held)
        if credit_rest:
            panel._ask_for_adopted_rest(first_unserved)
        panel._void_unasked(first_unserved, self.env._("Closed."))
        panel._answer(panel._stopped_without_demand())
        panel._refresh()

    def _first_unserved_day(self):
        """From this day on the panel has not run, or had not when it was closed."""
        days = [self.closed_on or self._today()]
        if self.money_state == 'suspended' and self.suspended_on:
            days.append(self.suspended_on)
        days += self.open_hold_ids.mapped('date_from')
        return min(days)

    def _credit_unserved(self, demand, first_unserved):
        """:return: the credit note if it is held for a refund, else none"""
        period = demand.period_id
        paid = demand.status == 'settled'
        nothing = self.env['account.move']
        if demand.direction == 'arrears':  # served already, whenever the panel is closed
            return nothing
        if period.state == 'undated':
            days = None
        elif period._is_live() and period.date_end > first_unserved:
            unserved = (period.date_end - max(period.date_start, first_unserved)).days
            whole = (period.date_end - period.date_start).days
            days = (unserved, whole) if unserved < whole else None
        else:
            return nothing
        builder = self.env['tenant.invoice.builder']
        if demand.currency_id.is_zero(builder._left_to_credit(demand)):
            return nothing
        note = builder._credit(demand, 'cancelled', days=days, hold_for_refund=paid)
        return note if paid else nothing

    def _ask_for_refund(self, notes):
        """One question that names all of it, for the same question is asked once."""
        if notes:
            self._ask_person(
                self.env._("Refund for a closed panel"),
                self.env._("%(amount)s was paid for days without service and is held by %(notes)s. "
                           "Refund it, or release it as account credit.",
                           notes=", ".join(notes.mapped('name')),
                           amount=notes.currency_id._text(sum(notes.mapped('amount_total')))))

    def _ask_for_adopted_rest(self, first_unserved):
        """What was paid before the panel came here has no invoice that could be credited."""
        for cover in self._live_periods().filtered(
                lambda p: p.kind == 'adopted' and p.date_end > first_unserved):
            self._ask_person(
                self.env._("Refund days that were paid elsewhere"),
                self.env._("The days up to %(day)s were paid before the panel was billed here; "
                           "%(count)s of them are without service now. Refund them from there.",
                           day=format_date(self.env, cover.last_day),
                           count=(cover.date_end - max(cover.date_start, first_unserved)).days))

    # === HELPERS === #

    def _check_claimed(self, periods):
        if not periods:
            raise UserError(self.env._(
                "These days are in another billing period already. Reload the page and look "
                "at the panel's periods."))
