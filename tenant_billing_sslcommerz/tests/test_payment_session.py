import re
from unittest.mock import patch

import requests
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import (
    PAGE,
    PASSWORD,
    STORE,
    SslcommerzCase,
)

SIMULATOR = 'http://127.0.0.1:8071'
LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction'


@tagged('post_install', '-at_install')
class TestPaymentSession(SslcommerzCase):
    """The way to the payment page."""

    def open(self, **values):
        tx = self.start(open_page=False, **values)
        return tx, tx._get_processing_values()

    def test_references_cannot_be_guessed(self):
        references = {
            self.env['payment.transaction']._compute_reference(const.CODE) for _n in range(200)}
        self.assertEqual(len(references), 200)
        for reference in references:
            self.assertRegex(reference, r'^P260101-[0-9A-Z]{20}$')
            self.assertLessEqual(len(reference), 30)
        refund = self.env['payment.transaction']._compute_reference(
            const.CODE, prefix='R-P260101-AAAAAAAAAAAAAAAAAAAA')
        self.assertRegex(refund, r'^R260101-[0-9A-Z]{20}$')

    def test_the_tenant_is_sent_to_the_page_by_post(self):
        tx, values = self.open()
        self.assertEqual(
            re.sub(r'\s+', ' ', values['redirect_form_html']).strip(),
            f'<form method="post" action="{PAGE}"></form>')
        self.assertEqual((tx.state, tx.tenant_page_url, tx.sslcommerz_session_key),
                         ('draft', PAGE, 'A1B2'))

    def test_the_page_is_used_again_while_it_lives(self):
        tx, _values = self.open()
        self.set_clock('2026-01-01', hour=12)
        self.assertTrue(tx._has_open_page())
        self.provider.sslcommerz_session_minutes = 60
        later, _values = self.open()
        self.set_clock('2026-01-01', hour=13)
        self.assertFalse(tx._has_open_page())
        self.assertFalse(later._has_open_page())

    def test_what_the_gateway_is_told(self):
        self.tenant.write({'name': "Dr.  Long\nName " + 'x' * 60, 'city': "Jashore"})
        tx, _values = self.open()
        [(method, url, sent, options)] = self.gateway.asked
        self.assertEqual((method, url), ('POST', const.SANDBOX_URL + const.SESSION_PATH))
        self.assertIs(options['allow_redirects'], False)
        self.assertEqual(options['timeout'], const.TIMEOUT)
        base = self.provider.get_base_url()
        self.assertEqual(
            {name: sent[name] for name in (
                'store_id', 'store_passwd', 'total_amount', 'currency', 'tran_id', 'success_url',
                'ipn_url', 'shipping_method', 'cus_city', 'cus_phone', 'product_name')},
            {'store_id': STORE, 'store_passwd': PASSWORD, 'total_amount': '1000.00',
             'currency': 'BDT', 'tran_id': tx.reference,
             'success_url': f'{base}/payment/sslcommerz/return/success',
             'ipn_url': f'{base}/payment/sslcommerz/ipn', 'shipping_method': 'NO',
             'cus_city': "Jashore", 'cus_phone': 'N/A',
             'product_name': tx.invoice_ids.name})
        self.assertTrue(sent['cus_name'].startswith("Dr. Long Name x"))
        self.assertEqual(len(sent['cus_name']), 50)
        self.assertEqual((sent['value_a'], sent['value_b']),
                         (tx.sslcommerz_stamp, tx._sslcommerz_database()))
        self.assertTrue(all(value for value in sent.values()))

    def test_a_refusal_is_told_and_the_next_try_works(self):
        good = self.gateway.answers[const.SESSION_PATH]
        self.gateway.answers[const.SESSION_PATH] = {
            'status': 'FAILED', 'failedreason': "Store Credential Error Or Store is De-active"}
        tx, _values = self.open()
        self.assertEqual((tx.state, tx.state_message), ('error', (
            "The payment service opened no payment page: Store Credential Error Or Store is "
            "De-active. Please contact us.")))
        self.gateway.answers[const.SESSION_PATH] = good
        again, values = self.open()
        self.assertIn(PAGE, values['redirect_form_html'])
        self.assertNotEqual(again.reference, tx.reference)

    def test_no_answer_is_told(self):
        for answer in (requests.exceptions.ConnectionError(), requests.exceptions.Timeout(),
                       b'<html>', b'[]', b'\xff'):
            self.gateway.answers[const.SESSION_PATH] = answer
            with self.subTest(answer):
                tx, _values = self.open()
                self.assertEqual(tx.state, 'error')
                self.assertIn("The payment service did not answer", tx.state_message)
        self.gateway.status = 500
        self.assertEqual(self.open()[0].state, 'error')

    @mute_logger(LOGGER)
    def test_only_the_gateway_s_own_page(self):
        session = self.gateway.answers[const.SESSION_PATH]
        for page in (
            'https://evil.example/x', 'http://sandbox.sslcommerz.com/x',
            'https://sslcommerz.com.evil.example/', 'https://evilsslcommerz.com/',
            'https://sandbox.sslcommerz.com@evil.example/', 'javascript:alert(1)', '',
            'https://sandbox.sslcommerz.com:8443/', 'https://a@sandbox.sslcommerz.com/',
            SIMULATOR + '/x', '//sandbox.sslcommerz.com/', 'https://[', None, 5,
        ):
            session['GatewayPageURL'] = page
            with self.subTest(page):
                tx, values = self.open()
                self.assertEqual(tx.state, 'error')
                self.assertNotIn('action=', values['redirect_form_html'])

    def test_bounds_of_the_gateway(self):
        for amount, state in ((9.99, 'error'), (10, 'draft'), (500000, 'draft'),
                              (500000.01, 'error')):
            with self.subTest(amount):
                self.assertEqual(self.open(amount=amount)[0].state, state)

    # === THE SIMULATOR === #

    def simulator(self, url=SIMULATOR):
        return patch.dict(config.options.maps[0], {const.BASE_URL_OPTION: url})

    def test_a_simulator_that_the_configuration_file_names(self):
        self.gateway.answers[const.SESSION_PATH]['GatewayPageURL'] = SIMULATOR + '/page'
        with self.simulator():
            tx, values = self.open()
        self.assertEqual(self.gateway.asked[0][1], SIMULATOR + const.SESSION_PATH)
        self.assertIn(f'action="{SIMULATOR}/page"', values['redirect_form_html'])
        self.assertFalse(tx.is_live)

    @mute_logger(LOGGER)
    def test_while_simulating_no_other_page(self):
        for page in (PAGE, 'http://10.0.0.5:8071/x', 'ftp://127.0.0.1/x', 'http://a@127.0.0.1/x'):
            self.gateway.answers[const.SESSION_PATH]['GatewayPageURL'] = page
            with self.subTest(page), self.simulator():
                self.assertEqual(self.open()[0].state, 'error')

    def test_live_money_never_goes_to_a_simulator(self):
        self.provider.state = 'enabled'
        with self.simulator():
            self.open()
        self.assertEqual(self.gateway.asked[0][1], const.LIVE_URL + const.SESSION_PATH)
        self.gateway.answers[const.SESSION_PATH]['GatewayPageURL'] = SIMULATOR + '/page'
        with self.simulator(), mute_logger(LOGGER):
            self.assertEqual(self.open()[0].state, 'error')

    def test_a_simulator_elsewhere_is_refused(self):
        for url in ('http://10.0.0.5:8071', 'https://sandbox.example', 'http://127.0.0.1.evil.io'):
            with self.subTest(url), self.simulator(url), self.assertRaises(ValidationError):
                self.provider._build_request_url('/x')

    def test_a_disabled_provider_asks_nothing(self):
        tx = self.start()
        self.provider.state = 'disabled'
        with self.assertRaises(ValidationError):
            tx._sslcommerz_ask()
        self.assertEqual(self.gateway.paths(), [])
