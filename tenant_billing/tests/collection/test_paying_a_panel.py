from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


@tagged('post_install', '-at_install')
class TestPayingAPanel(PayCase):
    """What a payment at a gateway does to the panel, whenever it comes."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()

    def told_of_money(self, panel=None):
        return [text for text in self.asked_people(panel) if "Money left over" in text]

    def test_pay_before_it_is_due(self):
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_pay_in_grace(self):
        self.on('2026-02-05')
        self.assertPanel(self.panel, 'grace', '2026-01-31', 100)
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_pay_when_suspended(self):
        """Stopped on 9 February after 8 days, paid on the 12th: the three days cost nothing."""
        self.on('2026-02-09')
        self.on('2026-02-12')
        self.assertPanel(self.panel, 'suspended', '2026-01-31', 100)
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-03-03')
        self.assertNothingLeft()

    def test_r33_pay_twice_in_two_tabs(self):
        """Both went to the gateway before either was done: one extension, the rest is credit."""
        first, second = self.start(self.gate), self.start(self.gate)
        self.finish(first)
        self.finish(second)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.run_crons()
        self.assertEqual(len(self.told_of_money()), 1)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.on('2026-02-22')  # March is paid with what was paid twice
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r33_the_same_news_twice(self):
        tx = self.pay_at(self.gate)
        self.finish(tx)
        self.finish(tx)
        self.assertEqual(self.env['account.payment'].search_count(
            [('payment_transaction_id', '=', tx.id)]), 1)
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_r33_pay_two_demands_at_once(self):
        self.set_clock('2026-02-22')
        self.panel._renew()
        self.assertEqual(self.panel.amount_due, 200)
        tx = self.start(self.gate)
        self.assertEqual((tx.amount, len(tx.invoice_ids)), (200, 2))
        self.finish(tx)
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r33_pay_takes_the_oldest_first(self):
        self.set_clock('2026-02-22')
        self.panel._renew()
        self.assertEqual(
            [str(demand.due_date) for demand in self.panel._payable()],
            ['2026-02-01', '2026-03-01'])

    def test_r33_only_what_is_due_now(self):
        self.assertFalse(self.panel._is_partly_due())
        self.set_clock('2026-02-22')
        self.panel._renew()
        self.assertTrue(self.panel._is_partly_due())
        due = self.panel._payable(only_due=True)
        self.assertEqual(due, self.demand)
        self.pay_at(self.gate, due)
        self.assertPanel(self.panel, 'active', '2026-02-28', 100)
        self.assertFalse(self.panel._is_partly_due())

    def test_r33_what_was_given_time_is_not_due(self):
        self.set_clock('2026-02-22')
        self.demand.action_defer('2026-02-28', "Promised")
        self.assertFalse(self.panel._payable(only_due=True))
        self.set_clock('2026-02-28')
        self.assertEqual(self.panel._payable(only_due=True), self.demand)

    def test_pay_a_panel_held_for_abuse(self):
        self.on('2026-02-05')
        self.panel.action_hold('abuse', "Spam")
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'suspended', '2026-02-28')
        self.assertEqual(
            (self.panel.suspension_category, self.panel.money_state), ('abuse', 'active'))
        self.assertNothingLeft()

    def test_r40_pay_after_closing(self):
        """The gateway's page was open while the panel was closed: credit, and a person is told."""
        self.on('2026-02-05')
        tx = self.start(self.gate)
        self.panel.action_close("Moved away")
        left = self.panel.amount_due
        self.finish(tx)
        self.run_crons()
        self.assertEqual(self.panel.state, 'closed')
        self.assertEqual(self.panel.amount_due, 0)
        self.assertLess(left, 100, "the days not served were credited")
        self.assertEqual(
            [text for text in self.asked_people() if "closing" in text], ["Paid after closing"])
        self.assertEqual(len(self.told_of_money()), 1)
        self.assertNothingLeft()

    def test_r40_what_a_closed_panel_owes_can_be_paid(self):
        self.on('2026-02-05')
        self.panel.action_close("Moved away")
        owed = self.panel.amount_due
        self.assertGreater(owed, 0)
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'closed', '2026-02-28')

    def test_r14_pay_after_a_trials_end_says_yes(self):
        trial = self.running(
            self.make_plan(100, trial_days=5, activate_when='created'), name="Trial")
        self.on('2026-02-03')
        self.assertEqual(
            (trial.state, trial.suspension_category, trial.amount_due), ('suspended', 'trial', 0))
        asked = trial._next_amount()
        trial._confirm_by_paying()
        self.assertEqual((trial.state, trial.amount_due), ('active', asked))
        trial._confirm_by_paying()
        self.assertEqual(trial.amount_due, asked)

    def test_r14_paying_during_a_trial_confirms_nothing(self):
        trial = self.running(self.make_plan(100, trial_days=5), name="Trial")
        trial._confirm_by_paying()
        self.assertFalse(trial.trial_confirmed_on)


