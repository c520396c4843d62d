from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing.models.panel.tenant_panel_lifecycle import MOVES
from odoo.addons.tenant_billing.tests.common import BillingCase

STATES = ('creating', 'active', 'grace', 'suspended', 'failed', 'closed')
# What each event does in each state: a state it leads to, 'stays' where it is only recorded,
# 'again' where the panel stands there already and nothing happens, 'no' where it is refused.
TABLE = """
order         stays     no         no         no         no         no
created       stays     no         no         no         no         no
activate      active    again      again      again      no         no
adopt         active    again      again      again      no         no
fail          failed    no         no         no         again      no
retry         again     no         no         no         creating   no
overdue       no        grace      again      no         no         no
suspend       no        suspended  suspended  again      no         no
recover       no        again      active     active     no         no
recover_late  no        no         again      grace      no         no
hold          no        stays      stays      stays      no         no
lift          no        stays      stays      stays      no         no
confirm_trial no        stays      stays      stays      no         no
upgrade       no        stays      stays      stays      no         no
grant         no        stays      stays      stays      no         no
ungrant       no        stays      stays      stays      no         no
defer         stays     stays      stays      stays      stays      no
cancel        no        stays      stays      stays      no         no
resume        no        stays      stays      stays      no         no
switch        no        stays      stays      stays      no         no
issue         stays     stays      stays      stays      stays      stays
settle        stays     stays      stays      stays      stays      stays
unsettle      stays     stays      stays      stays      stays      stays
dead          stays     stays      stays      stays      stays      stays
restart       no        stays      stays      stays      no         no
close         closed    closed     closed     closed     closed     again
"""
CELLS = [
    (row.split()[0], state, answer)
    for row in TABLE.strip().splitlines()
    for state, answer in zip(STATES, row.split()[1:], strict=True)]
EVENT_NAMES = {
    'order': "Ordered", 'created': "Marked created", 'activate': "Activated",
    'adopt': "Adopted",
    'fail': "Marked failed", 'retry': "Try again", 'overdue': "Payment overdue",
    'suspend': "Stopped", 'recover': "Running again",
    'recover_late': "Running again, payment overdue", 'hold': "Hold", 'lift': "Hold lifted",
    'confirm_trial': "Trial confirmed", 'upgrade': "Upgrade ordered", 'grant': "Days granted",
    'ungrant': "Granted days taken back", 'defer': "Payment deferred",
    'cancel': "Cancelled at period end", 'resume': "Cancellation withdrawn",
    'switch': "Plan version changed", 'issue': "Period issued", 'settle': "Period settled",
    'unsettle': "Settlement taken back", 'dead': "Demand closed without payment",
    'restart': "Periods moved after the stop", 'close': "Closed",
}
STATE_NAMES = {state: state for state in STATES} | {'grace': 'overdue'}
NOT_IN_CHATTER = ('issue', 'settle')


