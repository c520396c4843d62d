from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.paying import PayCase

NOT_HERE = "These invoices cannot be paid with Gate. Choose another way to pay."
OTHER_MONEY = "One payment is for invoices of one company and in their currency."


@tagged('post_install', '-at_install')
class TestPaymentGuards(PayCase):
    """A portal user with forged values, at the level of the model: no route goes round it."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()

    def assertRefused(self, message, provider=None, **values):
        count = self.env['payment.transaction'].search_count([])
        with self.assertRaises(ValidationError) as raised, self.env.cr.savepoint():
            self.start(provider or self.gate, **values)
        self.assertEqual(str(raised.exception), message)
        self.assertEqual(self.env['payment.transaction'].search_count([]), count)

    def test_what_the_server_offers_passes(self):
        tx = self.start(self.gate)
        self.assertEqual((tx.state, tx.amount), ('draft', 100))
        self.assertEqual(tx.landing_route, f'/billing/{self.panel.id}/return')

    # === THE AMOUNT === #

    def test_amount_is_not_the_clients_choice(self):
        for amount in (1, 99.99, 100.01, -100, 0):
            with self.subTest(amount):
                with self.assertRaisesRegex(ValidationError, "is to be paid, not"):
                    self.start(self.gate, amount=amount)

    def test_amount_that_is_no_number(self):
        for amount in (float('nan'), float('inf'), -float('inf')):
            with self.subTest(amount):
                self.assertRefused("The amount is not a number.", amount=amount)

    def test_two_demands_ask_for_their_sum(self):
        self.set_clock('2026-02-22')
        self.panel._renew()
        with self.assertRaisesRegex(ValidationError, "is to be paid, not"):
            self.start(self.gate, amount=100)
        self.assertEqual(self.start(self.gate).amount, 200)

    def test_part_paid_asks_for_the_rest(self):
        self.pay_invoice(self.invoice, 40)
        with self.assertRaisesRegex(ValidationError, "is to be paid, not"):
            self.start(self.gate, amount=100)
        self.assertEqual(self.start(self.gate).amount, 60)

    def test_a_clerk_may_take_a_part(self):
        self.assertEqual(self.start_online(self.invoice, 40).amount, 40)

    # === THE PROVIDER === #

    def test_disabled_provider(self):
        self.gate.state = 'disabled'
        self.assertRefused(NOT_HERE)

    def test_unpublished_provider(self):
        self.gate.is_published = False
        self.assertRefused(NOT_HERE)

    def test_provider_of_another_company(self):
        other = self.make_company("Meghna Hosting")
        self.env.user.company_ids |= other
        self.assertRefused(NOT_HERE, provider=self.gateway(other))

    def test_provider_that_does_not_take_the_currency(self):
        self.gate.available_currency_ids = self.env.ref('base.EUR')
        self.assertRefused(NOT_HERE)

    def test_provider_of_another_country(self):
        self.tenant.country_id = self.env.ref('base.bd')
        self.gate.available_country_ids = self.env.ref('base.be')
        self.assertRefused(NOT_HERE)

    def test_method_that_the_provider_does_not_have(self):
        card = self.env.ref('payment.payment_method_card')
        self.env['payment.provider'].create({
            'name': "Cards", 'company_id': self.company.id, 'state': 'enabled',
            'payment_method_ids': [Command.set(card.ids)]})
        card.active = True
        self.assertRefused(
            "Gate does not take Card here. Choose another way to pay.",
            payment_method_id=card.id)

    def test_saved_card_of_another_tenant(self):
        token = self.env['payment.token'].create({
            'provider_id': self.gate.id, 'payment_method_id': self.method.id,
            'partner_id': self.make_tenant("Rangpur Heart Centre").id, 'provider_ref': "card"})
        self.assertRefused(
            f"Gate does not take {self.method.name} here. Choose another way to pay.",
            token_id=token.id)

    def test_company_without_bank_journal(self):
        bare = self.env['res.company'].create({'name': "Bare"})
        with self.assertRaises(ValidationError) as raised:
            self.env['payment.provider'].create({
                'name': "Gate", 'company_id': bare.id, 'state': 'enabled'})
        self.assertEqual(
            str(raised.exception), "Bare has no bank journal to book payments of Gate in. "
            "Create one first.")
        provider = self.env['payment.provider'].create({'name': "Gate", 'company_id': bare.id})
        with self.assertRaisesRegex(ValidationError, "Bare has no bank journal"):
            provider.state = 'test'

    # === CURRENCY, PAYER, PAGE === #

    def test_other_currency(self):
        dollar = self.env.ref('base.USD')
        dollar.active = True
        self.assertRefused(OTHER_MONEY, currency_id=dollar.id)

    def test_invoices_of_two_companies(self):
        other = self.make_company("Meghna Hosting")
        self.env.user.company_ids |= other
        self.env = self.env(context={
            **self.env.context, 'allowed_company_ids': (self.company | other).ids})
        theirs = self.order(self.make_plan(100, company=other), name="Theirs")
        self.assertRefused(OTHER_MONEY, demands=self.demand | theirs.demand_ids)

    def test_neighbour_pays_for_nobody_else(self):
        neighbour = self.make_tenant("Rangpur Heart Centre")
        self.assertRefused(
            "These invoices are Jashore Kidney Centre's. Sign in with that account to pay them.",
            user=self.make_login('neighbour', neighbour), partner_id=neighbour.id)

    def test_page_of_another_host(self):
        for page in ('https://evil.example/x', '//evil.example', '/\\evil.example', 'evil'):
            with self.subTest(page):
                self.assertRefused(
                    "The page to return to must be one of this site.", landing_route=page)

    def test_page_to_return_to_is_the_servers(self):
        tx = self.start(self.gate, landing_route='/web/session/logout')
        self.assertEqual(tx.landing_route, f'/billing/{self.panel.id}/return')

    def test_page_of_a_payer_without_login_is_the_invoice(self):
        tx = self.start(self.gate, user=self.env.ref('base.public_user'))
        self.assertEqual(tx.landing_route, self.invoice.get_portal_url())

    # === WHAT IS OPEN === #

    def closed(self):
        return f"{self.invoice.display_name} is not open any more. Reload the page."

    def test_paid_invoice(self):
        demand = self.demand
        self.pay(self.panel)
        self.assertRefused(self.closed(), demands=demand, amount=100)

    def test_draft_invoice(self):
        self.invoice.button_draft()
        self.assertRefused(self.closed(), demands=self.demand, amount=100)

    def test_cancelled_invoice(self):
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.assertRefused(self.closed(), demands=self.demand, amount=100)

    def test_credited_invoice(self):
        self.credit(self.invoice, reason='cancelled')
        self.assertRefused(self.closed(), demands=self.demand, amount=100)

    def test_payment_that_is_under_way(self):
        self.start(self.gate)._set_pending()
        self.assertRefused(
            f"We are confirming your payment of {self.invoice.display_name} already.")

    # === WHAT IS NOT OURS === #

    def test_other_invoices_are_left_alone(self):
        invoice = self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.tenant.id,
            'invoice_date': self.today(),
            'invoice_line_ids': [Command.create({'name': "Cable", 'price_unit': 50})]})
        invoice.action_post()
        tx = self.start(
            self.gate, amount=10, landing_route='/shop', invoice_ids=[Command.set(invoice.ids)])
        self.assertEqual((tx.amount, tx.landing_route), (10, '/shop'))

    # === AT ONCE === #

    def test_done_is_booked_at_once(self):
        cron = self.env.ref('payment.cron_post_process_payment_tx')
        waiting = self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)])
        tx = self.start(self.gate)
        tx._set_pending()
        self.assertEqual(
            self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)]), waiting)
        tx._set_done()
        self.assertEqual(
            self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)]), waiting + 1)

    def test_done_and_left_lying_is_booked_by_the_sweep(self):
        self.start(self.gate)._set_done()
        self.assertBooks('open', 100, '2026-01-31')
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertNothingLeft()

    def test_done_and_not_booked_is_a_finding(self):
        self.at('2026-01-25', '12:00')
        tx = self.start(self.gate)
        tx._set_done()
        self.at('2026-01-25', '12:14')
        self.assertEqual(self.findings(), [])
        self.at('2026-01-25', '12:15')
        self.assertEqual(self.findings(), [
            f"Payment {tx.reference} is done, but not booked. It is tried again every five "
            "minutes; an activity on the panel says what hinders it."])
        tx._post_process()
        self.assertEqual(self.findings(), [])

    def test_what_cannot_be_booked_is_told(self):
        self.start(self.gate)._set_done()
        with patch.object(
                self.env.registry['payment.transaction'], '_create_payment',
                side_effect=ValidationError("The journal is locked.")):
            self.run_cron('cron_settle')
        self.assertEqual(self.asked_people(), ["Settlement failed"])
        self.assertBooks('open', 100, '2026-01-31')
