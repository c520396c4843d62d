from functools import partial

from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing.tests.invoicing.test_renewal import CALENDAR, RenewalCase


class KindnessCase(RenewalCase):

    def notes(self, panel):
        """Credit notes as (with tax, still free, held for a refund)."""
        return [
            (note.amount_total, note.amount_residual, note.tenant_hold_for_refund)
            for note in panel.demand_ids.sorted('id').move_id.reversal_move_ids]


@tagged('post_install', '-at_install')
class TestKindness(KindnessCase):
    """R15a: days given, and time to pay."""

    def granted(self, **terms):
        panel = self.running(self.make_plan(1000, **terms))
        self.pay(panel)
        self.on('2026-01-15')
        panel.action_grant(10, "An outage")
        return panel

    def test_r15a_granted_days_follow_the_last_period(self):
        panel = self.granted()
        self.assertPanel(panel, 'active', '2026-02-10')
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-10', 'paid')])
        days = panel._live_periods()[-1]
        self.assertEqual((days.kind, days.settled_by, days.reason, days.amount),
                         ('granted', 'granted', "An outage", 0))
        self.on('2026-02-03')
        self.assertEqual(len(panel.demand_ids), 1)
        self.pay_on(panel, '2026-02-04', '2026-03-04')
        self.assertEqual(self.periods(panel)[2:], [
            ('2026-02-11', '2026-03-10', 'paid'), ('2026-03-11', '2026-04-10', 'paid')])
        self.assertNothingLeft()

    def test_r15a_granted_days_follow_an_issued_period(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        panel.action_grant(3, "An outage")
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'open'), ('2026-03-01', '2026-03-03', 'paid')])
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-03-03')
        self.assertNothingLeft()

    def test_r15a_boundaries_count_from_the_end_of_granted_days(self):
        self.set_clock('2026-03-31')
        panel = self.running(self.make_plan(1000))
        panel.action_grant(61, "An outage")  # 30 April to 29 June
        self.pay_on(panel, '2026-06-23')
        # from the 30th now, no longer from the 31st: not to 30 July
        self.assertEqual(self.periods(panel)[2:], [('2026-06-30', '2026-07-29', 'paid')])
        self.assertNothingLeft()

    def test_r15a_a_calendar_plan_goes_on_with_a_stub(self):
        panel = self.running(self.make_plan(2800, **CALENDAR))
        self.pay(panel)
        self.on('2026-01-15')
        panel.action_grant(10, "An outage")
        self.pay_on(panel, '2026-02-04', '2026-02-22')
        # 11 to 28 February: 2800 × 18 ÷ 28 = 1800, with tax 2070
        self.assertEqual(self.asked(panel)[1:], [
            ('2026-02-04', '2026-02-11', 2070, 'settled'),
            ('2026-02-22', '2026-03-01', 3220, 'settled')])
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-10', 'paid'), ('2026-02-11', '2026-02-28', 'paid'),
            ('2026-03-01', '2026-03-31', 'paid')])
        self.assertNothingLeft()

    def test_r15a_granted_days_are_taken_back_before_they_begin(self):
        panel = self.granted()
        days = panel._live_periods()[-1]
        self.on('2026-01-20')
        days.action_take_back()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.assertEqual(self.void(panel), [('2026-02-01', '2026-02-10', True)])
        self.pay_on(panel, '2026-01-25')
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-28', 'paid')])
        self.assertNothingLeft()

    def test_r15a_begun_days_are_not_taken_back(self):
        panel = self.granted()
        days = panel._live_periods()[-1]
        self.on('2026-02-01')
        self.assertRefused(
            "Only granted days that have not begun can be taken back.",
            days.action_take_back)
        self.assertPanel(panel, 'active', '2026-02-10')

    def test_r15a_days_before_an_issued_period_are_not_taken_back(self):
        panel = self.running(self.make_plan(1000, lead_days=20))
        self.on('2026-01-10')
        panel.action_grant(10, "An outage")
        days = panel._live_periods()[-1]
        self.on('2026-01-22')  # 20 days before 11 February
        self.assertRefused(
            "A later period was issued already. Credit it first, then take the days back.",
            days.action_take_back)
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-10', 'paid'), ('2026-02-11', '2026-03-10', 'open')])
        self.assertNothingLeft()

    def test_r15a_two_grants_are_taken_back_in_turn(self):
        panel = self.granted()
        first = panel._live_periods()[-1]
        panel.action_grant(5, "Another outage")
        second = panel._live_periods()[-1]
        self.assertPanel(panel, 'active', '2026-02-15')
        self.assertRefused(
            "A later period was issued already. Credit it first, then take the days back.",
            first.action_take_back)
        second.action_take_back()
        first.action_take_back()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-01-25')
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-28', 'open')])
        self.assertNothingLeft()

    def test_r15a_granted_days_move_with_the_period_before_them(self):
        panel = self.running(self.make_plan(1000, grace_days=7, retention_days=365))
        self.on('2026-01-25')
        self.on('2026-02-09')
        panel.action_grant(5, "An outage")
        self.on('2026-03-13')
        self.pay(panel)
        # R13: 13 March − 8 days served = 5 March; the five days follow
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-03-05', '2026-04-04', 'paid'), ('2026-04-05', '2026-04-09', 'paid')])
        self.assertPanel(panel, 'active', '2026-04-09')
        self.on('2026-04-03')
        self.assertEqual(self.periods(panel)[3:], [('2026-04-10', '2026-05-09', 'open')])
        self.assertNothingLeft()

    def test_r15a_what_a_grant_needs(self):
        panel = self.running(self.make_plan(1000))
        asked = "Give a number of days from 1 to 3,660, and a reason."
        for days, reason in ((0, "x"), (-1, "x"), (3661, "x"), (1.5, "x"), (5, " ")):
            self.assertRefused(asked, partial(panel.action_grant, days, reason))
        self.assertRefused(
            "Days can be granted to a panel that has begun and is not cancelled.",
            lambda: self.order(self.make_plan(1000)).action_grant(5, "An outage"))
        panel.action_cancel()
        self.assertRefused(
            "Days can be granted to a panel that has begun and is not cancelled.",
            lambda: panel.action_grant(5, "An outage"))

    def test_r15a_a_manager_takes_back(self):
        panel = self.granted()
        clerk = new_test_user(
            self.env, 'clerk', 'tenant_billing.group_user', company_id=self.company.id)
        self.assertRefused(
            "Only a Billing Manager may do this.",
            lambda: panel._live_periods()[-1].with_user(clerk).action_take_back())

    def renewal(self, **terms):
        panel = self.running(self.make_plan(1000, grace_days=7, **terms))
        self.on('2026-01-25')
        return panel, self.open_demands(panel)

    def test_r15a_a_deferred_demand_stops_later(self):
        panel, demand = self.renewal()
        demand.action_defer('2026-02-20', "Promised by phone")
        self.on('2026-02-20')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertEqual(str(panel.stop_after), '2026-02-20')
        self.on('2026-02-21')
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.on('2026-02-27')
        self.assertPanel(panel, 'grace', '2026-01-31', 2300)
        self.on('2026-02-28')
        self.assertPanel(panel, 'suspended', '2026-01-31', 2300)
        self.assertNothingLeft()

    def test_r15a_an_earlier_day_than_the_due_day_changes_nothing(self):
        panel, demand = self.renewal()
        demand.action_defer('2026-01-28', "A slip")
        self.assertEqual(str(panel.stop_after), '2026-02-01')

    def test_r15a_deferred_in_grace_it_runs_on(self):
        panel, demand = self.renewal()
        self.on('2026-02-05')
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        demand.action_defer('2026-02-10', "Promised by phone")
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_r3_deferred_while_stopped_it_runs_again(self):
        panel, demand = self.renewal(after_suspension='continue')
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.on('2026-02-12')
        demand.action_defer('2026-02-20', "Promised by phone")
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertEqual(self.periods(panel)[1:], [('2026-02-01', '2026-02-28', 'open')])
        self.on('2026-02-22')
        self.on('2026-02-28')
        self.assertPanel(panel, 'suspended', '2026-01-31', 2300)
        self.assertNothingLeft()

    def test_r15a_what_a_deferral_needs(self):
        panel, demand = self.renewal()
        asked = "Give the day until which payment may wait, and a reason."
        self.assertRefused(asked, lambda: demand.action_defer('2026-02-20', ""))
        self.assertRefused(asked, lambda: demand.action_defer(False, "Promised by phone"))
        self.pay(panel)
        self.assertRefused(
            "Only an open demand can be deferred.",
            lambda: demand.action_defer('2026-02-20', "Promised by phone"))


