from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


@tagged('post_install', '-at_install')
class TestPaymentUnderWay(PayCase):
    """R7: February is due on the 1st, grace ends on the 8th, and the panel stops on the 9th."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()

    def begin(self, day, clock, state='pending', provider=None, **values):
        """A payment that begins at a minute and is in a state from then on."""
        self.at(day, clock)
        tx = self.start(provider or self.gate, **values)
        if state == 'pending':
            tx._set_pending()
        elif state == 'cancel':
            tx._set_canceled()
        return tx

    def state_at(self, day, clock):
        """The panel's state after enforcement at a minute; again changes nothing."""
        self.at(day, clock)
        self.run_cron('cron_enforce')
        state = self.panel.state
        events = self.env['tenant.billing.event'].search_count([])
        self.run_cron('cron_enforce')
        self.assertEqual(self.panel.state, state)
        self.assertEqual(self.env['tenant.billing.event'].search_count([]), events)
        return state

    # === PENDING === #

    def test_r7_without_a_payment_it_stops(self):
        self.assertEqual(self.state_at('2026-02-08', '23:59'), 'grace')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'suspended')

    def test_r7_pending_payment_holds_off_the_stop_for_48_hours(self):
        self.begin('2026-02-08', '12:00')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        self.assertEqual(self.state_at('2026-02-10', '11:59'), 'grace')
        self.assertEqual(self.state_at('2026-02-10', '12:00'), 'suspended')

    def test_r7_once_per_demand(self):
        self.begin('2026-02-08', '12:00')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        tx = self.panel.demand_ids.move_id.transaction_ids
        self.at('2026-02-10', '06:00')
        tx._set_canceled()
        tx._mark_answered()
        self.begin('2026-02-10', '06:00')
        self.assertEqual(self.state_at('2026-02-10', '23:59'), 'grace')
        self.assertEqual(self.state_at('2026-02-11', '00:00'), 'suspended')

    def test_r7_a_try_of_an_earlier_day_does_not_use_it_up(self):
        tx = self.begin('2026-01-26', '12:00')
        self.assertEqual(self.state_at('2026-01-27', '00:00'), 'active')
        tx._set_canceled()
        tx._mark_answered()
        self.begin('2026-02-08', '23:00')
        self.assertEqual(self.state_at('2026-02-10', '22:59'), 'grace')
        self.assertEqual(self.state_at('2026-02-10', '23:00'), 'suspended')

    def test_r7_refused_by_the_gateway_it_stops_at_once(self):
        tx = self.begin('2026-02-08', '12:00')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        tx._set_error("Refused")
        self.assertEqual(self.state_at('2026-02-09', '01:00'), 'suspended')

    def test_r7_paid_meanwhile_it_was_never_stopped(self):
        tx = self.begin('2026-02-08', '12:00')
        self.assertEqual(self.state_at('2026-02-09', '12:00'), 'grace')
        self.finish(tx)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_r7_clerks_and_bank_transfers_hold_nothing_off(self):
        self.at('2026-02-08', '12:00')
        self.start(
            self.transfer(), payment_method_id=self.env.ref(
                'payment_custom.payment_method_wire_transfer').id)._set_pending()
        self.start_online(self.invoice)._set_pending()
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'suspended')

    def test_r7_test_money_holds_nothing_off_unless_it_counts(self):
        self.gate.state = 'test'
        self.begin('2026-02-08', '12:00')
        with patch.dict(config.options.maps[0], {'tenant_billing_allow_test_money': 'True'}):
            self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        self.assertEqual(self.state_at('2026-02-09', '01:00'), 'suspended')

    def test_r7_a_payment_of_another_demand_holds_nothing_off(self):
        usage = self.ask_in_arrears(self.panel, 30, '2026-02-01')
        self.begin('2026-02-08', '12:00', demands=usage)
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'suspended')

    def test_r7_one_payment_of_all_demands_holds_off_all(self):
        self.ask_in_arrears(self.panel, 30, '2026-02-01')
        self.begin('2026-02-08', '12:00')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')

    def test_r7_without_grace_it_is_shown_as_overdue(self):
        self.panel = self.running(self.make_plan(100, grace_days=0, lead_days=0), name="No grace")
        self.pay(self.panel)
        self.set_clock('2026-02-25')
        self.panel._renew()
        self.begin('2026-02-25', '12:00')
        self.assertEqual(self.panel.state, 'active')
        self.assertEqual(self.state_at('2026-02-26', '00:00'), 'grace')

    def test_r7_a_suspended_panel_is_not_lifted_by_a_pending_payment(self):
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'suspended')
        self.begin('2026-02-09', '12:00')
        self.assertEqual(self.state_at('2026-02-09', '13:00'), 'suspended')

    # === DRAFT AND CANCELLED === #

    def test_r7_draft_waits_half_an_hour_for_the_first_answer(self):
        self.begin('2026-02-08', '23:50', 'draft')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        self.assertEqual(self.state_at('2026-02-09', '00:19'), 'grace')
        self.assertEqual(self.state_at('2026-02-09', '00:20'), 'suspended')

    def test_r7_cancelled_waits_half_an_hour_for_the_first_answer(self):
        self.begin('2026-02-08', '23:50', 'cancel')
        self.assertEqual(self.state_at('2026-02-09', '00:19'), 'grace')
        self.assertEqual(self.state_at('2026-02-09', '00:20'), 'suspended')

    def test_r7_answered_waits_no_longer(self):
        for state in ('draft', 'cancel'):
            with self.subTest(state):
                self.at('2026-02-08', '23:40')
                self.panel = self.running(self.make_plan(
                    100, grace_days=0, activate_when='created'), name=state)
                tx = self.begin('2026-02-08', '23:50', state)
                self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
                self.at('2026-02-09', '00:01')
                tx._mark_answered()
                self.assertEqual(self.state_at('2026-02-09', '00:02'), 'suspended')

    def test_r7_the_first_answer_stays(self):
        tx = self.begin('2026-02-08', '12:00', 'draft')
        tx._mark_answered()
        first = tx.tenant_answered_on
        self.at('2026-02-08', '13:00')
        tx._mark_answered()
        self.assertEqual(tx.tenant_answered_on, first)

    def test_r7_pressing_pay_again_and_again_holds_off_once(self):
        self.begin('2026-02-08', '23:50', 'draft')
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        self.begin('2026-02-09', '00:15', 'draft')
        self.assertEqual(self.state_at('2026-02-09', '00:29'), 'grace')
        self.assertEqual(self.state_at('2026-02-09', '00:30'), 'suspended')

    # === DONE, NOT BOOKED === #

    def test_r7_paid_and_not_booked_yet_holds_off_the_stop(self):
        self.at('2026-02-08', '23:58')
        tx = self.start(self.gate)
        tx._set_done()
        self.assertEqual(self.state_at('2026-02-09', '00:00'), 'grace')
        tx._post_process()
        self.assertPanel(self.panel, 'active', '2026-02-28')

    # === WHAT IS SHOWN === #

    def test_r7_confirming_is_shown_while_money_is_on_its_way(self):
        self.at('2026-01-26', '12:00')
        tx = self.start(self.gate)
        self.assertFalse(self.panel._is_confirming(), "the gateway's page is open, Pay leads back")
        tx._set_pending()
        self.assertTrue(self.panel._is_confirming())
        self.at('2026-01-28', '12:00')
        self.assertFalse(self.panel._is_confirming(), "48 hours are over")

    def test_r7_confirming_ends_with_the_booking_and_with_the_refusal(self):
        tx = self.begin('2026-01-26', '12:00')
        tx._set_done()
        self.assertTrue(self.panel._is_confirming())
        tx._post_process()
        self.env.invalidate_all()
        self.assertFalse(self.panel._is_confirming())

    def test_r7_a_bank_transfer_is_not_confirming(self):
        self.start(
            self.transfer(), payment_method_id=self.env.ref(
                'payment_custom.payment_method_wire_transfer').id)._set_pending()
        self.assertFalse(self.panel._is_confirming())