@tagged('post_install', '-at_install')
class TestRenewEarly(PayCase):
    """R33: the next period before its day."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()
        self.pay_at(self.gate)
        self.set_clock('2026-02-03')

    def assertRefused(self, message, panel=None):
        panel = panel or self.panel
        self.assertEqual(panel._refuses_renewal(), message)
        count = len(panel.period_ids)
        with self.assertRaises(UserError) as raised:
            panel._renew_early()
        self.assertEqual((str(raised.exception), len(panel.period_ids)), (message, count))

    def test_r33_renew_early_issues_the_next_period_due_at_its_start(self):
        amount = self.panel._next_amount()
        self.panel._renew_early()
        demand = self.open_demands(self.panel)
        self.assertEqual((demand.amount, str(demand.due_date)), (amount, '2026-03-01'))
        self.assertPanel(self.panel, 'active', '2026-02-28', 100)
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r33_pressed_twice_is_once(self):
        self.panel._renew_early()
        self.panel._renew_early()
        self.assertEqual(len(self.open_demands(self.panel)), 1)
        self.assertEqual(self.panel.amount_due, 100)

    def test_r33_not_beyond_the_limit(self):
        self.panel._renew_early()
        self.pay_at(self.gate)
        self.assertRefused(
            "Panel is renewed to 31 Mar 2026 already. Renew again once its next period has "
            "begun.")
        self.on('2026-03-01')
        self.panel._renew_early()
        self.assertEqual(str(self.open_demands(self.panel).due_date), '2026-04-01')

    def test_r33_as_many_as_the_plan_says(self):
        self.panel = self.running(self.make_plan(100, max_prepaid_cycles=2), name="Two")
        for until in ('2026-04-02', '2026-05-02'):
            self.panel._renew_early()
            self.pay_at(self.gate)
            self.assertEqual(str(self.panel.paid_through), until)
        self.assertRefused(
            "Two is renewed to 2 May 2026 already. Renew again once its next period has begun.")

    def test_r33_none_where_the_plan_says_so(self):
        panel = self.running(self.make_plan(100, max_prepaid_cycles=0), name="None")
        self.assertRefused("None cannot be renewed early on its plan.", panel)

    def test_r33_pay_what_is_open_first(self):
        self.ask_in_arrears(self.panel, 30, '2026-02-10')
        self.assertRefused("Pay what is open first.")

    def test_r33_only_a_running_panel(self):
        self.panel.action_hold('abuse', "Spam")
        self.assertRefused("Only a running panel is renewed early.")

    def test_r33_not_before_it_runs(self):
        self.assertRefused(
            "Only a running panel is renewed early.", self.order(self.plan, name="New"))

    def test_r33_not_on_trial(self):
        panel = self.running(self.make_plan(100, trial_days=20), name="Trial")
        self.assertRefused("Only a running panel is renewed early.", panel)

    def test_r33_not_once_cancelled(self):
        self.panel.action_cancel()
        self.assertRefused("Panel is cancelled. Resume it first.")

    def test_r33_free_renews_by_itself(self):
        panel = self.running(self.make_plan(0), name="Free")
        self.assertRefused("Free renews by itself, there is nothing to pay.", panel)

    def test_r33_account_credit_pays_it_at_once(self):
        self.receive(100)
        self.panel._renew_early()
        self.assertPanel(self.panel, 'active', '2026-03-31')

    def test_r33_unpaid_until_its_start_it_is_an_ordinary_renewal(self):
        self.panel._renew_early()
        self.on('2026-03-02')
        self.assertPanel(self.panel, 'grace', '2026-02-28', 100)
        self.assertNothingLeft()

    def test_r33_the_amount_is_with_tax(self):
        panel = self.running(self.make_plan(1000), name="Taxed")
        self.assertEqual(panel._next_amount(), 1150)
        panel._renew_early()
        self.assertEqual(panel.amount_due, 1150)

    def test_r10_a_calendar_stub_is_followed_by_a_whole_period(self):
        plan = self.make_plan(
            1000, anchor='calendar', activate_when='created', after_suspension='continue')
        panel = self.running(plan, name="Calendar")
        self.pay(panel)
        self.assertEqual(panel._next_amount(), 1150)
        panel._renew_early()
        self.assertEqual(str(self.open_demands(panel).due_date), '2026-03-01')
