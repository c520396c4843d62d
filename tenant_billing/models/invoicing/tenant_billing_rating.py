from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import fields, models

from odoo.addons.tenant_billing.engine import arrears, money
from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.forecast import Candidate
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.engine.rating_input import CAP, TRUE_UP, Period, Segment
from odoo.addons.tenant_billing.models.invoicing.account_move import UNSETTLING

# Of which days a plan's minimum and flat charges are asked; the others are given, and only what
# was used above the allowance costs something there.
COMMITTED = ('regular', 'stub')


class Item(NamedTuple):
    """What is to be invoiced of one charge of one period, or credited if negative."""

    period: Any
    charge: str
    kind: str  # as rated lines have it
    amount: Decimal
    rated: Decimal
    why: list
    is_offset: bool = False  # a negative line beside the one that makes up for it


class TenantBillingPeriod(models.Model):
    """R19, R21, R28 and R29: what the usage of billing periods costs."""

    _inherit = 'tenant.billing.period'

    rated_line_ids = fields.One2many('tenant.rated.line', 'period_id', string="Usage")

    # === BUSINESS METHODS === #

    def _rate(self, *, closed=True):
        """What each period costs by its version's charges, and what of it is not invoiced yet.

        It writes nothing, and says the same when it is asked again.

        :param bool closed: False for the cost so far: minimums wait for the end
        :return: odoo.addons.tenant_billing.engine.rating.Rating by period
        :rtype: dict
        :raise ValueError: when usage has no price
        """
        usage, invoiced = self._usage(), self._invoiced_usage()
        return {
            period: rate(period._engine_period(), usage[period].totals, usage[period].events,
                         invoiced=invoiced[period], closed=closed)
            for period in self}

    def _usage_items(self):
        """What is to be invoiced or credited of these periods, the oldest first."""
        ratings = self._rate()
        return [
            item for period in self.sorted('date_start')
            for item in period._items_of(ratings[period])]

    def _invoiced_usage(self):
        """What documents that stand carry of each period already.

        :return: dict of the amount by charge, by period
        :rtype: dict
        """
        found = {period: defaultdict(Decimal) for period in self}
        own = {row: period for period in self for row in period | period._predecessors()}
        lines = self.env['tenant.rated.line'].sudo().search([
            ('period_id', 'in', [row.id for row in own]), ('move_id.state', '!=', 'cancel')])
        for line in lines:
            found[own[line.period_id]][line.charge] += line._exact('amount')
        return found

    # === BUSINESS METHODS: days === #

    def _serves_usage(self):
        """Whether usage of these days is billed by this row: live days, and void ones that stay
        void (R25)."""
        self.ensure_one()
        return (
            self._shields() and self.plan_version_id.bills_usage
            and self._usage_end() > self.date_start)

    def _usage_end(self):
        """Usage ends with the period, or with the day on which the panel was closed."""
        self.ensure_one()
        closed_on = self.panel_id.closed_on
        return min(self.date_end, fields.Date.add(closed_on, days=1)) if closed_on else (
            self.date_end)

    def _is_closed(self):
        """R19: whether all its usage has had the time to arrive."""
        self.ensure_one()
        return fields.Datetime.now() >= arrears.issue_instant(
            self._usage_end(), self.zone, self.company_id.tenant_collection_hours)

    def _predecessors(self):
        """Void rows whose days this one took over: what they were billed is billed."""
        self.ensure_one()
        return self.panel_id.period_ids.filtered(
            lambda p: p.state == 'void' and p.rebill and p.is_dated
            and self.date_start <= p.date_start < self.date_end)

    # === BUSINESS METHODS: figures === #

    def _fee_owed(self):
        """The advance fee of the days that are served, unless they are nobody's to pay."""
        self.ensure_one()
        return self._engine_fee(self._served_end()) if self._is_live() else Decimal(0)

    def _days_by_month(self):
        """How many of the days that are served lie in each month, by its first day."""
        self.ensure_one()
        days = (self._usage_end() - self.date_start).days
        return Counter(
            fields.Date.add(self.date_start, days=number).replace(day=1) for number in range(days))

    def _candidate(self, version):
        """Another version for the days of this period.

        :rtype: odoo.addons.tenant_billing.engine.forecast.Candidate
        """
        self.ensure_one()
        start, end = self._whole_days()
        fee = money.share(
            as_written(version.price), (self._usage_end() - self.date_start).days,
            (end - start).days, Decimal(str(self.currency_id.rounding)))
        return Candidate(str(version.id), version._engine_usage(), fee)

    # === HELPERS === #

    def _items_of(self, rating):
        self.ensure_one()
        charges = {charge.key: charge for charge in rating.charges}
        zeros = charges.keys() - set(self.rated_line_ids.mapped('charge')) if (
            self.plan_version_id.show_zero_lines) else ()
        for key, delta in rating.deltas.items():
            if delta or key in zeros:
                charge = charges.get(key)
                yield Item(
                    self, key, key if key in (TRUE_UP, CAP) else 'usage', delta,
                    charge.amount if charge else Decimal(0),
                    [line.why for line in charge.lines] if charge else [])

    def _engine_period(self):
        """The period as rating knows it: a part of its whole period (R29)."""
        self.ensure_one()
        start, end = self._whole_days()
        first, served, last = self.date_start, self._served_end(), self._usage_end()
        version = self.plan_version_id._engine_usage()
        segments = (
            Segment(first, served, version, self._engine_fee(served)),
            Segment(served, last, self._uncommitted(version)))
        return Period(
            start, end, tuple(segment for segment in segments if segment.start < segment.end),
            Decimal(str(self.currency_id.rounding)), self.zone)

    def _uncommitted(self, version):
        """What the version asks for days on which only use costs something."""
        return version._replace(minimum=None, charges=tuple(
            charge._replace(minimum=None) for charge in version.charges if charge.model.metered))

    def _engine_fee(self, served_end):
        """The advance fee of the days that are served."""
        served, days = served_end - self.date_start, self.date_end - self.date_start
        return money.share(
            as_written(self.amount), served.days, days.days,
            Decimal(str(self.currency_id.rounding)))

    def _served_end(self):
        """The first day that was not served for what the plan costs: of a panel that was closed
        after a stop the first day of that (R40)."""
        self.ensure_one()
        if not self._is_committed():
            return self.date_start
        end, panel = self._usage_end(), self.panel_id
        if not panel.closed_on or panel._first_unserved_day() == panel.closed_on:
            return end
        return max(self.date_start, min(end, panel._first_unserved_day()))

    def _is_committed(self):
        """Whether the days were served for what the plan costs: not given, not a gap, and their
        fee not taken back because they were not served."""
        return self.kind in COMMITTED and (self.state != 'void' or (
            bool(self.demand_ids) and not self._was_taken_back()))

    def _was_taken_back(self):
        notes = self.demand_ids.move_id.reversal_move_ids.filtered(
            lambda note: note.state == 'posted' and note.tenant_credit_reason in UNSETTLING)
        return any(note.tenant_credited_demand_id <= self.demand_ids for note in notes)

    def _whole_days(self):
        """The whole period of which this one is a part."""
        if (self.date_start, self.kind) == (self.invoiced_start, 'regular') and (
                self.date_end < self.invoiced_end):
            return self.date_start, self.invoiced_end  # an upgrade cut it short
        if self.kind == 'regular' and self._is_committed():
            return self.date_start, self.date_end
        span = self.plan_version_id._span_from(self.date_start, None)
        return min(span.whole_start, self.date_start), max(span.whole_end, self.date_end)
