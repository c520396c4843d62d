from odoo.tests import tagged
from odoo.tools import mute_logger

from .simulated_case import SimulatedCase

MESSAGES = 'odoo.addons.tenant_billing_sslcommerz.models.gateway_message'
ANSWERS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'
TRANSACTIONS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction'
BROKEN = ({'slow_seconds': 2}, {'error': True}, {'garbage': True})
WORKING = {'slow_seconds': 0, 'error': False, 'garbage': False}


@tagged('post_install', '-at_install')
class TestSimulatedFaults(SimulatedCase):
    """Each fault of the gateway: all is right after one round of the scheduled actions."""

    def test_no_late_and_duplicate_callbacks(self):
        for ipn in ('normal', 'none', 'late', 'duplicate'):
            for comes_back in (True, False):
                with self.subTest(ipn=ipn, comes_back=comes_back):
                    self.misbehave(ipn=ipn)
                    tx = self.start()
                    self.pay(tx, comes_back=comes_back)
                    self.run_round()
                    self.assertPaidOnce(tx)
                    self.hear_waiting()  # what was late comes now
                    self.run_round()
                    self.assertPaidOnce(tx)
        self.assertNothingLeft()

    @mute_logger(ANSWERS)
    def test_wrong_amount(self):
        self.misbehave(wrong_amount=True)
        for comes_back in (True, False):
            tx = self.start()
            self.pay(tx, comes_back=comes_back)
            self.run_round()
            self.assertNotPaid(tx, 'error')
            self.assertEqual(self.questions(tx), [f'Payment {tx.reference} needs a look'])
        self.assertNothingLeft()

    @mute_logger(ANSWERS)
    def test_risk(self):
        self.misbehave(risk=True)
        tx = self.start()
        self.pay(tx)
        self.run_round()
        self.assertNotPaid(tx, 'pending')
        tx.action_sslcommerz_accept_risk()
        self.run_round()
        self.assertPaidOnce(tx)

    @mute_logger(MESSAGES)
    def test_signature_that_we_refuse(self):
        self.misbehave(bad_signature=True)
        tx = self.start()
        self.pay(tx)
        self.assertFalse(self.env['tenant.gateway.message'].search([]))
        self.assertNotPaid(tx, 'draft')
        self.run_round()
        self.assertPaidOnce(tx)

    def test_slow_broken_and_unreadable_when_the_page_is_opened(self):
        for fault in BROKEN:
            with self.subTest(fault):
                panel = self.order(self.plan)
                self.misbehave(**WORKING)
                self.misbehave(**fault)
                failed = self.start(panel)
                self.assertNotPaid(failed, 'error')
                self.misbehave(**WORKING)
                again = self.start(panel)
                self.pay(again)
                self.run_round()
                self.assertPaidOnce(again)
                self.assertEqual(failed.state, 'error')

    @mute_logger(TRANSACTIONS)
    def test_slow_broken_and_unreadable_when_asked_whether_it_is_paid(self):
        for fault in BROKEN:
            for where in ('validation', 'query', 'all'):
                with self.subTest(fault, where=where):
                    self.set_clock('2026-01-01')
                    self.misbehave(**WORKING, where=where)
                    tx = self.start()
                    self.misbehave(**fault)
                    self.pay(tx)
                    self.assertEqual(tx.state, 'done' if where == 'query' else 'pending')
                    self.run_round()
                    self.misbehave(**WORKING)
                    self.set_clock('2026-01-01', hour=13)
                    self.run_round()
                    self.assertPaidOnce(tx)

    def test_failed_and_cancelled_then_a_second_try(self):
        for action, state in (('fail', 'error'), ('cancel', 'cancel')):
            for comes_back in (True, False):
                with self.subTest(action, comes_back=comes_back):
                    panel = self.order(self.plan)
                    first = self.start(panel)
                    self.pay(first, action, comes_back=comes_back)
                    self.run_round()
                    self.assertNotPaid(first, state)
                    self.assertIn("You can try again" if state == 'cancel' else "you can try",
                                  first.state_message)
                    second = self.start(panel)
                    self.pay(second)
                    self.run_round()
                    self.assertPaidOnce(second)
                    self.assertEqual(first.state, state)

    def test_failed_and_cancelled_then_paid_on_the_same_page(self):
        for tries in (('fail',), ('cancel',), ('fail', 'cancel', 'fail')):
            for comes_back in (True, False):
                with self.subTest(tries, comes_back=comes_back):
                    tx = self.start()
                    for action in tries:
                        self.pay(tx, action)
                    self.pay(tx, comes_back=comes_back)
                    self.run_round()
                    self.assertPaidOnce(tx)

    def test_callback_that_overtakes_all_others(self):
        """Success is heard before the failure that came first."""
        tx = self.start()
        self.press(tx, 'fail')
        self.press(tx, 'cancel')
        self.press(tx, 'pay')
        waiting = self.sandbox.take_waiting()
        for _address, form in reversed(waiting):
            self.hear_form(form)
        self.run_round()
        self.assertPaidOnce(tx)

    def test_other_currency(self):
        dollars = self.env.ref('base.USD')
        dollars.active = True
        tx = self.start(amount=10, currency_id=dollars.id, invoice_ids=False)
        self.pay(tx)
        self.assertEqual(tx.state, 'done')
        self.assertEqual(tx.sslcommerz_settlement['amount'], '1200.00')
        self.assertEqual(tx.sslcommerz_settlement['currency_rate'], '120.0000')
