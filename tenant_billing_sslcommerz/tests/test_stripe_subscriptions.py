from odoo.tests import tagged

from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import StripeCase


@tagged('post_install', '-at_install')
class TestStripeSubscriptions(StripeCase):
    """Panels whose subscription Stripe runs: its money comes in by the same door."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
        self.paid(self.panel)
        self.panel.action_mark_created()
        self.customer = self.env['tenant.stripe.customer'].search([]).customer_ref
        self.subscription = self.stripe.put({
            'id': 'sub_1', 'object': 'subscription', 'customer': self.customer,
            'status': 'active', 'metadata': {
                'odoo_panel': str(self.panel.id),
                'odoo_database': self.provider._stripe_database()}})

    def invoice(self, number=1, **values):
        return self.stripe.put({
            'id': f'in_{number}', 'object': 'invoice', 'customer': self.customer,
            'subscription': 'sub_1', 'status': 'paid', 'amount_paid': 100000, 'currency': 'bdt',
            'payment_intent': f'pi_stripe{number}', 'attempted': True, **values})

    def renewals(self):
        self.book()
        return self.env['payment.transaction'].search([('stripe_invoice', '!=', False)])

    def test_a_paid_invoice_renews_the_panel_once(self):
        self.set_clock('2026-01-25')
        invoice = self.invoice()
        self.hear('invoice.paid', invoice)
        again = self.hear('invoice.payment_succeeded', invoice)
        self.hear('payment_intent.succeeded', {
            'id': 'pi_stripe1', 'object': 'payment_intent', 'description': "Subscription update"})
        tx = self.renewals()
        self.assertEqual(
            (again.state, again.outcome), ('done', f'Booked already as {tx.reference}.'))
        self.assertEqual(
            (tx.state, tx.amount, tx.provider_reference, tx.payment_id.amount),
            ('done', 1000, 'pi_stripe1', 1000))
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertFalse(self.panel.activity_ids)
        self.assertNothingLeft()

    def test_what_is_open_is_paid_first(self):
        self.on('2026-01-25')
        self.assertEqual(self.panel.amount_due, 1000)
        self.hear('invoice.paid', self.invoice())
        self.book()
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_another_amount_is_booked_and_told(self):
        self.on('2026-01-25')
        self.hear('invoice.paid', self.invoice(amount_paid=80000))
        self.assertEqual(self.renewals().payment_id.amount, 800)
        self.assertPanel(self.panel, 'active', '2026-01-31', 200)
        self.assertEqual(self.panel.activity_ids.mapped('summary'),
                         ["Stripe's invoice in_1 does not fit"])

    def test_money_that_nothing_asks_for_becomes_credit(self):
        self.hear('invoice.paid', self.invoice(1))
        self.hear('invoice.paid', self.invoice(2))  # no more than one cycle ahead
        self.assertEqual(sum(self.renewals().payment_id.mapped('amount')), 2000)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.on('2026-02-22')
        self.assertPanel(self.panel, 'active', '2026-03-31')

    def test_another_currency_is_not_booked(self):
        self.env.ref('base.USD').active = True
        message = self.hear('invoice.paid', self.invoice(currency='usd'))
        self.assertEqual((message.state, message.outcome),
                         ('refused', "Money in another currency than the panel's."))
        self.assertFalse(self.renewals())
        self.assertTrue(self.panel.activity_ids)

    def test_nothing_to_pay(self):
        self.hear('invoice.paid', self.invoice(amount_paid=0))
        self.assertFalse(self.renewals())

    def test_a_posted_claim_is_looked_up(self):
        invoice = self.invoice(status='open')
        self.hear('invoice.paid', {**invoice, 'status': 'paid'})
        self.assertFalse(self.renewals())

    def test_not_collected(self):
        self.on('2026-01-25')
        invoice = self.invoice(status='open', amount_paid=0)
        for _time in range(2):
            self.hear('invoice.payment_failed', invoice)
        self.assertEqual(self.panel.activity_ids.mapped('summary'),
                         [f'Stripe could not collect for {self.panel.name}'])
        self.assertPanel(self.panel, 'active', '2026-01-31', 1000)

    def test_row_5_a_subscription_of_another_tenant_or_database(self):
        for changes in ({'customer': 'cus_other'}, {'metadata': {
                'odoo_panel': str(self.panel.id), 'odoo_database': 'another'}},
                {'metadata': {'odoo_panel': '٣'}}, {'metadata': {}}):
            self.stripe.put(dict(self.subscription), **changes)
            self.hear('invoice.paid', self.invoice())
            with self.subTest(changes):
                self.assertFalse(self.renewals())
                self.assertFalse(self.panel.stripe_subscription)

    def test_status_and_end(self):
        self.hear('customer.subscription.updated', self.subscription)
        self.assertEqual(
            (self.panel.stripe_subscription, self.panel.stripe_subscription_status),
            ('sub_1', 'active'))
        self.assertFalse(self.panel.activity_ids)
        self.stripe.put(self.subscription, status='canceled')
        for _time in range(2):
            self.hear('customer.subscription.deleted', self.subscription)
        self.assertEqual(self.panel.stripe_subscription_status, 'canceled')
        self.assertEqual(self.panel.activity_ids.mapped('summary'),
                         [f"Stripe's subscription of {self.panel.name} is canceled"])

    def test_refund_of_what_stripe_collected(self):
        self.set_clock('2026-01-25')
        self.hear('invoice.paid', self.invoice())
        tx = self.renewals()
        intent = self.stripe.put({
            'id': 'pi_stripe1', 'object': 'payment_intent', 'amount': 100000, 'currency': 'bdt'})
        charge = self.stripe.charge_of(intent)
        self.stripe.put({
            'id': 're_9', 'object': 'refund', 'charge': charge['id'], 'amount': 100000,
            'currency': 'bdt', 'status': 'succeeded'})
        self.hear('charge.refunded', charge)
        self.assertEqual(tx.child_transaction_ids.mapped('amount'), [-1000])
