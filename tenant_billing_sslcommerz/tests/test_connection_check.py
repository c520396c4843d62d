import requests
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import PASSWORD, STORE, SslcommerzCase

MESSAGES = 'odoo.addons.tenant_billing_sslcommerz.models.gateway_message'
REFUSED = ("SSLCommerz refuses Store ID or Store Password: they are those of the API, not of the "
           "merchant panel, and differ between sandbox and live.")


@tagged('post_install', '-at_install')
class TestConnectionCheck(SslcommerzCase):
    """What an operator tries out, and what else may be set."""

    def check(self):
        shown = self.provider.action_sslcommerz_test()['params']
        return shown['type'], shown['message']

    # === THE BUTTON === #

    def test_all_is_well(self):
        self.assertEqual(
            self.check(), ('success', "SSLCommerz knows this store and its password."))
        [(method, url, sent, _options)] = self.gateway.asked
        self.assertEqual((method, url), ('GET', const.SANDBOX_URL + const.QUERY_PATH))
        self.assertEqual((sent['store_id'], sent['store_passwd']), (STORE, PASSWORD))

    def test_what_the_gateway_says(self):
        for answer, message in (
            ({'APIConnect': 'FAILED'}, REFUSED),
            ({'APIConnect': 'INACTIVE'},
             "SSLCommerz says that this store is not active. Ask there."),
            ({'APIConnect': 'INVALID_REQUEST'},
             "SSLCommerz gave no usable answer (INVALID_REQUEST)."),
            ({}, "SSLCommerz gave no usable answer (-)."),
            (requests.exceptions.Timeout(), "The payment service did not answer (Timeout). "
                                            "Please try again in a moment."),
        ):
            self.gateway.answers[const.QUERY_PATH] = answer
            with self.subTest(message):
                self.assertEqual(self.check(), ('warning', message))

    def test_what_is_missing_here(self):
        self.provider.is_published = False
        bdt = self.env.ref('base.BDT')
        self.env.cr.execute("UPDATE res_currency SET active = FALSE WHERE id = %s", [bdt.id])
        bdt.invalidate_recordset()
        self.assertEqual(self.check(), ('warning', (
            "The currency BDT is not active. Tenants do not see it: it is not published.")))
        self.provider.state = 'disabled'
        self.provider.write({'sslcommerz_store_id': False, 'sslcommerz_store_password': False})
        self.assertIn("Enter Store ID and Store Password, and save.", self.check()[1])

    def test_live_needs_an_address_that_the_gateway_reaches(self):
        self.provider.state = 'enabled'
        for base, is_reached in (
            ('https://billing.example', True), ('https://billing.example:443', True),
            ('http://billing.example', False), ('https://billing.example:8069', False),
        ):
            self.env['ir.config_parameter'].set_param('web.base.url', base)
            with self.subTest(base):
                self.assertEqual(self.check()[0] == 'success', is_reached)

    def test_only_for_administrators(self):
        user = new_test_user(
            self.env, 'accountant-x', 'account.group_account_manager', company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)])
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_model'):
            self.provider.with_user(user).action_sslcommerz_test()

    # === OFFERED GATEWAYS === #

    def test_gateways_that_the_page_offers(self):
        self.start()
        self.assertNotIn('multi_card_name', self.gateway.asked[0][2])
        self.provider.sslcommerz_gateways = 'bkash,visacard'
        self.start()
        self.assertEqual(self.gateway.asked[1][2]['multi_card_name'], 'bkash,visacard')

    def test_gateways_that_cannot_be(self):
        for names in ('bkash, visacard', 'Bkash', 'bkash,', ',', 'a' * 31, 'bkash;x', 'আ'):
            with self.subTest(names), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.provider.sslcommerz_gateways = names

    # === ALLOWED ADDRESSES === #

    def receive(self, address, kind='ipn', password=PASSWORD):
        with self.another_transaction() as env:
            form = self.sign(self.facts(self.start_once(), tran_date=f'{address}'), password)
            return bool(env['tenant.gateway.message']._receive(kind, form, address))

    def start_once(self):
        self.tx = getattr(self, 'tx', None) or self.start()
        return self.tx

    @mute_logger(MESSAGES)
    def test_addresses_that_are_allowed(self):
        self.start_once()
        self.assertTrue(self.receive('203.0.113.9'))
        self.provider.sslcommerz_addresses = '192.0.2.7, 198.51.100.0/24,2001:db8::/32'
        for address, is_allowed in (
            ('192.0.2.7', True), ('198.51.100.200', True), ('2001:db8::1', True),
            ('192.0.2.8', False), ('', False), (None, False), ('localhost', False),
        ):
            with self.subTest(address):
                self.assertEqual(self.receive(address), is_allowed)

    @mute_logger(MESSAGES)
    def test_an_allowed_address_is_no_signature(self):
        self.start_once()
        self.provider.sslcommerz_addresses = '192.0.2.7'
        self.assertFalse(self.receive('192.0.2.7', password='guess'))

    def test_browsers_come_from_anywhere(self):
        self.start_once()
        self.provider.sslcommerz_addresses = '192.0.2.7'
        self.assertTrue(self.receive('203.0.113.9', kind='return'))

    def test_addresses_that_are_none(self):
        for text in ('192.0.2', '192.0.2.7/33', '192.0.2.1/24', 'sslcommerz.com', '*'):
            with self.subTest(text), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.provider.sslcommerz_addresses = text
