from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import StripeCase


@tagged('post_install', '-at_install')
class TestStripeCatalog(StripeCase):
    """Who tenants are at Stripe, and which product and price plans are."""

    def told(self, path):
        return [fields for method, asked, fields, _key in self.stripe.asked
                if asked == path and method == 'POST']

    # === CUSTOMERS === #

    def test_one_customer_for_all_payments_of_a_tenant(self):
        """Core makes a new one for each."""
        contact = self.env['res.partner'].create({
            'name': "Bookkeeper", 'parent_id': self.tenant.id})
        self.start()
        self.start()
        self.start(invoice_ids=False, partner_id=contact.id)
        customer = self.env['tenant.stripe.customer'].search([])
        self.assertEqual((customer.partner_id, len(self.told('customers'))), (self.tenant, 1))
        self.assertEqual(
            {fields['customer'] for fields in self.told('payment_intents')},
            {customer.customer_ref})
        self.assertEqual(self.told('customers')[0]['name'], self.tenant.name)

    def test_a_new_address_is_told(self):
        self.start()
        self.tenant.email = 'new@example.com'
        self.start()
        self.start()
        customer = self.env['tenant.stripe.customer'].search([])
        self.assertEqual(
            [fields['email'] for fields in self.told(f'customers/{customer.customer_ref}')],
            ['new@example.com'])

    def test_each_account_and_mode_has_its_own(self):
        self.start()
        self.provider.state = 'enabled'
        self.start()
        self.assertEqual(
            sorted(self.env['tenant.stripe.customer'].search([]).mapped('is_live')),
            [False, True])

    def test_deleted_at_stripe(self):
        self.start()
        customer = self.env['tenant.stripe.customer'].search([])
        token = self.env['payment.token'].create({
            'provider_id': self.provider.id, 'payment_method_id': self.card.id,
            'partner_id': self.tenant.id, 'provider_ref': customer.customer_ref})
        thing = self.stripe.put({'id': customer.customer_ref, 'object': 'customer'})
        self.hear('customer.updated', thing)
        self.assertTrue(token.active)
        self.stripe.put(thing, deleted=True)
        self.hear('customer.deleted', thing)
        self.assertEqual((customer.customer_ref, token.active), (False, False))
        self.start()
        self.assertTrue(customer.customer_ref)

    def test_stripe_refuses_a_customer(self):
        self.stripe.failure = 400
        tx = self.start()
        self.assertEqual((tx.state, tx.state_message), (
            'error', "Stripe did not do what it was asked: Out of order"))

    # === PRODUCTS AND PRICES === #

    def prices(self):
        return [(price.terms, price.active) for price in self.env['tenant.stripe.price']
                .with_context(active_test=False).search([], order='id')]

    def test_pushed_once(self):
        for _time in range(3):
            self.plan.action_stripe_push()
        self.assertEqual(self.prices(), [("1000.00 BDT / 1 month", True)])
        self.assertEqual(
            [(said['unit_amount'], said['currency'], said['recurring[interval]'])
             for said in self.told('prices')], [('100000', 'bdt', 'month')])
        self.assertEqual(len(self.told('products')), 1)
        self.assertEqual(
            self.plan.stripe_price_ids.price_ref,
            next(name for name in self.stripe.things if name.startswith('price_')))

    def test_the_plan_s_taxes_are_in_the_price(self):
        self.make_plan(1000, name="Taxed").action_stripe_push()
        self.assertEqual(self.prices(), [("1150.00 BDT / 1 month", True)])

    def test_another_amount_is_another_price(self):
        self.plan.action_stripe_push()
        self.set_clock('2026-01-02')
        self.make_version(self.plan, 1200)
        self.plan.invalidate_recordset()
        self.run_scheduled('tenant_billing_sslcommerz.cron_stripe_push')
        self.assertEqual(self.prices(), [
            ("1000.00 BDT / 1 month", False), ("1200.00 BDT / 1 month", True)])
        self.set_clock('2026-01-03')
        self.make_version(self.plan, 1000)
        self.plan.invalidate_recordset()
        self.run_scheduled('tenant_billing_sslcommerz.cron_stripe_push')
        self.assertEqual(self.prices(), [
            ("1000.00 BDT / 1 month", True), ("1200.00 BDT / 1 month", False)])
        self.assertEqual((len(self.told('products')), len(self.told('prices'))), (1, 2))

    def test_asked_again_after_our_side_forgot(self):
        self.plan.action_stripe_push()
        self.plan.stripe_price_ids.unlink()
        self.plan.action_stripe_push()
        self.assertEqual(
            sum(name.startswith(('prod_', 'price_')) for name in self.stripe.things), 2)

    def test_one_that_stripe_refuses_does_not_stop_the_others(self):
        other = self.make_plan(500, name="Other")
        refuse = self.stripe._answer

        def answer(method, names, fields, key):
            if fields.get('name') == "Pro":
                raise ValueError
            return refuse(method, names, fields, key)
        self.stripe._answer = answer
        with mute_logger('odoo.addons.tenant_billing.models.invoicing.tenant_billing_run'):
            self.run_scheduled('tenant_billing_sslcommerz.cron_stripe_push')
        self.assertTrue(self.plan.stripe_error)
        self.assertTrue(other.stripe_price_ids)

    def test_free_plans_and_missing_keys(self):
        free = self.make_plan(0, name="Free")
        with self.assertRaisesRegex(UserError, "has no price to bring to Stripe"):
            free.action_stripe_push()
        self.provider.state = 'disabled'
        with self.assertRaisesRegex(UserError, "Stripe is not configured for Padma Hosting"):
            self.plan.action_stripe_push()

    def test_who_may_push(self):
        user = new_test_user(
            self.env, 'user-stripe', 'base.group_user,tenant_billing.group_user',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        with self.assertRaises(AccessError):
            self.plan.with_user(user).action_stripe_push()
        with self.assertRaises(AccessError):
            self.provider.with_user(user).action_stripe_create_webhook()

    def test_neighbours_see_nothing(self):
        """A manager of another company, and a tenant with a login."""
        self.paid()
        self.plan.action_stripe_push()
        tx = self.env['payment.transaction'].search([('state', '=', 'done')])
        self.env['tenant.stripe.dispute'].create({
            'dispute_ref': 'dp_1', 'transaction_id': tx.id, 'amount': 1})
        other = self.make_company("Meghna Hosting")
        manager = new_test_user(
            self.env, 'other-stripe', 'base.group_user,tenant_billing.group_manager',
            company_id=other.id, company_ids=[Command.set(other.ids)])
        portal = new_test_user(self.env, 'portal-stripe', 'base.group_portal')
        for name in ('customer', 'price', 'dispute'):
            rows = self.env[f'tenant.stripe.{name}'].search([])
            self.assertTrue(rows)
            self.assertFalse(rows.with_user(manager).with_context(
                allowed_company_ids=other.ids).search([]))
            for user in (manager, portal):
                with self.subTest((name, user.login)), self.assertRaises(AccessError), (
                        mute_logger('odoo.addons.base.models.ir_rule',
                                    'odoo.addons.base.models.ir_model')):
                    rows.with_user(user).with_context(
                        allowed_company_ids=user.company_ids.ids).read(['company_id'])

    # === NOT CONFIGURED === #

    def test_the_provider_says_what_is_missing(self):
        self.assertFalse(self.provider.stripe_notice)
        self.provider.write({
            'state': 'disabled', 'stripe_secret_key': False, 'stripe_webhook_secret': False})
        self.assertEqual(self.provider.stripe_notice, (
            "Stripe is not configured: Secret Key, Webhook Signing Secret. Nothing can be paid "
            "with it until then."))
        with self.assertRaises(ValidationError):
            self.provider.state = 'test'

    def test_a_key_of_the_other_mode_is_told(self):
        self.provider.state = 'enabled'
        self.assertEqual(self.provider.stripe_notice,
                         "The secret key is one for tests, but the provider is live.")
        self.provider.write({'state': 'test', 'stripe_secret_key': 'sk_live_x'})
        self.assertEqual(self.provider.stripe_notice,
                         "The secret key is live, but the provider is in test mode.")
