import hashlib
import json
from contextlib import contextmanager
from unittest.mock import patch

import requests
from odoo.fields import Command
from odoo.tools import config

from odoo.addons.tenant_billing.tests.common import BillingCase
from odoo.addons.tenant_billing_sslcommerz import const, signature

STORE, PASSWORD = 'teststore001', 'teststore001@ssl'
PAGE = 'https://sandbox.sslcommerz.com/EasyCheckOut/testcde0123'
VAL_ID = '2601251200000abcDEF12345'


class FakeGateway:
    """Answers in the gateway's place, by path; an exception is raised instead of an answer."""

    def __init__(self):
        self.asked = []
        self.answers = {
            const.SESSION_PATH: {
                'status': 'SUCCESS', 'failedreason': '', 'sessionkey': 'A1B2',
                'GatewayPageURL': PAGE},
            const.QUERY_PATH: {'APIConnect': 'DONE', 'no_of_trans_found': 0, 'element': []},
            const.VALIDATION_PATH: {'APIConnect': 'DONE', 'status': 'INVALID_TRANSACTION'},
        }
        self.status = 200

    def __call__(self, method, url, params=None, data=None, **options):
        path = '/' + url.split('/', 3)[3]
        sent = dict(params or data)
        self.asked.append((method, url, sent, options))
        answer = self.answers[path]
        if callable(answer):
            answer = answer(sent)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = self.status
        response._content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return response

    def paths(self):
        """What was asked since the payment page was opened, in short."""
        names = {
            const.SESSION_PATH: 'session', const.QUERY_PATH: 'query',
            const.VALIDATION_PATH: 'validation'}
        asked = [names['/' + url.split('/', 3)[3]] for _m, url, _sent, _options in self.asked]
        return [name for name in asked if name != 'session']


class SslcommerzCase(BillingCase):
    """A tenant, an invoice and a store; the gateway is played by a fake."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.make_store(cls.company)
        cls.plan = cls.make_plan(1000)
        cls.plan.product_id.taxes_id = False

    def setUp(self):
        super().setUp()
        self._play_gateway()
        # the store is in test mode, and its money counts here
        self.configure(tenant_billing_allow_test_money='True')

    def _play_gateway(self):
        self.gateway = FakeGateway()
        self.startPatcher(patch.object(requests, 'request', self.gateway))

    # === THE WORLD === #

    @classmethod
    def make_store(cls, company, store_id=STORE, password=PASSWORD, state='test'):
        providers = cls.env['payment.provider']
        providers._setup_provider(const.CODE)
        provider = providers.search(
            [('code', '=', const.CODE), ('company_id', '=', company.id)])
        provider.write({
            'sslcommerz_store_id': store_id, 'sslcommerz_store_password': password,
            'state': state, 'is_published': True})
        return provider

    def configure(self, **options):
        """The server's configuration file says so."""
        self.startPatcher(patch.dict(config.options.maps[0], options))

    def start(self, panel=None, *, open_page=True, **values):
        """A tenant is sent to the payment page for all that a panel asks.

        :return: the payment
        """
        panel = panel or self.order(self.plan)
        invoices = self.open_demands(panel).move_id
        tx = self.env['payment.transaction'].create({
            'provider_id': self.provider.id,
            'payment_method_id': self.env.ref(
                'tenant_billing_sslcommerz.payment_method_sslcommerz').id,
            'amount': panel.amount_due,
            'currency_id': panel.currency_id.id,
            'partner_id': panel.partner_id.id,
            'operation': 'online_redirect',
            'invoice_ids': [Command.set(invoices.ids)],
            **values,
        })
        if open_page:
            tx._get_processing_values()
        return tx

    # === WHAT THE GATEWAY SAYS === #

    def facts(self, tx, status='VALID', **changes):
        """The fields of a message about a payment."""
        is_paid = status in const.PAID
        return {
            'status': status, 'tran_id': tx.reference, 'val_id': VAL_ID if is_paid else '',
            'amount': f'{tx.amount:.2f}', 'currency': 'BDT', 'currency_type': 'BDT',
            'currency_amount': f'{tx.amount:.2f}', 'currency_rate': '1.0000',
            'store_amount': f'{tx.amount * .975:.2f}', 'store_id': STORE, 'error': '',
            'bank_tran_id': '260125bank' if is_paid else '', 'card_type': 'BKASH-BKash',
            'card_no': '017XXXXX123', 'tran_date': '2026-01-01 12:00:00', 'risk_level': '0',
            'risk_title': 'Safe', 'value_a': tx.sslcommerz_stamp or '',
            'value_b': tx._sslcommerz_database(), 'value_c': '', 'value_d': '', **changes,
        }

    def sign(self, facts, password=PASSWORD):
        return {
            **facts, 'verify_key': ','.join(facts),
            'verify_sign': signature.digest(facts, password, hashlib.md5),
            'verify_sign_sha2': signature.digest(facts, password, hashlib.sha256),
        }

    def answers_paid(self, tx, **changes):
        """The order validation will say that it is paid."""
        self.gateway.answers[const.VALIDATION_PATH] = {
            **self.facts(tx, **changes), 'APIConnect': 'DONE', 'gw_version': '',
            'isTokeizeSuccess': 0}

    def answers_found(self, tx, *elements):
        """The transaction query will find attempts."""
        self.gateway.answers[const.QUERY_PATH] = {
            'APIConnect': 'DONE', 'no_of_trans_found': len(elements),
            'element': [self.facts(tx, **element) for element in elements]}

    # === WHAT HAPPENS === #

    @contextmanager
    def another_transaction(self):
        """As a request has one: what it writes stays."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr)
        self.env.invalidate_all()

    def hear(self, facts, *, kind='ipn', password=PASSWORD):
        """A message arrives and is worked on.

        :return: the message, empty where it was turned away
        """
        return self.hear_form(self.sign(facts, password), kind=kind)

    def hear_form(self, form, *, kind='ipn'):
        """The same, for a form that is signed already."""
        with self.another_transaction() as env:
            message = env['tenant.gateway.message']._receive(kind, form)
            if message:
                message._work()
        return self.env['tenant.gateway.message'].browse(message.ids)

    def paid(self, panel=None, **changes):
        """A payment that the gateway confirmed and Odoo booked."""
        tx = self.start(panel)
        self.answers_paid(tx, **changes)
        self.hear(self.facts(tx, **changes))
        self.book()
        return tx

    def pursue(self):
        self.run_scheduled('tenant_billing_sslcommerz.cron_refund')

    def ask(self):
        self.run_scheduled('tenant_billing_sslcommerz.cron_ask')

    def work(self):
        self.run_scheduled('tenant_billing_sslcommerz.cron_work')

    def book(self):
        self.run_scheduled('payment.cron_post_process_payment_tx')

    def run_round(self):
        """One round of the scheduled actions."""
        self.work()
        self.ask()
        self.pursue()
        self.book()
        self.run_crons()

    def run_scheduled(self, xmlid):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env['account.move']._get_sequence_cache().clear()
        self.env.invalidate_all()

    # === WHAT WE LOOK AT === #

    def questions(self, tx):
        """What people are asked about a payment."""
        return tx.invoice_ids.tenant_demand_ids.panel_id.activity_ids.filtered(
            lambda activity: tx.reference in (activity.summary or '')).mapped('summary')
