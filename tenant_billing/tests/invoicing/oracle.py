"""A second opinion on panels: what the books alone say (R1 to R5, R9, R13 to R15, R38, R40).

It reads moves, reconciliations, payments, periods' dates, plan versions and holds. It does not read
what billing concluded from them (`settled`, `status`, a panel's `state`, stored dates), nor does it
use billing's own arithmetic. Where history decides, it remembers what it saw itself.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.addons.tenant_billing.tests.invoicing.oracle_facts import (
    GIVEN,
    Books,
    Period,
    is_untouched,
    verdict,
)

# === WHAT A PANEL REMEMBERS === #

@dataclass
class Memory:
    """One panel, as somebody would know it who has watched it from its order on."""

    plan: str
    ordered_zone: str
    phase: str = 'creating'  # creating, running, failed, closed
    ready: bool = False  # the host said that it is created
    money: str = 'active'
    category: str = None  # billing or trial, while money is suspended
    stopped_on: date = None
    stopped_in: Period = None  # the unpaid period in which it was stopped
    confirmed: bool = False
    last_period: int = None  # with which the service of a cancelled panel ends
    service_end: date = None
    ended: bool = False


@dataclass
class Oracle:
    hits: Counter
    panels: dict = field(default_factory=dict)
    books: Books = None
    verdicts: dict = field(default_factory=dict)
    reopened: dict = field(default_factory=dict)
    begun: set = field(default_factory=set)  # free periods that have settled themselves
    was_undated: set = field(default_factory=set)
    now: datetime = None
    returned: dict = field(default_factory=dict)  # (stopped on, stopped in), by panel

    # === THE DAY === #

    def zone(self, panel):
        """R17: of the latest period that has begun, each by its own zone."""
        begun = [p for p in self.live(panel) if p.start <= self.day_in(p.zone)]
        return begun[-1].zone if begun else self.panels[panel].ordered_zone

    def day_in(self, zone):
        return self.now.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()

    def today(self, panel):
        return self.day_in(self.zone(panel))

    # === PERIODS === #

    def version(self, panel):
        return self.books.versions[self.books.on_version[panel]]

    def waiting(self, panel):
        return next((p for p in self.books.periods.values()
                     if p.panel == panel and p.state == 'undated'), None)

    def live(self, panel):
        return [p for p in self.books.periods.values() if p.panel == panel and p.state == 'live']

    def voids(self, panel):
        """Void days that were real ones."""
        return [p for p in self.books.periods.values()
                if p.panel == panel and p.state == 'void' and p.id not in self.was_undated]

    def demand_of(self, period):
        return next((d for d in self.books.demands.values()
                     if d.period == period.id and d.direction == 'advance'), None)

    def demands(self, panel):
        return [d for d in self.books.demands.values() if d.panel == panel]

    def is_paid(self, period, eager=False):
        """Whether a period is settled; eager: free ones as soon as their day has come."""
        demand = self.demand_of(period)
        if demand:
            return self.verdicts[demand.id].status == 'settled'
        if period.kind in GIVEN:
            return True
        return not period.amount and (
            period.id in self.begun or eager and period.start <= self.today(period.panel))

    def paid_through(self, panel, eager=False):
        """R2: the last day of the unbroken chain of settled periods; void days are no gap."""
        if not self.live(panel):
            return None
        paid, reach = None, self.live(panel)[0].start
        for period in self.live(panel):
            if not self.is_bridged(panel, reach, period.start) or not self.is_paid(period, eager):
                break
            paid = reach = period.end
        return paid and paid - timedelta(days=1)

    def is_bridged(self, panel, start, end):
        void = self.voids(panel)
        while start < end:
            step = max((v.end for v in void if v.start <= start < v.end), default=start)
            if step == start:
                return False
            start = step
        return True

    def amount_due(self, panel):
        """R33."""
        return round(sum(self.verdicts[d.id].due for d in self.demands(panel)), 2)

    # === MONEY (R1) === #

    def stop_after(self, panel):
        """R1: the last day without being overdue, and the last day of grace; None for never."""
        return min(filter(None, map(self.stops_after, self.demands(panel))), default=None)

    def stops_after(self, demand):
        """The same for one demand."""
        period = self.books.periods.get(demand.period)
        if (self.verdicts[demand.id].status != 'open' or demand.move_state != 'posted'
                or period and period.state == 'undated'):
            return None
        days = [demand.due, demand.deferred, self.reopened.get(demand.id)]
        if period and period.state == 'live' and demand.direction == 'advance':
            days.append(period.start - timedelta(days=1))
        stop = max(day for day in days if day)
        return stop, stop + timedelta(days=self.books.versions[demand.version].grace)

    def by_r1(self, panel):
        stop, today = self.stop_after(panel), self.today(panel)
        if not stop or today <= stop[0]:
            return 'active'
        return 'grace' if today <= stop[1] else 'suspended'

    def state(self, panel):
        """What people see: a hold first, else money."""
        memory = self.panels[panel]
        if memory.phase != 'running':
            return memory.phase
        return 'suspended' if self.books.holds[panel] else memory.money

    def category(self, panel):
        memory = self.panels[panel]
        if self.state(panel) != 'suspended':
            return {None, False}
        return set(self.books.holds[panel]) or {memory.category}

    # === WATCHING === #

    def look(self, books, now, *, enforced=False, freed=frozenset(), lifted=frozenset()):
        """See what the books say now, and remember what follows from the change.

        :param bool enforced: enforcement has run since the last look
        :param freed: panels whose stop a person lifted, where R1 allows it
        :param lifted: panels of which a hold was lifted: what lay wholly under holds is credited
        """
        before, old_books = self.verdicts, self.books
        self.books, self.now = books, now
        self.verdicts = {d.id: verdict(books, d) for d in books.demands.values()}
        self._note_undated()
        self.returned = {}
        settled = set()
        for demand in books.demands.values():
            is_new = self._flipped(demand, before.get(demand.id))
            if is_new == 'settled' or is_new == 'dead' and demand.panel in lifted:
                settled.add(demand.panel)
        for panel in self.panels:
            for period in self.live(panel):
                fresh = enforced or not old_books or period.id not in old_books.periods
                if fresh and period.start <= self.today(panel) and not period.amount:
                    self.begun.add(period.id)
            deferred = {d.panel for d in self.demands(panel) if old_books and (
                old := old_books.demands.get(d.id)) and old.deferred != d.deferred}
            self._rise(panel, panel in settled | deferred | freed)

    def _note_undated(self):
        self.was_undated = {
            p.id for p in self.books.periods.values()
            if p.state == 'undated' or p.state == 'void' and p.id in self.was_undated}

    def _flipped(self, demand, before):
        """R5: what a demand has become; when it opens again, from which day."""
        now = self.verdicts[demand.id]
        if now.status != 'open':
            self.reopened.pop(demand.id, None)
        elif before and before.status != 'open':
            self.reopened[demand.id] = self.today(demand.panel)
            self.hits['R5'] += 1
        if before and before.status != now.status:
            self.hits['R4'] += 1
        return None if before and before.status == now.status else now.status

    def _rise(self, panel, may_lift):
        """Up it goes at once, down only in the enforcement run (R3, R5, R9, R14)."""
        memory = self.panels[panel]
        if memory.phase == 'creating' and memory.ready and self._may_begin(panel):
            memory.phase = 'running'
            self.hits['R9'] += 1
        if memory.phase != 'running' or memory.money == 'active':
            return
        now = self.by_r1(panel)
        if memory.category == 'trial':
            may_lift = memory.confirmed and self._trial_is_over(panel)
        if memory.money == 'grace' and now == 'active':
            memory.money = now
        elif memory.money == 'suspended' and now != 'suspended':
            self.hits['R3'] += 1
            if may_lift:
                if memory.category == 'billing':
                    self.returned[panel] = (memory.stopped_on, memory.stopped_in)
                memory.money, memory.category = now, None
                memory.stopped_on = memory.stopped_in = None

    def _may_begin(self, panel):
        """R9: under `paid` the first period must be settled."""
        version = self.version(panel)
        if not version.paid_first or version.trial:
            return True
        period = next((p for p in self.books.periods.values()
                       if p.panel == panel and p.state != 'void'), None)
        if not period:
            return False
        return self.is_paid(period, eager=True) or not period.amount and not version.post_zero

    def _trial_is_over(self, panel):
        """R14: it runs again under `created`, or once its first paid period has begun."""
        version = self.version(panel)
        return not version.paid_first or any(
            p.kind not in GIVEN and self.is_paid(p) for p in self.live(panel))

    # === ENFORCEMENT === #

    def enforce(self, panel, now):
        """What the enforcement run must make of the panel, by the books before the run."""
        self.now = now
        memory, today = self.panels[panel], self.today(panel)
        if memory.phase in ('creating', 'failed'):
            self._expire(panel, today)
        if memory.phase != 'running':
            return
        end = self.end_of_service(panel)
        if end and today >= end and not memory.ended:
            memory.ended = True
            self.hits['R38'] += 1
        if memory.money != 'suspended':
            self._go_down(panel, memory, today)
        self._close_after_retention(panel, memory, today)

    def _go_down(self, panel, memory, today):
        before = memory.money
        trial = [p for p in self.live(panel) if p.kind in GIVEN]
        if trial and len(trial) == len(self.live(panel)) and not memory.confirmed and (
                today >= max(p.end for p in trial)):
            memory.money, memory.category, memory.stopped_on = 'suspended', 'trial', today
            self.hits['R14'] += 1
            return
        memory.money = self.by_r1(panel)
        if memory.money != before:
            self.hits['R1'] += 1
        if memory.money == 'suspended':
            memory.category, memory.stopped_on = 'billing', today
            memory.stopped_in = next((
                p for p in self.live(panel)
                if p.start <= today < p.end and not self.is_paid(p, eager=True)), None)

    def _expire(self, panel, today):
        """R9: an order that nobody pays is withdrawn; a payment taken back counts anew (R5)."""
        for demand in self.demands(panel):
            since = max(filter(None, (demand.issued, self.reopened.get(demand.id))))
            expiry = since + timedelta(days=self.books.versions[demand.version].expiry)
            period = self.books.periods[demand.period]
            if period.state == 'undated' and today >= expiry and is_untouched(
                    demand, self.verdicts[demand.id]):
                self.panels[panel].phase = 'closed'
                self.hits['R9'] += 1

    def _close_after_retention(self, panel, memory, today):
        since = self.end_of_service(panel) if memory.ended else (
            memory.stopped_on if memory.money == 'suspended' else None)
        retention = self.version(panel).retention
        if since and today >= since + timedelta(days=retention):
            memory.phase = 'closed'
            self.hits['R40'] += 1

    # === CANCELLING (R38) === #

    def last_owed(self, panel):
        """The last period that has begun, is settled or is partly paid."""
        today = self.today(panel)
        owed = [p for p in self.live(panel) if p.start <= today or self._is_touched(p)]
        return owed[-1] if owed else None

    def _is_touched(self, period):
        demand = self.demand_of(period)
        if not demand:
            return self.is_paid(period)
        return not is_untouched(demand, self.verdicts[demand.id])

    def end_of_service(self, panel):
        """The day after the last one served; it moves along when that period is moved (R13)."""
        memory = self.panels[panel]
        period = self.books.periods.get(memory.last_period)
        if period and period.state == 'live':
            memory.service_end = period.end
        return memory.service_end
