from odoo.tests import tagged
from odoo.tools import mute_logger

from .simulated_case import SimulatedCase

ANSWERS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'
TRANSACTIONS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction'


@tagged('post_install', '-at_install')
class TestSimulatedRefunds(SimulatedCase):
    """Refunds at the simulator: paid back once or not at all, and the books say the same."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
        self.tx = self.start(self.panel)
        self.pay(self.tx)
        self.run_round()
        self.assertPaidOnce(self.tx)

    def refund(self, amount=None, reason='goodwill'):
        """A clerk presses Refund, and says why."""
        self.tx.tenant_refund_reason = reason
        return self.tx._refund(amount)

    def rounds(self, *hours):
        for hour in hours:
            self.set_clock('2026-01-01', hour=hour)
            self.run_round()

    def paid_back(self):
        return [row['settled'] for row in self.sandbox.ledger() if row['kind'] == 'refund']

    def assertRefunded(self, refund, amount):
        self.assertEqual((refund.state, refund.payment_id.amount), ('done', amount))
        self.assertTrue(refund.payment_id.is_reconciled)

    def test_in_full(self):
        refund = self.refund()
        self.rounds(12)
        self.assertEqual(refund.state, 'pending')
        self.rounds(13, 14)
        self.assertRefunded(refund, 1000)
        self.assertEqual(self.paid_back(), ['1000.00'])
        self.assertTrue(self.panel.period_ids.settled)  # goodwill moves no dates
        self.assertNothingLeft()

    def test_in_parts(self):
        for number, amount in enumerate((100, 250.5, 649.5)):
            refund = self.refund(amount)
            self.rounds(*(hour + 3 * number for hour in (12, 13, 14)))
            self.assertRefunded(refund, amount)
        self.assertEqual(self.paid_back(), ['100.00', '250.50', '649.50'])

    def test_not_delivered_takes_the_days_back(self):
        self.refund(reason='not_delivered')
        self.rounds(12, 13)
        self.assertTrue(self.panel.period_ids.filtered('settled'))
        self.rounds(14)
        self.assertFalse(self.panel.period_ids.filtered('settled'))
        self.assertNothingLeft()

    @mute_logger(TRANSACTIONS)
    def test_done_at_the_gateway_and_not_answered(self):
        self.misbehave(refund='unanswered')
        refund = self.refund()
        self.rounds(12, 13)
        self.assertEqual((refund.state, refund.sslcommerz_refund_ref_id), ('pending', False))
        self.misbehave(refund='normal')
        self.rounds(14, 15, 16)
        self.assertRefunded(refund, 1000)
        self.assertEqual(self.paid_back(), ['1000.00'])

    @mute_logger(TRANSACTIONS)
    def test_slow_broken_and_unreadable(self):
        for number, fault in enumerate(({'slow_seconds': 2}, {'error': True}, {'garbage': True})):
            with self.subTest(fault):
                hour = 12 + 4 * number
                self.set_clock('2026-01-01', hour=hour)
                refund = self.refund(100)
                self.misbehave(where='refund', **fault)
                self.rounds(hour)
                self.assertEqual(refund.state, 'pending')
                self.misbehave(slow_seconds=0, error=False, garbage=False)
                self.rounds(hour + 1, hour + 2, hour + 3)
                self.assertRefunded(refund, 100)
        self.assertEqual(self.paid_back(), ['100.00'] * 3)

    @mute_logger(ANSWERS)
    def test_refused_and_cancelled(self):
        for hour, fault, state in ((12, 'refused', 'error'), (14, 'cancelled', 'cancel')):
            with self.subTest(fault):
                self.set_clock('2026-01-01', hour=hour)
                self.misbehave(refund=fault)
                refund = self.refund()
                self.rounds(hour, hour + 1)
                self.assertEqual((refund.state, bool(refund.payment_id)), (state, False))
        self.assertEqual(self.paid_back(), [])
        self.misbehave(refund='normal')
        refund = self.refund()
        self.rounds(16, 17, 18)
        self.assertRefunded(refund, 1000)

    @mute_logger(ANSWERS)
    def test_a_risky_payment_paid_back(self):
        self.misbehave(risk=True)
        panel = self.order(self.plan)
        tx = self.start(panel)
        self.pay(tx)
        tx.action_sslcommerz_refund_held()
        self.rounds(13, 14, 15)
        self.assertRefunded(tx.child_transaction_ids, 1000)
        self.assertEqual(panel.amount_due, 1000)
        self.misbehave(risk=False)
        again = self.start(panel)
        self.pay(again)
        self.rounds(16)
        self.assertPaidOnce(again)
