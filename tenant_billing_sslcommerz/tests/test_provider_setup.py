from pathlib import Path

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing_sslcommerz import const, uninstall_hook
from odoo.addons.tenant_billing_sslcommerz.tests.common import SslcommerzCase

NEUTRALIZE = Path(__file__).parents[1] / 'data' / 'neutralize.sql'


@tagged('post_install', '-at_install')
class TestProviderSetup(SslcommerzCase):
    """The provider as an operator sets it up."""

    def test_what_books_its_payments_is_there_from_the_start(self):
        """Else the first two payments at once make it twice, and none can be booked any more."""
        lines = self.env['account.payment.method.line'].search(
            [('payment_provider_id', '=', self.provider.id)])
        self.assertEqual((len(lines), lines.journal_id.type), (1, 'bank'))

    def test_not_without_credentials(self):
        self.provider.state = 'disabled'
        for name in ('sslcommerz_store_id', 'sslcommerz_store_password'):
            for state in ('test', 'enabled'):
                with self.subTest(name, state=state), self.assertRaises(ValidationError), (
                        self.env.cr.savepoint()):
                    self.provider.write({name: False, 'state': state})

    def test_credentials_cannot_be_taken_from_an_enabled_provider(self):
        with self.assertRaises(ValidationError):
            self.provider.sslcommerz_store_password = False

    def test_not_without_a_bank_journal(self):
        company = self.make_company("Meghna Hosting")
        self.env['account.journal'].search(
            [('company_id', '=', company.id), ('type', '=', 'bank')]).active = False
        with self.assertRaisesRegex(ValidationError, "Meghna Hosting has no bank journal"):
            self.make_store(company)

    def test_resetting_takes_the_credentials(self):
        self.provider.action_reset_credentials()
        self.assertEqual(
            (self.provider.state, self.provider.sslcommerz_store_id,
             self.provider.sslcommerz_store_password), ('disabled', False, False))

    def test_a_copy_takes_no_credentials(self):
        copy = self.provider.copy()
        self.assertEqual((copy.sslcommerz_store_id, copy.sslcommerz_store_password), (False,) * 2)

    def test_a_neutralized_database_has_no_credentials(self):
        self.env.flush_all()
        self.env.cr.execute(NEUTRALIZE.read_text())
        self.env.invalidate_all()
        self.assertFalse(self.provider.sslcommerz_store_id)
        self.assertFalse(self.provider.sslcommerz_store_password)

    def test_nobody_but_the_administrator_reads_credentials(self):
        for group in ('tenant_billing.group_manager', 'account.group_account_manager'):
            user = new_test_user(
                self.env, f'{group}-x', group, company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)])
            for name in ('sslcommerz_store_id', 'sslcommerz_store_password'):
                with self.subTest(group, name=name), self.assertRaises(AccessError):
                    self.provider.with_user(user).read([name])

    def test_one_method_with_brands(self):
        methods = self.provider.payment_method_ids
        self.assertEqual(methods.mapped('code'), ['sslcommerz'])
        self.assertTrue(methods.active)
        self.assertEqual(
            methods.brand_ids.mapped('name'), ["bKash", "Nagad", "Rocket", "Upay", "Cards"])
        compatible = self.env['payment.method']._get_compatible_payment_methods(
            self.provider.ids, self.tenant.id, currency_id=self.company.currency_id.id)
        self.assertEqual(compatible.mapped('code'), ['sslcommerz'])

    def test_currencies(self):
        names = set(self.provider.available_currency_ids.mapped('name'))
        self.assertEqual(names, set(const.SUPPORTED_CURRENCIES))

    def test_offered_for_what_it_can_take(self):
        providers = self.env['payment.provider']
        for currency, offered in (('BDT', True), ('USD', True), ('JPY', False)):
            found = providers._get_compatible_providers(
                self.company.id, self.tenant.id, 100,
                currency_id=self.env.ref(f'base.{currency}').id)
            with self.subTest(currency):
                self.assertEqual(self.provider in found, offered)

    def test_payments_are_booked_in_the_bank_journal(self):
        self.assertEqual(self.provider.journal_id, self.bank())
        line = self.bank().inbound_payment_method_line_ids.filtered(
            lambda one: one.payment_provider_id == self.provider)
        self.assertEqual(line.code, const.CODE)

    def test_it_can_be_uninstalled_after_payments(self):
        tx = self.start()
        self.answers_paid(tx)
        self.hear(self.facts(tx))
        self.book()
        self.assertTrue(tx.payment_id)
        uninstall_hook(self.env)
        self.assertEqual((self.provider.code, self.provider.state), ('none', 'disabled'))
        self.assertEqual(tx.payment_id.payment_method_line_id.code, const.CODE)

    def test_every_company_has_its_own(self):
        other = self.make_company("Meghna Hosting")
        store = self.make_store(other, 'meghna')
        self.assertNotEqual(store, self.provider)
        self.assertEqual(store.payment_method_ids, self.provider.payment_method_ids)
