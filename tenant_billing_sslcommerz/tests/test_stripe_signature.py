import json
import time

import stripe
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from odoo.tests import BaseCase

from odoo.addons.tenant_billing_sslcommerz import stripe_signature

SECRET = 'whsec_test'
EVENT = {'id': 'evt_1', 'object': 'event', 'type': 'payment_intent.succeeded',
         'data': {'object': {'id': 'pi_1', 'amount': 100000}}}
BODY = json.dumps(EVENT)


def signed(body=BODY, secret=SECRET, age=0):
    return stripe.WebhookSignature.generate_signature_header(
        body, secret, int(time.time()) - age)


class TestStripeSignature(BaseCase):
    """Which bodies are believed to be Stripe's; the SDK signs them here."""

    def is_signed(self, header, body=BODY, secret=SECRET):
        return stripe_signature.is_signed(body.encode(), header, secret)

    def test_signed_now(self):
        self.assertTrue(self.is_signed(signed()))
        event, signers = stripe_signature.read_event(
            BODY.encode(), signed(), ['whsec_other', SECRET])
        self.assertEqual((event, signers), (EVENT, {SECRET}))

    def test_tolerance_of_300_seconds_both_ways(self):
        with freeze_time('2026-01-01'):
            for age, is_right in ((300, True), (301, False), (-300, True), (-301, False),
                                  (-31536000, False), (31536000, False)):
                with self.subTest(age):
                    self.assertIs(bool(self.is_signed(signed(age=age))), is_right)

    def test_several_signatures_while_a_secret_is_changed(self):
        ours, other = signed(), signed(secret='whsec_old')
        signature = other.split(',')[1]
        for header in (f'{ours},{signature}', f'{ours.split(",")[0]},{signature},'
                       f'{ours.split(",")[1]}', f'{ours},v0=abc'):
            with self.subTest(header):
                self.assertTrue(self.is_signed(header))
        self.assertFalse(self.is_signed(other))

    def test_without_a_secret_nothing_is_signed(self):
        for secret in ('', None, ' '):
            self.assertFalse(self.is_signed(signed(secret=secret or ''), secret=secret))

    def test_odd_headers(self):
        stamp, signature = signed().split(',')
        for header in (
            None, '', ',', 't=,v1=', stamp, signature, f'{stamp},{stamp},{signature}',
            f'{stamp},{signature}=x', f'{stamp},{signature.upper()}', f'{stamp}.0,{signature}',
            f't=1_0,{signature}', f't=٣,{signature}', f'{stamp},v1=ü', f'{stamp},{signature[:-1]}',
        ):
            with self.subTest(header):
                self.assertFalse(self.is_signed(header))

    def test_signed_but_no_event(self):
        for body in ('', '{', '[]', 'null', '1', '{}', '{"id": "evt_1"}', '[' * 100000,
                     json.dumps({**EVENT, 'id': 'x'}), json.dumps({**EVENT, 'id': 1}),
                     json.dumps({**EVENT, 'type': None}), json.dumps({**EVENT, 'data': []}),
                     json.dumps({**EVENT, 'data': {'object': []}}),
                     json.dumps({**EVENT, 'object': 'v2.core.event'}), '1' * 5000):
            with self.subTest(body[:40]), self.assertRaises(stripe_signature.Malformed):
                stripe_signature.read_event(body.encode(), signed(body), [SECRET])

    @given(st.integers(0, len(BODY) - 1), st.characters(max_codepoint=0x2fff))
    def test_any_changed_character_is_seen(self, place, character):
        changed = BODY[:place] + character + BODY[place + 1:]
        self.assertEqual(bool(self.is_signed(signed(), changed)), changed == BODY)

    @given(st.binary(max_size=200), st.one_of(st.none(), st.text(max_size=200)))
    def test_nothing_that_is_posted_raises(self, body, header):
        self.assertFalse(stripe_signature.is_signed(body, header, SECRET))
        with self.assertRaises(stripe_signature.Unsigned):
            stripe_signature.read_event(body, header, [SECRET])

    @given(st.fixed_dictionaries({}, optional={
        name: st.one_of(st.none(), st.integers(), st.text(max_size=9), st.just({}), st.just([]),
                        st.just(EVENT[name]))
        for name in EVENT}))
    def test_what_is_signed_is_an_event_or_malformed(self, value):
        body = json.dumps(value)
        try:
            event, _signers = stripe_signature.read_event(body.encode(), signed(body), [SECRET])
        except stripe_signature.Malformed:
            return
        self.assertEqual(event['data'], EVENT['data'])
