"""What must hold in a story after each look at the books, counted by rule."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.tenant_billing.tests.invoicing.oracle_facts import GIVEN, is_untouched

RULES = (
    'R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7a', 'R7b', 'R8', 'R9', 'R10', 'R11', 'R12', 'R13',
    'R14', 'R15', 'R15a', 'R16', 'R17', 'R18', 'R30', 'R33', 'R35', 'R36', 'R38', 'R39', 'R40',
)


class LoopChecks:
    """Compares billing with the oracle, and the documents with the rules."""

    def __init__(self, story):
        self.story = story
        self.oracle = story.oracle
        self.hits = story.hits
        self.env = story.world.env
        self.old = None
        self.said = {}

    def before_look(self, books):
        self.old, self.books = self.oracle.books, books

    def same(self, ours, expected, what, demand=None):
        if ours != expected:
            of = demand and self.story.name(self.env['tenant.billing.demand'].browse(demand))
            raise AssertionError(f"{what} {of or ''}:\n  billing: {ours}\n  oracle:  {expected}")

    def true(self, condition, what):
        if not condition:
            raise AssertionError(what)

    # === AGREEMENT === #

    def agree(self, enforced):
        """`paid_through`, `amount_due` and `state` after every step."""
        self.ours = self._ours()
        self._demands_agree()
        for panel in self.story.panels:
            ours, memory = self.ours[panel.id], self.oracle.panels[panel.id]
            self._coverage_agrees(panel, ours['paid_through'], enforced)
            due = self.oracle.amount_due(panel.id)
            self.same(round(panel.amount_due, 2), due, f"R33 amount due of {panel.name}")
            self.same(ours['state'], self.oracle.state(panel.id), f"R1 state of {panel.name}")
            if ours['suspension_category'] not in self.oracle.category(panel.id):
                self.same(ours['suspension_category'], self.oracle.category(panel.id),
                          f"category of {panel.name}")
            if enforced or memory.phase == 'running':
                stop = self.oracle.stop_after(panel.id)
                self.same(ours['stop_after'], stop and stop[0], f"R1 stop after of {panel.name}")
            self._count(panel, memory, due)
        self._documents()

    def _ours(self):
        self.env.cr.execute("""
            SELECT id, state, suspension_category, paid_through, stop_after, billing_error
              FROM tenant_panel WHERE id = ANY(%s)""", [[p.id for p in self.story.panels]])
        rows = self.env.cr.dictfetchall()
        for row in rows:
            self.same(row['billing_error'], None, "what billing could not do")
        return {row['id']: row for row in rows}

    def _demands_agree(self):
        self.env.cr.execute(
            "SELECT id, status, amount_open, reopened_on FROM tenant_billing_demand")
        for demand_id, status, due, reopened in self.env.cr.fetchall():
            says = self.oracle.verdicts[demand_id]
            self.same((status, round(due, 2)), tuple(says), "R4", demand_id)
            self.same(reopened, self.oracle.reopened.get(demand_id), "R5 reopened", demand_id)
            self.hits['R6'] += 1

    def _coverage_agrees(self, panel, ours, enforced):
        eager = self.oracle.paid_through(panel.id, eager=True)
        if enforced or ours != eager:
            lazy = eager if enforced else self.oracle.paid_through(panel.id)
            self.same(ours, lazy, f"R2 paid through of {panel.name}")

    def _count(self, panel, memory, due):
        oracle = self.oracle
        live = oracle.live(panel.id)
        unpaid = [p for p in live if not oracle.is_paid(p, eager=True)]
        if unpaid and any(oracle.is_paid(p) and p.start > unpaid[0].start for p in live):
            self.hits['R2'] += 1
        if len([d for d in oracle.demands(panel.id) if oracle.verdicts[d.id].due]) > 1:
            self.hits['R33'] += 1
        if memory.phase == 'running' and memory.money == 'active' and (
                oracle.by_r1(panel.id) != 'active'):
            self.hits['R8'] += 1
        if oracle.day_in('Asia/Dhaka') != oracle.today(panel.id):
            self.hits['R17'] += 1
        before = self.said.get(panel.id)
        if before == 'closed':
            self.same(memory.phase, 'closed', f"R40 {panel.name} is closed for ever")
        self.said[panel.id] = memory.phase

    # === DOCUMENTS === #

    def _documents(self):
        old = self.old
        for demand in self.books.demands.values():
            if not old or demand.id not in old.demands:
                self._check_demand(demand, self.books.periods[demand.period])
        for panel in self.story.panels:
            ahead = [d for d in self.oracle.demands(panel.id) if self._is_ahead(d)]
            self.true(len(ahead) <= 1, f"R11 two unpaid advances ahead for {panel.name}")
            if panel.id in self.oracle.returned:
                self._check_return(panel.id, *self.oracle.returned[panel.id])
            fresh = [p for p in self.oracle.live(panel.id) if old and p.id not in old.periods]
            self._check_versions(panel.id, fresh)
            for period in fresh:
                self._check_period(period)

    def _is_ahead(self, demand):
        period = self.books.periods[demand.period]
        return (self.oracle.verdicts[demand.id].status == 'open' and period.state == 'live'
                and period.start > self.oracle.today(demand.panel))

    def _check_demand(self, demand, period):
        oracle, panel = self.oracle, demand.panel
        version = self.books.versions[demand.version]
        move = self.env['account.move'].browse(demand.move)
        self.same(demand.issued, oracle.today(panel), f"R12 day of issue of {move.name}")
        start = demand.issued if period.state == 'undated' else max(period.start, demand.issued)
        self.same(demand.due, start + timedelta(days=version.terms), f"R12 due date of {move.name}")
        if period.state == 'live' and period.start < demand.issued:
            self.hits['R12'] += 1
        line = move.invoice_line_ids
        self.same((len(line), line.quantity, Decimal(str(line.price_unit))),
                  (1, 1, self._price(period, version)), f"R30 line of {move.name}")
        self.hits['R30'] += 1
        self.true(demand.total or version.post_zero, f"R16 {move.name} asks for nothing")
        currency = self.env['tenant.plan.version'].browse(version.id).currency_id
        self.same(demand.currency, currency.name, f"R18 currency of {move.name}")
        self.hits['R18'] += currency != move.company_id.currency_id
        memory = oracle.panels[panel]
        self.true(memory.phase != 'closed', f"R40 {move.name} is issued after closing")
        end = oracle.end_of_service(panel)
        self.true(not end or period.start < end, f"R38 {move.name} is issued after the service")
        self.hits['R11'] += period.start == demand.issued + timedelta(days=version.lead)

    def _price(self, period, version):
        price = Decimal(str(version.price))
        if version.anchor == 'calendar':
            whole = monthrange(period.start.year, period.start.month)[1]
            price = price * (period.end - period.start).days / whole
            self.hits['R10'] += period.start.day > 1
        return price.quantize(Decimal('0.01'), ROUND_HALF_UP)

    def _check_period(self, period):
        """R10: cycle and anchor; R17: the customer's zone; R12: no day twice."""
        what = f"of the period {period.start} to {period.end}"
        if period.kind not in GIVEN and not self._is_revived(period):
            version = self.books.versions[period.version]
            self.true(self._is_whole(period, version), f"R10 end {what}")
        self.same(period.zone, self.books.customer_zone[period.panel], f"R17 zone {what}")
        self.hits['R16'] += not period.amount and period.kind not in GIVEN
        for void in self.oracle.voids(period.panel):
            if not void.rebill and not self._is_revived(period):
                self.true(void.end <= period.start or period.end <= void.start,
                          f"R12 days {what} may not be billed again")

    def _is_revived(self, period):
        """Whether it took the place of a void one, for a demand that is older."""
        demand = self.oracle.demand_of(period)
        return bool(demand and self.old and demand.id in self.old.demands)

    def _is_whole(self, period, version):
        if version.anchor == 'calendar':
            return period.end == add_months(period.start.replace(day=1), 1, 1)
        if version.cycle == 'week':
            return period.end == period.start + timedelta(days=7)
        known = self.oracle.live(period.panel) + self.oracle.voids(period.panel)
        anchors = {p.start.day for p in known if p.start <= period.start}
        return any(period.end == add_months(period.start, 1, day) for day in anchors
                   if period.start.day == min(day, monthrange(
                       period.start.year, period.start.month)[1]))

    def _check_versions(self, panel, fresh):
        """R36: the newest version that has come into force, whose notice has run out, and that
        was published before the day of issue."""
        if not self.old or panel not in self.old.on_version:
            return
        current = self.books.versions.get(self.old.on_version[panel])
        for period in fresh:
            if period.kind in GIVEN or self._is_revived(period):
                continue
            if self.books.versions[period.version].plan != current.plan:
                return
            reaching = [
                v for v in self.books.versions.values()
                if v.plan == current.plan and (v.effective, v.id) > (current.effective, current.id)
                and v.effective <= period.start
                and v.published + timedelta(days=v.notice) <= period.start
                and period.start - timedelta(days=current.lead) > v.published]
            expected = max(reaching, key=lambda v: (v.effective, v.id), default=current)
            self.same(period.version, expected.id, f"R36 version from {period.start}")
            self.hits['R36'] += expected != current
            current = expected

    def _check_return(self, panel, stopped_on, stopped_in):
        """R13: what became of the dates when a settlement ended the stop."""
        oracle, day = self.oracle, self.oracle.today(panel)
        version, end = oracle.version(panel), oracle.end_of_service(panel)
        if end and end <= day:
            return
        if not version.restart:
            for period in oracle.live(panel):
                old = self.old.periods.get(period.id, period)
                self.same((period.start, period.end), (old.start, old.end), "R13 dates stay")
                self.true(not (stopped_on <= period.start and period.end <= day
                               and self._is_owed(period)),
                          f"R13 {period.start} to {period.end} lies in the stop")
        elif stopped_in and self.books.periods[stopped_in.id].state == 'live':
            start = max(day - (stopped_on - stopped_in.start), stopped_in.start)
            self._check_moved(panel, stopped_in.start, start, version)
        self.hits['R13'] += 1

    def _is_owed(self, period):
        """Whether nobody has paid anything of the period, and it was not given."""
        demand = self.oracle.demand_of(period)
        if demand:
            return is_untouched(demand, self.oracle.verdicts[demand.id])
        return period.kind not in GIVEN

    def _check_moved(self, panel, old_start, start, version):
        """The period in which it was stopped begins later, the next ones follow in order."""
        for period in [p for p in self.oracle.live(panel) if p.start >= old_start]:
            end = period.start + timedelta(days=7) if version.cycle == 'week' else None
            self.same(period.start, start, f"R13 start after the stop of {panel}")
            if period.kind not in GIVEN and end:
                self.same(period.end, end, "R13 end after the stop")
            start = period.end
        self.true(self.oracle.is_bridged(panel, old_start, self._first(panel, old_start)),
                  "R13 the days of the stop are void")

    def _first(self, panel, day):
        return min(p.start for p in self.oracle.live(panel) if p.start >= day)

    # === CLOSING (R40) === #

    def before_closing(self, panel, credit_rest):
        """What must be left to pay for the days served, or be credited for the others."""
        memory, today = self.oracle.panels[panel.id], self.oracle.today(panel.id)
        first_unserved = memory.stopped_on or today
        expected = []
        for period in self.oracle.live(panel.id):
            demand = self.oracle.demand_of(period)
            says = demand and self.oracle.verdicts[demand.id]
            whole = (period.end - period.start).days
            unserved = (period.end - max(period.start, first_unserved)).days
            if not says or unserved <= 0 or self.books.notes[demand.move] or (
                    self.books.holds[panel.id] or demand.move_state != 'posted'):
                continue
            if is_untouched(demand, says):
                expected.append((demand, 'due', demand.total * (whole - unserved) / whole))
            elif says.status == 'settled' and credit_rest and demand.total:
                expected.append((demand, 'note', demand.total * unserved / whole))
        return expected

    def after_closing(self, expected):
        for demand, kind, amount in expected:
            notes = sum(total for total, _reason, _id in self.books.notes[demand.move])
            ours = self.oracle.verdicts[demand.id].due if kind == 'due' else notes
            self.true(abs(ours - amount) < 0.03, f"R40 {kind}: {ours}, not {amount}")

    # === AFTER AN ACTION === #

    def after_action(self, name):
        getattr(self, f'_after_{name}', lambda: None)()

    def _after_enforce(self):
        for panel in self.story.panels:
            memory, today = self.oracle.panels[panel.id], self.oracle.today(panel.id)
            if memory.phase == 'running' and memory.ended:
                self.true('request' in self.books.holds[panel.id], f"R38 no hold on {panel.name}")
            if memory.phase == 'running' and memory.category == 'billing':
                for period in self.oracle.live(panel.id):
                    demand = self.oracle.demand_of(period)
                    begun = memory.stopped_on < period.start <= today
                    self.true(not (begun and demand and is_untouched(
                        demand, self.oracle.verdicts[demand.id])),
                        f"R11 {panel.name}: {period.start} began while stopped, is not credited")

    def _after_settle(self):
        """R7a: nobody has both free credit and an open demand, nor an open invoice its own note."""
        due = [demand for demand, says in self.oracle.verdicts.items() if says.due]
        self.env.cr.execute("""
            SELECT p.name, credit.move_name, asked.move_name
              FROM account_move_line asked
              JOIN tenant_billing_demand d ON d.move_id = asked.move_id
              JOIN tenant_panel p ON p.id = d.panel_id
              JOIN account_account a ON a.id = asked.account_id
                   AND a.account_type = 'asset_receivable'
              JOIN account_move_line credit ON credit.account_id = asked.account_id
                   AND credit.partner_id = asked.partner_id
                   AND credit.currency_id = asked.currency_id
                   AND credit.company_id = asked.company_id
              JOIN account_move m ON m.id = credit.move_id
             WHERE (d.id = ANY(%s) OR m.reversed_entry_id = asked.move_id)
               AND asked.parent_state = 'posted' AND credit.parent_state = 'posted'
               AND asked.amount_residual_currency > 0.004
               AND credit.amount_residual_currency < -0.004
               AND NOT COALESCE(m.tenant_hold_for_refund, FALSE)
               AND (m.move_type = 'out_refund' OR m.origin_payment_id IS NOT NULL)
               AND NOT EXISTS (SELECT FROM account_payment test
                                WHERE test.id = m.origin_payment_id
                                  AND test.payment_transaction_id IS NOT NULL)""", [due])
        self.same(self.env.cr.fetchall(), [], "R7a credit that is not used")
        self._check_oldest_first()

    def _check_oldest_first(self):
        """R7a: where credit was used, nothing older is open."""
        panels = {panel.id: panel for panel in self.story.panels}
        kin = {}
        for demand in self.books.demands.values():
            panel = panels[demand.panel]
            key = (panel.partner_id, panel.company_id, demand.currency)
            kin.setdefault(key, []).append((demand.due, demand.id, demand))
        for group in kin.values():
            older_due = False
            for _due, _id, demand in sorted(group):
                used = len(self.books.matches[demand.move]) > len(self.old.matches[demand.move])
                self.hits['R7a'] += used
                self.true(not (used and older_due), "R7a the oldest demand is paid first")
                older_due = older_due or self.oracle.verdicts[demand.id].due

    def _after_remind(self):
        """R35: each reminder names the days, and goes out on its day."""
        self.env.cr.execute("""
            SELECT demand_id, kind, COALESCE(days_before, 0), stop_after, stops_on, queued_on
              FROM tenant_reminder WHERE stops_on IS NOT NULL""")
        told = set()
        for demand_id, kind, days, stop, stops_on, queued in self.env.cr.fetchall():
            grace = self.books.versions[self.books.demands[demand_id].version].grace
            told.add((demand_id, kind, days, stop))
            self.same(stops_on, stop + timedelta(days=grace + 1), "R35 first stopped day")
            first = {'before': -days, 'overdue': 1, 'last': grace}.get(kind)
            self.true(kind == 'issued' or queued >= stop + timedelta(days=first), "R35 too early")
        for panel in self.story.panels:
            self._check_reminded(panel, told)

    def _check_reminded(self, panel, told):
        oracle, today = self.oracle, self.oracle.today(panel.id)
        stop = oracle.stop_after(panel.id)
        if oracle.state(panel.id) not in ('active', 'grace') or not stop:
            return
        stoppers = [d for d in oracle.demands(panel.id) if oracle.stops_after(d) == stop]
        days = (today - stop[0]).days
        grace = (stop[1] - stop[0]).days
        points = {-7: ('before', 7), -3: ('before', 3), -1: ('before', 1), grace: ('last', 0)}
        if grace:
            points[1] = ('overdue', 0)
        if days in points and days and len(stoppers) == 1 and stoppers[0].issued < today:
            self.true((stoppers[0].id, *points[days], stop[0]) in told,
                      f"R35 {panel.name} is not reminded on {today}")
            self.hits['R35'] += 1

    def _after_renew(self):
        """R11, R12: what is due to be issued is issued, and the panel's day is in a period."""
        for panel in self.story.panels:
            memory, today = self.oracle.panels[panel.id], self.oracle.today(panel.id)
            if memory.phase != 'running' or self.oracle.state(panel.id) == 'suspended':
                continue
            live = self.oracle.live(panel.id)
            if not memory.confirmed and all(p.kind in GIVEN for p in live):
                continue
            end = self.oracle.end_of_service(panel.id)
            cover = max(p.end for p in live + [
                v for v in self.oracle.voids(panel.id) if not v.rebill])
            if end and cover >= end or any(
                    self._is_ahead(d) for d in self.oracle.demands(panel.id)):
                continue
            lead = self.books.versions[self.books.on_version[panel.id]].lead
            self.true(cover - timedelta(days=lead) > today, f"R11 {panel.name}: {cover} not issued")

    def line(self, panel):
        """A panel in one line of the story."""
        ours = self.ours[panel.id]
        periods = ", ".join(
            f"{p.start:%d %b}-{p.end:%d %b}{' ' + p.kind if p.kind in GIVEN else ''}"
            f"{'' if p.state == 'live' else ' ' + p.state}"
            f"{'' if p.state == 'void' else ' paid' if self.oracle.is_paid(p) else ' open'}"
            for p in self.books.periods.values() if p.panel == panel.id)
        return (f"{panel.name}: {ours['state']} {ours['suspension_category'] or ''} "
                f"through {ours['paid_through']} due {panel.amount_due} "
                f"stop after {ours['stop_after']} [{periods}]")


def add_months(day, months, anchor_day):
    """The anchor's day some months later, or the month's last."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))
