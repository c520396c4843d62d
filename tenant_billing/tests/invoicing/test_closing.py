from functools import partial

from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing.tests.invoicing.test_kindness_and_end import KindnessCase


@tagged('post_install', '-at_install')
class TestClosing(KindnessCase):
    """R40: what is credited when a panel ends for ever. 2800 in February are 100 a day, 3100 in
    January or March as well; a day with tax is 115."""

    def stopped(self, **terms):
        """February unpaid: 8 days served, grace included, stopped on the 9th."""
        panel = self.running(self.make_plan(2800, grace_days=7, **terms))
        self.on('2026-01-25')
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 3220)
        return panel

    def held_notes(self, panel):
        return panel.demand_ids.move_id.reversal_move_ids.filtered('tenant_hold_for_refund')

    def test_r40_an_unpaid_demand_is_credited_less_the_days_served(self):
        panel = self.stopped(retention_days=30)
        self.on('2026-03-10')
        self.assertPanel(panel, 'suspended', '2026-01-31', 3220)
        self.on('2026-03-11')
        # 20 days of 115 are credited, 8 are owed
        self.assertPanel(panel, 'closed', '2026-01-31', 920)
        self.assertEqual(self.notes(panel), [(2300, 0, False)])
        self.assertEqual((str(panel.closed_on), panel.close_reason),
                         ('2026-03-11', "No service for 30 days."))
        self.assertNothingLeft()

    def test_r40_closed_in_grace_the_days_to_then_are_owed(self):
        panel = self.running(self.make_plan(2800, grace_days=7))
        self.on('2026-01-25')
        self.on('2026-02-05')
        panel.action_close("Moved away")
        # 1 to 4 February; January is paid and over
        self.assertPanel(panel, 'closed', '2026-01-31', 460)
        self.assertEqual(self.notes(panel), [(2760, 0, False)])
        self.assertNothingLeft()

    def test_r40_each_unpaid_demand_is_credited_for_its_own_days(self):
        panel = self.running(self.make_plan(3100, grace_days=40, retention_days=30))
        for day in ('2026-01-25', '2026-02-22', '2026-03-14'):
            self.on(day)
        self.assertPanel(panel, 'suspended', '2026-01-31', 7130)
        self.on('2026-04-13')
        # February was served in full: 3565. Of March 13 days: 3565 − 18 × 115 = 1495
        self.assertPanel(panel, 'closed', '2026-01-31', 5060)
        self.assertEqual(self.notes(panel), [(2070, 0, False)])
        self.assertNothingLeft()

    def test_r40_free_days_ahead_are_given_up(self):
        panel = self.running(self.make_plan(0, lead_days=7))
        self.on('2026-01-25')
        panel.action_close("Moved away")
        self.assertEqual(panel.period_ids.sorted('date_start').mapped('state'), ['claimed', 'void'])
        self.on('2026-02-02')
        self.assertPanel(panel, 'closed', '2026-01-31', 0)
        self.assertNothingLeft()

    def test_r40_a_paid_period_is_credited_for_the_rest(self):
        panel = self.running(self.make_plan(3100))
        self.on('2026-01-11')
        panel.action_close("Moved away")
        # 1 to 10 January were served: 21 days of 115, held for a refund
        self.assertPanel(panel, 'closed', '2026-01-31', 0)
        self.assertEqual(self.notes(panel), [(2415, 2415, True)])
        self.assertEqual(panel.demand_ids.status, 'settled')
        self.assertIn("Refund for a closed panel", self.asked_people(panel))
        self.assertNothingLeft()

    def test_r40_a_share_of_days_is_rounded_once(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-11')
        panel.action_close("Moved away")
        # 1000 × 21 ÷ 31 = 677.419… → 677.42, tax 101.613 → 101.61
        self.assertEqual(self.notes(panel), [(779.03, 779.03, True)])
        self.assertNothingLeft()

    def test_r40_what_is_paid_ahead_is_credited_in_full(self):
        panel = self.running(self.make_plan(3100))
        self.pay_on(panel, '2026-01-25')
        self.on('2026-01-26')
        clerk = new_test_user(
            self.env, 'closing', 'tenant_billing.group_user', company_id=self.company.id,
            company_ids=self.company.ids)  # without rights in the books
        panel.with_user(clerk).action_close("Moved away")
        # 26 to 31 January: 6 days of 115; February whole
        self.assertEqual(sorted(self.notes(panel)), [(690, 690, True), (3565, 3565, True)])
        asked = panel.activity_ids.filtered(lambda a: a.summary == "Refund for a closed panel")
        for word in ("4,255.00", *self.held_notes(panel).mapped('name')):
            self.assertIn(word, asked.note)
        self.assertPanel(panel, 'closed', '2026-01-31', 0)
        self.assertNothingLeft()

    def test_r40_an_untouched_demand_ahead_is_credited_in_full(self):
        panel = self.running(self.make_plan(3100))
        self.on('2026-01-25')
        self.on('2026-01-26')
        panel.action_close("Moved away")
        self.assertEqual(sorted(self.notes(panel)), [(690, 690, True), (3565, 0, False)])
        self.assertPanel(panel, 'closed', '2026-01-31', 0)
        self.assertNothingLeft()

    def test_r40_after_abuse_the_operator_may_keep_the_rest(self):
        panel = self.running(self.make_plan(3100))
        self.on('2026-01-05')
        panel.action_hold('abuse', "Spam")
        self.on('2026-01-11')
        panel.action_close("Spam", credit_rest=False)
        self.assertPanel(panel, 'closed', '2026-01-31', 0)
        self.assertEqual(self.notes(panel), [])
        self.assertNothingLeft()

    def test_r40_after_abuse_the_operator_may_credit_from_the_hold_on(self):
        panel = self.running(self.make_plan(3100))
        self.on('2026-01-05')
        panel.action_hold('abuse', "Spam")
        self.on('2026-01-11')
        panel.action_close("Spam")
        # 1 to 4 January were served: 27 days of 115
        self.assertEqual(self.notes(panel), [(3105, 3105, True)])
        self.assertNothingLeft()

    def test_r40_a_part_paid_beyond_the_days_served_is_left_over(self):
        panel = self.stopped(retention_days=30)
        self.pay(panel, 2000)
        self.on('2026-03-11')
        # 8 days of 115 = 920 were owed, 2000 are paid
        self.assertEqual((panel.state, panel.amount_due), ('closed', 0))
        note = panel.demand_ids.move_id.reversal_move_ids
        self.assertEqual((note.amount_total, note.amount_residual), (2300, 1080))
        self.assertNothingLeft()

    def test_r40_no_more_is_credited_than_was_asked(self):
        panel = self.stopped(retention_days=30)
        self.credit(panel.demand_ids.sorted('id')[-1].move_id, lines=.5, reason='sla')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1610)
        self.on('2026-03-11')
        # 2300 for the days not served, but only 1610 were still asked
        self.assertPanel(panel, 'closed', '2026-01-31', 0)
        self.assertEqual(sorted(self.notes(panel)), [(1610, 0, False), (1610, 0, False)])
        self.assertNothingLeft()

    def test_r3_a_credit_in_parts_leaves_no_cent_open(self):
        panel = self.running(self.make_plan(100.66))
        self.on('2026-01-25')
        [demand] = self.open_demands(panel)
        # 50.23 and 7.53 of tax; of 50.43 it would be 7.56, in all a cent less than 15.10
        self.credit(demand.move_id, lines=50.23 / 100.66)
        self.assertEqual(demand.amount_open, 58)
        self.settle_by(demand, 'credit')
        self.assertEqual((demand.status, panel.amount_due), ('dead', 0))
        self.assertNothingLeft()

    def test_r40_what_was_given_back_already_is_not_given_back_again(self):
        panel = self.running(self.make_plan(3100))
        note = self.credit(panel.demand_ids.move_id, lines=.75, reason='goodwill')
        note.tenant_hold_for_refund = True
        self.on('2026-01-02')
        panel.action_close("Moved away")
        # 30 days of 115 are 3450, but of 3565 only a quarter was still paid
        self.assertEqual(
            sorted(self.notes(panel)), [(891.25, 891.25, True), (2673.75, 2673.75, True)])
        self.assertNothingLeft()

    def test_r40_a_panel_that_never_began_is_credited_in_full(self):
        panel = self.order(self.make_plan(1000))
        panel.action_close("Ordered twice")
        self.assertPanel(panel, 'closed', None, 0)
        self.assertEqual(self.notes(panel), [(1150, 0, False)])
        self.assertNothingLeft()

    def test_r40_a_paid_order_that_never_began_is_held_for_a_refund(self):
        panel = self.order(self.make_plan(1000))
        self.pay(panel)
        panel.action_close("Changed their mind")
        self.assertPanel(panel, 'closed', None, 0)
        self.assertEqual(self.notes(panel), [(1150, 1150, True)])
        self.assertNothingLeft()

    def test_r40_the_rest_that_is_owed_can_be_paid(self):
        panel = self.stopped(retention_days=30)
        self.on('2026-03-11')
        self.on('2026-03-20')
        self.pay(panel)
        self.assertEqual((panel.state, panel.amount_due, len(self.open_demands(panel))),
                         ('closed', 0, 0))
        told = panel.activity_ids.filtered(lambda a: a.summary == "Paid after closing")
        self.assertIn("of this money nothing is to be refunded", told.note)
        self.assertNothingLeft()

    def test_r40_money_after_closing_is_credit_and_told(self):
        panel = self.stopped(retention_days=30)
        self.on('2026-03-11')
        self.on('2026-03-20')
        payment = self.receive(3220)
        self.run_crons()
        # 920 were owed; 2300 are left over
        self.assertEqual((panel.state, panel.amount_due), ('closed', 0))
        receivable = payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        self.assertEqual(receivable.amount_residual, -2300)
        self.assertIn(f"Money left over from {payment.move_id.name}", self.asked_people(panel))
        self.assertNothingLeft()

    def test_r40_a_held_refund_pays_no_other_panel(self):
        panel = self.running(self.make_plan(3100))
        other = self.order(self.make_plan(1000), name="Other")
        self.on('2026-01-11')
        panel.action_close("Moved away")
        self.run_crons()
        self.assertPanel(other, 'creating', None, 1150)
        self.assertNothingLeft()

    def test_r40_closed_is_final(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-11')
        panel.action_close("Moved away")
        notes = self.notes(panel)
        panel.action_close("Again")
        self.assertEqual((self.notes(panel), panel.close_reason), (notes, "Moved away"))
        for event, action in (
            ("Hold", partial(panel.action_hold, 'abuse', "Spam")),
            ("Marked created", panel.action_mark_created),
            ("Marked failed", panel.action_mark_failed),
            ("Cancelled at period end", panel.action_cancel),
        ):
            self.assertRefused(f'Panel is closed, so "{event}" is not possible.', action)
        self.assertRefused(
            "Days can be granted to a panel that has begun and is not cancelled.",
            lambda: panel.action_grant(5, "An outage"))
        panel.action_retry()
        self.assertEqual((panel.state, len(panel.hold_ids)), ('closed', 0))
        self.on('2026-02-10')
        self.assertEqual((panel.state, len(panel.demand_ids)), ('closed', 1))
        self.assertNothingLeft()

    def test_r40_closing_needs_a_reason(self):
        panel = self.running(self.make_plan(1000))
        self.assertRefused("Give a reason for closing.", lambda: panel.action_close("  "))

    def test_r40_a_free_panel_is_closed_by_hand(self):
        panel = self.running(self.make_plan(0))
        self.on('2026-01-26')
        panel.action_close("Moved away")
        self.on('2026-03-01')
        self.assertEqual((panel.state, len(panel.demand_ids)), ('closed', 0))
        self.assertNothingLeft()
