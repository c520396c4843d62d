from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.tenant_billing.engine import money, periods

PAID_KINDS = ('regular', 'stub', 'adopted')


class TenantPanel(models.Model):
    """R10 to R12, R16 and R36: the next period, and when it is issued."""

    _inherit = 'tenant.panel'

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_renew(self):
        self.env['tenant.billing.run']._process()

    @api.model
    def _domain_due(self):
        """Panels that may have something to issue; the panel's own day decides."""
        now = fields.Datetime.now()
        return Domain([
            ('state', 'in', ('active', 'grace')),
            ('next_issue_on', '<=', fields.Date.add(now.date(), days=1)),
            '|', ('retry_at', '=', False), ('retry_at', '<=', now),
        ])

    # === BUSINESS METHODS === #

    def _renew(self):
        """Issue every period that is due, also those that were missed (R12)."""
        self.filtered(lambda panel: panel.zone != panel._zone_of_period())._refresh()
        self._invoice_claimed()
        due = self.filtered(lambda panel: panel._is_due())
        while due:
            claimed = due._issue_next()
            due = claimed.panel_id.filtered(lambda panel: panel._is_due())

    def _is_due(self):
        self.ensure_one()
        today = self._today()
        return (
            self.state in ('active', 'grace')
            and bool(self.next_issue_on) and self.next_issue_on <= today
            and not self._has_unpaid_ahead(today) and not self._waits_for_usage(today))

    def _has_unpaid_ahead(self, today):
        """R11: at most one unpaid advance demand for a period that has not begun."""
        return any(
            demand.direction == 'advance' and demand.status == 'open'
            and demand.period_id._is_live() and demand.period_id.date_start > today
            for demand in self.demand_ids)

    def _issue_next(self):
        """Claim the next period of each panel and make what it needs.

        :return: the periods that were claimed
        """
        claimed = self.env['tenant.billing.period']._claim([panel._next_row() for panel in self])
        claimed.panel_id._invoice_claimed(claimed.panel_id)
        claimed.panel_id._settle_started()
        self._clear_error()
        self._refresh_if_stale()
        return claimed

    def _invoice_claimed(self, renewed=None):
        """The documents of periods that are claimed and cost something.

        :param renewed: panels whose closed usage goes out now, even if the period costs nothing
        """
        periods_ = self._unbilled()
        usage = (renewed or self.browse())._invoice_with_usage(periods_)
        facts = {
            **self._facts_of_usage(usage),
            **{panel: {'days': ", ".join(ours.mapped('display_name'))}
               for panel, ours in periods_.grouped('panel_id').items()}}
        self.browse().union(*facts)._apply_each('issue', facts)

    def _unbilled(self):
        """Claimed periods that need a document and have none."""
        return self.filtered(lambda p: p.state in ('active', 'grace')).period_ids.filtered(
            lambda p: p.state == 'claimed' and not p.settled and not p.demand_ids
            and (p.plan_version_id.post_zero or not p.currency_id.is_zero(p.amount)))

    def _next_row(self):
        """R36: the version is chosen by the start; R10: the end by cycle and anchor."""
        self.ensure_one()
        start = self._next_start()
        version = self.plan_version_id._successor_for(start)
        if version != self.plan_version_id:
            self._switch_version(version, start)
            self._apply('switch', plan=version.display_name)
        self._anchor_at(start, version)
        return self._period_row(version, version._span_from(start, self.anchor_date))

    def _period_row(self, version, span, **values):
        """A row to claim for a period that costs something, or nothing."""
        amount = money.share(
            Decimal(str(version.price)), span.days, span.whole_days,
            Decimal(str(version.currency_id.rounding)))
        return {
            'panel_id': self.id,
            'company_id': self.company_id.id,
            'currency_id': version.currency_id.id,
            'plan_version_id': version.id,
            'kind': 'stub' if span.is_stub else 'regular',
            'state': 'claimed',
            'date_start': span.start,
            'date_end': span.end,
            'invoiced_start': span.start,
            'invoiced_end': span.end,
            'zone': self._zone_of_customer(),
            'amount': amount,
            'is_dated': True,
            **values,
        }

    def _given_row(self, version, start, end, kind, reason):
        """A row to claim for days that are settled by themselves."""
        return self._period_row(
            version, periods.Span(start, end, start, end), kind=kind, amount=Decimal(0),
            settled=True, settled_by=kind, settled_on=self._today(), reason=reason)

    def _settle_started(self):
        """R15, R16: what costs nothing settles itself on its first day."""
        for panel in self:
            today = panel._today()
            started = panel._live_periods().filtered(
                lambda p, day=today: not p.settled and not p.demand_ids
                and p.date_start <= day and p.currency_id.is_zero(p.amount)
                and not p.plan_version_id.post_zero)
            for period in started:
                how = 'free' if period.plan_version_id._is_free() else 'zero'
                period.write({'settled': True, 'settled_by': how, 'settled_on': today})
                panel._apply('settle', days=period.display_name, how=how)

    # === HELPERS === #

    def _derive_next_issue_on(self):
        """The day on which the next period goes out, whoever stops it then; False for never."""
        start = min(self._unbilled().mapped('date_start'), default=self._next_start())
        if not start or self.state == 'closed' or self._is_unconfirmed_trial() or (
                self._undated_period() and not self.plan_version_id._is_free()) or (
                self.service_end and start >= self.service_end):
            return False
        return fields.Date.subtract(start, days=self.plan_version_id.lead_days)

    def _next_start(self):
        """The first day that no period covers: void days that stay void are skipped (R12)."""
        return self._cover_end()

    def _cover_end(self):
        return max((p.date_end for p in self.period_ids if p._shields()), default=False)

    def _is_unconfirmed_trial(self):
        live = self._live_periods()
        return bool(live) and not self.trial_confirmed_on and not any(
            p.kind in PAID_KINDS for p in live)

    def _anchor_at(self, start, version):
        """Boundaries count from the anchor; a start off its series begins a new one."""
        cycle = version.cycle_id._engine()
        if version.anchor == 'anniversary' and not (
                self.anchor_date and periods.is_boundary(self.anchor_date, cycle, start)):
            self.sudo().anchor_date = start

    def _void_gap(self, day, reason):
        """Days from the last period up to a day are served to nobody and billed to nobody."""
        start = self._cover_end()
        if start and start < day:
            self._claim_void(start, day, reason)

    def _claim_void(self, start, end, reason):
        span = periods.Span(start, end, start, end)
        self.env['tenant.billing.period']._claim([self._period_row(
            self.plan_version_id, span, state='void', amount=Decimal(0), reason=reason)])

    def _clear_error(self):
        failed = self.filtered('billing_error')
        failed.sudo().write({'billing_error': False, 'retry_at': False})
        failed._answer(self._billing_failed())

    def _issue_again(self, void):
        """A person bills the days of a void period again: a new row, a new invoice."""
        self.ensure_one()
        row = self._period_row(void.plan_version_id, periods.Span(
            void.date_start, void.date_end, void.date_start, void.date_end),
            kind=void.kind, amount=void.amount)
        claimed = self.env['tenant.billing.period']._claim([row])
        self._check_claimed(claimed)
        void.rebill = True
        if claimed.amount or claimed.plan_version_id.post_zero:
            self.env['tenant.invoice.builder']._issue(claimed)
        self._apply('issue', days=claimed.display_name)
        self._settle_started()
        self._refresh()
