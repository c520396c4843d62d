from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from odoo.addons.tenant_billing_sslcommerz import stripe_const, stripe_signature
from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import SECRET, StripeCase

LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.stripe_transaction'


@tagged('post_install', '-at_install')
class TestStripeAttacks(StripeCase):
    """The attack list, row by row: what moves a payment at Stripe. Rows of routes are in
    test_stripe_routes, those of providers and secrets in test_stripe_guards."""

    def make_world(self):
        super().make_world()
        self.panel = self.order(self.plan)

    def setUp(self):
        super().setUp()
        self.tx = self.start(self.panel)

    def process(self, tx, **intent):
        """Something leads an intent to a payment, by whatever way."""
        intent = {**self.stripe.things[tx.stripe_intent], **intent}
        tx._process(stripe_const.CODE, {
            'reference': tx.reference, 'payment_intent': intent, 'payment_method': None})

    def assertNotPaid(self, tx=None, state='draft'):
        tx = tx or self.tx
        self.assertState(tx, state)
        self.book()
        self.assertFalse(tx.payment_id)
        self.assertEqual(self.panel.amount_due, 1000)

    # === 1 FORGED === #

    def test_row_1_unsigned_event(self):
        self.stripe.paid(self.tx.stripe_intent)
        event = self.event('payment_intent.succeeded', self.stripe.things[self.tx.stripe_intent])
        body, header = self.sign(event, 'whsec_forged')
        for said in (None, '', header, 't=1,v1='):
            with self.subTest(said), self.assertRaises(stripe_signature.Unsigned):
                self.env['tenant.gateway.message']._receive_stripe(body, said)
        self.assertFalse(self.env['tenant.gateway.message'].search([]))
        self.assertNotPaid()

    @mute_logger('odoo.addons.tenant_billing_sslcommerz.models.stripe_message')
    def test_row_1_without_a_secret_nothing_is_believed(self):
        self.provider.state = 'disabled'
        self.provider.stripe_webhook_secret = False
        for secret in ('', SECRET):
            body, header = self.sign(self.event('payment_intent.succeeded', {}), secret or 'x')
            self.assertIsNone(self.env['tenant.gateway.message']._receive_stripe(body, header))
        with self.assertRaisesRegex(ValidationError, "Stripe needs its Webhook Signing Secret"):
            self.provider.state = 'test'

    def test_row_1_a_signed_claim_is_looked_up(self):
        """Whoever stole the secret can say what he likes: Stripe itself is asked."""
        claimed = {**self.stripe.things[self.tx.stripe_intent], 'status': 'succeeded',
                   'amount_received': 100000}
        message = self.hear('payment_intent.succeeded', claimed)
        self.assertNotPaid()  # the card was not charged yet
        self.assertEqual(message.outcome, 'accepted: draft')

    # === 2 REPLAYED === #

    def test_row_2_the_same_event_counts_once(self):
        intent = self.stripe.paid(self.tx.stripe_intent)
        event = self.event('payment_intent.succeeded', intent)
        messages = [self.hear_event(event) for _time in range(3)]
        self.assertEqual(len({message.id for message in messages}), 1)
        self.hear('payment_intent.succeeded', intent)
        self.book()
        self.assertEqual(len(self.tx.invoice_ids.matched_payment_ids), 1)
        self.assertEqual(self.panel.amount_due, 0)
        self.assertEqual(self.stripe.paths('GET'), [f'payment_intents/{intent["id"]}'])

    # === 3 OTHER MONEY === #

    @mute_logger(LOGGER)
    def test_row_3_a_wrong_amount_stays_wrong(self):
        """Core takes it when it is delivered a second time."""
        for _time in range(3):
            self.process(self.tx, status='succeeded', amount=100, amount_received=100)
            self.assertNotPaid(state='error')
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])

    @mute_logger(LOGGER)
    def test_row_3_another_currency_stays_wrong(self):
        self.pay(self.tx, currency='usd')
        message = self.pay(self.tx, currency='usd')
        self.assertNotPaid(state='error')
        self.assertEqual((message.state, message.outcome),
                         ('refused', 'mismatch: currency usd: error'))

    @mute_logger(LOGGER)
    def test_row_3_after_a_cancel_too(self):
        self.tx._set_canceled()
        self.pay(self.tx, amount=100, amount_received=100)
        self.assertNotPaid(state='error')

    # === 5 SWAPPED === #

    @mute_logger(LOGGER)
    def test_row_5_an_intent_of_another_database(self):
        self.pay(self.tx, metadata={'odoo_database': 'another'})
        self.assertNotPaid()

    def test_row_5_an_account_of_another_company(self):
        other = self.make_company("Meghna Hosting")
        self.make_account(other, 'whsec_meghna')
        intent = self.stripe.paid(self.tx.stripe_intent)
        message = self.hear('payment_intent.succeeded', intent, secret='whsec_meghna')
        self.assertEqual((message.company_id, message.transaction_id.id, message.outcome),
                         (other, False, "None of our payments: nothing is done."))
        self.assertNotPaid()

    # === 6 USED TWICE === #

    @mute_logger(LOGGER)
    def test_row_6_the_intent_of_another_payment(self):
        """Core settles any payment of the same amount with it, as often as one likes."""
        self.paid(self.panel)
        other = self.start(self.order(self.plan, name="Other"))
        intent = self.stripe.things[self.tx.stripe_intent] | {'status': 'succeeded'}
        other._process(stripe_const.CODE, {'reference': other.reference, 'payment_intent': intent})
        self.assertState(other, 'draft')
        other.stripe_intent = False  # not even where we know none
        other._stripe_hear(intent['id'])
        self.assertState(other, 'draft')

    def test_row_6_an_intent_belongs_to_one_payment(self):
        other = self.start(self.order(self.plan, name="Other"))
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation), (
                self.env.cr.savepoint()):
            other.stripe_intent = self.tx.stripe_intent
            other.flush_recordset()

    # === 7 OVERWRITTEN === #

    @mute_logger(LOGGER)
    def test_row_7_what_is_done_keeps_its_reference(self):
        tx, before = self.tx, self.tx.stripe_intent
        self.pay(tx)
        for intent in ({'id': 'pi_other'}, {'id': 'pi_other', 'description': tx.reference},
                       {'status': 'canceled'}, {'status': 'requires_payment_method'}):
            self.process(tx, **intent)
            self.assertEqual((tx.state, tx.provider_reference, tx.stripe_intent),
                             ('done', before, before))

    # === 9 OUT OF ORDER === #

    def test_row_9_success_after_cancel(self):
        self.tx._set_canceled()
        self.pay(self.tx)
        self.book()
        self.assertState(self.tx, 'done')
        self.assertEqual(self.panel.amount_due, 0)

    def test_row_9_every_order_ends_the_same(self):
        """What Stripe has now counts, not what an event said when it was sent."""
        intent = self.tx.stripe_intent
        said = [dict(self.stripe.things[intent], status=status)
                for status in ('requires_payment_method', 'processing', 'canceled')]
        self.stripe.paid(intent)
        for thing, kind in zip(said, ('payment_failed', 'processing', 'canceled'), strict=True):
            self.hear(f'payment_intent.{kind}', thing)
            self.assertState(self.tx, 'done')

    def test_row_9_failed_and_cancelled_in_any_order(self):
        other = self.start(self.order(self.plan, name="Other"))
        for tx, order in ((self.tx, ('requires_payment_method', 'canceled')),
                          (other, ('canceled', 'requires_payment_method'))):
            for status in order:
                self.process(tx, status=status, last_payment_error={'message': "Declined"})
            self.assertState(tx, 'cancel')

    # === 12 A PART === #

    @mute_logger(LOGGER)
    def test_row_12_a_part_that_was_captured_is_not_the_whole(self):
        self.pay(self.tx, amount_received=100)
        self.assertNotPaid(state='error')
        self.assertEqual(self.tx.stripe_remark, 'amount_received 100')

    @mute_logger(LOGGER)
    def test_row_12_nothing_received(self):
        for received in (None, True, '100000', 0):
            self.pay(self.tx, amount_received=received)
            self.assertNotPaid(state='error')
