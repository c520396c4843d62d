from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.test_renewal import CALENDAR, RenewalCase


class StoppedCase(RenewalCase):

    def stopped(self, **terms):
        """Terms 0, grace 7: February is unpaid, the panel stopped on the 9th after 8 days."""
        panel = self.running(self.make_plan(1000, grace_days=7, retention_days=365, **terms))
        self.on('2026-01-25')
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.assertEqual((panel.suspension_category, str(panel.suspended_on)),
                         ('billing', '2026-02-09'))
        return panel

    def stopped_in_a_paid_month(self, **terms):
        """February is paid, but January's payment was cancelled on 10 February."""
        panel = self.order(self.make_plan(1000, grace_days=7, **terms))
        first = self.pay(panel)
        panel.action_mark_created()
        self.pay_on(panel, '2026-01-25')
        self.on('2026-02-10')
        first.action_draft()
        self.unreconcile(panel.demand_ids.sorted('id')[0].move_id)
        first.action_cancel()
        self.run_crons()
        self.assertPanel(panel, 'active', None, 1150)
        self.on('2026-02-17')
        self.assertPanel(panel, 'grace', None, 1150)
        self.on('2026-02-18')
        self.assertPanel(panel, 'suspended', None, 1150)
        return panel


@tagged('post_install', '-at_install')
class TestRestart(StoppedCase):
    """R13, restart: stopped days cost nothing, the period in which the stop fell is moved."""

    def test_r13_restart_moves_the_unpaid_period(self):
        panel = self.stopped()
        move = self.open_demands(panel).move_id
        self.on('2026-03-13')
        self.pay(panel)
        # 13 March − 8 days served = 5 March, one month to 4 April
        self.assertPanel(panel, 'active', '2026-04-04')
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-31', 'paid'), ('2026-03-05', '2026-04-04', 'paid')])
        self.assertEqual(self.void(panel), [('2026-02-01', '2026-03-04', False)])
        moved = panel._live_periods()[-1]
        self.assertEqual((str(moved.invoiced_start), str(moved.invoiced_end)),
                         ('2026-02-01', '2026-03-01'))
        self.assertIn('1 Feb 2026 to 28 Feb 2026', move.invoice_line_ids.name)
        self.assertEqual((str(panel.anchor_date), str(panel.next_issue_on)),
                         ('2026-03-05', '2026-03-29'))
        self.on('2026-03-28')
        self.assertPanel(panel, 'active', '2026-04-04')
        self.pay_on(panel, '2026-03-29')
        self.assertEqual(self.periods(panel)[2:], [('2026-04-05', '2026-05-04', 'paid')])
        self.assertNothingLeft()

    def test_r13_restart_within_the_same_month(self):
        panel = self.stopped()
        self.on('2026-02-12', run=False)
        self.pay(panel)
        self.assertEqual(self.periods(panel)[1:], [('2026-02-04', '2026-03-03', 'paid')])
        self.assertEqual(self.void(panel), [('2026-02-01', '2026-02-03', False)])
        self.assertNothingLeft()

    def test_r13_paid_on_the_day_of_the_stop_moves_nothing(self):
        panel = self.stopped()
        self.pay(panel)
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-28', 'paid')])
        self.assertEqual(self.void(panel), [])
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_r13_paid_in_grace_moves_nothing(self):
        panel = self.running(self.make_plan(1000, grace_days=7))
        self.on('2026-01-25')
        self.on('2026-02-08')
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertEqual((self.periods(panel)[1:], self.void(panel)),
                         ([('2026-02-01', '2026-02-28', 'paid')], []))
        self.assertNothingLeft()

    def test_r13_a_part_of_the_money_lifts_nothing(self):
        panel = self.stopped()
        self.on('2026-02-20', run=False)
        self.pay(panel, 1149.99)
        self.run_crons()
        self.assertPanel(panel, 'suspended', '2026-01-31', 0.01)
        self.on('2026-03-13', run=False)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-04-04')
        self.assertNothingLeft()

    def test_r13_money_without_a_purpose_restarts_too(self):
        panel = self.stopped()
        self.on('2026-03-13', run=False)
        self.receive(1150)
        self.run_crons()
        self.assertPanel(panel, 'active', '2026-04-04')
        self.assertNothingLeft()

    def test_r13_a_second_stop_counts_from_the_moved_period(self):
        panel = self.stopped()
        self.on('2026-03-13', run=False)
        self.pay(panel)
        self.on('2026-03-29')  # April's, due on 5 April, grace to 12 April
        self.on('2026-04-12')
        self.assertPanel(panel, 'grace', '2026-04-04', 1150)
        self.on('2026-04-13')
        self.assertPanel(panel, 'suspended', '2026-04-04', 1150)
        self.on('2026-04-20', run=False)
        self.pay(panel)
        self.assertEqual(self.periods(panel)[2:], [('2026-04-12', '2026-05-11', 'paid')])
        self.assertPanel(panel, 'active', '2026-05-11')
        self.assertNothingLeft()

    def test_r13_a_moved_month_end_keeps_its_day(self):
        self.set_clock('2025-12-24')
        panel = self.running(self.make_plan(1000, grace_days=7))
        self.on('2026-01-17')
        self.on('2026-02-01')  # due 24 January, grace to 31 January: 8 days served
        self.assertPanel(panel, 'suspended', '2026-01-23', 1150)
        self.on('2026-02-08', run=False)
        self.pay(panel)
        # 8 February − 8 days = 31 January
        self.pay_on(panel, '2026-02-21', '2026-03-24')
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-01-31', '2026-02-27', 'paid'), ('2026-02-28', '2026-03-30', 'paid'),
            ('2026-03-31', '2026-04-29', 'paid')])
        self.assertNothingLeft()

    def test_r13_later_issued_periods_follow_in_order(self):
        panel = self.running(self.make_plan(1000, lead_days=25, grace_days=7))
        for day in ('2026-01-07', '2026-02-04', '2026-02-09'):
            self.on(day)
        self.assertPanel(panel, 'suspended', '2026-01-31', 2300)
        february, march = self.open_demands(panel)
        self.on('2026-02-20', run=False)
        self.pay_invoice(february.move_id)
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-12', '2026-03-11', 'paid'), ('2026-03-12', '2026-04-11', 'open')])
        # March was due on the 1st, but its service begins on the 12th (R1)
        self.assertEqual((str(march.due_date), str(panel.stop_after)),
                         ('2026-03-01', '2026-03-11'))
        self.assertPanel(panel, 'active', '2026-03-11', 1150)
        self.on('2026-03-11')
        self.assertPanel(panel, 'active', '2026-03-11', 1150)
        self.on('2026-03-12', run=False)
        self.run_crons('cron_enforce')
        self.assertPanel(panel, 'grace', '2026-03-11', 1150)
        self.pay(panel)
        self.run_crons()
        self.assertPanel(panel, 'active', '2026-04-11')
        self.assertNothingLeft()

    def test_r2_a_later_period_paid_first_jumps_no_gap(self):
        panel = self.running(self.make_plan(
            1000, lead_days=25, grace_days=7, retention_days=365))
        for day in ('2026-01-07', '2026-02-04', '2026-02-09'):
            self.on(day)
        february, march = self.open_demands(panel)
        self.pay_invoice(march.move_id)
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.on('2026-03-13')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.pay_invoice(february.move_id)
        # the moved period to 4 April, and the one paid already follows to 4 May
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-03-05', '2026-04-04', 'paid'), ('2026-04-05', '2026-05-04', 'paid')])
        self.assertPanel(panel, 'active', '2026-05-04')
        self.assertNothingLeft()

    def long_grace(self):
        """Grace 40: February is overdue, the stop of 14 March falls into unpaid March."""
        panel = self.running(self.make_plan(1000, grace_days=40))
        self.on('2026-01-25')
        self.on('2026-02-22')
        self.on('2026-03-13')
        self.assertPanel(panel, 'grace', '2026-01-31', 2300)
        self.on('2026-03-14')
        self.assertPanel(panel, 'suspended', '2026-01-31', 2300)
        return panel

    def test_r13_periods_before_the_stop_keep_their_dates(self):
        panel = self.long_grace()
        self.on('2026-04-11')
        february, march = self.open_demands(panel)
        self.pay_invoice(february.move_id)
        # March's own grace ended on 10 April
        self.assertPanel(panel, 'suspended', '2026-02-28', 1150)
        self.on('2026-04-20', run=False)
        self.pay_invoice(march.move_id)
        # 13 days of March were served: 20 April − 13 = 7 April
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'paid'), ('2026-04-07', '2026-05-06', 'paid')])
        self.assertEqual(self.void(panel), [('2026-03-01', '2026-04-06', False)])
        self.assertPanel(panel, 'active', '2026-05-06')
        self.assertNothingLeft()

    def test_r3_it_may_come_back_into_grace(self):
        panel = self.long_grace()
        self.on('2026-04-01', run=False)
        self.pay_invoice(self.open_demands(panel)[0].move_id)
        # March is overdue since the 2nd, within its 40 days; 1 April − 13 = 19 March
        self.assertEqual(self.periods(panel)[2:], [('2026-03-19', '2026-04-18', 'open')])
        self.assertPanel(panel, 'grace', '2026-02-28', 1150)
        self.run_crons()
        self.assertEqual((panel.state, panel.suspended_on), ('grace', False))
        self.assertNothingLeft()

    def test_r13_without_an_issued_period_the_next_begins_that_day(self):
        panel = self.stopped_in_a_paid_month()
        self.on('2026-03-13')
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.void(panel), [('2026-03-01', '2026-03-12', False)])
        self.assertEqual(self.asked(panel)[2:], [('2026-03-13', '2026-03-13', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-02-28', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-04-12')
        self.assertNothingLeft()

    def test_r13_a_paid_period_that_holds_the_day_stays(self):
        panel = self.stopped_in_a_paid_month()
        self.on('2026-02-25')
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-28')
        self.run_crons()
        self.assertEqual(self.asked(panel)[2:], [('2026-02-25', '2026-03-01', 1150, 'open')])
        self.assertEqual(self.void(panel), [])
        self.assertNothingLeft()

    def test_r13_a_written_off_stop_begins_anew(self):
        panel = self.stopped()
        self.on('2026-03-13', run=False)
        self.settle_by(self.open_demands(panel), 'write_off')
        self.run_crons()
        self.assertEqual(self.void(panel), [
            ('2026-02-01', '2026-02-28', False), ('2026-03-01', '2026-03-12', False)])
        self.assertEqual(self.periods(panel)[1:], [('2026-03-13', '2026-04-12', 'open')])
        self.assertEqual(self.asked(panel)[1:], [
            ('2026-01-25', '2026-02-01', 1150, 'dead'), ('2026-03-13', '2026-03-13', 1150, 'open')])
        self.assertNothingLeft()


@tagged('post_install', '-at_install')
class TestContinue(StoppedCase):
    """R13, continue: dates stay, and a new month is issued in full."""

    def test_r13_continue_keeps_the_dates(self):
        panel = self.stopped(after_suspension='continue')
        self.on('2026-03-13')
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'paid'), ('2026-03-01', '2026-03-31', 'open')])
        self.assertEqual(self.asked(panel)[1:], [
            ('2026-01-25', '2026-02-01', 1150, 'settled'),
            ('2026-03-13', '2026-03-13', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-02-28', 1150)
        self.on('2026-03-14')
        self.assertPanel(panel, 'grace', '2026-02-28', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r13_continue_voids_what_lies_wholly_in_the_stop(self):
        panel = self.stopped(after_suspension='continue')
        self.on('2026-05-20')
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.void(panel), [
            ('2026-03-01', '2026-03-31', False), ('2026-04-01', '2026-04-30', False)])
        self.assertEqual(self.asked(panel)[2:], [('2026-05-20', '2026-05-20', 1150, 'open')])
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-05-31')
        self.pay_on(panel, '2026-05-25')
        self.assertPanel(panel, 'active', '2026-06-30')
        self.assertNothingLeft()

    def test_r13_continue_within_the_same_month(self):
        panel = self.stopped(after_suspension='continue')
        self.on('2026-02-20', run=False)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertEqual((self.periods(panel)[1:], self.void(panel)),
                         ([('2026-02-01', '2026-02-28', 'paid')], []))
        self.assertNothingLeft()

    def test_r13_continue_on_the_first_of_a_month(self):
        panel = self.stopped(after_suspension='continue')
        self.on('2026-03-01', run=False)
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.asked(panel)[2:], [('2026-03-01', '2026-03-01', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-02-28', 1150)
        self.assertNothingLeft()

    def test_r13_continue_issues_again_what_was_credited_in_the_stop(self):
        panel = self.running(self.make_plan(
            1000, lead_days=25, grace_days=7, after_suspension='continue'))
        for day in ('2026-01-07', '2026-02-04', '2026-02-09', '2026-03-01'):
            self.on(day)
        self.assertEqual(self.void(panel), [('2026-03-01', '2026-03-31', True)])
        self.on('2026-03-13', run=False)
        self.pay(panel)
        self.run_crons()
        # and April too, whose 25 days of lead began on 7 March
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'paid'), ('2026-03-01', '2026-03-31', 'open'),
            ('2026-04-01', '2026-04-30', 'open')])
        self.assertEqual(self.asked(panel)[3:], [
            ('2026-03-13', '2026-03-13', 1150, 'open'), ('2026-03-13', '2026-04-01', 1150, 'open')])
        self.assertNothingLeft()

    def test_r13_a_stop_in_a_paid_month_continues_in_full(self):
        panel = self.stopped_in_a_paid_month(after_suspension='continue')
        self.on('2026-03-13')
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.periods(panel)[2:], [('2026-03-01', '2026-03-31', 'open')])
        self.assertEqual(self.asked(panel)[2:], [('2026-03-13', '2026-03-13', 1150, 'open')])
        self.assertNothingLeft()

    def test_r13_a_calendar_plan_continues(self):
        self.set_clock('2026-01-10')
        panel = self.running(self.make_plan(3100, **CALENDAR))
        self.on('2026-01-17')
        self.assertPanel(panel, 'grace', None, 2530)
        self.on('2026-01-18')
        self.assertPanel(panel, 'suspended', None, 2530)
        self.on('2026-02-05')
        self.assertPanel(panel, 'suspended', None, 2530)
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.periods(panel), [
            ('2026-01-10', '2026-01-31', 'paid'), ('2026-02-01', '2026-02-28', 'open')])
        self.assertEqual(self.asked(panel)[1:], [('2026-02-05', '2026-02-05', 3565, 'open')])
        self.assertPanel(panel, 'active', '2026-01-31', 3565)
        self.assertNothingLeft()
