"""What the adapter knows beside localstripe: what that refuses to keep, and what it never says."""

import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import parse_qsl, urlencode, urlsplit

from serving import LOOPBACK

# Fields of an intent that localstripe refuses: kept here, or left out.
KEPT = ('description', 'shipping')
LEFT_OUT = ('setup_future_usage', 'mandate', 'payment_method_options')
TRIES = 3


class Double:
    """The state beside localstripe's own."""

    def __init__(self, behind):
        self.behind = behind  # localstripe's address
        self.kept = {}  # fields by intent
        self.answered = {}  # idempotency keys: what was asked, and the answer
        self.disputes = {}
        self.shop = {'url': '', 'secret': ''}
        self.told = []  # (event, HTTP status of the shop)
        self.lock = threading.Lock()

    # === REQUESTS === #

    def ask(self, method, path, body='', headers=None):
        """One request of the shop.

        :return: the HTTP status and the answer
        :rtype: tuple[int, dict]
        """
        key = (headers or {}).get('Idempotency-Key')
        if method != 'POST' or not key:
            return self._ask(method, path, body, headers)
        with self.lock:  # the same key twice is one request
            if key not in self.answered:
                self.answered[key] = ((path, body), self._ask(method, path, body, headers))
            asked, answer = self.answered[key]
        if asked != (path, body):
            return 400, {'error': {'type': 'idempotency_error', 'message': (
                "Keys for idempotent requests can only be used with the same parameters.")}}
        return answer

    def _ask(self, method, path, body, headers):
        parts = urlsplit(path)
        names = parts.path.removeprefix('/v1/').split('/')
        fields = parse_qsl(body, keep_blank_values=True)
        if names[0] == 'disputes':
            dispute = self.disputes.get(names[-1])
            return (200, dispute) if dispute else (404, _error("No such dispute"))
        if names[0] == 'webhook_endpoints':
            said = dict(fields)
            self.shop = {'url': said.get('url', ''), 'secret': f'whsec_{secrets.token_hex(16)}'}
            return 200, {'id': 'we_double', 'object': 'webhook_endpoint', **self.shop}
        if names[0] == 'refunds' and method == 'POST' and (refusal := self._over_refund(fields)):
            return refusal
        names, sent, kept = self._translate(method, names, fields)
        query = f'?{parts.query}' if parts.query else ''
        if method == 'GET' and sent:  # the shop's way to expand, which localstripe does not read
            query, sent = f'?{urlencode(sent + parse_qsl(parts.query))}', []
        status, answer = self._behind(
            method, '/v1/' + '/'.join(names) + query, urlencode(sent), headers)
        if status == 200:
            if kept and answer.get('id'):
                self.kept.setdefault(answer['id'], {}).update(kept)
            answer = self.enrich(answer)
            self._tell_what_followed(method, names, answer)
        return status, answer

    def _translate(self, method, names, fields):
        """A request as localstripe takes it, and what of it is kept here."""
        kept = {}
        if names[0] in ('payment_intents', 'setup_intents') and method == 'POST':
            kept = {name: value for name, value in fields if name.split('[')[0] in KEPT}
            fields = [(name, value) for name, value in fields
                      if name.split('[')[0] not in (*KEPT, *LEFT_OUT)]
        elif names[0] == 'prices':  # a price is a plan there
            names = ['plans', *names[1:]]
            renamed = {'unit_amount': 'amount', 'recurring[interval]': 'interval',
                       'recurring[interval_count]': 'interval_count'}
            fields = [(renamed.get(name, name), value) for name, value in fields]
            if method == 'POST' and len(names) == 1:
                fields.append(('id', f'price_{secrets.token_hex(8)}'))
        elif names[0] == 'subscriptions':
            fields = [(name.replace('[price]', '[plan]'), value) for name, value in fields]
        return names, fields, kept

    def _over_refund(self, fields):
        """Stripe's refusal to give back more than there is, which localstripe does not know."""
        said = dict(fields)
        intent = self._intent(said['payment_intent'])
        if self._refunded(intent) + int(said.get('amount', 0)) > intent.get('amount', 0):
            return 400, _error("Refund amount is greater than unrefunded amount on charge")
        return None

    def _intent(self, intent):
        return self._behind('GET', f'/v1/payment_intents/{intent}')[1]

    def _refunded(self, intent):
        charge = intent.get('latest_charge') or {}
        charge = charge if isinstance(charge, str) else charge.get('id')
        return sum(refund['amount'] for refund in self._all(f'refunds?charge={charge}'))

    def _all(self, what):
        return self._behind('GET', f'/v1/{what}{"&" if "?" in what else "?"}limit=100')[1].get(
            'data', [])

    def _behind(self, method, path, body='', headers=None):
        headers = {'Authorization': 'Bearer sk_test_adapter', **(headers or {})}
        request = urllib.request.Request(
            self.behind + path, body.encode() if body or method == 'POST' else None, {
                name: value for name, value in headers.items()
                if name in ('Authorization', 'Content-Type')}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b'{}')
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith('{') else _error(text)

    def enrich(self, thing):
        """An answer or an event with what localstripe leaves out, however deep."""
        if isinstance(thing, list):
            return [self.enrich(part) for part in thing]
        if not isinstance(thing, dict):
            return thing
        thing = {name: self.enrich(value) for name, value in thing.items()}
        kind = thing.get('object')
        if kind in ('payment_intent', 'setup_intent'):
            thing.update(self.kept.get(thing.get('id'), {}))
        if kind == 'payment_intent':
            charges = (thing.get('charges') or {}).get('data') or []
            thing['amount_received'] = sum(
                charge['amount'] for charge in charges
                if charge.get('captured') and charge.get('status') == 'succeeded')
        if kind == 'plan':
            thing.update(object='price', unit_amount=thing.get('amount'))
        return thing

    # === EVENTS === #

    def _tell_what_followed(self, method, names, answer):
        """The events that localstripe never sends."""
        if method == 'POST' and names == ['refunds']:
            _status, charge = self._behind('GET', f"/v1/charges/{answer['charge']}")
            self.tell('charge.refunded', self.enrich(charge))
        elif method == 'POST' and names[0] == 'payment_intents' and names[-1] == 'cancel':
            self.tell('payment_intent.canceled', answer)
        elif method == 'POST' and names[0] == 'subscriptions' and len(names) == 2:
            self.tell('customer.subscription.updated', answer)

    def tell(self, kind, thing, event_id=None):
        """Tell the shop, in the background; again where it does not take it."""
        event = {
            'id': event_id or f'evt_{secrets.token_hex(12)}', 'object': 'event', 'type': kind,
            'livemode': False, 'created': int(time.time()), 'data': {'object': thing}}
        threading.Thread(target=self._deliver, args=(event,), daemon=True).start()

    def _deliver(self, event):
        if urlsplit(self.shop['url']).hostname not in LOOPBACK:
            return
        status = None
        for attempt in range(TRIES):
            time.sleep(attempt)
            status = self._post(event)
            if status == 200:
                break
        self.told.append((event, status))

    def _post(self, event):
        body, now = json.dumps(event), int(time.time())
        signature = hmac.new(
            self.shop['secret'].encode(), f'{now}.{body}'.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(self.shop['url'], body.encode(), {
            'Content-Type': 'application/json',
            'Stripe-Signature': f't={now},v1={signature}'})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError as error:
            return type(error).__name__

    def heard(self, event):
        """localstripe says something: the shop gets it whole; an invoice also by its newer name."""
        thing = self.enrich(event['data']['object'])
        self.tell(event['type'], thing, event['id'])
        if event['type'] == 'invoice.payment_succeeded':
            self.tell('invoice.paid', thing)

    # === WHAT MOVED === #

    def ledger(self):
        """One row for each payment, refund and lost chargeback: id, amount in the smallest unit
        (what went out is negative), currency."""
        came = [(one['id'], one['amount'], one['currency'])
                for one in self._all('payment_intents') if one['status'] == 'succeeded']
        went = [one for one in self._all('refunds') if one['status'] == 'succeeded']
        went += [one for one in self.disputes.values() if one['status'] == 'lost']
        return came + [(one['id'], -one['amount'], one['currency']) for one in went]

    # === WHAT A PERSON DOES === #

    def pay(self, intent, method='pm_card_visa'):
        """The payer confirms an intent with a card."""
        self._behind('POST', f'/v1/payment_intents/{intent}', urlencode({'payment_method': method}))
        return self._ask('POST', f'/v1/payment_intents/{intent}/confirm', '', None)

    def dispute(self, intent, status='needs_response'):
        """The payer's bank reclaims a payment; again with another status it goes on."""
        paid = self._intent(intent)
        known = next((one for one in self.disputes.values()
                      if one['payment_intent'] == intent), None)
        dispute = known or {
            'id': f'dp_{secrets.token_hex(8)}', 'object': 'dispute', 'payment_intent': intent,
            'amount': paid['amount'] - self._refunded(paid), 'currency': paid['currency'],
            'reason': 'fraudulent',
            'charge': paid['charges']['data'][0]['id'], 'livemode': False}
        dispute['status'] = status
        self.disputes[dispute['id']] = dispute
        step = 'closed' if status in ('won', 'lost', 'warning_closed') else 'updated'
        self.tell(f'charge.dispute.{step if known else "created"}', dispute)
        return 200, dispute


def _error(text):
    return {'error': {'type': 'invalid_request_error', 'message': text}}
