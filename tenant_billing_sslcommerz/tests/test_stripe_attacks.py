import logging
from unittest.mock import patch

import requests
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from odoo.addons.tenant_billing_sslcommerz import stripe_const, stripe_signature
from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import KEY, SECRET, StripeCase
from odoo.addons.tenant_billing_sslcommerz.tests.test_secrets_in_log import Everything

LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.stripe_transaction'


@tagged('post_install', '-at_install')
class TestStripeAttacks(StripeCase):
    """The attack list, row by row, where it concerns Stripe. Rows of routes: test_stripe_routes."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
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

    # === 15 ADDRESSES === #

    def test_row_15_ids_that_are_addresses(self):
        asked = len(self.stripe.asked)
        for name in ('../customers', 'pi_1/../..', 'https://evil.example', 'pi_1?x=1', ''):
            with self.subTest(name):
                self.tx.stripe_intent = False
                self.tx._stripe_hear(name)
                with self.assertRaises(ValidationError):
                    self.provider._stripe_get('payment_intents', name)
        self.assertEqual(len(self.stripe.asked), asked)

    def test_row_15_the_stand_in_is_on_this_machine_and_for_tests_only(self):
        url = self.provider._build_request_url
        self.assertEqual(url('refunds'), 'https://api.stripe.com/v1/refunds')
        self.configure(**{stripe_const.BASE_URL_OPTION: 'http://127.0.0.1:8073/'})
        self.assertEqual(url('refunds'), 'http://127.0.0.1:8073/v1/refunds')
        self.configure(**{stripe_const.BASE_URL_OPTION: 'http://evil.example'})
        with self.assertRaisesRegex(ValidationError, "must be an address of this machine"):
            url('refunds')
        self.provider.state = 'enabled'
        self.assertEqual(url('refunds'), 'https://api.stripe.com/v1/refunds')

    # === 18 SECRETS === #

    def test_row_18_no_secret_in_any_line(self):
        log = Everything()
        root = logging.getLogger()
        root.addHandler(log)
        self.addCleanup(root.removeHandler, log)
        for name in ('', 'stripe', 'odoo.addons.payment', 'odoo.addons.payment_stripe'):
            self.addCleanup(logging.getLogger(name).setLevel, logging.getLogger(name).level)
            logging.getLogger(name).setLevel(logging.DEBUG)
        self.paid(self.order(self.plan, name="Other"))
        self.provider.stripe_webhook_secret = False
        with patch.object(self.stripe, '_answer', lambda *_a: _endpoint()):
            self.provider.action_stripe_create_webhook()
        self.stripe.failure = requests.exceptions.ConnectionError(KEY)
        self.hear('payment_intent.succeeded', self.stripe.things[self.tx.stripe_intent],
                  secret='whsec_new')
        text = '\n'.join(log.lines)
        self.assertIn('payment_intents', text)
        for secret in (KEY, SECRET, 'whsec_new', 'very_secret'):
            self.assertNotIn(secret, text)
        self.assertNotIn('very_secret', str(
            self.env['tenant.gateway.message'].search([]).mapped('payload')))

    # === 19 TOO MUCH BACK === #

    def test_row_19_never_more_back_than_came(self):
        tx = self.paid(self.panel)
        tx.action_refund(400)
        with self.assertRaisesRegex(ValidationError, "cannot be refunded: of payment"):
            tx.action_refund(601)
        tx.action_refund(600)
        with self.assertRaises(ValidationError):
            tx.action_refund(1)
        self.assertEqual(sum(tx.child_transaction_ids.mapped('amount')), -1000)
        self.assertEqual(self.stripe.paths('POST').count('refunds'), 2)

    # === MODES === #

    @mute_logger(LOGGER)
    def test_test_money_pays_nothing_live(self):
        self.tx.is_live = True
        self.pay(self.tx)
        self.assertNotPaid()
        message = self.hear('payment_intent.succeeded',
                            self.stripe.things[self.tx.stripe_intent], livemode=True)
        self.assertEqual((message.state, message.outcome),
                         ('refused', "A live event for a provider in test mode."))

    def test_test_money_settles_nothing_unless_the_server_allows_it(self):
        """R7b: a stand-in extends no panel in production."""
        self.configure(tenant_billing_allow_test_money='')
        self.pay(self.tx)
        self.book()
        self.assertEqual((self.tx.state, self.tx.is_live), ('done', False))
        self.assertFalse(self.panel.period_ids.settled)

    # === 11 PROVIDERS === #

    def test_row_11_a_disabled_provider_takes_no_new_payment(self):
        self.provider.state = 'disabled'
        with self.assertRaisesRegex(ValidationError, "cannot be paid with"):
            self.env['payment.transaction'].create({
                'provider_id': self.provider.id, 'payment_method_id': self.card.id,
                'amount': 1000, 'currency_id': self.panel.currency_id.id,
                'partner_id': self.tenant.id, 'operation': 'online_direct',
                'invoice_ids': [Command.set(self.tx.invoice_ids.ids)]})

    def test_our_keys_against_doing_it_twice(self):
        """The same request of ours is one at Stripe, however often it is sent."""
        key = payment_utils.generate_idempotency_key(self.tx, scope='payment_intents')
        self.assertIn(key, self.stripe.keys)


def _endpoint():
    response = requests.Response()
    response.status_code = 200
    response._content = b'{"id": "we_1", "secret": "whsec_new"}'
    return response