@tagged('post_install', '-at_install')
class TestLifecycleMoves(BillingCase):
    """The table of moves: every event tried in every state."""

    def panel_in(self, state):
        panel = self.make_panel(self.plan)
        panel.sudo().write({
            'state': state, 'ordered_on': self.today(),
            'money_state': state if state in ('grace', 'suspended') else 'active',
            'money_category': 'billing' if state == 'suspended' else False,
            'suspension_category': 'billing' if state == 'suspended' else False,
        })
        return panel

    def trail(self, panel):
        """What is remembered of the panel: audit events and lines of chatter."""
        events = self.env['tenant.billing.event'].search([('panel_id', '=', panel.id)])
        return events, len(panel.message_ids)

    def cells(self, *answers):
        """Each (event, answer) of the table with a panel in that state, for these answers."""
        self.plan = self.make_plan(1000)
        for event, state, answer in CELLS:
            if answer in answers:
                with self.subTest(event=event, state=state):
                    yield event, state, answer, self.panel_in(state)

    def test_every_event_stands_in_the_table(self):
        self.assertEqual({event for event, _state, _answer in CELLS}, set(MOVES))

    def test_allowed_moves_move_and_are_remembered(self):
        for event, state, answer, panel in self.cells('stays', *STATES):
            _events, messages = self.trail(panel)
            self.assertEqual(panel._apply(event, reason="A reason"), panel)
            target = state if answer == 'stays' else answer
            self.assertEqual(panel.state, target)
            recorded, messages_now = self.trail(panel)
            self.assertEqual(
                [(e.event, e.state_from, e.state_to, e.date, e.user_id, e.company_id, e.facts)
                 for e in recorded],
                [(event, state, target, self.today(), self.env.user, self.company,
                  {'reason': "A reason"})])
            self.assertEqual(messages_now - messages, 0 if event in NOT_IN_CHATTER else 1)

    def test_repeated_moves_do_nothing(self):
        for event, state, _answer, panel in self.cells('again'):
            before = self.trail(panel)
            self.assertFalse(panel._apply(event, reason="A reason"))
            self.assertEqual(panel.state, state)
            self.assertEqual(self.trail(panel), before)

    def test_all_other_moves_are_refused(self):
        for event, state, _answer, panel in self.cells('no'):
            before = self.trail(panel)
            with self.assertRaises(UserError) as refused:
                panel._apply(event)
            self.assertEqual(
                str(refused.exception),
                f'Panel is {STATE_NAMES[state]}, so "{EVENT_NAMES[event]}" is not possible.')
            self.assertEqual((panel.state, self.trail(panel)), (state, before))

    def test_one_refusal_leaves_the_others_as_they_were(self):
        self.plan = self.make_plan(1000)
        running, closed = self.panel_in('active'), self.panel_in('closed')
        with self.assertRaises(UserError):
            (running | closed)._apply('suspend')
        self.assertEqual((running.state, closed.state), ('active', 'closed'))

    def test_under_a_hold_money_moves_beside_it(self):
        panel = self.running(self.make_plan(1000))
        panel.action_hold('abuse', "Spam")
        for event, money in (('overdue', 'grace'), ('suspend', 'suspended'),
                             ('recover_late', 'grace'), ('recover', 'active')):
            panel._apply(event, money_category='billing' if event == 'suspend' else False)
            self.assertEqual((panel.state, panel.suspension_category, panel.money_state),
                             ('suspended', 'abuse', money))

    def test_the_gravest_hold_is_shown(self):
        panel = self.running(self.make_plan(1000))
        for category, shown in (('pause', 'pause'), ('maintenance', 'maintenance'),
                                ('request', 'request'), ('pause', 'request'),
                                ('abuse', 'abuse'), ('request', 'abuse')):
            panel.action_hold(category, "A reason")
            self.assertEqual(panel.suspension_category, shown)
        for hold in panel.open_hold_ids.filtered(lambda h: h.category in ('abuse', 'request')):
            hold.action_lift()
        self.assertEqual((panel.state, panel.suspension_category), ('suspended', 'maintenance'))
        panel.action_lift()
        self.assertEqual((panel.state, panel.suspension_category), ('active', False))
        self.assertEqual(set(panel.hold_ids.mapped('date_to')), {self.today()})
        self.assertEqual(panel.hold_ids.lifted_by_id, self.env.user)
        self.assertNothingLeft()

    def test_chatter_reads_as_a_sentence(self):
        panel = self.running(self.make_plan(1000))
        panel.action_hold('abuse', "Spam")
        panel.action_lift()
        lines = [message.preview for message in panel.message_ids.sorted('id')][-2:]
        self.assertEqual(lines, ["Hold · Active → Suspended · Spam",
                                 "Hold lifted · Suspended → Active"])


