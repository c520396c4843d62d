from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


class DemoCase(PayCase):
    """A provider of which we know nothing: core's own, for demonstrations. It is always in test
    mode, so that its money counts only where the configuration file says so."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(
            config.options.maps[0], {'tenant_billing_allow_test_money': 'True'}))

    def make_world(self):
        super().make_world()
        self.method = self.env.ref('payment_demo.payment_method_demo')
        providers = self.env['payment.provider']
        providers._setup_provider('demo')
        self.gate = providers.search(
            [('code', '=', 'demo'), ('company_id', '=', self.company.id)])
        self.gate.write({
            'state': 'test', 'is_published': True, 'allow_tokenization': True,
            'payment_method_ids': [Command.set(self.method.ids)]})
        self.method.active = True


@tagged('post_install', '-at_install')
class TestAnyProvider(DemoCase):
    """Renewals with a provider of which we know nothing."""

    def simulate(self, tx, state):
        self.env['payment.transaction']._process('demo', {
            'reference': tx.reference, 'simulated_state': state, 'payment_details': '1234'})

    def card(self, state):
        return self.env['payment.token'].create({
            'provider_id': self.gate.id, 'payment_method_id': self.method.id,
            'partner_id': self.tenant.id, 'provider_ref': 'demo', 'payment_details': '1234',
            'demo_simulated_state': state})

    def charged(self, state):
        """The first of February, with a card that answers so."""
        self.panel._choose_card(self.card(state).id, self.tenant)
        self.on('2026-02-01')
        self.run_crons('cron_settle')
        return self.demand.attempt_ids.transaction_id

    def test_paid_on_its_page(self):
        tx = self.start(self.gate, operation='online_direct')
        self.simulate(tx, 'pending')
        self.assertTrue(self.panel._is_confirming())
        self.simulate(tx, 'done')
        self.run_crons('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertNothingLeft()

    def test_paid_by_a_card_that_was_saved_while_paying(self):
        tx = self.start(self.gate, operation='online_direct', tokenize=True)
        self.simulate(tx, 'done')
        self.run_crons('cron_settle')
        self.panel._choose_card(tx.token_id.id, self.tenant)
        self.on('2026-02-22')
        self.on('2026-03-01')
        self.run_crons('cron_settle')
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_refused_and_cancelled_charges(self):
        for state in ('error', 'cancel'):
            with self.subTest(state):
                self.assertEqual(self.charged(state).state, state)
                self.demand.attempt_ids.unlink()
        self.assertBooks('open', 100, '2026-01-31')

    def test_a_charge_that_is_pending_and_then_done(self):
        tx = self.charged('pending')
        self.assertTrue(self.panel._is_confirming())
        tx.action_demo_set_done()
        self.run_crons('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')
        self.assertNothingLeft()

    def test_test_money_pays_nothing_by_itself_unless_it_counts(self):
        self.panel._choose_card(self.card('done').id, self.tenant)
        with patch.dict(config.options.maps[0], {'tenant_billing_allow_test_money': ''}):
            self.on('2026-02-01')
        self.assertFalse(self.demand.attempt_ids)
        self.run_crons()
        self.assertTrue(self.demand.attempt_ids)

    def test_disabled_and_unpublished_pay_nothing(self):
        for values in ({'is_published': False}, {'state': 'disabled'}):
            self.gate.write(values)
            with self.subTest(values), self.assertRaisesRegex(Exception, "cannot be paid with"):
                self.start(self.gate)
