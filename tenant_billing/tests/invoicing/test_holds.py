from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.test_renewal import CALENDAR, RenewalCase


class HoldCase(RenewalCase):

    def held(self, category, day, lift, **terms):
        """A panel paid to 31 January, held on a day and let go on another."""
        panel = self.running(self.make_plan(1000, retention_days=365, **terms))
        if panel.amount_due:
            self.pay(panel)
        self.on(day)
        panel.action_hold(category, "A reason")
        self.on(lift)
        self.assertEqual((panel.state, panel.suspension_category), ('suspended', category))
        panel.action_lift()
        self.run_crons()
        return panel


@tagged('post_install', '-at_install')
class TestHolds(HoldCase):
    """R11 under holds: nothing new is asked, and what follows when the last one lifts."""

    def test_r11_no_invoice_under_a_hold(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-20')
        panel.action_hold('abuse', "Spam")
        for day in ('2026-01-25', '2026-02-01', '2026-02-22', '2026-03-01'):
            self.on(day)
            self.assertEqual(len(panel.demand_ids), 1)
        self.assertPanel(panel, 'suspended', '2026-01-31')
        self.assertNothingLeft()

    def test_r11_wholly_held_periods_are_void(self):
        panel = self.held('abuse', '2026-01-20', '2026-03-10')
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-02-01', '2026-02-28')])
        self.assertEqual(self.periods(panel)[1:], [('2026-03-01', '2026-03-31', 'open')])
        self.assertEqual(self.asked(panel)[1:], [('2026-03-10', '2026-03-10', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r11_lifted_before_the_next_period(self):
        panel = self.held('request', '2026-01-20', '2026-01-28')
        self.assertEqual(self.asked(panel)[1:], [('2026-01-28', '2026-02-01', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertEqual(self.void(panel), [])
        self.assertNothingLeft()

    def test_r11_lifted_within_the_next_period(self):
        panel = self.held('request', '2026-01-24', '2026-02-15')
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-28', 'open')])
        self.assertEqual(self.asked(panel)[1:], [('2026-02-15', '2026-02-15', 1150, 'open')])
        self.assertEqual(self.void(panel), [])
        self.assertNothingLeft()

    def test_r11_lifted_on_the_first_day_of_a_period(self):
        panel = self.held('request', '2026-01-24', '2026-03-01')
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-02-01', '2026-02-28')])
        self.assertEqual(self.asked(panel)[1:], [('2026-03-01', '2026-03-01', 1150, 'open')])
        self.assertNothingLeft()

    def test_r11_a_period_held_in_part_is_not_void(self):
        panel = self.running(self.make_plan(1000))
        self.pay_on(panel, '2026-01-25')
        self.on('2026-02-10')
        panel.action_hold('abuse', "Spam")
        self.on('2026-04-20')
        panel.action_lift()
        self.run_crons()
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'paid'), ('2026-04-01', '2026-04-30', 'open')])
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-03-01', '2026-03-31')])
        self.assertPanel(panel, 'active', '2026-02-28', 1150)
        self.assertNothingLeft()

    def test_r11_the_last_of_several_holds_counts(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-20')
        panel.action_hold('pause', "Holidays")
        abuse = panel.open_hold_ids
        self.on('2026-02-10')
        panel.action_hold('abuse', "Spam")
        self.assertEqual(panel.suspension_category, 'abuse')  # the gravest is shown
        self.on('2026-02-15')
        panel.action_lift((panel.open_hold_ids - abuse).id)
        self.run_crons()
        self.assertEqual((panel.state, panel.suspension_category, len(panel.demand_ids)),
                         ('suspended', 'pause', 1))
        self.on('2026-03-10')
        panel.action_lift()
        self.run_crons()
        self.assertEqual((panel.state, panel.suspension_category), ('active', False))
        self.assertEqual(len(panel.demand_ids), 2)
        self.assertNothingLeft()

    def test_r11_holds_that_touch_cover_a_period_together(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-20')
        panel.action_hold('abuse', "Spam")
        self.on('2026-02-10')
        panel.action_hold('request', "Asked for")
        self.on('2026-02-15')
        panel.action_lift(panel.hold_ids.filtered(lambda h: h.category == 'abuse').id)
        self.on('2026-03-10')
        panel.action_lift()
        self.run_crons()
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-02-01', '2026-02-28')])
        self.assertEqual(self.asked(panel)[1:], [('2026-03-10', '2026-03-10', 1150, 'open')])
        self.assertNothingLeft()

    def test_r11_issued_ahead_and_wholly_held_becomes_void(self):
        panel = self.running(self.make_plan(1000, grace_days=7, retention_days=365))
        self.on('2026-01-25')
        self.on('2026-01-26')
        panel.action_hold('request', "Asked for")
        self.on('2026-03-10')
        self.assertEqual(panel.money_state, 'suspended')
        panel.action_lift()
        self.run_crons()
        # nobody was served in February; March holds the day and is asked for in full
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-02-01', '2026-02-28')])
        self.assertEqual(self.asked(panel)[1:], [
            ('2026-01-25', '2026-02-01', 1150, 'dead'), ('2026-03-10', '2026-03-10', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_r11_free_periods_wholly_held_are_void(self):
        panel = self.running(self.make_plan(0))
        self.on('2026-01-20')
        panel.action_hold('abuse', "Spam")
        self.on('2026-03-10')
        panel.action_lift()
        self.run_crons()
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-02-01', '2026-02-28')])
        self.assertPanel(panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r11_a_calendar_month_is_issued_in_full_after_a_hold(self):
        panel = self.held('abuse', '2026-01-20', '2026-03-10', **CALENDAR)
        self.assertEqual(self.asked(panel)[1:], [('2026-03-10', '2026-03-10', 1150, 'open')])
        self.assertEqual(self.periods(panel)[1:], [('2026-03-01', '2026-03-31', 'open')])
        self.assertNothingLeft()

    def test_hold_needs_a_reason_and_a_panel_that_runs(self):
        panel = self.order(self.make_plan(1000))
        self.assertRefused(
            "Give a reason: the tenant sees it.",
            lambda: panel.action_hold('abuse', "  "))
        self.assertRefused(
            'Panel is creating, so "Hold" is not possible.',
            lambda: panel.action_hold('abuse', "Spam"))
        self.assertFalse(panel.hold_ids)
        panel.action_lift()  # nothing stands, nothing happens
        self.assertEqual(panel.state, 'creating')
        self.assertNothingLeft()


@tagged('post_install', '-at_install')
class TestPauseAndMaintenance(HoldCase):
    """R11: what is special about two kinds of holds."""

    def test_r11_after_a_pause_the_next_period_begins_that_day(self):
        panel = self.held('pause', '2026-01-20', '2026-03-10')
        self.assertEqual(self.periods(panel)[1:], [('2026-03-10', '2026-04-09', 'open')])
        self.assertEqual([days[:2] for days in self.void(panel)], [('2026-02-01', '2026-03-09')])
        self.assertEqual(self.asked(panel)[1:], [('2026-03-10', '2026-03-10', 1150, 'open')])
        self.assertEqual(str(panel.anchor_date), '2026-03-10')
        self.pay(panel)
        self.pay_on(panel, '2026-04-03')
        self.assertEqual(self.periods(panel)[2:], [('2026-04-10', '2026-05-09', 'paid')])
        self.assertNothingLeft()

    def test_r11_a_pause_within_a_paid_period_moves_nothing(self):
        panel = self.held('pause', '2026-01-10', '2026-01-20')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-01-25')
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-28', 'open')])
        self.assertEqual(self.void(panel), [])
        self.assertNothingLeft()

    def test_r11_a_calendar_plan_pauses_like_any_hold(self):
        panel = self.held('pause', '2026-01-20', '2026-03-10', **CALENDAR)
        self.assertEqual(self.periods(panel)[1:], [('2026-03-01', '2026-03-31', 'open')])
        self.assertNothingLeft()

    def test_r11_days_of_maintenance_are_granted(self):
        panel = self.held('maintenance', '2026-01-10', '2026-01-15')
        # 10 to 14 January are five days
        self.assertPanel(panel, 'active', '2026-02-05')
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-05', 'paid')])
        self.on('2026-01-29')
        self.assertEqual(len(panel.demand_ids), 1)
        self.on('2026-01-30')
        self.assertEqual(self.asked(panel)[1:], [('2026-01-30', '2026-02-06', 1150, 'open')])
        self.assertEqual(self.periods(panel)[2:], [('2026-02-06', '2026-03-05', 'open')])
        self.assertNothingLeft()

    def test_r11_maintenance_follows_what_was_issued(self):
        panel = self.running(self.make_plan(1000, grace_days=7))
        self.on('2026-01-25')
        self.on('2026-02-03')
        panel.action_hold('maintenance', "A new disk")
        self.on('2026-02-08')
        panel.action_lift()
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'open'), ('2026-03-01', '2026-03-05', 'paid')])
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-03-05')
        self.assertNothingLeft()

    def test_r11_a_day_of_two_maintenances_is_granted_once(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-10')
        panel.action_hold('maintenance', "A new disk")
        first = panel.open_hold_ids
        self.on('2026-01-12')
        panel.action_hold('maintenance', "A new router")
        self.on('2026-01-15')
        panel.action_lift(first.id)
        self.assertEqual(len(panel._live_periods()), 1)
        self.on('2026-01-17')
        panel.action_lift()
        # 10 to 16 January: seven days
        self.assertPanel(panel, 'active', '2026-02-07')
        self.assertNothingLeft()

    def test_r11_maintenance_of_hours_grants_nothing(self):
        panel = self.held('maintenance', '2026-01-10', '2026-01-10')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.assertEqual(len(panel.period_ids), 1)
        self.assertNothingLeft()

    def test_r11_days_of_another_hold_are_not_granted(self):
        panel = self.held('request', '2026-01-10', '2026-01-15')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.assertNothingLeft()


@tagged('post_install', '-at_install')
class TestMoneyBesideHolds(HoldCase):
    """R3: holds and money stand beside each other."""

    def overdue_and_held(self):
        panel = self.running(self.make_plan(1000, grace_days=7, retention_days=365))
        self.on('2026-01-25')
        self.on('2026-02-03')
        panel.action_hold('abuse', "Spam")
        self.on('2026-02-09')
        self.assertEqual((panel.state, panel.suspension_category, panel.money_state),
                         ('suspended', 'abuse', 'suspended'))
        return panel

    def test_r3_payment_leaves_a_hold(self):
        panel = self.overdue_and_held()
        self.on('2026-02-12')
        self.pay(panel)
        self.assertEqual((panel.state, panel.suspension_category, panel.money_state),
                         ('suspended', 'abuse', 'active'))
        self.on('2026-02-20')
        panel.action_lift()
        self.assertEqual((panel.state, panel.suspension_category), ('active', False))
        self.assertNothingLeft()

    def test_r3_lifting_a_hold_leaves_the_stop_for_money(self):
        panel = self.overdue_and_held()
        self.on('2026-02-12')
        panel.action_lift()
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.assertEqual(panel.suspension_category, 'billing')
        self.on('2026-02-20')
        self.pay(panel)
        # 8 days before the stop of 9 February: 20 February − 8
        self.assertEqual(self.periods(panel)[1:], [('2026-02-12', '2026-03-11', 'paid')])
        self.assertPanel(panel, 'active', '2026-03-11')
        self.assertNothingLeft()

    def test_r1_under_a_hold_an_overdue_panel_shows_the_hold(self):
        panel = self.running(self.make_plan(1000, grace_days=7))
        self.on('2026-01-25')
        panel.action_hold('request', "Asked for")
        self.on('2026-02-02')
        self.assertEqual((panel.state, panel.money_state), ('suspended', 'grace'))
        panel.action_lift()
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.assertNothingLeft()
