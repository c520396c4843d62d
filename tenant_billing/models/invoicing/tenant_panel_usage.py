from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.tenant_billing.engine import arrears
from odoo.addons.tenant_billing.engine.rating_input import CAP
from odoo.addons.tenant_billing.models.invoicing.tenant_billing_period import CLAIM_COLUMNS

CLOCKS = timedelta(days=2)  # the day on which an event counts as old is not the panel's own


class TenantPanel(models.Model):
    """R19 and R21: in which period usage counts, and when it is invoiced."""

    _inherit = 'tenant.panel'

    usage_rated_on = fields.Date(
        readonly=True, copy=False,
        help="Invoice day: the local day on which usage was rated for an invoice last.")
    next_usage_on = fields.Date(
        string="Next Usage Invoice", readonly=True, copy=False, index='btree_not_null',
        help="Invoice day: the local day on which usage is looked at for an invoice of its own.")

    # === BUSINESS METHODS: with the renewal === #

    def _invoice_with_usage(self, periods_):
        """The invoices of periods, and of the closed usage of these panels.

        :param periods_: claimed periods with something due; their panels' usage goes with them
        """
        carrying = (self | periods_.panel_id).filtered(
            lambda panel: panel.plan_version_id.usage_invoice == 'with_renewal')
        usage = carrying._take_usage(periods_.panel_id)
        self.env['tenant.invoice.builder']._issue(periods_, usage)
        return usage

    def _waits_for_usage(self, day):
        """R19: on the day of issue itself the invoice waits for the collection hours."""
        self.ensure_one()
        return (
            self.next_issue_on == day and self._bills_usage()
            and self.plan_version_id.usage_invoice == 'with_renewal'
            and fields.Datetime.now() < self._usage_instant(day))

    # === BUSINESS METHODS: on its own === #

    @api.model
    def _domain_usage_due(self):
        """Panels that may have usage to invoice by itself; the panel's own clock decides."""
        now = fields.Datetime.now()
        return Domain([
            ('next_usage_on', '<=', fields.Date.add(now.date(), days=1)),
            '|', ('retry_at', '=', False), ('retry_at', '<=', now),
        ])

    def _bill_usage(self):
        """Issue invoices for usage alone: at the end of a period, or after the end of service."""
        due = self.filtered(lambda panel: panel._is_usage_due())
        usage = due._take_usage()
        self.env['tenant.invoice.builder']._issue(self.env['tenant.billing.period'], usage)
        self.browse().union(*usage)._apply_each('issue', self._facts_of_usage(usage))
        due._clear_error()
        due._refresh_if_stale()

    def _is_usage_due(self):
        self.ensure_one()
        end = self._usage_ends_on()
        return (
            bool(self.next_usage_on)
            and (self.state in ('active', 'grace') or bool(end) and end <= self._today())
            and fields.Datetime.now() >= self._usage_instant(self.next_usage_on)
            and all(p._is_closed() for p in self.period_ids  # of a zone that is farther west
                    if p._serves_usage() and p._usage_end() == self.next_usage_on))

    # === BUSINESS METHODS === #

    def _take_usage(self, asked=()):
        """Credit what was invoiced too much, and hand over what is to be invoiced.

        :param asked: panels that get an invoice anyway, so that lines of nothing may go on it
        :return: what is to be invoiced, by panel
        :rtype: dict
        """
        billing = self.filtered(lambda panel: panel._bills_usage())
        if not billing:
            return {}
        billing._bump()  # two who rate at once must collide
        usage, credits = {}, []
        for item in _net_of_caps(billing._periods_to_rate()._usage_items()):
            if item.amount < 0 and item.kind != CAP and not item.is_offset:
                credits.append(item)
            else:
                usage.setdefault(item.period.panel_id, []).append(item)
        self.env['tenant.invoice.builder']._credit_usage(credits)
        for panel in billing:
            panel._write_changes({'usage_rated_on': panel._today()})
        return {panel: items for panel, items in usage.items()
                if panel in asked or any(item.amount for item in items)}

    @api.model
    def _facts_of_usage(self, usage):
        """What the audit trail says of invoices for usage."""
        return {
            panel: {'days': ", ".join(dict.fromkeys(
                item.period.display_name for item in items))}
            for panel, items in usage.items()}

    def _periods_to_rate(self):
        """The closed periods that may have changed since they were rated: by what came late, by
        corrections, and those that follow them."""
        first = self._first_changed_days()
        return self.env['tenant.billing.period'].union(*(
            panel.period_ids.filtered(
                lambda p, day=first[panel]: p._serves_usage() and p._usage_end() > day
                and p._is_closed())
            for panel in self))

    def _first_changed_days(self):
        """From which day on usage of each panel may be other than it was when it was rated."""
        rated = self.filtered('usage_rated_on')
        corrected = self.env['tenant.usage.event'].sudo()._first_corrected({
            panel.id: panel.usage_rated_on - CLOCKS for panel in rated})
        days = dict.fromkeys(self, date.min)
        for panel in rated:
            age = timedelta(days=panel.company_id.tenant_usage_age_days)
            late = panel.usage_rated_on - age - CLOCKS
            days[panel] = min(late, corrected.get(panel.id, late))
        return days

    # === BUSINESS METHODS: the period that runs === #

    def _running_periods(self):
        """The period of each panel that holds its today; also days without a plan's fee on which
        usage counts. By one query, however many panels."""
        days = {panel: panel._today() for panel in self}
        if not days:
            return self.env['tenant.billing.period']
        around = self.env['tenant.billing.period'].search_fetch([
            ('panel_id', 'in', self.ids), ('date_start', '<=', max(days.values())),
            ('date_end', '>', min(days.values())),
        ], CLAIM_COLUMNS)
        running = around.filtered(
            lambda p: p._shields() and p.date_start <= days[p.panel_id] < p._usage_end())
        return around.browse().union(*(
            some.sorted(lambda p: not p._is_live())[:1]
            for some in running.grouped('panel_id').values()))

    def _current_period(self):
        """The period that runs, of one panel; none where none does."""
        self.ensure_one()
        return self._running_periods()

    # === HELPERS === #

    def _bills_usage(self):
        """Whether anything of it was ever on terms that can cost more than the fee."""
        return any(period.plan_version_id.bills_usage for period in self.period_ids)

    def _usage_instant(self, day):
        return arrears.issue_instant(
            day, self.zone or self._zone_of_customer(), self.company_id.tenant_collection_hours)

    def _usage_ends_on(self):
        """The first local day without usage, once the panel is cancelled or closed."""
        days = [self.service_end, self.closed_on and fields.Date.add(self.closed_on, days=1)]
        return min(filter(None, days), default=False)

    def _derive_next_usage_on(self):
        """The day of the next invoice for usage alone; False for never.

        After the end of service usage is looked at daily, as long as events are kept: what comes
        late or is corrected has no renewal to wait for.
        """
        if not self._bills_usage():
            return False
        rated, end = self.usage_rated_on, self._usage_ends_on()
        ends = [p._usage_end() for p in self.period_ids if p._serves_usage()]
        if not end or self.plan_version_id.usage_invoice == 'at_period_end':
            due = min((day for day in ends if not rated or day > rated), default=False)
            if not end:
                return self.plan_version_id.usage_invoice == 'at_period_end' and due
            if due and due < end:
                return due
        if not rated or rated < end:
            return end
        last = fields.Date.add(end, days=self.company_id.tenant_usage_keep_days)
        return fields.Date.add(rated, days=1) if rated < last else False


def _net_of_caps(items):
    """R32: where a maximum gives back less because less was used, both stand on one invoice as
    lines that make up for each other; only what is less than the maximum is a credit note."""
    less = {item.period: item.amount for item in items if item.kind == CAP and item.amount > 0}
    for item in items:
        if item.kind == CAP or item.amount >= 0 or not less.get(item.period):
            yield item
            continue
        part = min(-item.amount, less[item.period])
        less[item.period] -= part
        yield item._replace(amount=-part, is_offset=True)
        if part < -item.amount:
            yield item._replace(amount=item.amount + part)
