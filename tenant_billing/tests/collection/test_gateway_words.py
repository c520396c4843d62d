from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from odoo.addons.tenant_billing.tests.collection.paying import PayCase

GUARDS = 'odoo.addons.tenant_billing.models.collection.payment_transaction_guards'
CORE = 'odoo.addons.payment.models.payment_transaction'
WRONG_MONEY = ("The amount that arrived is not the one that was asked for. Please contact us.")


@tagged('post_install', '-at_install')
class TestGatewayWords(PayCase):
    """What any gateway says, as its own code hands it to Odoo; the numbers are those of the list
    of attacks in the README of the payment addon."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()
        self.tx = self.start(self.gate)

    def setUp(self):
        super().setUp()
        model = self.registry['payment.transaction']
        self.startPatcher(patch.object(
            model, '_extract_amount_data', lambda tx, data: data['money']))
        self.startPatcher(patch.object(model, '_apply_updates', self.apply_updates))

    @staticmethod
    def apply_updates(tx, data):
        """As providers do it."""
        tx.provider_reference = data['id']
        if data['state'] == 'done':
            tx._set_done()
        elif data['state'] == 'cancel':
            tx._set_canceled()

    def says(self, amount=100.0, currency='BDT', *, tx=None, state='done', money_id='m1', **more):
        """The gateway tells us of a payment."""
        tx = tx or self.tx
        tx._process('gate', {
            'id': money_id, 'state': state,
            'money': {'amount': amount, 'currency_code': currency, **more}})
        return tx.state

    # === AMOUNT AND CURRENCY, ON EVERY DELIVERY === #

    @mute_logger(GUARDS, CORE)
    def test_attack_3_another_amount_stays_an_error_at_the_second_delivery(self):
        for _delivery in range(3):
            self.assertEqual(self.says(11), 'error')
        self.assertEqual(self.tx.state_message, WRONG_MONEY)
        self.assertEqual(self.asked_people(), [f'Payment {self.tx.reference} needs a look'])

    @mute_logger(GUARDS, CORE)
    def test_attack_3_other_money_of_any_kind(self):
        for amount, currency in (
            (100.01, 'BDT'), (99.99, 'BDT'), (100, 'USD'), (0, 'BDT'), (None, 'BDT'), (100, None),
            (-100, 'BDT'), (float('nan'), 'BDT'), (float('inf'), 'BDT'),
        ):
            with self.subTest(amount, currency=currency):
                self.assertEqual(self.says(amount, currency), 'error')

    @mute_logger(GUARDS, CORE)
    def test_attack_3_another_amount_after_a_cancellation(self):
        self.says(state='cancel')
        self.assertEqual(self.says(11), 'error')

    @mute_logger(GUARDS, CORE)
    def test_attack_3_right_money_after_other_money(self):
        self.says(11)
        self.assertEqual(self.says(100), 'done')

    def test_attack_3_a_gateway_that_counts_fewer_places(self):
        self.assertEqual(self.says(100.0, precision_digits=0), 'done')

    def test_attack_3_what_names_no_amount_is_the_provider_s_business(self):
        self.tx._process('gate', {'id': 'm1', 'state': 'done', 'money': None})
        self.assertEqual(self.tx.state, 'done')

    # === ONE PAYMENT FOR ONE TRANSACTION === #

    @mute_logger(GUARDS, CORE)
    def test_attack_6_money_that_paid_for_another(self):
        other = self.panel_of_another()
        self.assertEqual(self.says(), 'done')
        for _delivery in range(2):
            self.assertEqual(self.says(tx=other), 'error')
        self.assertEqual(other.state_message, "This money has paid for something else already.")
        self.assertEqual(
            self.asked_people(other.invoice_ids.tenant_demand_ids.panel_id),
            [f'Payment {other.reference} needs a look'])
        self.assertEqual(self.says(tx=other, money_id='m2'), 'done')

    def test_attack_6_not_even_past_our_code(self):
        other = self.panel_of_another()
        self.says()
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), mute_logger('odoo.sql_db'):
            self.env.cr.execute(
                "UPDATE payment_transaction SET state = 'done', provider_reference = 'm1' "
                "WHERE id = %s", [other.id])

    def panel_of_another(self):
        panel = self.order(self.plan, name="Another")
        return self.start(self.gate, panel._payable())

    # === WHAT IS FINISHED === #

    def test_attack_7_a_finished_payment_keeps_its_reference(self):
        self.says()
        self.says(money_id='m2')
        self.says(money_id='m2', state='cancel')
        self.tx.write({'provider_reference': 'm2', 'state_message': "Written"})
        self.assertEqual(
            (self.tx.state, self.tx.provider_reference, self.tx.state_message),
            ('done', 'm1', "Written"))

    def test_attack_7_an_authorized_one_too(self):
        self.tx.provider_reference = 'm1'
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE payment_transaction SET state = 'authorized' WHERE id = %s", [self.tx.id])
        self.tx.invalidate_recordset()
        self.tx.provider_reference = 'm2'
        self.assertEqual(self.tx.provider_reference, 'm1')

    # === ORDER === #

    def test_attack_9_success_after_cancel(self):
        self.says(state='cancel')
        self.assertEqual(self.says(), 'done')

    @mute_logger(CORE)
    def test_attack_9_cancel_after_success(self):
        self.says()
        self.assertEqual(self.says(state='cancel'), 'done')

    def test_attack_9_late_success_on_a_credited_invoice_is_credit_and_told(self):
        self.says(state='cancel')
        self.credit(self.invoice, reason='cancelled')
        self.assertBooks('dead', 0, '2026-01-31')
        self.says()
        self.tx._post_process()
        self.run_crons()
        self.assertBooks('dead', 0, '2026-01-31')
        self.assertEqual(self.receivable(self.tx.payment_id.move_id).amount_residual, -100)
        self.assertIn(
            f'Money left over from {self.tx.payment_id.move_id.name}', self.asked_people())

    # === PAYING LITTLE === #

    def test_attack_4_the_residual_decides_what_is_paid(self):
        part = self.start_online(self.invoice, 40)
        part._set_done()
        part._post_process()
        self.assertBooks('open', 60, '2026-01-31')

    # === REFUNDS === #

    def paid(self):
        self.says()
        self.tx._post_process()
        return self.tx

    def assertNotRefundable(self, amount, message):
        with self.assertRaises(ValidationError) as raised, self.env.cr.savepoint():
            self.tx._refund(amount)
        self.assertEqual(str(raised.exception), message)

    def test_attack_19_never_more_than_was_paid(self):
        self.paid()
        self.assertEqual(self.tx._refund(60).amount, -60)
        for amount in (40.01, 100, -1, 0, 0.001, float('nan'), float('inf')):
            with self.subTest(amount):
                self.assertNotRefundable(
                    amount, f"BDT 40.00 of payment {self.tx.reference} can be "
                    f"refunded, not {amount}.")
        self.assertEqual(self.tx._refund().amount, -40)
        self.assertNotRefundable(
            None, f"BDT 0.00 of payment {self.tx.reference} can be refunded, "
            "not 0.0.")

    def test_attack_19_a_refund_that_failed_does_not_count(self):
        self.paid()
        self.tx._refund()._set_error("No")
        self.assertEqual(self.tx._refund().amount, -100)

    def test_attack_19_not_before_it_is_booked(self):
        self.says()
        self.assertNotRefundable(
            None, f"Payment {self.tx.reference} is not booked yet. Try again in a minute.")

    def test_attack_19_not_by_the_tenant(self):
        self.paid()
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_model'):
            self.tx.with_user(self.login).action_refund()
