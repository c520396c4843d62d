"""What the gateway remembers: sessions, attempts to pay, refunds, and how it misbehaves."""

import secrets
import string
import threading
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation

from .signing import sign

MANDATORY = (
    'total_amount', 'currency', 'tran_id', 'success_url', 'fail_url', 'cancel_url', 'cus_name',
    'cus_email', 'cus_add1', 'cus_city', 'cus_country', 'cus_postcode', 'cus_phone',
    'shipping_method', 'num_of_item', 'product_name', 'product_category', 'product_profile',
)
LIMITS = {
    'tran_id': 30, 'success_url': 255, 'fail_url': 255, 'cancel_url': 255, 'ipn_url': 255,
    'cus_name': 50, 'cus_email': 50, 'cus_add1': 50, 'cus_city': 50, 'cus_country': 50,
    'cus_postcode': 30, 'cus_phone': 20, 'value_a': 255, 'value_b': 255, 'value_c': 255,
    'value_d': 255, 'product_name': 255, 'product_category': 100, 'product_profile': 100,
}
RATES = {
    'BDT': '1', 'USD': '120', 'EUR': '130', 'GBP': '150', 'SGD': '90', 'INR': '1.4', 'MYR': '27'}
LOWEST, HIGHEST = Decimal('10'), Decimal('500000')
METHODS = {
    'bkash': ('BKASH-BKash', '', 'bKash'),
    'nagad': ('NAGAD-Nagad', '', 'Nagad'),
    'rocket': ('DBBLMOBILEB-Dbbl Mobile Banking', '', 'Rocket'),
    'upay': ('UPAY-Upay', '', 'Upay'),
    'card': ('VISA-Dutch Bangla', '411111XXXXXX1111', 'Visa card'),
}
VALID = ('VALID', 'VALIDATED')


@dataclass
class Faults:
    """How the gateway misbehaves, until it is told otherwise."""

    ipn: str = 'normal'  # normal, none, late, duplicate
    late_seconds: float = 5.0
    wrong_amount: bool = False  # one less arrives than was asked for
    risk: bool = False
    bad_signature: bool = False
    slow_seconds: float = 0.0
    error: bool = False  # answers with HTTP 500
    garbage: bool = False  # answers with what nobody can read
    where: str = 'all'  # slow, error, garbage: all, session, validation, query, refund
    refund: str = 'normal'  # normal, refused, cancelled, stuck, unanswered

    def change(self, values):
        """:raise ValueError: for what there is not"""
        kinds = {one.name: type(getattr(Faults, one.name)) for one in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f'there is no fault {name}')
            if kinds[name] is bool:
                value = str(value).lower() in ('1', 'true', 'on', 'yes')
            setattr(self, name, kinds[name](value))


@dataclass
class Session:
    key: str
    asked: dict
    attempts: list = field(default_factory=list)

    @property
    def is_paid(self):
        return any(attempt['status'] in VALID for attempt in self.attempts)


