import threading
import time
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config

from .race_case import PaymentRaceCase


class Killed(BaseException):
    """The server dies here."""


@tagged('post_install', '-at_install')
class TestCardRaces(PaymentRaceCase):
    """A saved card is charged once: killed in the middle, run twice, everybody at once."""

    @classmethod
    def _make_world(cls, env):
        super()._make_world(env)
        method = env.ref('payment_demo.payment_method_demo')
        cls._enable(env, 'demo', state='test', allow_tokenization=True,
                    payment_method_ids=[Command.set(method.ids)])
        method.active = True
        cls.method_id = method.id

    def setUp(self):
        super().setUp()
        self.at('2026-01-01')
        self.startPatcher(patch.dict(
            config.options.maps[0], {'tenant_billing_allow_test_money': 'True'}))
        self.asked, self.dies = [], False
        case, really = self, self.registry['payment.transaction']._send_payment_request

        def send(tx):
            case.asked.append((threading.get_ident(), tx.amount))
            time.sleep(.2)  # so that all others arrive meanwhile
            if case.dies:
                raise Killed
            really(tx)
        self.startPatcher(patch.object(
            self.registry['payment.transaction'], '_send_payment_request', send))
        self.panel_id, = self.make_panels(1)
        self.do(self.save_card)

    def save_card(self, env):
        panel = self.panel(env)
        token = env['payment.token'].create({
            'provider_id': self.provider_id, 'payment_method_id': self.method_id,
            'partner_id': panel.partner_id.id, 'provider_ref': "card", 'payment_details': "4242",
            'demo_simulated_state': 'done'})
        panel._choose_card(token.id, panel.partner_id)

    def panel(self, env):
        return env['tenant.panel'].browse(self.panel_id)

    # === WHO ARRIVES === #

    def cron(self, env):
        env['tenant.payment.attempt']._cron_charge()

    def claim(self, env):
        self.panel(env)._claim_charges()

    def clerk_registers(self, env):
        demand = self.panel(env).demand_ids
        if demand.status == 'open':
            env['account.payment.register'].with_context(
                active_model='account.move', active_ids=demand.move_id.ids,
            ).create({'payment_date': demand.panel_id._today()})._create_payments()

    def sweep(self, env):
        env['tenant.billing.demand']._cron_settle()

    # === WHAT WE LOOK AT === #

    def attempts(self):
        return self.do(lambda env: [
            (a.number, a.state, a.payment_state)
            for a in env['tenant.payment.attempt'].search(
                [('panel_id', '=', self.panel_id)], order='id')])

    def assertChargedOnce(self):
        self.assertEqual(len(self.asked), 1)
        self.assertEqual(self.attempts(), [(1, 'sent', 'done')])
        self.do(self.cron)
        self.do(self.sweep)
        self.do(self.cron)
        self.assertEqual(len(self.asked), 1)

        def look(env):
            panel = self.panel(env)
            payments = env['account.payment'].search_count([
                ('partner_id', '=', panel.partner_id.id), ('state', '!=', 'canceled')])
            return payments, str(panel.paid_through), panel.amount_due
        self.assertEqual(self.do(look), (1, '2026-01-31', 0.0))

    def test_the_action_runs_four_times_at_once(self):
        anew = self.race_runs(*[self.cron] * 4)
        self.assertGreaterEqual(anew, 1, "they never met")
        self.assertChargedOnce()

    def test_claimed_by_two_at_once(self):
        self.assertGreaterEqual(self.race(self.claim, self.claim), 1, "they never met")
        self.assertEqual(self.attempts(), [(1, 'claimed', 'draft')])
        self.do(self.cron)
        self.assertChargedOnce()

    def test_sent_by_four_at_once(self):
        self.do(self.claim)

        def send(env):
            env['tenant.billing.run']._run_each(
                'tenant.payment.attempt', [('state', '=', 'claimed')], lambda a: a._send())
        threads = [threading.Thread(target=self.do, args=(send,)) for _number in range(4)]
        for thread in threads:
            thread.dbname = self.name
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertChargedOnce()

    def test_killed_between_the_claim_and_the_charge(self):
        self.do(self.claim)  # here it dies
        self.do(self.cron)
        self.assertChargedOnce()

    def test_killed_while_the_gateway_is_asked(self):
        self.dies = True
        with self.assertRaises(Killed):
            self.do(self.cron)
        self.dies = False
        self.assertEqual(self.attempts(), [(1, 'sending', 'pending')])
        for _time in range(3):
            self.do(self.cron)
        self.assertEqual(len(self.asked), 1)
        self.assertTrue(self.do(lambda env: self.panel(env)._is_confirming()))

    def test_a_clerk_registers_the_payment_at_the_same_moment(self):
        """Whoever was first: the card is asked at most once, and the panel renewed once."""
        self.do(self.claim)
        self.race(self.clerk_registers, self.claim)
        self.do(self.cron)
        self.assertEqual(self.asked, [])
        self.assertEqual(self.do(lambda env: str(self.panel(env).paid_through)), '2026-01-31')

    def test_the_tenant_switches_it_off_at_the_same_moment(self):
        self.race(self.claim, lambda env: self.panel(env).action_stop_charging())
        self.do(self.cron)
        self.assertEqual(self.asked, [])
