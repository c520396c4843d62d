import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from odoo.tests import tagged
from serving import serving

from odoo.addons.tenant_billing_sslcommerz import stripe_const, stripe_signature
from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import SECRET, StripeCase

PROGRAM = os.environ.get('TENANT_BILLING_LOCALSTRIPE')
SIMULATORS = Path(__file__).parents[1] / 'simulators'


@pytest.mark.server
@tagged('post_install', '-at_install')
class TestStripeDouble(StripeCase):
    """The whole way against localstripe, a program of somebody else's, over HTTP."""

    def setUp(self):
        super().setUp()
        process = subprocess.Popen(
            [sys.executable, '-m', 'stripe_double', '--localstripe', PROGRAM, '--port', '0',
             '--secret', SECRET], cwd=SIMULATORS, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.address = process.stdout.readline().strip()
        process.stdout.close()
        self.configure(**{stripe_const.BASE_URL_OPTION: self.address})
        self.panel = self.order(self.plan)

    def assertLedgersAgree(self):
        """What moved at Stripe, and the payments in the books: one to one in id, amount, currency
        and sign."""
        picture = requests.get(f'{self.address}/control', timeout=30).json()
        payments = self.env['account.payment'].search([
            ('payment_transaction_id.provider_id', '=', self.provider.id),
            ('state', 'in', ('in_process', 'paid'))])
        ours = [
            [payment.payment_transaction_id.provider_reference,
             round(payment.amount * (100 if payment.payment_type == 'inbound' else -100)),
             payment.currency_id.name.lower()] for payment in payments]
        self.assertEqual(sorted(ours), sorted(picture['ledger']))

    def control(self, **asked):
        return requests.post(f'{self.address}/control', json=asked, timeout=30).json()

    def at_stripe(self, path, **fields):
        return requests.request(
            'POST' if fields else 'GET', f'{self.address}/v1/{path}', data=fields, timeout=30,
            headers={'Authorization': 'Bearer sk_test_padma'}).json()

    def pay_there(self, tx):
        self.control(pay=tx.stripe_intent)
        return self.hear(
            'payment_intent.succeeded', self.at_stripe(f'payment_intents/{tx.stripe_intent}'))

    def test_paid_refunded_and_charged_back(self):
        tx = self.start(self.panel)
        self.assertState(tx, 'draft')
        message = self.pay_there(tx)
        self.book()
        self.assertEqual((message.state, tx.state, self.panel.amount_due), ('done', 'done', 0))
        tx.action_refund(250)
        refund = tx.child_transaction_ids
        self.assertEqual(refund.state, 'done')
        charge = self.at_stripe(f'refunds/{refund.provider_reference}')['charge']
        self.hear('charge.refunded', self.at_stripe(f'charges/{charge}'))
        self.assertEqual(tx.child_transaction_ids, refund)
        dispute = self.control(dispute=tx.stripe_intent, status='lost')
        self.hear('charge.dispute.closed', dispute)
        self.assertEqual(sorted(tx.child_transaction_ids.mapped('amount')), [-750, -250])
        self.assertEqual(self.panel.amount_due, 750)
        self.book()
        self.assertLedgersAgree()

    def test_a_subscription_that_stripe_runs(self):
        self.paid_there()
        self.plan.action_stripe_push()
        customer = self.env['tenant.stripe.customer'].search([]).customer_ref
        card = self.at_stripe('payment_methods', **{
            'type': 'card', 'card[number]': '4242424242424242', 'card[exp_month]': '12',
            'card[exp_year]': '2050', 'card[cvc]': '123'})['id']
        self.at_stripe(f'payment_methods/{card}/attach', customer=customer)
        self.at_stripe(f'customers/{customer}', **{
            'invoice_settings[default_payment_method]': card})
        subscription = self.at_stripe('subscriptions', **{
            'customer': customer, 'items[0][price]': self.plan.stripe_price_ids.price_ref,
            'metadata[odoo_panel]': str(self.panel.id),
            'metadata[odoo_database]': self.provider._stripe_database()})
        self.hear('customer.subscription.updated', subscription)
        self.assertEqual(self.panel.stripe_subscription_status, 'active')
        invoice = self.at_stripe(f'invoices?customer={customer}')['data'][0]
        self.hear('invoice.paid', invoice)
        self.hear('invoice.payment_succeeded', invoice)
        self.book()
        self.assertEqual(str(self.panel.paid_through), '2026-02-28')
        self.assertLedgersAgree()

    def paid_there(self):
        self.pay_there(self.start(self.panel))
        self.book()
        self.panel.action_mark_created()

    def test_what_the_stand_in_tells_is_signed_as_stripe_signs(self):
        """Its events arrive at another server, whose bodies we then take."""
        heard = []

        class Shop(BaseHTTPRequestHandler):
            def do_POST(self):
                heard.append((self.rfile.read(int(self.headers['Content-Length'])),
                              self.headers['Stripe-Signature']))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments):
                pass
        self._stop_clock()
        with serving(HTTPServer(('127.0.0.1', 0), Shop)) as shop:
            self.control(shop={'url': f'http://127.0.0.1:{shop.server_port}', 'secret': SECRET})
            tx = self.start(self.panel)
            self.control(pay=tx.stripe_intent)
            deadline = time.monotonic() + 20
            while not any(b'payment_intent.succeeded' in body for body, _header in heard):
                self.assertLess(time.monotonic(), deadline, "nothing was told")
                time.sleep(.1)
        for body, header in heard:
            event, _signers = stripe_signature.read_event(body, header, [SECRET])
            self.assertEqual(json.loads(body), event)