class Sandbox:
    """One store at the gateway; every method may be called by several threads."""

    def __init__(self, store_id, password, shop="Demo Shop"):
        self.store_id, self.password, self.shop = store_id, password, shop
        self.faults = Faults()
        self.sessions, self.refunds = {}, {}
        self.sent = []  # every delivery of an IPN: reference, status, what the shop answered
        self.waiting = []  # late ones: address and form
        self.lock = threading.RLock()

    # What the shop's server asks

    def open_session(self, form, base_url):
        """:return: the answer to a session request"""
        with self.lock:
            reason = self._refusal(form)
            if reason:
                return {'status': 'FAILED', 'failedreason': reason, 'sessionkey': '',
                        'GatewayPageURL': ''}
            session = Session(secrets.token_hex(16).upper(), dict(form))
            self.sessions[session.key] = session
        return {
            'status': 'SUCCESS', 'failedreason': '', 'sessionkey': session.key,
            'gw': {'mobilebanking': 'bkash,nagad,dbblmobilebanking,upay', 'visa': 'visacard'},
            'GatewayPageURL': f'{base_url}/EasyCheckOut/testcde{session.key.lower()}',
            'storeBanner': '', 'storeLogo': '', 'store_name': self.shop, 'desc': [],
            'is_direct_pay_enable': '0',
        }

    def validate(self, query):
        """:return: the answer of the order validation"""
        if not self._knows(query):
            return {'APIConnect': 'FAILED'}
        if not query.get('val_id'):
            return {'APIConnect': 'INVALID_REQUEST'}
        with self.lock:
            for session in self.sessions.values():
                for attempt in session.attempts:
                    if attempt['val_id'] == query['val_id'] and attempt['status'] in VALID:
                        answer = self._validated(attempt)
                        attempt['status'] = 'VALIDATED'
                        return answer
        return {'APIConnect': 'DONE', 'status': 'INVALID_TRANSACTION'}

    def look_up(self, query):
        """Transaction query, refund and refund query share an address; the parameters decide."""
        if not self._knows(query):
            return {'APIConnect': 'FAILED'}
        with self.lock:
            if 'refund_ref_id' in query:
                return self._refund_state(query['refund_ref_id'])
            if 'refund_amount' in query:
                return self._refund(query)
            if 'sessionkey' in query:
                session = self.sessions.get(query['sessionkey'].upper())
                found = self._tried(session)[-1:] if session else []
                return {'APIConnect': 'DONE', **(found[0] if found else {'status': 'PENDING'})}
            if 'tran_id' in query:
                found = [
                    attempt for session in self.sessions.values()
                    if session.asked['tran_id'] == query['tran_id']
                    for attempt in self._tried(session)]
                return {'APIConnect': 'DONE', 'no_of_trans_found': len(found), 'element': found}
        return {'APIConnect': 'INVALID_REQUEST'}

    # What the customer does

    def attempt(self, key, action, method='card'):
        """The customer presses a button on the payment page.

        :param str action: pay, fail or cancel
        :return: where the browser goes, and the signed form that it posts there
        """
        with self.lock:
            session = self.sessions[key.upper()]
            if session.is_paid:
                raise ValueError("This session is paid.")
            attempt = self._make_attempt(session, action, method)
            session.attempts.append(attempt)
            form = sign(attempt, self.password)
            if self.faults.bad_signature:
                form['verify_sign'] = form['verify_sign'][::-1]
            address = session.asked.get('ipn_url')
            copies = {'none': 0, 'duplicate': 2}.get(self.faults.ipn, 1) if address else 0
            self.waiting += [(address, form)] * copies
        outcome = {'pay': 'success_url', 'fail': 'fail_url', 'cancel': 'cancel_url'}[action]
        return session.asked[outcome], form

    def _make_attempt(self, session, action, method):
        asked = session.asked
        sent = Decimal(asked['total_amount'])
        captured = sent - 1 if self.faults.wrong_amount else sent
        rate = Decimal(RATES[asked['currency']])
        now = datetime.now()
        common = {
            'status': {'pay': 'VALID', 'fail': 'FAILED', 'cancel': 'CANCELLED'}[action],
            'tran_date': f'{now:%Y-%m-%d %H:%M:%S}', 'tran_id': asked['tran_id'],
            'amount': _money(captured * rate), 'currency': 'BDT', 'store_id': self.store_id,
            'currency_type': asked['currency'], 'currency_amount': _money(captured),
            'currency_rate': f'{rate:.4f}', 'base_fair': '0.00',
            **{f'value_{letter}': asked.get(f'value_{letter}', '') for letter in 'abcd'},
            'bank_tran_id': '', 'val_id': '', 'error': '',
        }
        if action == 'cancel':
            del common['val_id']
            return common | {'val_id': '', 'error': "Cancelled by User"}
        card_type, card_no, name = METHODS[method]
        common |= {
            'card_type': card_type, 'card_no': card_no, 'card_issuer': name, 'card_sub_brand': '',
            'card_brand': 'VISA' if method == 'card' else 'MOBILEBANKING',
            'card_issuer_country': 'Bangladesh', 'card_issuer_country_code': 'BD',
            'store_amount': '', 'risk_level': '0', 'risk_title': 'Safe',
        }
        if action == 'fail':
            return common | {'error': "Insufficient balance"}
        risk = {'risk_level': '1', 'risk_title': 'Unsafe'} if self.faults.risk else {}
        return common | risk | {
            'val_id': f'{now:%y%m%d%H%M%S}{_random(14)}',
            'bank_tran_id': f'{now:%y%m%d%H%M%S}{_random(10)}',
            'store_amount': _money(captured * rate * Decimal('0.975')),
        }

    # Helpers

    def take_waiting(self):
        """:return: the IPNs that were not sent yet: address and form of each"""
        with self.lock:
            waiting, self.waiting = self.waiting, []
        return waiting

    def told(self, form, answer):
        """Note what the shop answered to an IPN."""
        with self.lock:
            self.sent.append(
                {'tran_id': form['tran_id'], 'status': form['status'], 'answer': answer})

    def ledger(self):
        """What moved: one row for each capture and each refund that was paid out.

        :return: kind, our id, the shop's id, the bank's id, amount and currency as the shop asked
            for them, and the amount in BDT
        """
        with self.lock:
            rows = [
                {'kind': 'capture', 'id': attempt['val_id'], 'tran_id': attempt['tran_id'],
                 'bank_tran_id': attempt['bank_tran_id'], 'amount': attempt['currency_amount'],
                 'currency': attempt['currency_type'], 'settled': attempt['amount'],
                 'store_amount': attempt['store_amount']}
                for session in self.sessions.values() for attempt in session.attempts
                if attempt['status'] in VALID]
            return rows + [
                {'kind': 'refund', 'id': refund['refund_ref_id'],
                 'tran_id': refund['refund_trans_id'], 'bank_tran_id': refund['bank_tran_id'],
                 'settled': refund['refund_amount']}
                for refund in self.refunds.values() if refund['state'] == 'refunded']

    def picture(self):
        """All that a test may want to know, without secrets."""
        with self.lock:
            return {
                'faults': asdict(self.faults),
                'sessions': [
                    {'sessionkey': session.key, 'tran_id': session.asked['tran_id'],
                     'statuses': [attempt['status'] for attempt in session.attempts]}
                    for session in self.sessions.values()],
                'sent': list(self.sent), 'waiting': len(self.waiting),
                'refunds': list(self.refunds.values()), 'ledger': self.ledger(),
            }

    def _knows(self, form):
        return (form.get('store_id'), form.get('store_passwd')) == (self.store_id, self.password)

    def _refusal(self, form):
        """Why there is no session for a form; empty where there is one."""
        if not self._knows(form):
            return "Store Credential Error Or Store is De-active"
        for name in MANDATORY:
            if not form.get(name):
                return f"Invalid Information! '{name}' is missing or empty."
        for name, limit in LIMITS.items():
            if len(form.get(name, '')) > limit:
                return f"Invalid Information! '{name}' is too long."
        if form['currency'] not in RATES:
            return "Invalid Information! 'currency' is not supported."
        try:
            amount = Decimal(form['total_amount']) * Decimal(RATES[form['currency']])
        except InvalidOperation:
            return "Invalid Information! 'total_amount' is no amount."
        if not LOWEST <= amount <= HIGHEST:
            return "Invalid Information! 'total_amount' must be from 10.00 to 500000.00 BDT."
        if any(session.is_paid for session in self.sessions.values()
               if session.asked['tran_id'] == form['tran_id']):
            return "Invalid Information! 'tran_id' was used before."
        return ''

    def _validated(self, attempt):
        hidden = ('error',)
        return {
            **{name: value for name, value in attempt.items() if name not in hidden},
            'APIConnect': 'DONE', 'validated_on': f'{datetime.now():%Y-%m-%d %H:%M:%S}',
            'gw_version': '', 'emi_instalment': '0', 'emi_amount': '0.00', 'emi_issuer': '',
            'discount_amount': '0.00', 'discount_percentage': '0', 'discount_remarks': '',
            'card_category': '', 'card_ref_id': '', 'isTokeizeSuccess': 0, 'offer_avail': 0,
            'campaign_code': '',
        }

    def _tried(self, session):
        if not session.attempts:
            return []
        return [{**attempt, 'sessionkey': session.key} for attempt in session.attempts]

    def _refund(self, query):
        needed = ('bank_tran_id', 'refund_trans_id', 'refund_amount', 'refund_remarks')
        if not all(query.get(name) for name in needed):
            return {'APIConnect': 'INVALID_REQUEST'}
        for refund in self.refunds.values():
            if refund['refund_trans_id'] == query['refund_trans_id']:
                return refund | {'APIConnect': 'DONE', 'status': 'processing'}
        paid = next((
            attempt for session in self.sessions.values() for attempt in session.attempts
            if attempt['bank_tran_id'] == query['bank_tran_id']
            and attempt['status'] in VALID), None)
        answer = {'APIConnect': 'DONE', 'bank_tran_id': query['bank_tran_id'], 'trans_id': '',
                  'refund_ref_id': '', 'status': 'failed', 'errorReason': ''}
        if not paid:
            return answer | {'errorReason': "Transaction is not found."}
        earlier = sum(
            Decimal(refund['refund_amount']) for refund in self.refunds.values()
            if refund['bank_tran_id'] == query['bank_tran_id']
            and refund['state'] != 'cancelled')
        try:
            fits = 0 < Decimal(query['refund_amount']) <= Decimal(paid['amount']) - earlier
        except InvalidOperation:
            fits = False
        if self.faults.refund == 'refused':
            return answer | {'errorReason': "Refunds are not allowed for this store."}
        if not fits:
            return answer | {'errorReason': "Refund amount exceeds the paid amount."}
        refund = {
            'bank_tran_id': query['bank_tran_id'], 'trans_id': paid['tran_id'],
            'refund_ref_id': _random(16), 'refund_trans_id': query['refund_trans_id'],
            'refund_amount': query['refund_amount'], 'asked': 0, 'state': 'processing',
            'initiated_on': f'{datetime.now():%Y-%m-%d %H:%M:%S}', 'errorReason': ''}
        self.refunds[refund['refund_ref_id']] = refund
        return refund | {'APIConnect': 'DONE', 'status': 'success'}

    def _refund_state(self, refund_ref_id):
        """Processing when asked first, refunded from then on."""
        refund = self.refunds.get(refund_ref_id)
        if not refund:
            return {'APIConnect': 'DONE', 'status': 'failed', 'errorReason': "Not found."}
        refund['asked'] += 1
        if self.faults.refund == 'cancelled':
            refund['state'] = 'cancelled'
        elif refund['asked'] > 1 and self.faults.refund != 'stuck' and (
                refund['state'] == 'processing'):
            refund['state'] = 'refunded'
        is_over = refund['state'] == 'refunded'
        return {
            'APIConnect': 'DONE', 'bank_tran_id': refund['bank_tran_id'],
            'tran_id': refund['trans_id'], 'refund_ref_id': refund_ref_id,
            'initiated_on': refund['initiated_on'],
            'refunded_on': f'{datetime.now():%Y-%m-%d %H:%M:%S}' if is_over else '',
            'status': refund['state'],
            'errorReason': "Cancelled by the bank." if refund['state'] == 'cancelled' else '',
        }


def _money(amount):
    return f'{amount:.2f}'


def _random(length):
    return ''.join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
