from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from odoo.addons.tenant_billing.tests.invoicing.test_renewal import CALENDAR, RenewalCase

PROVISION = "Provision the panel"


class BeginningCase(RenewalCase):

    def settled_by(self, panel):
        return panel._live_periods().mapped('settled_by')


@tagged('post_install', '-at_install')
class TestFirstPeriod(BeginningCase):
    """R9: from the order to the first day."""

    def test_r9_paid_begins_on_the_day_it_is_marked_created(self):
        panel = self.order(self.make_plan(1000, term_days=3))
        self.assertPanel(panel, 'creating', None, 1150)
        self.assertEqual(self.asked(panel), [('2026-01-01', '2026-01-04', 1150, 'open')])
        self.assertEqual((panel.period_ids.state, panel.demand_ids.move_id.state),
                         ('undated', 'posted'))
        self.assertEqual(self.asked_people(panel), [])
        self.on('2026-01-05')
        self.pay(panel)
        self.assertPanel(panel, 'creating', None, 0)
        self.assertEqual(self.asked_people(panel), [PROVISION])
        self.on('2026-01-10')
        self.assertPanel(panel, 'creating', None, 0)
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-02-09')
        self.assertEqual(self.periods(panel), [('2026-01-10', '2026-02-09', 'paid')])
        self.assertEqual((str(panel.active_since), str(panel.anchor_date), str(panel.created_on)),
                         ('2026-01-10', '2026-01-10', '2026-01-10'))
        self.assertNothingLeft()

    def test_r9_ordering_again_does_nothing(self):
        panel = self.order(self.make_plan(1000))
        panel.action_order()
        self.assertEqual((len(panel.period_ids), len(panel.demand_ids)), (1, 1))
        self.pay(panel)
        panel.action_mark_created()
        panel.action_order()
        panel.action_mark_created()
        self.assertEqual(len(panel.period_ids), 1)
        self.assertEqual(panel.subscription_ids.mapped('date_from'), [self.day('2026-01-01')])
        self.assertNothingLeft()

    def test_r9_one_panel_for_an_external_id(self):
        plan = self.make_plan(1000)
        self.order(plan, external_id='vm-17')
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'):
            self.make_panel(plan, external_id='vm-17')

    def test_r9_other_companies_have_their_own_external_ids(self):
        self.order(self.make_plan(1000), external_id='vm-17')
        other = self.make_company("Sierra Hosting", 'USD')
        self.assertTrue(self.make_panel(self.make_plan(10, company=other), external_id='vm-17'))

    def test_r9_created_begins_when_the_host_is_ready(self):
        panel = self.order(self.make_plan(1000, activate_when='created', term_days=2))
        self.assertPanel(panel, 'creating', None, 0)
        self.assertEqual((len(panel.demand_ids), self.asked_people(panel)), (0, [PROVISION]))
        self.on('2026-01-20')  # an order without an invoice does not expire
        self.assertPanel(panel, 'creating', None, 0)
        panel.action_mark_created()
        self.assertPanel(panel, 'active', None, 1150)
        self.assertEqual(self.asked(panel), [('2026-01-20', '2026-01-22', 1150, 'open')])
        self.assertEqual(self.periods(panel), [('2026-01-20', '2026-02-19', 'open')])
        self.on('2026-01-22')
        self.assertPanel(panel, 'active', None, 1150)
        self.on('2026-01-23')
        self.assertPanel(panel, 'grace', None, 1150)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-19')
        self.assertNothingLeft()

    def test_r9_calendar_invoices_at_mark_created(self):
        panel = self.order(self.make_plan(3100, **CALENDAR))
        self.assertPanel(panel, 'creating', None, 0)
        self.assertEqual(len(panel.demand_ids), 0)
        self.on('2026-01-10')
        panel.action_mark_created()
        # 3100 × 22 ÷ 31 = 2200, with tax 2530
        self.assertPanel(panel, 'active', None, 2530)
        self.assertEqual(self.periods(panel), [('2026-01-10', '2026-01-31', 'open')])
        self.assertEqual(self.asked(panel), [('2026-01-10', '2026-01-10', 2530, 'open')])
        self.assertNothingLeft()

    def test_r9_created_before_it_is_paid_waits(self):
        panel = self.order(self.make_plan(1000))
        self.on('2026-01-03')
        panel.action_mark_created()
        self.assertPanel(panel, 'creating', None, 1150)
        self.assertEqual(self.asked_people(panel), ["Created before it was paid"])
        panel.action_mark_created()
        self.assertEqual(self.asked_people(panel), ["Created before it was paid"])
        self.on('2026-01-06')
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-02-05')
        self.assertEqual(self.periods(panel), [('2026-01-06', '2026-02-05', 'paid')])
        self.assertEqual(str(panel.active_since), '2026-01-06')
        self.assertNothingLeft()

    def test_r9_not_ordered_is_not_created(self):
        panel = self.make_panel(self.make_plan(1000))
        self.assertRefused(
            "Panel is not ordered yet. Order it first.",
            panel.action_mark_created)
        self.assertRefused(
            "Panel is not ordered yet. Order it first.",
            panel.action_mark_failed)

    def test_r9_an_unpaid_order_expires(self):
        panel = self.order(self.make_plan(1000, order_expiry_days=14))
        move = panel.demand_ids.move_id
        self.on('2026-01-14')
        self.assertPanel(panel, 'creating', None, 1150)
        self.on('2026-01-15')
        self.assertPanel(panel, 'closed', None, 0)
        self.assertEqual((move.payment_state, move.reversal_move_ids.amount_total),
                         ('reversed', 1150))
        self.assertEqual((panel.demand_ids.status, panel.period_ids.state), ('dead', 'void'))
        self.assertNothingLeft()

    def test_r9_money_for_an_expired_order_is_credit(self):
        panel = self.order(self.make_plan(1000))
        self.on('2026-01-15')
        self.assertPanel(panel, 'closed', None, 0)
        payment = self.receive(1150)
        self.run_crons()
        self.assertPanel(panel, 'closed', None, 0)
        self.assertIn(f"Money left over from {payment.move_id.name}", self.asked_people(panel))
        self.assertNothingLeft()

    def test_r9_a_partly_paid_order_does_not_expire(self):
        panel = self.order(self.make_plan(1000))
        self.pay(panel, 150)
        self.on('2026-02-15')
        self.assertPanel(panel, 'creating', None, 1000)
        self.assertNothingLeft()

    def test_r9_an_unpaid_order_that_failed_expires_too(self):
        panel = self.order(self.make_plan(1000, order_expiry_days=14))
        panel.action_mark_failed("No room")
        self.assertPanel(panel, 'failed', None, 1150)
        self.on('2026-01-15')
        self.assertPanel(panel, 'closed', None, 0)
        self.assertNothingLeft()


