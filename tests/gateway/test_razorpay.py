import hashlib
import hmac
import json
from unittest.mock import patch

import requests
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.collection.paying import PayCase

KEY, SECRET = 'rzp_secret', 'hook_secret'
CORE = 'odoo.addons.payment_razorpay'
ROUTE = '/payment/razorpay/'


class FakeRazorpay:
    """Answers in Razorpay's place."""

    def __init__(self):
        self.asked, self.payments, self.failing = [], {}, {}
        self.recurring = 'created'  # the status of a charge of a saved card

    def __call__(self, method, url, json=None, **options):
        path = url.removeprefix('https://api.razorpay.com/v1/')
        self.asked.append((method, path, json))
        failure = self.failing.get(path)
        if isinstance(failure, Exception):
            raise failure
        if failure:
            return self._response(400, {'error': {'description': failure}})
        if path == 'customers':
            return self._response(200, {'id': 'cust_1'})
        if path == 'orders':
            return self._response(200, {'id': f'order_{len(self.asked)}', **json})
        if path == 'payments/create/recurring':
            payment = self.pay(json['description'], json['amount'], status=self.recurring)
            return self._response(200, {'razorpay_payment_id': payment['id']})
        return self._response(200, self.payments[path.removeprefix('payments/')])

    def pay(self, reference, amount, **values):
        """A payment as Razorpay keeps it.

        :param int amount: in paisa
        """
        number = f'pay_{len(self.payments) + 1}'
        self.payments[number] = {
            'id': number, 'description': reference, 'amount': amount, 'currency': 'BDT',
            'status': 'captured', 'method': 'card', 'card': {'network': 'Visa', 'last4': '4242'},
            **values}
        return self.payments[number]

    @staticmethod
    def _response(status, answer):
        response = requests.Response()
        response.status_code, response._content = status, json.dumps(answer).encode()
        return response


class RazorpayCase(PayCase, HttpCase):
    """25 January: February's invoice of 100.00 is open; core's provider, as it is."""

    def setUp(self):
        super().setUp()
        self.razorpay = FakeRazorpay()
        self.startPatcher(patch.object(requests, 'request', self.razorpay))
        self.method = self.env.ref('payment.payment_method_card')
        self.tenant.phone = '+8801712345678'
        self.gate = self.account()

    def account(self):
        providers = self.env['payment.provider']
        providers._setup_provider('razorpay')
        provider = providers.search(
            [('code', '=', 'razorpay'), ('company_id', '=', self.company.id)])
        provider.write({
            'razorpay_key_id': 'rzp_live_1', 'razorpay_key_secret': KEY,
            'razorpay_webhook_secret': SECRET, 'state': 'enabled', 'is_published': True,
            'allow_tokenization': True, 'payment_method_ids': [Command.set(self.method.ids)]})
        self.method.active = True
        return provider

    def begin(self, **values):
        """The tenant opens Razorpay's window on our page."""
        tx = self.start(self.gate, operation='online_direct', **values)
        tx._get_processing_values()
        return tx

    # === WHAT RAZORPAY DOES === #

    def hear(self, event, payment, *, secret=SECRET, signature=None):
        """A webhook arrives.

        :return: the status of our answer
        """
        self.env.flush_all()
        body = json.dumps({'event': event, 'payload': {'payment': {'entity': payment}}})
        signature = signature or hmac.new(
            secret.encode(), body.encode(), hashlib.sha256).hexdigest()
        with mute_logger(f'{CORE}.controllers.main', 'odoo.http'):
            status = self.url_open(f'{ROUTE}webhook', data=body, headers={
                'Content-Type': 'application/json', 'X-Razorpay-Signature': signature}).status_code
        self.env.invalidate_all()
        return status

    def come_back(self, tx, payment):
        """The browser comes back with what Razorpay has signed: its own ids, not our reference."""
        self.env.flush_all()
        signed = hmac.new(KEY.encode(), f'order_1|{payment["id"]}'.encode(), hashlib.sha256)
        with mute_logger(f'{CORE}.controllers.main', 'odoo.http'):
            status = self.url_open(f'{ROUTE}return?reference={tx.reference}', data={
                'razorpay_payment_id': payment['id'], 'razorpay_order_id': 'order_1',
                'razorpay_signature': signed.hexdigest()}, allow_redirects=False).status_code
        self.env.invalidate_all()
        return status


