import itertools
import json
import time
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests
import stripe

from odoo.addons.tenant_billing_sslcommerz import stripe_const
from odoo.addons.tenant_billing_sslcommerz.tests.common import SslcommerzCase

KEY, SECRET = 'sk_test_padma', 'whsec_padma'
KINDS = {
    'customers': 'cus', 'payment_intents': 'pi', 'setup_intents': 'seti', 'products': 'prod',
    'prices': 'price', 'refunds': 're',
}


class FakeStripe:
    """Answers in Stripe's place, whoever asks: core by `requests`, we by the SDK."""

    numbers = itertools.count(1)  # Stripe's ids are never used again

    def __init__(self):
        self.asked = []  # (method, path, fields, idempotency key)
        self.things = {}
        self.keys = {}
        self.failure = None  # an exception, or a response's status

    def __call__(self, method, url, params=None, data=None, headers=None):
        fields = dict(parse_qsl(data) if isinstance(data, (str, bytes)) else data or {})
        fields = {_text(name): _text(value) for name, value in fields.items()} | (params or {})
        path = urlsplit(url).path.removeprefix('/v1/')
        key = (headers or {}).get('Idempotency-Key')
        self.asked.append((method.upper(), path, fields, key))
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure:
            return _response(self.failure, {'error': {'message': "Out of order"}})
        return self._answer(method.upper(), path.split('/'), fields, key)

    def _answer(self, method, names, fields, key):
        if method == 'GET' and len(names) == 1:
            rows = [thing for thing in self.things.values()
                    if thing['object'] == names[0][:-1] and thing.get('charge') == fields['charge']]
            return _response(200, {'data': rows, 'has_more': False})
        if key and key in self.keys:
            return _response(200, self.things[self.keys[key]])
        if len(names) == 1:
            thing = self._make(names[0], fields)
            self.keys[key] = thing['id']
            return _response(200, thing)
        thing = self.things.get(names[1])
        if not thing:
            return _response(404, {'error': {'message': "No such thing"}})
        if method == 'POST':
            thing.update(fields)
        return _response(200, thing)

    def _make(self, kind, fields):
        number = next(self.numbers)
        thing = {'object': kind[:-1], 'livemode': False, **fields,
                 'metadata': {name[9:-1]: value for name, value in fields.items()
                              if name.startswith('metadata[')},
                 'id': f'{KINDS[kind]}_{number}'}
        if kind in ('payment_intents', 'setup_intents'):
            thing.update(status='requires_payment_method', client_secret='very_secret',
                         amount=int(fields.get('amount', 0)), amount_received=0)
        if kind == 'refunds':
            charge = self.charge_of(self.things[fields['payment_intent']])
            thing.update(amount=int(fields['amount']), status='succeeded', charge=charge['id'],
                         currency=charge['currency'])
        return self.put(thing)

    # === WHAT HAPPENS AT STRIPE === #

    def put(self, thing, **changes):
        thing.update(changes)
        self.things[thing['id']] = thing
        return thing

    def paid(self, intent_id, **changes):
        """The payer's card is charged.

        :return: the intent
        """
        intent = self.things[intent_id]
        return self.put(intent, **{
            'status': 'succeeded', 'amount_received': intent['amount'],
            'payment_method': {
                'id': 'pm_1', 'type': 'card', 'card': {'brand': 'visa', 'last4': '4242'}},
            'charges': {'data': [{}]}, **changes})

    def charge_of(self, intent):
        """The charge of an intent, as an event about it holds it."""
        return self.put({
            'id': f'ch_{intent["id"][3:]}', 'object': 'charge', 'payment_intent': intent['id'],
            'amount': intent['amount'], 'currency': intent['currency'],
            'description': intent.get('description')})

    def paths(self, method=None):
        return [path for asked, path, _fields, _key in self.asked if method in (None, asked)]


class StripeCase(SslcommerzCase):
    """A tenant, an invoice and an account at Stripe, which is played by a fake."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.make_account(cls.company)
        cls.card = cls.env.ref('payment.payment_method_card')

    @classmethod
    def make_account(cls, company, secret=SECRET, state='test', **values):
        providers = cls.env['payment.provider']
        providers._setup_provider(stripe_const.CODE)
        provider = providers.search(
            [('code', '=', stripe_const.CODE), ('company_id', '=', company.id)])
        provider.write({
            'stripe_publishable_key': 'pk_test_padma', 'stripe_secret_key': KEY,
            'stripe_webhook_secret': secret, 'state': state, 'is_published': True, **values})
        return provider

    def _play_gateway(self):
        self.stripe = FakeStripe()
        really = requests.Session.request

        def request(session, method, url, **options):
            if not url.startswith(stripe_const.API_URL):
                return really(session, method, url, **options)
            return self.stripe(method, url, **{
                name: options.get(name) for name in ('params', 'data', 'headers')})
        self.startPatcher(patch.object(requests.Session, 'request', request))
        self.startPatcher(patch.object(stripe_const, 'NETWORK_RETRIES', 0))

    # === WHAT PEOPLE AND STRIPE DO === #

    def start(self, panel=None, **values):
        """A tenant begins to pay all that a panel asks, by card.

        :return: the payment
        """
        return super().start(
            panel, **{'payment_method_id': self.card.id, 'operation': 'online_direct', **values})

    def event(self, kind, thing, event_id=None, **values):
        """What Stripe's server says."""
        self._events = getattr(self, '_events', 0) + 1
        return {
            'id': event_id or f'evt_{self._events}', 'object': 'event', 'type': kind,
            'livemode': False, 'data': {'object': thing}, **values}

    @staticmethod
    def sign(event, secret=SECRET, age=0):
        """:return: the body and the header"""
        body = event if isinstance(event, str) else json.dumps(event)
        return body.encode(), stripe.WebhookSignature.generate_signature_header(
            body, secret, int(time.time()) - age)

    def hear(self, kind, thing, *, secret=SECRET, **values):
        """An event arrives and is worked on.

        :return: the message
        """
        return self.hear_event(self.event(kind, thing, **values), secret)

    def hear_event(self, event, secret=SECRET):
        with self.another_transaction() as env:
            message = env['tenant.gateway.message']._receive_stripe(*self.sign(event, secret))
            message._work()
        return self.env['tenant.gateway.message'].browse(message.ids)

    def pay(self, tx, **changes):
        """The payer pays and Stripe tells us."""
        intent = self.stripe.paid(tx.stripe_intent, **changes)
        return self.hear('payment_intent.succeeded', intent)

    def paid(self, panel=None):
        """A payment that is done and booked."""
        tx = self.start(panel)
        self.pay(tx)
        self.book()
        return tx

    # === WHAT WE LOOK AT === #

    def assertState(self, tx, state):
        tx.invalidate_recordset()
        self.assertEqual(tx.state, state)


def _response(status, answer):
    response = requests.Response()
    response.status_code = status
    response._content = json.dumps(answer).encode()
    response.headers['Content-Type'] = 'application/json'
    return response


def _text(value):
    return value.decode() if isinstance(value, bytes) else value
