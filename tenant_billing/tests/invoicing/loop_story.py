"""How a story of steps is run, watched and told."""

from datetime import timedelta
from functools import wraps

from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.stateful import RuleBasedStateMachine
from odoo import fields

from odoo.addons.tenant_billing.tests.invoicing.loop_checks import LoopChecks
from odoo.addons.tenant_billing.tests.invoicing.loop_world import ACTIONS
from odoo.addons.tenant_billing.tests.invoicing.oracle import Memory, Oracle
from odoo.addons.tenant_billing.tests.invoicing.oracle_facts import read_books


def step(method):
    """A step of the story: told, done, then the oracle is asked."""
    @wraps(method)
    def told(self, *args, **kwargs):
        self.steps += 1
        try:
            method(self, *args, **kwargs)
            if not self.has_looked:
                self.look()
        except HypothesisException:
            raise
        except Exception as error:
            self.failed = True
            raise AssertionError(f"{error}\n\nThe story:\n{self.tell()}") from error
    return told


class Story(RuleBasedStateMachine):
    """Two or three panels, some weeks or months, and everything that may happen to them."""

    world = None  # the test case
    hits = None
    runs = 0
    all_steps = 0
    checked_ends = 0

    # === ONE STORY === #

    def __init__(self):
        super().__init__()
        self.world.set_clock('2026-01-01')
        self.savepoint = self.world.env.cr.savepoint()
        self.oracle = Oracle(self.hits)
        self.panels = []
        self.payments = self.world.env['account.payment']
        self.story = []
        self.lines = {}
        self.steps = 0
        self.freed, self.lifted = set(), set()
        self.ends_checked = self.failed = self.has_looked = False
        self.checks = LoopChecks(self)
        type(self).runs += 1

    def teardown(self):
        try:
            if self.ends_checked and not self.failed:
                self.check_nothing_left()
        except Exception as error:
            raise AssertionError(f"{error}\n\nThe story:\n{self.tell()}") from error
        finally:
            self.savepoint.rollback()
            self.savepoint.close()
            self.world.env.invalidate_all(flush=False)
            self.world._stop_clock()  # between stories hypothesis needs the real time
            type(self).all_steps += self.steps

    def check_nothing_left(self):
        """Law 3: after two rounds of all actions, a third one changes nothing."""
        for _round in range(2):
            for name in ACTIONS:
                self.run_action(name)
        before = self.world._picture()
        for name in ACTIONS:
            self.run_action(name)
        self.checks.same(self.world._picture(), before, "All actions, run again")
        type(self).checked_ends += 1

    def say(self, text):
        self.has_looked = False
        self.story.append(f"{fields.Datetime.now():%d %b %y %H:%M} {text}")

    def name(self, demand):
        """The first, second … invoice of a panel."""
        numbers = [d.id for d in self.oracle.demands(demand.panel_id.id)]
        return f"{demand.panel_id.name} invoice {numbers.index(demand.id) + 1}"

    def tell(self):
        return "\n".join(self.story)

    def look(self, enforced=False):
        """Ask the oracle, and compare."""
        self.has_looked = True
        env = self.world.env
        env.flush_all()
        books = read_books(env.cr)
        self.checks.before_look(books)
        self.oracle.look(
            books, fields.Datetime.now(), enforced=enforced, freed=self.freed, lifted=self.lifted)
        self.freed, self.lifted = set(), set()
        self.checks.agree(enforced)
        for panel in self.panels:
            line = self.checks.line(panel)
            if self.lines.get(panel) != line:
                self.story.append(f"        {line}")
            self.lines[panel] = line

    def run_action(self, name, again=False):
        self.say(f"action {name}" + (" again" if again else ""))
        if name == 'enforce':
            for panel in self.panels:
                self.oracle.enforce(panel.id, fields.Datetime.now())
        self.world.run_action(name)
        self.look(enforced=name == 'enforce')
        self.checks.after_action(name)

    def pass_days(self, days, hour):
        today = self.world.companies['padma']._tenant_today()
        self.world.set_clock(today + timedelta(days=days), hour)
        self.say(f"{days} days pass")

    # === THE CAST === #

    def pick(self, data, **filters):
        """One of the panels for which every filter holds."""
        return data.draw(st.sampled_from(self.having(**filters)), label='panel')

    def having(self, phase=None, going_on=False):
        """The panels in a phase that are not cancelled."""
        return [
            p for p in self.panels
            if (not phase or self.memory(p).phase in phase)
            and not (going_on and self.memory(p).service_end)]

    def memory(self, panel):
        return self.oracle.panels[panel.id]

    def all_demands(self, wanted, phases=None):
        """The demands of all panels that the oracle finds in these statuses, oldest first."""
        env = self.world.env['tenant.billing.demand']
        return [
            env.browse(d.id) for p in self.panels for d in sorted(
                self.oracle.demands(p.id), key=lambda d: (d.due, d.id))
            if self.oracle.verdicts[d.id].status in wanted
            and (not phases or self.memory(p).phase in phases)]

    def posted(self, *wanted, **kw):
        return [d for d in self.all_demands(wanted, **kw) if d.move_id.state == 'posted']

    def due(self, demand):
        return self.oracle.verdicts[demand.id].due

    def payable(self):
        return [d for d in self.posted('open') if self.due(d)]

    def draw(self, data, options, label):
        return data.draw(st.sampled_from(options), label=label)

    # === WHAT MANY STEPS DO === #

    def order(self, plan, tenant):
        self.say(f"{tenant} orders {plan}")
        number = len(self.panels) + 1
        panel = self.world.make_panel(
            self.world.plans[plan], tenant=self.world.tenants[tenant], name=f"{plan} {number}")
        panel.action_order()
        panel.flush_recordset()
        books = read_books(self.world.env.cr)
        self.oracle.panels[panel.id] = Memory(plan, books.customer_zone[panel.id])
        self.panels.append(panel)
        return panel

    def mark_created(self, panel):
        self.say(f"{panel.name} is marked created")
        self.memory(panel).ready = True
        panel.action_mark_created()

    def pay_demand(self, demand, amount):
        self.say(f"{amount} is paid for {self.name(demand)}")
        self.payments |= self.world.pay_invoice(demand.move_id, amount)
