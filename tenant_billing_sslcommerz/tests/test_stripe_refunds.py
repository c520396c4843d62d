from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import StripeCase

LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.stripe_transaction'


@tagged('post_install', '-at_install')
class TestStripeRefunds(StripeCase):
    """Money that goes back by Stripe, asked for here or there: in the books once."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
        self.tx = self.paid(self.panel)
        self.charge = self.stripe.charge_of(self.stripe.things[self.tx.stripe_intent])

    def at_stripe(self, amount, **values):
        """Somebody refunds in Stripe's dashboard."""
        number = len(self.stripe.things)
        return self.stripe.put({
            'id': f're_{number}', 'object': 'refund', 'charge': self.charge['id'],
            'payment_intent': self.tx.stripe_intent, 'amount': amount, 'currency': 'bdt',
            'status': 'succeeded', 'metadata': {}, **values})

    def refunds(self):
        self.book()
        return [(tx.amount, tx.state, tx.payment_id.amount, tx.payment_id.payment_type)
                for tx in self.tx.child_transaction_ids.sorted('id')]

    def test_refund_from_here(self):
        self.tx.action_refund(400)
        self.hear('charge.refunded', self.charge)
        self.hear('charge.refunded', self.charge)
        self.assertEqual(self.refunds(), [(-400, 'done', 400, 'outbound')])
        asked = [fields for _method, path, fields, _key in self.stripe.asked if path == 'refunds']
        refund = self.tx.child_transaction_ids
        self.assertEqual(
            (asked[0]['amount'], asked[0]['metadata[odoo_reference]']),
            (40000, refund.reference))
        self.assertFalse(self.questions(self.tx))

    def test_refund_at_stripe_is_booked_once_and_told(self):
        refund = self.at_stripe(30000)
        self.hear('charge.refunded', self.charge)
        self.hear('charge.refund.updated', refund)
        self.hear('charge.refunded', self.charge)
        self.assertEqual(self.refunds(), [(-300, 'done', 300, 'outbound')])
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])

    def test_refund_that_our_side_forgot(self):
        """The server died after Stripe had answered: the event finds what it was for."""
        self.at_stripe(10000, metadata={'odoo_reference': 'R-lost'})
        self.hear('charge.refunded', self.charge)
        self.assertEqual(self.refunds(), [(-100, 'done', 100, 'outbound')])

    def test_pending_then_done(self):
        refund = self.at_stripe(10000, status='pending')
        self.hear('charge.refunded', self.charge)
        self.assertEqual(self.refunds(), [(-100, 'pending', 0, False)])
        self.stripe.put(refund, status='succeeded')
        self.hear('charge.refund.updated', refund)
        self.assertEqual(self.refunds(), [(-100, 'done', 100, 'outbound')])

    @mute_logger(LOGGER)
    def test_a_refund_that_failed_after_all_leaves_the_books(self):
        for status, state in (('failed', 'error'), ('canceled', 'cancel')):
            refund = self.at_stripe(10000)
            self.hear('charge.refunded', self.charge)
            self.book()
            tx = self.tx.child_transaction_ids.filtered(
                lambda tx, ref=refund['id']: tx.provider_reference == ref)
            self.assertIn(tx.payment_id.state, ('in_process', 'paid'))
            self.stripe.put(refund, status=status)
            self.hear('charge.refund.updated', refund)
            self.book()
            with self.subTest(status):
                self.assertEqual((tx.state, tx.payment_id.state), (state, 'canceled'))
        self.tx.action_refund(1000)  # nothing has gone back so far

    def test_an_old_failure_makes_nothing(self):
        self.at_stripe(10000, status='failed')
        self.hear('charge.refunded', self.charge)
        self.assertFalse(self.tx.child_transaction_ids)

    @mute_logger(LOGGER)
    def test_row_19_more_than_came_is_not_booked(self):
        self.at_stripe(100001)
        self.hear('charge.refunded', self.charge)
        self.assertFalse(self.tx.child_transaction_ids)
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])

    @mute_logger(LOGGER)
    def test_row_3_a_refund_of_another_amount_or_currency(self):
        for changes in ({'amount': 5}, {'currency': 'usd'}):
            self.tx.action_refund(100)
            tx = self.tx.child_transaction_ids.sorted('id')[-1:]
            tx.write({'state': 'pending'})
            refund = self.stripe.things[tx.provider_reference]
            for _time in range(2):
                tx._process('stripe', {'refund': {**refund, **changes}})
            self.assertEqual(tx.state, 'error')

    def test_stripe_refuses(self):
        self.stripe.failure = 400
        with mute_logger('odoo.addons.payment.models.payment_provider'):
            self.tx.action_refund(100)
        self.assertEqual(self.refunds(), [(-100, 'error', 0, False)])
        self.stripe.failure = None
        self.tx.action_refund(1000)
        with self.assertRaises(ValidationError):
            self.tx.action_refund(1)
