from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.tenant_billing.models.collection.payment_transaction import (
    FIRST_ANSWER,
    ON_ITS_WAY,
)

DAYS_BEFORE = (7, 3, 1)


class TenantBillingDemand(models.Model):
    _inherit = 'tenant.billing.demand'

    payment_waited_from = fields.Datetime(
        readonly=True, copy=False,
        help="When enforcement first held off a stop because a payment was under way. It does so "
        "once: 48 hours for a pending payment, half an hour for one without an answer.")

    attempt_ids = fields.One2many(
        'tenant.payment.attempt', 'demand_id', string="Automatic Payments", readonly=True)

    # === BUSINESS METHODS: paying (R33, R34) === #

    def _is_payable(self):
        """Whether Pay charges it."""
        self.ensure_one()
        return (
            self.status == 'open' and self.move_id.state == 'posted'
            and self.currency_id.compare_amounts(self.amount_open, 0) > 0)

    def _is_due(self):
        """Whether its last day to pay has come, later days that were given counted."""
        self.ensure_one()
        return max(self.due_date, self.deferred_until or self.due_date) <= self.panel_id._today()

    def _stops_after(self):
        """R34: what no gateway takes yet stops nobody, and then not before what it waited for."""
        stop = super()._stops_after()
        other = self._asked_with() if stop else self
        if not other:
            return None
        return max(stop, super(TenantBillingDemand, other)._stops_after() or stop) if (
            other != self) else stop

    def _waits_for_more(self):
        """Whether no gateway takes it yet, nor all that is open together with it."""
        self.ensure_one()
        return not self._asked_with()

    def _asked_with(self):
        """R34: the demand with which so much is open that a gateway takes it. Usage below the
        least waits for that one; all else is asked for by itself."""
        self.ensure_one()
        if self.direction != 'arrears' or not self._is_payable():
            return self
        least = self.env['payment.provider']._tenant_least(self.company_id, self.currency_id)
        open_ = self.panel_id.demand_ids.filtered(lambda demand: demand._is_payable())
        total, passed = 0.0, False
        for demand in open_.sorted(lambda demand: (demand.issued_on, demand.id)):
            total += demand.amount_open
            passed = passed or demand == self
            if passed and self.currency_id.compare_amounts(total, least) >= 0:
                return demand
        return self.browse()

    # === BUSINESS METHODS: a payment under way (R7) === #

    def _is_confirming(self):
        """Whether money for it is on its way."""
        self.ensure_one()
        return self.status == 'open' and any(
            tx._is_on_its_way() for tx in self.move_id.transaction_ids)

    def _holds_off_stop(self):
        """Whether a payment under way keeps this demand from stopping its panel, once."""
        self.ensure_one()
        now = fields.Datetime.now()
        waited = now - self.payment_waited_from if self.payment_waited_from else timedelta()
        payments = self.move_id.transaction_ids
        waits = (
            waited < ON_ITS_WAY and any(tx._is_on_its_way() for tx in payments)
            or waited < FIRST_ANSWER and any(tx._is_awaiting_answer() for tx in payments))
        if waits and not self.payment_waited_from:
            self.payment_waited_from = now
        return waits

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_settle(self):
        """Book what gateways took and nobody booked, then look at the books."""
        unbooked = [('state', '=', 'done'), ('is_post_processed', '=', False)]
        self.env['tenant.billing.run']._run_batches(
            self._name, [('move_id.transaction_ids', 'any', unbooked)],
            lambda demands: demands.move_id.transaction_ids.filtered_domain(
                unbooked)._post_process())
        super()._cron_settle()

    # === BUSINESS METHODS: reminders (R35) === #

    def _reminder_points(self):
        """R35: (day, kind, days before the cut-off) of every reminder of this demand."""
        self.ensure_one()
        stop = self._stops_after()
        grace = self.plan_version_id.grace_days
        points = [(fields.Date.subtract(stop, days=n), 'before', n) for n in DAYS_BEFORE]
        if grace >= 1:
            points.append((fields.Date.add(stop, days=1), 'overdue', 0))
        if grace >= 2:
            points.append((fields.Date.add(stop, days=grace), 'last', 0))
        return points

    def _reminder_row(self, kind, days_before, stop_after=None):
        stop = stop_after or self._stops_after()
        grace = self.plan_version_id.grace_days
        return {
            'demand_id': self.id,
            'panel_id': self.panel_id.id,
            'company_id': self.company_id.id,
            'kind': kind,
            'key': f'{self.id}/{days_before}/{stop}',
            'days_before': days_before,
            'stop_after': stop,
            'stops_on': fields.Date.add(stop, days=grace + 1),
            'queued_on': self.panel_id._today(),
        }
