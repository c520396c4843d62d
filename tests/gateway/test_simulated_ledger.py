from odoo.tests import tagged
from odoo.tools import mute_logger

from .simulated_case import SimulatedCase

LOGGERS = [f'odoo.addons.tenant_billing_sslcommerz.models.{name}' for name in (
    'gateway_message', 'payment_transaction', 'payment_transaction_answers')]


@tagged('post_install', '-at_install')
class TestSimulatedLedger(SimulatedCase):
    """Conservation of money: the gateway's ledger and the payments in the books are the same."""

    FAULTS = (
        {}, {'ipn': 'none'}, {'ipn': 'late'}, {'ipn': 'duplicate'}, {'bad_signature': True},
        {'slow_seconds': 2}, {'error': True}, {'garbage': True}, {'risk': True})
    WELL = {'ipn': 'normal', 'bad_signature': False, 'slow_seconds': 0, 'error': False,
            'garbage': False, 'risk': False}

    @mute_logger(*LOGGERS)
    def test_the_ledgers_agree(self):
        txs = [self.story(number, faults) for number, faults in enumerate(self.FAULTS)]
        self.misbehave(**self.WELL)
        self.set_clock('2026-01-01', hour=14)
        self.hear_waiting()
        self.run_round()
        for tx in txs:
            if tx.sslcommerz_is_held:
                tx.action_sslcommerz_accept_risk()
        self.run_round()
        self.assertEqual({tx.state for tx in txs}, {'done'})
        self.assertLedgersAgree()
        for tx, part in zip(txs, (100, None, 0.01, 999.99), strict=False):
            tx.tenant_refund_reason = 'goodwill'
            tx._refund(part)
        for hour in (15, 16, 17):
            self.set_clock('2026-01-01', hour=hour)
            self.run_round()
        self.assertLedgersAgree(refunds=4)
        self.assertNothingLeft()

    def story(self, number, faults):
        """Something goes wrong while a tenant pays; every second browser never comes back."""
        self.misbehave(**self.WELL)
        tx = self.start()
        self.misbehave(where='validation', **faults)
        self.pay(tx, comes_back=bool(number % 2))
        return tx

    def test_dark_for_an_hour(self):
        """Nothing is answered for an hour, while tenants are on the page."""
        txs = [self.start() for _tenant in range(4)]
        self.misbehave(error=True, where='all')
        with mute_logger(*LOGGERS):
            for number, tx in enumerate(txs):
                self.pay(tx, comes_back=bool(number % 2))
            self.set_clock('2026-01-01', hour=13)
            self.run_round()
            self.assertNotIn('done', {tx.state for tx in txs})
        self.misbehave(error=False)
        self.set_clock('2026-01-01', hour=14)
        self.run_round()
        for tx in txs:
            self.assertPaidOnce(tx)
        self.assertLedgersAgree()
