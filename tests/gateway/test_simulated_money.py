import os
import random
from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from .simulated_case import SimulatedCase

STORIES = 20 if os.environ.get('TENANT_BILLING_SOAK') else 2
STEPS = 60
LOGGERS = [f'odoo.addons.tenant_billing_sslcommerz.models.{name}' for name in (
    'gateway_message', 'payment_transaction', 'payment_transaction_answers')]
WELL = {'ipn': 'normal', 'error': False, 'garbage': False, 'risk': False, 'bad_signature': False,
        'refund': 'normal', 'where': 'all'}
FAULTS = (
    {}, {}, {'ipn': 'none'}, {'ipn': 'late'}, {'ipn': 'duplicate'}, {'bad_signature': True},
    {'risk': True}, {'error': True}, {'garbage': True}, {'error': True, 'where': 'validation'},
    {'error': True, 'where': 'query'}, {'error': True, 'where': 'refund'},
    {'refund': 'unanswered'}, {'refund': 'stuck'})
PRICE = 1000


@tagged('post_install', '-at_install')
class TestSimulatedMoney(SimulatedCase):
    """Conservation of money: whatever happens in whatever order, afterwards the gateway's ledger
    and the books agree, and the days that are paid are those that money was kept for."""

    def test_money_is_conserved(self):
        for number in range(STORIES):
            seed = random.randrange(10 ** 9) if STORIES > 2 else number
            with self.subTest(seed=seed), mute_logger(*LOGGERS, 'odoo.addons.payment'):
                self.tell_story(random.Random(seed))

    def tell_story(self, dice):
        self.now = datetime(2026, 1, 1, 6)
        self.pass_time(0)
        self.txs, self.forms = [], []
        for _step in range(STEPS):
            getattr(self, dice.choice((
                'somebody_orders', 'somebody_orders', 'somebody_presses', 'somebody_presses',
                'somebody_presses', 'the_gateway_tells', 'a_browser_returns', 'the_gateway_changes',
                'time_passes', 'a_clerk_refunds', 'a_clerk_looks_at_risk')))(dice)
            for tx in self.txs:
                self.assertLessEqual(tx.state == 'done', self.is_paid(tx), "done without money")
        self.end()
        self.check()

    # === STEPS === #

    def somebody_orders(self, dice):
        tx = self.start()
        if tx.sslcommerz_session_key:
            self.txs.append(tx)

    def somebody_presses(self, dice):
        tx = dice.choice(self.txs) if self.txs else None
        if tx and not self.is_paid(tx):
            self.forms.append(self.press(tx, dice.choice(('pay', 'pay', 'fail', 'cancel'))))

    def the_gateway_tells(self, dice):
        waiting = self.sandbox.take_waiting()
        dice.shuffle(waiting)
        for _address, form in waiting:
            self.hear_form(form)

    def a_browser_returns(self, dice):
        if self.forms:
            self.hear_form(dice.choice(self.forms), kind='return')

    def the_gateway_changes(self, dice):
        self.misbehave(**WELL)
        self.misbehave(**dice.choice(FAULTS))

    def time_passes(self, dice):
        self.pass_time(dice.choice((0, 20, 60)))
        self.run_round()

    def a_clerk_refunds(self, dice):
        ready = [tx for tx in self.txs if tx.payment_id and not tx.child_transaction_ids]
        if ready:
            tx = dice.choice(ready)
            is_all = dice.random() < .5
            tx.tenant_refund_reason = 'not_delivered' if is_all else 'goodwill'
            tx._refund(None if is_all else dice.randrange(1, 1000))

    def a_clerk_looks_at_risk(self, dice):
        held = [tx for tx in self.txs if tx.sslcommerz_is_held and tx.state == 'pending']
        faults = self.sandbox.faults
        if held and not (faults.error or faults.garbage):
            tx = dice.choice(held)
            dice.choice((tx.action_sslcommerz_accept_risk, tx.action_sslcommerz_refund_held))()

    # === THE END === #

    def end(self):
        """The gateway works again, and the scheduled actions run as they do in a day."""
        self.misbehave(**WELL)
        for _round in range(3):
            self.pass_time(8 * 60)
            for tx in self.txs:
                if tx.sslcommerz_is_held and tx.state == 'pending':
                    tx.action_sslcommerz_accept_risk()
            self.run_round()

    def check(self):
        self.assertLedgersAgree()
        kept = 0
        for tx in self.txs:
            self.assertIn(tx.state, ('done',) if self.is_paid(tx) else ('cancel', 'error'))
            self.assertLessEqual({child.state for child in tx.child_transaction_ids}, {'done'})
            refunded = -sum(tx.child_transaction_ids.mapped('amount'))
            kept += tx.state == 'done' and refunded < PRICE
        settled = self.env['tenant.billing.period'].search_count([
            ('settled', '=', True), ('state', '!=', 'void'),
            ('demand_ids.move_id.transaction_ids', 'in', [tx.id for tx in self.txs])])
        self.assertEqual(settled, kept)

    # === HELPERS === #

    def is_paid(self, tx):
        return self.sandbox.sessions[tx.sslcommerz_session_key].is_paid

    def pass_time(self, minutes):
        self.now += timedelta(minutes=minutes)
        self.set_moment(self.now)
