import json
import time
from unittest.mock import patch

import requests
import stripe
from odoo.tests import tagged

from odoo.addons.tenant_billing_sslcommerz import stripe_const
from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import FakeStripe

from .race_case import PaymentRaceCase, slowly

SECRET = 'whsec_race'


@tagged('post_install', '-at_install')
class TestStripeRaces(PaymentRaceCase):
    """Events, the browser's return and polls at once: one effect."""

    @classmethod
    def _make_world(cls, env):
        super()._make_world(env)
        cls._enable(
            env, stripe_const.CODE, stripe_publishable_key='pk_live_race',
            stripe_secret_key='sk_live_race', stripe_webhook_secret=SECRET)

    def setUp(self):
        super().setUp()
        self.at('2026-01-01')
        self.stripe = FakeStripe()

        def request(session, method, url, **options):
            return self.stripe(method, url, **{
                name: options.get(name) for name in ('params', 'data', 'headers')})
        self.startPatcher(patch.object(requests.Session, 'request', slowly(request, .1)))
        self.panel_id, = self.make_panels(1)
        self.tx_id, self.intent = self.do(self.start)
        self.stripe.paid(self.intent['id'], livemode=True)

    def start(self, env):
        tx = self.start_payment(
            env, payment_method_id=env.ref('payment.payment_method_card').id,
            operation='online_direct')
        tx._get_processing_values()
        return tx.id, self.stripe.things[tx.stripe_intent]

    # === WHO ARRIVES === #

    def event(self, number=0, kind='payment_intent.succeeded', thing=None):
        body = json.dumps({
            'id': f'evt_{self.tx_id}_{number}', 'object': 'event', 'type': kind,
            'livemode': True, 'data': {'object': thing or self.intent}})
        return body.encode(), stripe.WebhookSignature.generate_signature_header(
            body, SECRET, int(time.time()))

    def hear(self, env, *which):
        env['tenant.gateway.message']._receive_stripe(*self.event(*which))._work()

    def come_back(self, env):
        env['payment.transaction'].browse(self.tx_id)._stripe_hear(self.intent['id'])

    def test_24_times_the_same_event(self):
        self.race(*[self.hear] * 24)
        self.assertEqual(self.stripe.paths('GET'), [f'payment_intents/{self.intent["id"]}'])
        self.assertPaidOnce(messages=1)

    def test_24_events_about_one_payment(self):
        for number in range(0, 24, 8):  # each waits for those before it
            self.race(*[lambda env, n=number + n: self.hear(env, n) for n in range(8)])
        self.assertEqual(self.stripe.paths('GET'), [f'payment_intents/{self.intent["id"]}'])
        self.assertPaidOnce(messages=24)

    def test_row_10_event_browser_and_poll(self):
        self.race(self.hear, self.come_back, self.poll)
        self.assertPaidOnce(messages=1)

    def test_refund_pressed_twice(self):
        self.do(self.hear)
        self.do(self.poll)
        refused = []

        def press(env):
            tx = env['payment.transaction'].browse(self.tx_id)
            try:
                with env.cr.savepoint():
                    tx.action_refund()
            except Exception as error:  # noqa: BLE001 counted; a collision goes on to the retry
                if 'can be refunded, not' not in str(error):
                    raise
                refused.append(error)
        self.race(press, press)
        self.assertEqual((len(refused), self.stripe.paths('POST').count('refunds')), (1, 1))

    def test_refund_from_here_and_its_event(self):
        self.do(self.hear)
        self.do(self.poll)
        charge = self.stripe.charge_of(self.intent)
        self.race(
            lambda env: env['payment.transaction'].browse(self.tx_id).action_refund(),
            lambda env: self.hear(env, 1, 'charge.refunded', charge))
        self.do(lambda env: self.hear(env, 2, 'charge.refunded', charge))
        self.assertEqual(self.do(lambda env: env['payment.transaction'].browse(
            self.tx_id).child_transaction_ids.mapped('amount')), [-1000.0])

    def test_two_payments_of_a_new_tenant_make_one_customer(self):
        other_id, = self.make_panels(1)

        def pay(env):
            partner = env['tenant.panel'].browse(other_id).partner_id
            env['tenant.stripe.customer']._for_partner(
                env['payment.provider'].browse(self.provider_id), partner)
        before = self.stripe.paths('POST').count('customers')
        self.race(pay, pay)
        self.assertEqual(self.stripe.paths('POST').count('customers'), before + 1)