@tagged('post_install', '-at_install')
class TestRazorpay(RazorpayCase):
    """Renewals work with core's provider, and our guards hold for it."""

    def test_a_signed_webhook_renews_the_panel(self):
        tx = self.begin()
        payment = self.razorpay.pay(tx.reference, 10000)
        self.assertEqual(self.hear('payment.captured', payment), 200)
        self.assertEqual((tx.state, tx.provider_reference), ('done', payment['id']))
        self.run_crons('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertNothingLeft()

    def test_webhook_and_return_in_any_order_and_again(self):
        tx = self.begin()
        payment = self.razorpay.pay(tx.reference, 10000)
        for _time in range(2):
            self.assertEqual(self.come_back(tx, payment), 303)
            self.assertEqual(self.hear('payment.captured', payment), 200)
            self.run_crons('cron_settle')
        self.assertEqual(tx.state, 'done')
        self.assertEqual(len(self.invoice.reconciled_payment_ids), 1)
        self.assertNothingLeft()

    def test_authorized_then_captured(self):
        tx = self.begin()
        payment = self.razorpay.pay(tx.reference, 10000)
        self.hear('payment.authorized', {**payment, 'status': 'authorized'})
        self.assertEqual(tx.state, 'draft')
        self.hear('payment.captured', payment)
        self.assertEqual(tx.state, 'done')

    def test_failed_then_paid_on_the_same_page(self):
        tx = self.begin()
        failed = self.razorpay.pay(tx.reference, 10000, status='failed')
        self.hear('payment.failed', failed)
        self.assertEqual(tx.state, 'error')
        self.hear('payment.captured', self.razorpay.pay(tx.reference, 10000))
        self.assertEqual((tx.state, tx.provider_reference), ('done', 'pay_2'))
        self.hear('payment.failed', failed)
        self.assertEqual((tx.state, tx.provider_reference), ('done', 'pay_2'))

    def test_unsigned_and_forged_events_are_refused(self):
        tx = self.begin()
        payment = self.razorpay.pay(tx.reference, 10000)
        self.assertEqual(self.hear('payment.captured', payment, secret='guessed'), 403)
        self.assertEqual(self.hear('payment.captured', payment, signature='x'), 403)
        self.gate.razorpay_webhook_secret = False
        self.assertEqual(self.hear('payment.captured', payment, secret=''), 403)
        self.assertEqual(tx.state, 'draft')

    def test_other_money_is_an_error_however_often_it_is_told(self):
        tx = self.begin()
        for values in ({'amount': 100}, {'currency': 'INR'}):
            payment = {**self.razorpay.pay(tx.reference, 10000), **values}
            for _time in range(2):
                with mute_logger('odoo.addons.tenant_billing.models.collection'
                                 '.payment_transaction_guards'):
                    self.hear('payment.captured', payment)
                self.assertEqual(tx.state, 'error')
        self.assertEqual(self.asked_people(), [f"Payment {tx.reference} needs a look"])
        self.run_crons('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')

    def test_the_return_is_believed_only_with_the_payments_own_money(self):
        tx = self.begin()
        payment = self.razorpay.pay(tx.reference, 100)
        with mute_logger('odoo.addons.tenant_billing.models.collection'
                         '.payment_transaction_guards'):
            self.come_back(tx, payment)
        self.assertEqual(tx.state, 'error')

    def test_the_return_of_another_payment_pays_nothing(self):
        """The signature covers no reference: the browser could name a dearer payment."""
        tx = self.begin()
        payment = self.razorpay.pay("something cheap", 10000)
        self.assertEqual(self.come_back(tx, payment), 303)
        self.assertEqual((tx.state, tx.provider_reference), ('draft', False))

    def test_a_return_that_cannot_be_looked_up_waits_for_the_webhook(self):
        tx = self.begin()
        payment = self.razorpay.pay(tx.reference, 10000)
        self.razorpay.failing[f'payments/{payment["id"]}'] = requests.Timeout()
        self.come_back(tx, payment)
        self.assertEqual(tx.state, 'pending')
        self.hear('payment.captured', payment)
        self.assertEqual(tx.state, 'done')

    def test_money_that_has_paid_pays_nothing_else(self):
        first = self.begin()
        payment = self.razorpay.pay(first.reference, 10000)
        self.hear('payment.captured', payment)
        self.run_crons('cron_settle')
        self.set_clock('2026-02-22')
        self.panel._renew()
        second = self.begin()
        with mute_logger('odoo.addons.tenant_billing.models.collection'
                         '.payment_transaction_guards'):
            self.hear('payment.captured', {**payment, 'description': second.reference})
        self.assertEqual(second.state, 'error')

    def test_disabled_is_refused(self):
        self.gate.state = 'disabled'
        with self.assertRaisesRegex(Exception, "cannot be paid with Razorpay"):
            self.begin()


@tagged('post_install', '-at_install')
class TestRazorpayCards(RazorpayCase):
    """A card that was saved while paying pays the next months by itself."""

    def setUp(self):
        super().setUp()
        tx = self.begin(tokenize=True)
        self.hear('payment.captured', self.razorpay.pay(
            tx.reference, 10000, token_id='token_1', customer_id='cust_1'))
        self.run_crons('cron_settle')
        self.card = tx.token_id
        self.panel._choose_card(self.card.id, self.tenant)
        self.set_clock('2026-02-22')
        self.panel._renew()
        self.demand = self.open_demands(self.panel)
        self.razorpay.asked.clear()

    def charge(self):
        self.on('2026-03-01')
        return self.demand.attempt_ids.transaction_id

    def recurring(self):
        return [body for _m, path, body in self.razorpay.asked
                if path == 'payments/create/recurring']

    def test_charged_on_the_due_date_and_confirmed_by_webhook(self):
        tx = self.charge()
        [asked] = self.recurring()
        self.assertEqual(
            (asked['amount'], asked['token'], asked['customer_id'], asked['description']),
            (10000, 'token_1', 'cust_1', tx.reference))
        self.assertEqual((tx.state, self.panel._is_confirming()), ('pending', True))
        self.on('2026-03-02')
        self.assertEqual(len(self.recurring()), 1)
        self.hear('payment.captured', {**self.razorpay.payments['pay_2'], 'status': 'captured'})
        self.run_crons('cron_settle')
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertNothingLeft()
        self.assertEqual(len(self.recurring()), 1)

    def test_captured_at_once(self):
        self.razorpay.recurring = 'captured'
        self.assertEqual(self.charge().state, 'done')
        self.run_crons('cron_settle')
        self.assertPanel(self.panel, 'active', '2026-03-31')

    def test_refused(self):
        self.razorpay.failing['payments/create/recurring'] = "Card expired"
        tx = self.charge()
        self.assertEqual(tx.state, 'error')
        self.assertIn("Card expired", tx.state_message)
        self.assertEqual(self.demand.attempt_ids.state, 'sent')

    def test_refused_before_the_charge(self):
        self.razorpay.failing['orders'] = "No more orders"
        self.assertEqual(self.charge().state, 'error')
        self.assertEqual(self.recurring(), [])

    def test_silent_counts_as_under_way(self):
        self.razorpay.failing['payments/create/recurring'] = requests.Timeout()
        tx = self.charge()
        self.assertEqual((tx.state, self.panel._is_confirming()), ('pending', True))
        self.hear('payment.captured', self.razorpay.pay(tx.reference, 10000))
        self.run_crons('cron_settle')
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertEqual(len(self.recurring()), 1)
