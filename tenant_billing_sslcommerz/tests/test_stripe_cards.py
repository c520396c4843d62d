from unittest.mock import patch

import requests
from odoo.tests import tagged

from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import (
    FakeStripe,
    StripeCase,
    _response,
)


@tagged('post_install', '-at_install')
class TestStripeCards(StripeCase):
    """A card saved at Stripe pays February's 1,000.00 by itself, or its owner is asked."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
        self.paid(self.panel)
        self.panel.action_mark_created()
        self.stripe.asked.clear()
        self.token = self.env['payment.token'].create({
            'provider_id': self.provider.id, 'payment_method_id': self.card.id,
            'partner_id': self.tenant.id, 'provider_ref': 'cus_1', 'payment_details': '4242',
            'stripe_payment_method': 'pm_1'})
        self.panel._choose_card(self.token.id, self.tenant)
        self.on('2026-01-25')
        self.demand = self.open_demands(self.panel)
        self.answer = self.charged
        make, case = FakeStripe._make, self

        def confirm(fake, kind, fields):
            thing = make(fake, kind, fields)
            return case.answer(thing) if fields.get('confirm') else thing
        self.startPatcher(patch.object(FakeStripe, '_make', confirm))
        answer = FakeStripe._answer

        def refuse(fake, method, names, fields, key):
            case.refusal = None
            done = answer(fake, method, names, fields, key)
            return done if case.refusal is None else case.refusal
        self.startPatcher(patch.object(FakeStripe, '_answer', refuse))

    # === WHAT STRIPE ANSWERS === #

    def charged(self, intent):
        return self.stripe.paid(intent['id'], amount=int(intent['amount']))

    def asks_for_the_payer(self, intent):
        error = {'code': 'authentication_required', 'message': "Authentication is required"}
        self.stripe.put(intent, last_payment_error=error)
        self.refusal = _response(402, {'error': {**error, 'payment_intent': intent}})
        return intent

    def waits_for_the_payer(self, intent):
        return self.stripe.put(intent, status='requires_action')

    def declines(self, intent):
        self.refusal = _response(402, {'error': {
            'code': 'card_declined', 'message': "Your card was declined",
            'payment_intent': intent}})
        return intent

    def charge(self):
        self.on('2026-02-01')
        return self.demand.attempt_ids.transaction_id

    def told(self):
        return self.env['tenant.reminder'].search([
            ('panel_id', '=', self.panel.id),
            ('kind', 'in', ('failed', 'confirm'))]).mapped('kind')

    def asked(self):
        return [fields for method, path, fields, _key in self.stripe.asked
                if (method, path) == ('POST', 'payment_intents')]

    # === THE TESTS === #

    def test_charged_off_session_with_a_key(self):
        tx = self.charge()
        [asked] = self.asked()
        self.assertEqual(
            (asked['customer'], asked['payment_method'], asked['amount'], asked['description']),
            ('cus_1', 'pm_1', 100000, tx.reference))
        self.assertTrue([key for _m, path, _f, key in self.stripe.asked
                         if path == 'payment_intents'][0])
        self.assertState(tx, 'done')
        self.run_crons('cron_settle')
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_the_bank_wants_the_payer(self):
        for answer in (self.asks_for_the_payer, self.waits_for_the_payer):
            with self.subTest(answer.__name__), self.env.cr.savepoint() as undo:
                self.answer = answer
                tx = self.charge()
                self.assertState(tx, 'error')
                self.assertTrue(tx.tenant_needs_payer)
                self.assertTrue(tx.stripe_intent)
                self.assertEqual(self.told(), ['confirm'])
                self.assertEqual(self.panel._waits_for_confirmation(), self.demand)
                self.assertEqual(len(self.asked()), 1)
                undo.rollback()
            self.stripe.asked.clear()
            self.env.invalidate_all()

    def test_declined(self):
        self.answer = self.declines
        tx = self.charge()
        self.assertState(tx, 'error')
        self.assertFalse(tx.tenant_needs_payer)
        self.assertEqual(self.told(), ['failed'])

    def test_silent_and_then_its_event(self):
        self.stripe.failure = requests.Timeout()
        tx = self.charge()
        self.assertState(tx, 'pending')
        self.stripe.failure = None
        intent = self.stripe._make('payment_intents', {
            'amount': '100000', 'currency': 'bdt', 'description': tx.reference})
        self.hear('payment_intent.succeeded', self.stripe.paid(intent['id']))
        self.run_crons('cron_settle')
        self.assertState(tx, 'done')
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_not_beside_a_subscription_that_stripe_runs(self):
        self.panel.stripe_subscription = 'sub_1'
        self.assertFalse(self.charge())
        self.panel.stripe_subscription_status = 'canceled'
        self.assertTrue(self.charge())
