from collections import Counter
from os import environ

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import add_days
from odoo.addons.tenant_billing.tests.invoicing.loop_checks import RULES
from odoo.addons.tenant_billing.tests.invoicing.loop_story import Story, step
from odoo.addons.tenant_billing.tests.invoicing.loop_world import ACTIONS, PLANS, LoopWorld
from odoo.addons.tenant_billing.tests.invoicing.oracle_facts import UNSETTLING

SOAK = environ.get('TENANT_BILLING_SOAK') == '1'
RUNS = 1000 if SOAK else 100
STEPS = 30
DAYS = ['2026-01-05', '2026-01-31', '2027-11-29', '2028-02-29']  # the first days of the stories
# The hour of the clock in Dhaka: at 1 and 12 it is still the day before in Los Angeles.
HOURS = st.sampled_from([12, 1, 23])
ORDERED = [*PLANS, 'weekly', 'monthly', 'free']
REASONS = ['goodwill', 'price', 'not_delivered', 'cancelled', 'chargeback', False]
HOLDS = ['pause', 'maintenance', 'abuse', 'request']


class Loop(Story):
    """Two to four panels, some weeks or months, and everything that may happen to them."""

    # === ORDERS === #

    @initialize(data=st.data(), day=st.sampled_from(DAYS), ends=st.integers(0, 4))
    @step
    def begin(self, data, day, ends):
        self.ends_checked = ends == 4
        self.world.set_clock(day)
        for tenant in ('Jashore', data.draw(st.sampled_from(['Jashore', 'Reno']))):
            panel = self.order(self.draw(data, ORDERED, 'plan'), tenant)
            self.look()
            for demand in self.payable():
                if demand.panel_id == panel:
                    self.pay_demand(demand, self.due(demand))
            self.mark_created(panel)
            self.look()

    @precondition(lambda self: len(self.panels) < 4)
    @rule(plan=st.sampled_from(ORDERED), tenant=st.sampled_from(['Jashore', 'Reno']))
    @step
    def order_another(self, plan, tenant):
        self.order(plan, tenant)

    @precondition(lambda self: self.having(phase=('creating',)))
    @rule(data=st.data())
    @step
    def host_is_ready(self, data):
        self.mark_created(self.pick(data, phase=('creating',)))

    @precondition(lambda self: self.having(phase=('creating',)))
    @rule(data=st.data())
    @step
    def host_fails(self, data):
        panel = self.pick(data, phase=('creating',))
        self.say(f"{panel.name} fails")
        self.memory(panel).phase, self.memory(panel).ready = 'failed', False
        panel.action_mark_failed("No disk")
        self.hits['R9'] += 1

    @precondition(lambda self: self.having(phase=('failed',)))
    @rule(data=st.data())
    @step
    def host_tries_again(self, data):
        panel = self.pick(data, phase=('failed',))
        self.say(f"{panel.name} is tried again")
        self.memory(panel).phase = 'creating'
        panel.action_retry()

    # === TIME === #

    @rule(days=st.integers(1, 12), hour=HOURS)
    @step
    def nobody_works(self, days, hour):
        self.pass_days(days, hour)

    @rule(days=st.integers(1, 9), hour=HOURS)
    @step
    def days_go_by(self, days, hour):
        self.days_pass_and_actions_run(days, hour)

    def days_pass_and_actions_run(self, days, hour):
        self.pass_days(days, hour)
        for name in ('settle', 'enforce', 'renew'):
            self.run_action(name)

    @rule(days=st.integers(7, 30), hour=HOURS)
    @step
    def weeks_go_by(self, days, hour):
        self.days_pass_and_actions_run(days, hour)

    @rule(days=st.integers(2, 5))
    @step
    def day_by_day(self, days):
        for _day in range(days):
            self.pass_days(1, 12)
            for name in ('enforce', 'renew', 'remind'):
                self.run_action(name)

    @rule(names=st.lists(st.sampled_from(['settle', 'enforce', 'renew', 'remind']),
                         min_size=1, max_size=3))
    @step
    def actions_run(self, names):
        for name in names:
            self.run_action(name)

    @rule(name=st.sampled_from(list(ACTIONS)))
    @step
    def action_runs_twice(self, name):
        self.run_action(name)
        before = self.world._picture()
        self.run_action(name, again=True)
        self.checks.same(self.world._picture(), before, f"{name}, run again")

    # === MONEY === #

    @precondition(lambda self: self.payable())
    @rule(data=st.data(), share=st.sampled_from([1.0, 1.0, 1.0, 0.5, 0.1]))
    @step
    def pay(self, data, share):
        demand = self.draw(data, self.payable(), 'demand')
        self.pay_demand(demand, round(self.due(demand) * share, 2))

    @precondition(lambda self: self.payable())
    @rule(data=st.data())
    @step
    def pay_all(self, data):
        """A tenant pays everything, as the Pay page asks."""
        panel = self.draw(data, self.payable(), 'demand').panel_id
        for demand in [d for d in self.payable() if d.panel_id == panel]:
            self.pay_demand(demand, self.due(demand))
            self.look()

    @precondition(lambda self: self.payable())
    @rule(data=st.data())
    @step
    def pay_twice(self, data):
        demand = self.draw(data, self.payable(), 'demand')
        amount = self.due(demand)
        self.pay_demand(demand, amount)
        self.say("and paid once more")
        self.payments |= self.world.money(demand.panel_id, amount)

    @precondition(lambda self: self.panels)
    @rule(data=st.data(), amount=st.sampled_from([30.0, 575.0, 2000.0]), is_note=st.booleans())
    @step
    def credit_comes(self, data, amount, is_note):
        panel = self.pick(data)
        if is_note:
            self.say(f"{panel.partner_id.name} gets a credit note over {amount} of no invoice")
            self.world.other_note(panel, amount)
        else:
            self.say(f"{amount} comes from {panel.partner_id.name}")
            self.payments |= self.world.money(panel, amount)

    @precondition(lambda self: self.payable())
    @rule(data=st.data())
    @step
    def test_money_comes(self, data):
        demand = self.draw(data, self.payable(), 'demand')
        self.say(f"{self.name(demand)} is paid with test money")
        payment = self.world.money(demand.panel_id, self.due(demand), test=True)
        self.payments |= payment
        self.world.assign(payment.move_id, demand.move_id)
        self.hits['R7b'] += 1

    def money_of(self, *states):
        return [p for p in self.payments if p.state in states]

    @precondition(lambda self: self.money_of('in_process', 'paid'))
    @rule(data=st.data())
    @step
    def payment_is_cancelled(self, data):
        payment = self.draw(data, self.money_of('in_process', 'paid'), 'payment')
        self.say(f"payment {payment.name} of {payment.amount} is cancelled")
        payment.action_cancel()

    @precondition(lambda self: self.money_of('in_process', 'paid', 'draft'))
    @rule(data=st.data())
    @step
    def payment_to_draft_or_back(self, data):
        payment = self.draw(data, self.money_of('in_process', 'paid', 'draft'), 'payment')
        self.say(f"payment {payment.name}: to draft or posted again")
        if payment.state == 'draft':
            payment.action_post()
        else:
            payment.action_draft()

    # === THE BOOKS === #

    @precondition(lambda self: self.posted('open', 'settled'))
    @rule(data=st.data())
    @step
    def unreconcile(self, data):
        demand = self.draw(data, self.posted('open', 'settled'), 'demand')
        self.say(f"{self.name(demand)} is unreconciled")
        self.world.unreconcile(demand.move_id)

    @precondition(lambda self: self.all_demands(('open', 'settled')))
    @rule(data=st.data())
    @step
    def invoice_to_draft_or_back(self, data):
        drafts = [d for d in self.all_demands(('open',)) if d.move_id.state == 'draft']
        demand = self.draw(data, drafts or self.all_demands(('open', 'settled')), 'demand')
        self.say(f"invoice {self.name(demand)}: to draft or posted again")
        if demand.move_id.state == 'draft':
            demand.move_id.action_post()
        else:
            demand.move_id.button_draft()

    @precondition(lambda self: self.creditable())
    @rule(data=st.data(), lines=st.sampled_from([1.0, 1.0, 0.4]), reason=st.sampled_from(REASONS))
    @step
    def own_credit(self, data, lines, reason):
        demand = self.draw(data, self.creditable(), 'demand')
        self.say(f"{self.name(demand)} is credited, {lines:.0%}, for {reason}")
        was_settled = self.oracle.verdicts[demand.id].status == 'settled'
        self.world.credit(demand.move_id, lines=lines, reason=reason)
        self.look()
        if was_settled and (reason not in UNSETTLING or lines < 1):
            self.checks.same(demand.status, 'settled', "R39 no dates move")
            self.hits['R39'] += 1

    def creditable(self):
        return [d for d in self.posted('open', 'settled') if d.amount]

    @precondition(lambda self: [
        d for d in self.payable() if d.company_id.currency_id == d.currency_id])
    @rule(data=st.data(), amount=st.sampled_from([3.0, None]))
    @step
    def bad_debt(self, data, amount):
        demand = self.draw(data, [
            d for d in self.payable() if d.company_id.currency_id == d.currency_id], 'demand')
        self.say(f"{amount or 'all'} of {self.name(demand)} is booked as bad debt")
        self.world.write_off(demand.move_id, amount and min(amount, self.due(demand)))

    # === WHAT PERSONS DO === #

    @precondition(lambda self: self.posted('open', phases=('running',)))
    @rule(data=st.data(), days=st.integers(0, 20))
    @step
    def defer(self, data, days):
        demand = self.draw(data, self.posted('open', phases=('running',)), 'demand')
        until = add_days(demand.panel_id._today(), days)
        self.say(f"{self.name(demand)} is deferred until {until}")
        self.world.settle_by(demand, 'defer', until=until)
        self.hits['R15a'] += 1

    @precondition(lambda self: self.payable_here())
    @rule(data=st.data(), kind=st.sampled_from(['write_off', 'credit']),
          afterwards=st.sampled_from(['lift', 'lift', 'close']))
    @step
    def wizard(self, data, kind, afterwards):
        demand = self.draw(data, self.payable_here(), 'demand')
        panel = demand.panel_id
        self.say(f"wizard: {kind} {self.name(demand)}, {afterwards}")
        if afterwards == 'close':
            self.close_memory(panel)
        else:
            self.freed = {panel.id}
        self.world.settle_by(demand, kind, afterwards=afterwards)

    def payable_here(self):
        return [d for d in self.payable() if self.memory(d.panel_id).phase != 'closed']

    @precondition(lambda self: self.stopped_without_reason())
    @rule(data=st.data())
    @step
    def run_again(self, data):
        panel = self.draw(data, self.stopped_without_reason(), 'panel')
        self.say(f"{panel.name} runs again")
        self.freed = {panel.id}
        panel.action_run_again()

    def stopped_without_reason(self):
        return [p for p in self.having(phase=('running',))
                if self.memory(p).category == 'billing' and self.oracle.by_r1(p.id) != 'suspended']

    @precondition(lambda self: self.having(phase=('running',)))
    @rule(data=st.data(), category=st.sampled_from(HOLDS))
    @step
    def hold(self, data, category):
        panel = self.pick(data, phase=('running',))
        self.say(f"{panel.name} is held: {category}")
        panel.action_hold(category, "A reason")

    @precondition(lambda self: self.held())
    @rule(data=st.data(), which=st.sampled_from(['all', 'one']))
    @step
    def lift(self, data, which):
        panel = self.draw(data, self.held(), 'panel')
        holds = panel.open_hold_ids.sorted('id')
        chosen = holds if which == 'all' else holds[:1]
        self.say(f"{panel.name}: lifted {chosen.mapped('category')}")
        if any(chosen.mapped('ends_service')):
            self.go_on(panel)
        self.lifted = {panel.id}
        panel.action_lift() if which == 'all' else panel.action_lift(chosen.id)

    def held(self):
        return [p for p in self.having(phase=('running',)) if self.oracle.books.holds[p.id]]

    def go_on(self, panel):
        memory = self.memory(panel)
        memory.last_period = memory.service_end = None
        memory.ended = False

    @precondition(lambda self: self.served())
    @rule(data=st.data(), days=st.integers(1, 12))
    @step
    def grant(self, data, days):
        panel = self.draw(data, self.served(), 'panel')
        self.say(f"{panel.name}: {days} days are granted")
        panel.action_grant(days, "A reason")
        self.hits['R15a'] += 1

    @precondition(lambda self: self.not_begun_grants())
    @rule(data=st.data())
    @step
    def take_back(self, data):
        period = self.draw(data, self.not_begun_grants(), 'period')
        self.say(f"{period.panel_id.name}: granted days {period.display_name} are taken back")
        period.action_take_back()

    def not_begun_grants(self):
        """Those after which nothing was issued."""
        last = [p for panel in self.having(phase=('running',))
                for p in self.oracle.live(panel.id)[-1:]]
        return [self.world.env['tenant.billing.period'].browse(p.id) for p in last
                if p.kind == 'granted' and p.start > self.oracle.today(p.panel)]

    @precondition(lambda self: self.plans_in_use())
    @rule(data=st.data(), price=st.sampled_from([800.0, 33.33]), ahead=st.integers(0, 8),
          notice=st.sampled_from([0, 3, 10]))
    @step
    def new_version(self, data, price, ahead, notice):
        name = self.draw(data, self.plans_in_use(), 'plan')
        plan = self.world.plans[name]
        today = plan.company_id._tenant_today()
        self.say(f"plan {name}: {price} from {add_days(today, ahead)}, notice {notice}")
        terms = {**PLANS[name][2], 'notice_days': notice,
                 'effective_from': add_days(today, ahead)}
        self.world.new_version(plan, price, **terms)

    def plans_in_use(self):
        return [name for name in PLANS if PLANS[name][1] and any(
            self.memory(p).plan == name for p in self.having(phase=('running',)))]

    def served(self):
        """The panels that are not cancelled and have a period that has begun."""
        return [p for p in self.having(phase=('running',), going_on=True)
                if self.oracle.last_owed(p.id)]

    @precondition(lambda self: self.served())
    @rule(data=st.data())
    @step
    def cancel(self, data):
        panel = self.draw(data, self.served(), 'panel')
        memory, last = self.memory(panel), self.oracle.last_owed(panel.id)
        self.say(f"{panel.name} is cancelled, service ends {last.end}")
        memory.last_period, memory.service_end = last.id, last.end
        panel.action_cancel()

    @precondition(lambda self: self.resumable())
    @rule(data=st.data())
    @step
    def resume(self, data):
        panel = self.draw(data, self.resumable(), 'panel')
        self.say(f"{panel.name} is resumed")
        self.go_on(panel)
        panel.action_resume()

    def resumable(self):
        return [p for p in self.having(phase=('running',)) if self.memory(p).last_period
                and self.oracle.today(p.id) < self.oracle.end_of_service(p.id)]

    @precondition(lambda self: self.steps > 12 and self.having(
        phase=('creating', 'running', 'failed')))
    @rule(data=st.data(), credit_rest=st.booleans())
    @step
    def close(self, data, credit_rest):
        panel = self.pick(data, phase=('creating', 'running', 'failed'))
        self.say(f"{panel.name} is closed, rest credited: {credit_rest}")
        expected = self.checks.before_closing(panel, credit_rest)
        self.close_memory(panel)
        panel.action_close("A reason", credit_rest)
        self.look()
        self.checks.after_closing(expected)

    def close_memory(self, panel):
        self.memory(panel).phase = 'closed'
        self.hits['R40'] += 1

    @precondition(lambda self: self.trials())
    @rule(data=st.data())
    @step
    def confirm_trial(self, data):
        panel = self.draw(data, self.trials(), 'panel')
        self.say(f"{panel.name} goes on after its trial")
        self.memory(panel).confirmed = True
        self.hits['R14'] += 1
        panel.action_confirm_trial()

    def trials(self):
        return [p for p in self.having(phase=('running',), going_on=True)
                if not self.memory(p).confirmed
                and any(q.kind == 'trial' for q in self.oracle.live(p.id))]

    @precondition(lambda self: self.free_ones())
    @rule(data=st.data(), plan=st.sampled_from(['weekly', 'monthly']))
    @step
    def upgrade(self, data, plan):
        panel = self.draw(data, self.free_ones(), 'panel')
        self.say(f"{panel.name} is upgraded to {plan}")
        panel.action_upgrade(self.world.plans[plan].id)
        self.hits['R15'] += 1

    def free_ones(self):
        """Running ones that pay nothing and have ordered nothing else."""
        return [p for p in self.served() if self.oracle.state(p.id) != 'suspended'
                and self.oracle.version(p.id).price == 0 and self.memory(p).plan == 'free'
                and not self.oracle.waiting(p.id)]

    @rule(zone=st.sampled_from(['America/Los_Angeles', 'Asia/Dhaka', 'Europe/Berlin']))
    @step
    def customer_moves(self, zone):
        self.say(f"Reno moves to {zone}")
        self.world.profile.tz = zone


@tagged('post_install', '-at_install')
class TestStatefulLoop(LoopWorld):
    """Many stories against an oracle; each rule is met, and counted."""

    def test_stories_agree_with_the_oracle(self):
        Loop.world, Loop.hits = self, Counter()
        Loop.runs = Loop.all_steps = Loop.checked_ends = 0
        self._stop_clock()
        with self.enter_registry_test_mode():
            run_state_machine_as_test(Loop, settings=settings(
                max_examples=RUNS, stateful_step_count=STEPS, derandomize=not SOAK, database=None,
                deadline=None, suppress_health_check=list(HealthCheck), print_blob=False,
                report_multiple_bugs=False, phases=[Phase.generate, Phase.shrink]),
                _min_steps=STEPS)
        table = "\n".join(f'{rule:5}{Loop.hits[rule]:7}' for rule in RULES)
        print(f"{Loop.runs} runs, {Loop.all_steps} steps\n{table}")  # noqa: T201
        self.assertGreaterEqual(Loop.runs, RUNS)
        self.assertEqual([rule for rule in RULES if not Loop.hits[rule]], [], table)