@tagged('post_install', '-at_install')
class TestFailure(BeginningCase):
    """R9: a panel that the host could not make."""

    def failed_after_payment(self):
        panel = self.order(self.make_plan(1000))
        self.pay(panel)
        self.on('2026-01-03')
        panel.action_mark_failed("No room")
        return panel

    def test_r9_failed_after_payment_proposes_a_refund(self):
        panel = self.failed_after_payment()
        self.assertPanel(panel, 'failed', None, 0)
        note = panel.demand_ids.move_id.reversal_move_ids
        self.assertEqual(
            (note.amount_total, note.amount_residual, note.state, note.tenant_credit_reason),
            (1150, 1150, 'posted', 'not_delivered'))
        self.assertTrue(note.tenant_hold_for_refund)
        self.assertEqual((panel.demand_ids.status, panel.period_ids.state), ('dead', 'void'))
        self.assertIn("Refund a panel that could not be created", self.asked_people(panel))
        panel.action_mark_failed("No room")
        self.assertEqual(len(panel.demand_ids.move_id.reversal_move_ids), 1)
        self.assertNothingLeft()

    def test_r9_the_held_refund_pays_nothing_else(self):
        self.failed_after_payment()
        other = self.order(self.make_plan(1000), name="Other")
        self.run_crons()
        self.assertPanel(other, 'creating', None, 1150)
        self.assertNothingLeft()

    def test_r9_failed_may_be_tried_again(self):
        panel = self.failed_after_payment()
        self.on('2026-01-05')
        panel.action_retry()
        # the money that was held pays the new invoice
        self.assertPanel(panel, 'creating', None, 0)
        self.assertEqual(self.asked(panel), [
            ('2026-01-01', '2026-01-01', 1150, 'dead'),
            ('2026-01-05', '2026-01-05', 1150, 'settled')])
        self.assertIn(PROVISION, self.asked_people(panel))
        self.on('2026-01-06')
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-02-05')
        self.assertEqual(self.periods(panel), [('2026-01-06', '2026-02-05', 'paid')])
        self.assertNothingLeft()

    def test_r9_failed_twice_and_tried_again(self):
        panel = self.failed_after_payment()
        panel.action_retry()
        panel.action_mark_failed("Still no room")
        self.assertPanel(panel, 'failed', None, 0)
        panel.action_retry()
        self.assertPanel(panel, 'creating', None, 0)
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-02-02')
        self.assertNothingLeft()

    def test_r9_refunded_is_not_tried_again(self):
        panel = self.failed_after_payment()
        self.pay_invoice(panel.demand_ids.move_id.reversal_move_ids, 1)
        self.assertRefused(
            "The money for this panel was refunded already. Order a new panel.",
            panel.action_retry)
        self.assertPanel(panel, 'failed', None, 0)
        self.assertNothingLeft()

    def test_r9_failed_before_payment_can_be_tried_again(self):
        panel = self.order(self.make_plan(1000))
        panel.action_mark_failed("No room")
        self.assertPanel(panel, 'failed', None, 1150)
        self.assertFalse(panel.demand_ids.move_id.reversal_move_ids)
        panel.action_retry()
        self.assertPanel(panel, 'creating', None, 1150)
        self.assertEqual(len(panel.demand_ids), 1)
        self.pay(panel)
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.assertNothingLeft()

    def test_r9_paid_after_a_failure_asks_a_person(self):
        panel = self.order(self.make_plan(1000))
        panel.action_mark_failed("No room")
        self.pay(panel)
        self.assertPanel(panel, 'failed', None, 0)
        self.assertEqual(self.asked_people(panel), ["Paid after a failure"])
        panel.action_retry()
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.assertNothingLeft()

    def test_r9_created_plans_may_fail_and_be_tried_again(self):
        panel = self.order(self.make_plan(1000, activate_when='created'))
        panel.action_mark_failed("No room")
        self.assertPanel(panel, 'failed', None, 0)
        panel.action_retry()
        self.on('2026-01-04')
        panel.action_mark_created()
        self.assertPanel(panel, 'active', None, 1150)
        self.assertEqual(self.periods(panel), [('2026-01-04', '2026-02-03', 'open')])
        self.assertNothingLeft()


