from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.test_first_period import PROVISION, BeginningCase


@tagged('post_install', '-at_install')
class TestTrial(BeginningCase):
    """R14: days to try, and what happens at their end."""

    def on_trial(self, **terms):
        """Two weeks to try from 1 to 14 January."""
        panel = self.order(self.make_plan(1000, trial_days=14, **terms))
        self.assertPanel(panel, 'creating', None, 0)
        self.assertEqual((len(panel.demand_ids), self.asked_people(panel)), (0, [PROVISION]))
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-01-14')
        self.assertEqual((self.periods(panel), self.settled_by(panel)),
                         ([('2026-01-01', '2026-01-14', 'paid')], ['trial']))
        return panel

    def trial_over(self, **terms):
        panel = self.on_trial(**terms)
        self.on('2026-01-14')
        self.assertPanel(panel, 'active', '2026-01-14')
        self.on('2026-01-15')
        self.assertPanel(panel, 'suspended', '2026-01-14')
        return panel

    def test_r14_unconfirmed_stops_at_its_end(self):
        panel = self.trial_over()
        self.assertEqual((panel.suspension_category, str(panel.suspended_on)),
                         ('trial', '2026-01-15'))
        self.assertEqual(len(panel.demand_ids), 0)
        self.assertNothingLeft()

    def test_r40_a_stopped_trial_is_closed_after_retention(self):
        panel = self.trial_over(retention_days=30)
        self.on('2026-02-13')
        self.assertPanel(panel, 'suspended', '2026-01-14')
        self.on('2026-02-14')
        self.assertPanel(panel, 'closed', '2026-01-14')
        self.assertNothingLeft()

    def confirm_early(self, **terms):
        panel = self.on_trial(**terms)
        self.on('2026-01-05')
        panel.action_confirm_trial()
        panel.action_confirm_trial()
        self.on('2026-01-07')
        self.assertEqual(len(panel.demand_ids), 0)
        self.on('2026-01-08')
        self.assertEqual(self.asked(panel), [('2026-01-08', '2026-01-15', 1150, 'open')])
        self.on('2026-01-15')
        self.assertPanel(panel, 'active', '2026-01-14', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-14')
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-14', 'paid'), ('2026-01-15', '2026-02-14', 'paid')])
        self.assertNothingLeft()

    def test_r14_confirmed_before_the_end_goes_on_under_paid(self):
        self.confirm_early(activate_when='paid')

    def test_r14_confirmed_before_the_end_goes_on_under_created(self):
        self.confirm_early(activate_when='created')

    def test_r14_confirmed_within_the_lead_is_issued_at_once(self):
        panel = self.on_trial()
        self.on('2026-01-12')
        panel.action_confirm_trial()
        self.assertEqual(self.asked(panel), [('2026-01-12', '2026-01-15', 1150, 'open')])
        self.on('2026-01-22')
        self.assertPanel(panel, 'grace', '2026-01-14', 1150)
        self.on('2026-01-23')
        self.assertPanel(panel, 'suspended', '2026-01-14', 1150)
        self.assertEqual(panel.suspension_category, 'billing')
        self.assertNothingLeft()

    def test_r14_continue_under_created_runs_at_once(self):
        panel = self.trial_over(activate_when='created')
        self.on('2026-01-20')
        panel.action_confirm_trial()
        self.assertPanel(panel, 'active', '2026-01-14', 1150)
        self.assertEqual(self.asked(panel), [('2026-01-20', '2026-01-20', 1150, 'open')])
        self.assertEqual(self.void(panel), [('2026-01-15', '2026-01-19', False)])
        self.assertEqual(self.periods(panel)[1:], [('2026-01-20', '2026-02-19', 'open')])
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-19')
        self.assertNothingLeft()

    def test_r14_continue_under_paid_runs_once_settled(self):
        panel = self.trial_over()
        self.on('2026-01-20')
        panel.action_confirm_trial()
        panel.action_confirm_trial()
        self.assertPanel(panel, 'suspended', '2026-01-14', 1150)
        self.assertEqual(self.asked(panel), [('2026-01-20', '2026-01-20', 1150, 'open')])
        self.on('2026-01-22')
        self.assertPanel(panel, 'suspended', '2026-01-14', 1150)
        self.assertEqual(panel.suspension_category, 'trial')
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-21')
        self.assertEqual(self.void(panel), [('2026-01-15', '2026-01-21', False)])
        self.assertEqual(self.periods(panel)[1:], [('2026-01-22', '2026-02-21', 'paid')])
        self.assertEqual((panel.suspended_on, panel.suspension_category), (False, False))
        self.assertNothingLeft()

    def test_r14_continue_before_the_first_run_of_the_day_bills_once(self):
        panel = self.on_trial()
        self.on('2026-01-15', hour=0, run=False)
        panel.action_confirm_trial()
        self.run_crons()
        self.assertEqual(self.asked(panel), [('2026-01-15', '2026-01-15', 1150, 'open')])
        self.assertPanel(panel, 'suspended', '2026-01-14', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-14')
        self.assertEqual(self.periods(panel)[1:], [('2026-01-15', '2026-02-14', 'paid')])
        self.assertNothingLeft()

    def test_r9_an_unpaid_continue_expires_and_may_be_repeated(self):
        panel = self.trial_over(retention_days=365, order_expiry_days=14)
        self.on('2026-01-20')
        panel.action_confirm_trial()
        self.on('2026-02-02')
        self.assertPanel(panel, 'suspended', '2026-01-14', 1150)
        self.on('2026-02-03')
        self.assertPanel(panel, 'suspended', '2026-01-14', 0)
        self.on('2026-02-10')
        panel.action_confirm_trial()
        self.assertPanel(panel, 'suspended', '2026-01-14', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-03-09')
        self.assertNothingLeft()

    def test_r14_only_a_trial_can_be_confirmed(self):
        panel = self.running(self.make_plan(1000))
        self.assertRefused("Panel is not on trial.", panel.action_confirm_trial)


@tagged('post_install', '-at_install')
class TestFree(BeginningCase):
    """R15: free periods, and the way up from them."""

    def free(self):
        panel = self.order(self.make_plan(0, name="Free"))
        self.assertEqual((panel.state, self.asked_people(panel)), ('creating', [PROVISION]))
        panel.action_mark_created()
        return panel

    def test_r15_free_periods_settle_themselves_at_their_start(self):
        panel = self.free()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-01-31')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-02-01')
        self.assertPanel(panel, 'active', '2026-02-28')
        self.on('2026-07-10')  # months without a run: nobody is stopped, nothing is billed
        self.assertPanel(panel, 'active', '2026-07-31')
        self.assertEqual(set(self.settled_by(panel)), {'free'})
        self.assertEqual((len(panel.demand_ids), panel.stop_after), (0, False))
        self.assertEqual(self.periods(panel)[-1], ('2026-07-01', '2026-07-31', 'paid'))
        self.assertNothingLeft()

    def test_r15_an_upgrade_begins_on_the_day_it_is_paid(self):
        panel = self.free()
        pro = self.make_plan(1000)
        self.on('2026-01-10')
        panel.action_upgrade(pro.id)
        panel.action_upgrade(pro.id)
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertEqual(panel.plan_id.name, 'Free')
        self.on('2026-01-12')
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-11')
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-11', 'paid'), ('2026-01-12', '2026-02-11', 'paid')])
        self.assertEqual(
            [(s.plan_version_id.plan_id.name, str(s.date_from), s.date_to and str(s.date_to))
             for s in panel.subscription_ids.sorted('date_from')],
            [('Free', '2026-01-01', '2026-01-12'), ('Pro', '2026-01-12', False)])
        self.assertEqual((panel.plan_id, len(panel.demand_ids)), (pro, 1))
        self.on('2026-02-05')
        self.assertEqual(self.asked(panel)[1:], [('2026-02-05', '2026-02-12', 1150, 'open')])
        self.assertNothingLeft()

    def test_r1_a_waiting_upgrade_stops_nobody(self):
        panel = self.free()
        pro = self.make_plan(1000, grace_days=2, order_expiry_days=60)
        panel.action_upgrade(pro.id)
        self.on('2026-02-20')
        self.assertPanel(panel, 'active', '2026-02-28', 1150)
        self.assertNothingLeft()

    def test_r15_an_unpaid_upgrade_expires_and_free_goes_on(self):
        panel = self.free()
        pro = self.make_plan(1000, order_expiry_days=14)
        self.on('2026-01-10')
        panel.action_upgrade(pro.id)
        self.on('2026-01-23')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.on('2026-01-24')
        self.assertPanel(panel, 'active', '2026-01-31', 0)
        self.assertEqual((panel.plan_id.name, self.asked(panel)),
                         ('Free', [('2026-01-10', '2026-01-10', 1150, 'dead')]))
        self.on('2026-02-05')
        self.assertPanel(panel, 'active', '2026-02-28', 0)
        panel.action_upgrade(pro.id)
        self.pay(panel)
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-04', 'paid'), ('2026-02-05', '2026-03-04', 'paid')])
        self.assertNothingLeft()

    def test_r15_an_upgrade_takes_the_place_of_a_free_period_ahead(self):
        panel = self.free()
        pro = self.make_plan(1000)
        self.on('2026-01-27')  # February, free, stands ready since the 25th
        panel.action_upgrade(pro.id)
        self.on('2026-01-28')
        self.pay(panel)
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-27', 'paid'), ('2026-01-28', '2026-02-27', 'paid')])
        self.assertPanel(panel, 'active', '2026-02-27')
        self.assertNothingLeft()

    def test_r15_an_upgrade_on_the_first_day_of_a_free_period(self):
        panel = self.free()
        pro = self.make_plan(1000)
        self.on('2026-02-01')
        panel.action_upgrade(pro.id)
        self.pay(panel)
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-31', 'paid'), ('2026-02-01', '2026-02-28', 'paid')])
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_r15_what_cannot_be_upgraded(self):
        free, pro = self.free(), self.make_plan(1000)
        paid = self.running(pro)
        refused = "Only a running panel on a free plan can be upgraded this way."
        self.assertRefused(refused, lambda: paid.action_upgrade(self.make_plan(2000).id))
        self.assertRefused(
            "Choose a plan with a price.",
            lambda: free.action_upgrade(self.make_plan(0, name="Free too").id))
        free.action_hold('abuse', "Spam")
        self.assertRefused(refused, lambda: free.action_upgrade(pro.id))
        self.assertNothingLeft()

    def test_r15_one_upgrade_waits_at_a_time(self):
        panel, pro = self.free(), self.make_plan(1000)
        panel.action_upgrade(pro.id)
        self.assertRefused(
            "An upgrade to Pro waits for payment already.",
            lambda: panel.action_upgrade(self.make_plan(3000, name="Enterprise").id))

    def test_r15_a_cancelled_upgrade_is_withdrawn(self):
        panel, pro = self.free(), self.make_plan(1000)
        self.on('2026-01-10')
        panel.action_upgrade(pro.id)
        panel.action_cancel()
        self.assertPanel(panel, 'active', '2026-01-31', 0)
        self.assertEqual(str(panel.service_end), '2026-02-01')
        self.assertNothingLeft()
