import json
from unittest.mock import patch

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import stripe_const
from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import SECRET, StripeCase

OURS, CORES = stripe_const.WEBHOOK_ROUTE, '/payment/stripe/webhook'
RETURN = '/payment/stripe/return'
MESSAGES = 'odoo.addons.tenant_billing_sslcommerz.models.stripe_message'
TRANSACTIONS = 'odoo.addons.tenant_billing_sslcommerz.models.stripe_transaction'
unhurried = settings(deadline=None, max_examples=60,
                     suppress_health_check=[HealthCheck.function_scoped_fixture])
odd = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=9)
    | st.sampled_from(['pi_1', 'ch_1', '../x', '\0', '\ud800']),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.text(max_size=5), part,
                                                             max_size=2), max_leaves=6)


@tagged('post_install', '-at_install')
class TestStripeRoutes(StripeCase, HttpCase):
    """What comes over HTTP: our address, and core's two, which lead through the same doors."""

    def setUp(self):
        super().setUp()
        self.tx = self.start()

    def post(self, event, address=OURS, secret=SECRET, age=0, **headers):
        body, header = self.sign(event, secret, age)
        headers = {'Content-Type': 'application/json', 'Stripe-Signature': header} | {
            name.replace('_', '-'): value for name, value in headers.items()}
        return self.url_open(address, data=body, method='POST', headers={
            name: value for name, value in headers.items() if value is not None})

    def succeeded(self):
        return self.event(
            'payment_intent.succeeded', self.stripe.paid(self.tx.stripe_intent))

    # === EVENTS === #

    def test_both_addresses_take_what_is_signed(self):
        for address in (OURS, CORES):
            with self.subTest(address):
                answer = self.post(self.succeeded(), address)
                self.assertEqual((answer.status_code, answer.text), (200, "OK"))
                self.assertNotIn('Set-Cookie', answer.headers)
                self.assertState(self.tx, 'done')
                self.tx = self.start()

    @mute_logger(MESSAGES)
    def test_row_1_both_addresses_refuse_what_is_not_signed(self):
        event = self.succeeded()
        for address in (OURS, CORES):
            for changes in ({'secret': 'whsec_forged'}, {'Stripe_Signature': None},
                            {'Stripe_Signature': 'x'}, {'Host': 'localhost', 'secret': 'x'}):
                with self.subTest((address, changes)):
                    self.assertEqual(self.post(event, address, **changes).status_code, 403)
            self.assertState(self.tx, 'draft')

    @mute_logger(MESSAGES)
    def test_row_1_both_addresses_refuse_all_without_a_secret(self):
        """Core takes every event then."""
        self.provider.state = 'disabled'
        self.provider.stripe_webhook_secret = False
        for address in (OURS, CORES):
            answer = self.post(self.succeeded(), address)
            self.assertEqual(answer.status_code, 403)
            self.assertIn("No webhook secret of Stripe is configured", answer.text)
        self.assertState(self.tx, 'draft')

    def test_row_13_too_old_and_from_the_future(self):
        """Core takes a year from now, and ten minutes ago."""
        for address in (OURS, CORES):
            for age in (301, 590, -301, -31536000):
                self.assertEqual(self.post(self.succeeded(), address, age=age).status_code, 403)
            self.assertState(self.tx, 'draft')

    def test_row_14_two_signatures_the_good_one_first(self):
        event = json.dumps(self.succeeded())
        _body, good = self.sign(event)
        _body, other = self.sign(event, 'whsec_old')
        answer = self.post(event, CORES, Stripe_Signature=f'{good},{other.split(",")[1]}')
        self.assertEqual(answer.status_code, 200)
        self.assertState(self.tx, 'done')

    def test_row_14_no_header_and_no_json(self):
        for address in (OURS, CORES):
            for body in ('', '{', '[]', 'null', '"x"', '\0'):
                with self.subTest((address, body)):
                    self.assertEqual(self.post(body, address).status_code, 400)
                    self.assertEqual(
                        self.post(body, address, Stripe_Signature=None).status_code, 403)

    def test_row_20_a_body_that_is_too_large(self):
        answer = self.url_open(
            OURS, data=b'x' * (stripe_const.BODY_LIMIT + 1), method='POST',
            headers={'Content-Type': 'application/json'})
        self.assertEqual(answer.status_code, 413)

    def test_unknown_kinds_are_acknowledged(self):
        answer = self.post(self.event('product.created', {'id': 'prod_1', 'object': 'product'}))
        self.assertEqual((answer.status_code, answer.text), (200, "OK"))

    def test_what_could_not_be_looked_up_is_not_acknowledged(self):
        event = self.succeeded()
        self.stripe.failure = requests.exceptions.ConnectionError()
        self.assertEqual(self.post(event).status_code, 503)
        self.assertState(self.tx, 'pending')
        self.stripe.failure = None
        self.assertEqual(self.post(event).status_code, 200)  # Stripe tells it again
        self.assertState(self.tx, 'done')

    def test_get_is_no_event(self):
        self.assertIn(self.url_open(OURS).status_code, (404, 405))

    @unhurried
    @given(st.sampled_from(stripe_const.EVENTS), odd, odd, odd)
    def test_no_signed_body_gives_a_500(self, kind, first, second, third):
        thing = {'id': first, 'payment_intent': second, 'charge': third, 'description': first,
                 'customer': second, 'object': third, 'metadata': third}
        event = self.event(kind, thing, livemode=second)
        event['id'] = f'evt_{abs(hash(json.dumps(event)))}'
        with mute_logger(MESSAGES):
            self.assertIn(self.post(event).status_code, (200, 503))

    @unhurried
    @given(st.binary(max_size=300), st.text(st.characters(
        min_codepoint=32, max_codepoint=126), max_size=80), st.sampled_from([
            'application/json', 'application/x-www-form-urlencoded', 'text/plain',
            'multipart/form-data; boundary=x', 'application/json; charset=utf-16']))
    def test_no_posted_body_gives_a_500(self, body, header, kind):
        for address in (OURS, CORES):
            answer = self.url_open(address, data=body, method='POST', headers={
                'Stripe-Signature': header.strip(), 'Content-Type': kind})
            self.assertIn(answer.status_code, (400, 403))

    # === THE BROWSER COMES BACK === #

    def come_back(self, **named):
        answer = self.url_open(
            RETURN + '?' + '&'.join(f'{name}={value}' for name, value in named.items()),
            allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers['Location'].endswith('/payment/status'))

    def test_row_8_coming_back_proves_nothing(self):
        self.come_back(reference=self.tx.reference, payment_intent=self.tx.stripe_intent,
                       redirect_status='succeeded')
        self.assertState(self.tx, 'draft')

    def test_coming_back_after_paying(self):
        self.stripe.paid(self.tx.stripe_intent)
        self.come_back(reference=self.tx.reference, payment_intent=self.tx.stripe_intent)
        self.assertState(self.tx, 'done')

    @mute_logger(TRANSACTIONS)
    def test_row_6_coming_back_with_the_intent_of_another(self):
        """Core settles this payment with it."""
        other = self.start()
        self.stripe.paid(other.stripe_intent)
        self.come_back(reference=self.tx.reference, payment_intent=other.stripe_intent)
        self.assertState(self.tx, 'draft')

    @mute_logger(TRANSACTIONS)
    def test_row_7_coming_back_to_what_is_done(self):
        """Core takes over the other intent, and refunds would go there."""
        self.post(self.succeeded())
        other = self.start()
        before = self.tx.provider_reference
        self.come_back(reference=self.tx.reference, payment_intent=other.stripe_intent)
        self.tx.invalidate_recordset()
        self.assertEqual((self.tx.state, self.tx.provider_reference), ('done', before))

    def test_row_15_16_17_coming_back_with_anything(self):
        """Core answers 500."""
        asked = len(self.stripe.asked)
        for named in ({}, {'reference': 'INV/2026/404'}, {'reference': self.tx.reference},
                      {'reference': self.tx.reference, 'payment_intent': '../customers'},
                      {'reference': '%00', 'payment_intent': 'pi_1'},
                      {'landing_route': 'https://evil.example'}):
            with self.subTest(named):
                self.come_back(**named)
        self.assertEqual(len(self.stripe.asked), asked)  # row 20: nobody makes us ask

    def test_stripe_is_down_while_the_browser_comes_back(self):
        self.stripe.failure = 500
        with mute_logger('odoo.addons.payment.models.payment_provider'):
            self.come_back(reference=self.tx.reference, payment_intent=self.tx.stripe_intent)
        self.assertState(self.tx, 'pending')

    def test_a_bug_is_not_acknowledged_and_kept(self):
        with patch.object(type(self.tx), '_stripe_hear', side_effect=RuntimeError), mute_logger(
                'odoo.http'):
            self.assertEqual(self.post(self.succeeded()).status_code, 500)
        self.assertEqual(self.env['tenant.gateway.message'].search([]).state, 'new')