@tagged('post_install', '-at_install')
class TestCancel(KindnessCase):
    """R38: no more service after what is owed or paid."""

    def test_r38_service_ends_with_the_period(self):
        panel = self.running(self.make_plan(1000, retention_days=30))
        self.on('2026-01-10')
        panel.action_cancel()
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-02-01')
        self.on('2026-01-31')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-02-01')
        self.assertPanel(panel, 'suspended', '2026-01-31')
        self.assertEqual(panel.suspension_category, 'request')
        self.on('2026-03-02')
        self.assertPanel(panel, 'suspended', '2026-01-31')
        self.on('2026-03-03')  # 1 February + 30 days
        self.assertPanel(panel, 'closed', '2026-01-31')
        self.assertEqual(len(panel.demand_ids), 1)
        self.assertNothingLeft()

    def test_r38_an_untouched_demand_ahead_is_credited_at_once(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        self.on('2026-01-26')
        panel.action_cancel()
        self.assertPanel(panel, 'active', '2026-01-31', 0)
        self.assertEqual(self.notes(panel), [(1150, 0, False)])
        self.assertEqual(str(panel.service_end), '2026-02-01')
        self.assertNothingLeft()

    def test_r38_a_partly_paid_demand_ahead_is_served(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        self.pay(panel, 150)
        panel.action_cancel()
        self.assertPanel(panel, 'active', '2026-01-31', 1000)
        self.assertEqual(str(panel.service_end), '2026-03-01')
        self.assertNothingLeft()

    def test_r38_a_paid_period_ahead_is_served(self):
        panel = self.running(self.make_plan(1000))
        self.pay_on(panel, '2026-01-25')
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-03-01')
        self.on('2026-02-28')
        self.assertPanel(panel, 'active', '2026-02-28')
        self.on('2026-03-01')
        self.assertPanel(panel, 'suspended', '2026-02-28')
        self.assertNothingLeft()

    def test_r38_granted_days_ahead_are_served(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-10')
        panel.action_grant(10, "An outage")
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-02-11')

    def test_r38_a_free_period_ahead_is_taken_back(self):
        panel = self.running(self.make_plan(0))
        self.on('2026-01-26')
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-02-01')
        self.assertEqual(self.periods(panel), [('2026-01-01', '2026-01-31', 'paid')])
        self.on('2026-02-01')
        self.assertPanel(panel, 'suspended', '2026-01-31')
        self.assertNothingLeft()

    def pending(self, move):
        """A payment of the invoice that is under way at an online provider."""
        provider = self.env['payment.provider'].create({
            'name': "Gate", 'company_id': self.company.id, 'state': 'test'})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE payment_provider SET code = 'gate' WHERE id = %s", [provider.id])
        provider.invalidate_recordset(['code'])
        return self.env['payment.transaction'].create({
            'provider_id': provider.id, 'reference': move.name, 'amount': move.amount_residual,
            'payment_method_id': self.env.ref('payment.payment_method_unknown').id,
            'currency_id': move.currency_id.id, 'partner_id': move.partner_id.id,
            'invoice_ids': move.ids, 'state': 'pending'})

    def test_r38_the_credit_waits_while_a_payment_is_pending(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        payment = self.pending(self.open_demands(panel).move_id)
        panel.action_cancel()
        self.on('2026-01-27')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        payment.state = 'cancel'
        self.run_crons()
        self.assertPanel(panel, 'active', '2026-01-31', 0)
        self.assertNothingLeft()

    def test_r38_account_credit_does_not_pay_what_waits_for_its_credit(self):
        """A part paid of it would keep it for ever, for days that nobody will serve."""
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        ahead = self.open_demands(panel)
        payment = self.pending(ahead.move_id)
        panel.action_cancel()
        other = self.running(self.make_plan(1000), name="Other")
        note = self.env['tenant.invoice.builder']._credit(
            other.demand_ids, 'goodwill', days=(1, 25))
        self.on('2026-01-27')
        self.assertEqual((ahead.amount_open, note.amount_residual), (1150, 46))
        payment.state = 'cancel'
        self.run_crons()
        self.assertEqual((ahead.status, note.amount_residual), ('dead', 46))
        self.assertPanel(panel, 'active', '2026-01-31', 0)
        self.on('2026-02-01')
        self.assertPanel(panel, 'suspended', '2026-01-31', 0)
        self.assertNothingLeft()

    def test_r38_service_ends_whatever_is_open(self):
        panel = self.running(self.make_plan(1000, retention_days=30))
        self.on('2026-01-25')
        self.on('2026-02-05')
        self.open_demands(panel).action_defer('2026-06-30', "Promised by phone")
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-03-01')
        self.on('2026-02-28')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.on('2026-03-01')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.assertEqual((panel.suspension_category, panel.money_state), ('request', 'active'))
        self.on('2026-03-31')  # 1 March + 30 days: all of February was served and is owed
        self.assertPanel(panel, 'closed', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_r38_an_old_debt_paid_after_the_end_brings_nothing_back(self):
        panel = self.running(self.make_plan(1000, grace_days=7, retention_days=60))
        self.on('2026-01-25')
        self.on('2026-02-03')
        panel.action_cancel()
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.on('2026-03-01')
        self.on('2026-03-05')
        self.pay(panel)
        self.assertPanel(panel, 'suspended', '2026-02-28', 0)
        self.assertEqual(panel.suspension_category, 'request')
        self.on('2026-04-30')  # 1 March + 60 days
        self.assertPanel(panel, 'closed', '2026-02-28')
        self.assertNothingLeft()

    def test_r38_the_end_moves_with_a_restarted_period(self):
        panel = self.running(self.make_plan(1000, grace_days=7))
        self.on('2026-01-25')
        self.on('2026-02-09')
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-03-01')
        self.on('2026-02-20')
        self.pay(panel)
        self.assertEqual(self.periods(panel)[1:], [('2026-02-12', '2026-03-11', 'paid')])
        self.assertEqual(str(panel.service_end), '2026-03-12')
        self.on('2026-03-11')
        self.assertPanel(panel, 'active', '2026-03-11')
        self.on('2026-03-12')
        self.assertPanel(panel, 'suspended', '2026-03-11')
        self.assertNothingLeft()

    def test_r38_resumed_it_is_issued_again(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        panel.action_cancel()
        self.on('2026-01-28')
        panel.action_resume()
        panel.action_resume()
        self.assertEqual(self.asked(panel)[1:], [
            ('2026-01-25', '2026-02-01', 1150, 'dead'), ('2026-01-28', '2026-02-01', 1150, 'open')])
        self.assertEqual((panel.service_end, self.void(panel)),
                         (False, [('2026-02-01', '2026-02-28', True)]))
        self.pay(panel)
        self.on('2026-02-01')
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_r38_resumed_before_the_lead_it_waits_for_its_day(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-10')
        panel.action_cancel()
        self.on('2026-01-20')
        panel.action_resume()
        self.on('2026-01-24')
        self.assertEqual(len(panel.demand_ids), 1)
        self.on('2026-01-25')
        self.assertEqual(self.asked(panel)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])
        self.assertNothingLeft()

    def test_r38_not_resumed_once_service_has_ended(self):
        panel = self.running(self.make_plan(1000))
        panel.action_cancel()
        self.on('2026-02-01', hour=0, run=False)
        self.assertRefused(
            "The service of Panel has ended. Lift its hold to go on, or order a new panel.",
            panel.action_resume)

    def test_r38_only_what_has_begun_is_cancelled(self):
        panel = self.order(self.make_plan(1000))
        self.assertRefused(
            "Panel has not begun. Close it to withdraw the order.",
            panel.action_cancel)
