from odoo.tests import tagged

from .race_case import PaymentRaceCase


@tagged('post_install', '-at_install')
class TestPaymentRaces(PaymentRaceCase):
    """Law 2: callback, browser, poll, scheduled actions and a clerk, all at once on one payment."""

    @classmethod
    def _make_world(cls, env):
        super()._make_world(env)
        env = env(context={'allowed_company_ids': [cls.company_id]})
        provider = env['payment.provider'].create({
            'name': "Gate", 'state': 'enabled', 'is_published': True,
            'company_id': cls.company_id})
        env['account.payment.method.line'].create({
            'name': "Gate", 'payment_provider_id': provider.id,
            'journal_id': env['account.journal'].search(
                [('type', '=', 'bank'), ('company_id', '=', cls.company_id)], limit=1).id,
            'payment_method_id': env.ref('account.account_payment_method_manual_in').id})
        cls.provider_id = provider.id

    def setUp(self):
        super().setUp()
        self.at('2026-01-01')
        self.panel_id, = self.make_panels(1)
        self.tx_id = self.do(lambda env: self.start_payment(
            env, payment_method_id=env.ref('payment.payment_method_unknown').id).id)

    def tx(self, env):
        return env['payment.transaction'].browse(self.tx_id)

    # === WHO ARRIVES === #

    def callback(self, env):
        self.tx(env)._set_done()

    def scheduled(self, env):
        self.tx(env)._cron_post_process()

    def sweep(self, env):
        env['tenant.billing.demand']._cron_settle()

    def clerk_books_it(self, env):
        """The button of the payment's form."""
        self.tx(env).action_post_process()

    def clerk_registers(self, env):
        """A clerk who was told on the phone that the money is sent."""
        demand = env['tenant.panel'].browse(self.panel_id).demand_ids
        if demand.status == 'open':
            env['account.payment.register'].with_context(
                active_model='account.move', active_ids=demand.move_id.ids,
            ).create({'payment_date': demand.panel_id._today()})._create_payments()

    # === WHAT WE LOOK AT === #

    def assertPaidOnce(self):
        """One payment of this transaction, one extension, and nothing left to do."""
        def look(env):
            panel = env['tenant.panel'].browse(self.panel_id)
            booked = env['account.payment'].search_count(
                [('payment_transaction_id', '=', self.tx_id), ('state', '!=', 'canceled')])
            settled = env['tenant.billing.event'].search_count(
                [('panel_id', '=', self.panel_id), ('event', '=', 'settle')])
            return (booked, settled, str(panel.paid_through), panel.state, panel.amount_due,
                    self.tx(env).state, self.tx(env).is_post_processed)
        self.do(self.poll)
        self.assertEqual(
            self.do(look), (1, 1, '2026-01-31', 'active', 0.0, 'done', True))
        self.assertEqual(self.do(lambda env: env['tenant.billing.demand']._different()), [])

    def test_callback_and_browser_return_at_once(self):
        retried = self.race(self.callback, self.callback)
        self.assertGreaterEqual(retried, 1, "the two never met")
        self.assertPaidOnce()

    def test_everybody_books_one_payment_at_once(self):
        self.do(self.callback)
        retried = self.race(self.poll, self.poll, self.clerk_books_it, self.callback)
        self.assertGreaterEqual(retried, 1, "they never met")
        self.assertPaidOnce()

    def test_scheduled_actions_among_them(self):
        self.do(self.callback)
        self.race(self.poll, self.scheduled, self.sweep, self.clerk_books_it, self.callback)
        self.assertPaidOnce()

    def test_everybody_arrives_before_it_is_done(self):
        self.race(self.callback, self.callback, self.poll, self.scheduled, self.sweep)
        self.assertPaidOnce()

    def test_a_clerk_registers_it_at_the_same_moment(self):
        """Two payments then, for the clerk's is one of its own: one extension all the same."""
        self.do(self.callback)
        self.race(self.poll, self.clerk_registers, self.callback)
        self.assertPaidOnce()

    def test_enforcement_and_payment_at_once(self):
        self.at('2026-01-09')
        self.do(self.callback)
        self.race(
            self.poll, lambda env: env['tenant.panel'].browse(self.panel_id)._enforce())
        self.assertPaidOnce()

    def test_renew_early_pressed_twice_at_once(self):
        self.do(self.callback)
        self.do(self.poll)
        self.at('2026-01-03')

        def renew(env):
            env['tenant.panel'].browse(self.panel_id)._renew_early()
        retried = self.race(renew, renew)
        self.assertGreaterEqual(retried, 1, "the two never met")
        demands = self.do(lambda env: [
            demand.status for demand in env['tenant.panel'].browse(self.panel_id)._payable()])
        self.assertEqual(demands, ['open'])