@tagged('post_install', '-at_install')
class TestDoor(BillingCase):
    """The state has one door; what came through it is kept."""

    def make_world(self):
        super().make_world()
        self.clerk = self.make_user('clerk', 'tenant_billing.group_user')
        self.manager = self.make_user('manager', 'tenant_billing.group_manager')

    def make_user(self, login, group):
        return new_test_user(self.env, login, group, company_id=self.company.id)

    def test_nobody_writes_the_state(self):
        panel = self.running(self.make_plan(1000))
        values = {
            'state': 'closed', 'money_state': 'grace', 'money_category': 'trial',
            'suspension_category': 'abuse', 'zone': 'UTC', 'anchor_date': '2026-01-05',
            'ordered_on': False, 'created_on': False, 'active_since': False,
            'suspended_on': '2026-01-05', 'service_end': '2026-01-05',
            'trial_confirmed_on': '2026-01-05', 'closed_on': '2026-01-05', 'close_reason': "x",
            'paid_through': '2030-01-01', 'stop_after': '2030-01-01',
            'grace_through': '2030-01-01', 'next_issue_on': False, 'version': 0,
            'retry_at': False, 'billing_error': "x", 'plan_version_id': False,
            'stopped_period_id': False, 'hold_ids': [], 'subscription_ids': [],
            'period_ids': [], 'demand_ids': [], 'usage_rated_on': '2026-01-05',
            'next_usage_on': '2026-01-05',
        }
        for user in (self.clerk, self.manager):
            for name, value in values.items():
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    panel.with_user(user).write({name: value})
        with self.assertRaises(AccessError):
            self.env['tenant.panel'].with_user(self.manager).create({
                'name': "New", 'partner_id': self.tenant.id, 'plan_id': panel.plan_id.id,
                'company_id': self.company.id, 'state': 'active'})
        self.assertPanel(panel, 'active', '2026-01-31')

    def test_import_writes_no_state(self):
        panel = self.running(self.make_plan(1000))
        self.env['ir.model.data'].create({
            'name': 'panel', 'module': '__import__', 'model': 'tenant.panel', 'res_id': panel.id})
        result = self.env['tenant.panel'].with_user(self.manager).load(
            ['id', 'state'], [['__import__.panel', 'closed']])
        self.assertFalse(result['ids'])
        self.assertEqual(panel.state, 'active')

    def test_a_clerk_does_all_that_a_panel_needs(self):
        plan = self.make_plan(1000, activate_when='created')
        panel = self.make_panel(plan).with_user(self.clerk)
        panel.action_order()
        panel.action_mark_failed("No room")
        panel.action_retry()
        panel.action_mark_created()
        panel.action_hold('abuse', "Spam")
        panel.action_lift()
        panel.demand_ids.action_defer('2026-01-20', "Promised by phone")
        panel.action_cancel()
        panel.action_resume()
        panel.action_close("Moved away")
        events = self.env['tenant.billing.event'].search([('panel_id', '=', panel.id)], order='id')
        self.assertEqual(
            [e.event for e in events if e.event not in ('issue', 'dead')],
            ['order', 'fail', 'retry', 'created', 'activate', 'hold', 'lift', 'defer', 'cancel',
             'resume', 'close'])
        self.assertEqual(events.user_id, self.clerk)
        self.assertEqual(panel.state, 'closed')
        self.assertNothingLeft()

    def test_the_audit_trail_is_only_added_to(self):
        panel = self.running(self.make_plan(1000))
        events = self.env['tenant.billing.event'].search([('panel_id', '=', panel.id)])
        for user in (self.env.user, self.manager):
            with self.assertRaises(UserError):
                events.with_user(user).write({'event': 'other'})
            with self.assertRaises(UserError):
                events.with_user(user).unlink()
        with self.assertRaises(UserError) as refused:
            events.sudo().write({'event': 'other'})
        self.assertEqual(str(refused.exception), "The audit trail cannot be changed.")
        with self.assertRaises(UserError) as refused:
            events.sudo().unlink()
        self.assertEqual(str(refused.exception), "The audit trail cannot be deleted.")

    def test_an_ordered_panel_keeps_its_tenant_and_plan(self):
        panel = self.order(self.make_plan(1000)).with_user(self.clerk)
        other = self.make_tenant("Somebody else")
        for values in ({'partner_id': other.id}, {'plan_id': self.make_plan(5).id},
                       {'company_id': self.env.ref('base.main_company').id}):
            with self.subTest(values=values), self.assertRaises(UserError) as refused:
                panel.write(values)
            self.assertEqual(
                str(refused.exception),
                "Tenant, company and plan of an ordered panel cannot be changed here. Use Upgrade "
                "for another plan, or close the panel and order a new one.")
        with self.assertRaises(UserError) as refused:
            panel.unlink()
        self.assertEqual(str(refused.exception),
                         "An ordered panel cannot be deleted. Close it instead.")

    def test_a_panel_not_ordered_may_be_deleted(self):
        panel = self.make_panel(self.make_plan(1000)).with_user(self.clerk)
        panel.unlink()
        self.assertFalse(panel.exists())


@tagged('post_install', '-at_install')
class TestLaw5(BillingCase):
    """Only a posted, overdue, unsettled demand on the panel itself stops it for money."""

    def overdue(self, **values):
        panel = self.running(self.make_plan(1000, grace_days=7), **values)
        self.on('2026-01-25')
        return panel

    def test_law5_a_posted_overdue_demand_stops(self):
        panel = self.overdue()
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        demand = self.open_demands(panel)
        self.assertEqual((demand.status, demand.move_id.state), ('open', 'posted'))
        self.assertNothingLeft()

    def test_law5_a_draft_invoice_stops_nobody(self):
        panel = self.overdue()
        move = self.open_demands(panel).move_id
        self.on('2026-02-05')
        move.button_draft()
        self.on('2026-02-20')
        self.assertEqual((panel.state, panel.stop_after), ('active', False))
        move.action_post()
        self.assertEqual(panel.state, 'active')
        self.run_crons()
        self.assertEqual(panel.state, 'suspended')  # due on 1 February, grace to the 8th
        self.assertNothingLeft()

    def test_law5_another_panel_of_the_tenant_runs_on(self):
        panel = self.overdue()
        other = self.running(self.make_plan(0), name="Other")
        self.on('2026-02-09')
        self.assertEqual((panel.state, other.state), ('suspended', 'active'))
        self.assertNothingLeft()

    def test_law5_a_debt_elsewhere_in_the_books_stops_nobody(self):
        panel = self.running(self.make_plan(0))
        bill = self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.tenant.id,
            'invoice_date': '2026-01-01', 'invoice_date_due': '2026-01-01',
            'invoice_line_ids': [(0, 0, {'name': "Hardware", 'price_unit': 500})]})
        bill.action_post()
        self.on('2026-03-10')
        self.assertPanel(panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_law5_without_a_demand_nobody_is_stopped(self):
        panel = self.running(self.make_plan(1000))
        self.set_clock('2026-06-10')  # months without a billing run: nothing was asked
        self.run_crons('cron_settle', 'cron_enforce', 'cron_remind')
        self.assertPanel(panel, 'active', '2026-01-31')

    def test_law5_credited_in_full_it_is_not_stopped(self):
        panel = self.overdue()
        self.settle_by(self.open_demands(panel), 'credit')
        self.on('2026-02-20')
        self.assertEqual((panel.state, panel.amount_due), ('active', 0))
        self.assertNothingLeft()
