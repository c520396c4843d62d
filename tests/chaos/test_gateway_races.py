import hashlib
from unittest.mock import patch

import requests
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.tenant_billing_sslcommerz import const, signature
from odoo.addons.tenant_billing_sslcommerz.tests.common import FakeGateway

from .race_case import PaymentRaceCase, slowly

STORE, PASSWORD = 'racestore', 'racestore@ssl'


@tagged('post_install', '-at_install')
class TestGatewayRaces(PaymentRaceCase):
    """Callback, browser return, retry and query at once: asked once, paid once."""

    @classmethod
    def _make_world(cls, env):
        super()._make_world(env)
        cls._enable(env, const.CODE, sslcommerz_store_id=STORE, sslcommerz_store_password=PASSWORD)

    def setUp(self):
        super().setUp()
        self.at('2026-01-01')
        self.gateway = FakeGateway()
        self.startPatcher(patch.object(requests, 'request', slowly(self.gateway)))
        self.panel_id, = self.make_panels(1)
        self.tx_id, self.form = self.do(self.start)

    def start(self, env):
        """The tenant pays on the gateway's page, which will confirm it."""
        tx = self.start_payment(env, payment_method_id=env.ref(
            'tenant_billing_sslcommerz.payment_method_sslcommerz').id)
        tx._get_processing_values()
        facts = {
            'status': 'VALID', 'tran_id': tx.reference, 'val_id': f'val{tx.id}',
            'bank_tran_id': f'bank{tx.id}', 'amount': '1.00', 'currency': 'BDT',
            'currency_amount': f'{tx.amount:.2f}', 'currency_type': tx.currency_id.name,
            'store_id': STORE, 'risk_level': '0', 'value_a': tx.sslcommerz_stamp,
            'value_b': tx._sslcommerz_database()}
        self.gateway.answers[const.VALIDATION_PATH] = {'APIConnect': 'DONE', **facts}
        self.gateway.answers[const.QUERY_PATH] = {'APIConnect': 'DONE', 'element': [facts]}
        return tx.id, {
            **facts, 'verify_key': ','.join(facts),
            'verify_sign': signature.digest(facts, PASSWORD, hashlib.md5)}

    # === WHO ARRIVES === #

    def callback(self, env, kind='ipn', **changes):
        facts = {**signature.signed_fields(self.form), **changes}
        form = {**self.form, **changes,
                'verify_sign': signature.digest(facts, PASSWORD, hashlib.md5)}
        env['tenant.gateway.message']._receive(kind, form)._work()

    def browser_return(self, env):
        """As the browser brings it: something in it may differ."""
        self.callback(env, 'return', amount='1.0')

    def ask(self, env):
        env['payment.transaction'].browse(self.tx_id)._sslcommerz_ask()

    def cron(self, env):
        env['payment.transaction'].browse(self.tx_id)._cron_post_process()

    def refund(self, env):
        """A clerk presses Refund; the second one is told that it is under way."""
        try:
            env['payment.transaction'].browse(self.tx_id)._refund()
        except ValidationError as error:
            self.refused.append(str(error))

    def pursue(self, env):
        env['payment.transaction'].browse(self.refund_id)._sslcommerz_pursue_refund()

    def test_the_same_message_by_all_ways_at_once(self):
        self.race(self.callback, self.callback, self.callback)
        self.assertEqual(self.gateway.paths(), ['validation'])
        self.assertPaidOnce(messages=1)

    def test_callback_and_browser_with_different_messages(self):
        retried = self.race(self.callback, self.browser_return)
        self.assertGreaterEqual(retried, 1, "the two never met")
        self.assertEqual(self.gateway.paths(), ['validation'])
        self.assertPaidOnce(messages=2)

    def test_everybody_at_once(self):
        self.race(self.callback, self.browser_return, self.ask, self.poll)
        self.assertLessEqual(self.gateway.paths().count('validation'), 1)
        self.assertPaidOnce(messages=2)

    def test_the_same_message_24_times_at_once(self):
        self.race(*[self.callback] * 24)
        self.assertEqual(self.gateway.paths(), ['validation'])
        self.assertPaidOnce(messages=1)

    def test_two_polls_and_the_scheduled_action(self):
        self.do(self.callback)
        self.race(self.poll, self.poll, self.cron)
        self.assertPaidOnce(messages=1)

    def test_refund_pressed_twice(self):
        self.do(self.callback)
        self.do(self.poll)
        self.refused = []
        self.race(self.refund, self.refund)
        refund_ids = self.do(lambda env: env['payment.transaction'].browse(
            self.tx_id).child_transaction_ids.ids)
        self.assertEqual(len(refund_ids), 1)
        self.assertEqual(len(self.refused), 1)
        self.assertIn("is under way", self.refused[0])
        self.pursued_at_once(*refund_ids)

    def pursued_at_once(self, refund_id):
        self.refund_id = refund_id
        self.gateway.asked.clear()
        self.gateway.answers[const.QUERY_PATH] = lambda sent: {
            'APIConnect': 'DONE', 'refund_ref_id': 'ref1', 'bank_tran_id': f'bank{self.tx_id}',
            'status': 'success' if 'refund_amount' in sent else 'refunded'}
        self.race(self.pursue, self.pursue, self.pursue)
        asked = [sent for _m, _url, sent, _o in self.gateway.asked if 'refund_amount' in sent]
        self.assertEqual(len(asked), 1)
        self.do(self.pursue)
        self.do(lambda env: env['payment.transaction'].browse(refund_id)._post_process())
        payments = self.do(lambda env: env['account.payment'].search([
            ('payment_transaction_id', 'in', (self.tx_id, refund_id))]).sorted('id').mapped(
                lambda one: (one.payment_type, one.amount)))
        self.assertEqual(payments, [('inbound', 1000), ('outbound', 1000)])