@tagged('post_install', '-at_install')
class TestZero(BeginningCase):
    """R16: nothing due."""

    def test_r16_a_part_that_rounds_to_nothing_needs_no_document(self):
        self.set_clock('2026-01-31')
        panel = self.running(self.make_plan(0.1, **CALENDAR))
        # 0.10 × 1 ÷ 31 = 0.003… → 0.00
        self.assertPanel(panel, 'active', '2026-01-31', 0)
        self.assertEqual((self.settled_by(panel), len(panel.demand_ids)), (['zero'], 0))
        self.run_crons()
        self.assertNothingLeft()

    def test_r16_zero_is_settled_at_its_start(self):
        plan = self.make_plan(0.1, activate_when='created', cycle='month')
        panel = self.running(plan)
        self.pay(panel)
        self.make_version(plan, 0, notice_days=0, effective_from='2026-02-01')
        self.on('2026-01-25')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-02-01')
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertEqual(len(panel.demand_ids), 1)
        self.assertNothingLeft()

    def test_r16_a_switch_posts_a_zero_invoice(self):
        panel = self.order(self.make_plan(0, post_zero=True))
        move = panel.demand_ids.move_id
        self.assertEqual((move.state, move.amount_total, move.payment_state), ('posted', 0, 'paid'))
        self.assertEqual(panel.demand_ids.status, 'settled')
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-01-25')
        self.on('2026-02-01')
        self.assertPanel(panel, 'active', '2026-02-28')
        self.assertEqual((self.settled_by(panel), len(panel.demand_ids)), (['zero', 'zero'], 2))
        self.assertNothingLeft()
