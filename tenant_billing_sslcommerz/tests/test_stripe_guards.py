import logging
from unittest.mock import patch

import requests
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import stripe_const
from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import KEY, SECRET, StripeCase
from odoo.addons.tenant_billing_sslcommerz.tests.test_secrets_in_log import Everything

LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.stripe_transaction'


@tagged('post_install', '-at_install')
class TestStripeGuards(StripeCase):
    """The attack list, row by row: addresses, modes, secrets, providers, refunds at Stripe."""

    def make_world(self):
        super().make_world()
        self.panel = self.order(self.plan)

    def setUp(self):
        super().setUp()
        self.tx = self.start(self.panel)

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
        self.provider.state = 'disabled'
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
        with self.assertRaisesRegex(ValidationError, "can be refunded, not 601"):
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
        self.assertState(self.tx, 'draft')
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
