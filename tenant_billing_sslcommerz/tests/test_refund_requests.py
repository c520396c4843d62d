from unittest.mock import patch

import requests
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import acceptance, const
from odoo.addons.tenant_billing_sslcommerz.tests.common import SslcommerzCase

SESSION = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction'
ANSWERS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'
RUN = 'odoo.addons.tenant_billing.models.invoicing.tenant_billing_run'
REF = 'r1e2f3'


@tagged('post_install', '-at_install')
class TestRefundRequests(SslcommerzCase):
    """What is asked of the gateway for a refund, and what its answers mean."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
        self.tx = self.paid(self.panel)
        self.tx.tenant_refund_reason = 'goodwill'
        self.requests, self.queries = [], []
        self.accepted = {'status': 'success', 'refund_ref_id': REF}
        self.state = {'status': 'processing'}
        self.gateway.answers[const.QUERY_PATH] = self.answer
        self.gateway.asked.clear()

    def answer(self, sent):
        """The gateway's side of refunds; an exception is no answer."""
        is_request = 'refund_amount' in sent
        (self.requests if is_request else self.queries).append(sent)
        answer = self.accepted if is_request else self.state
        return answer if isinstance(answer, Exception) else {
            'APIConnect': 'DONE', 'bank_tran_id': '260125bank', 'errorReason': '', **answer}

    def later(self, hour):
        self.set_clock('2026-01-01', hour=hour)
        self.pursue()

    # === ASKING === #

    def test_kept_before_the_gateway_is_asked(self):
        refund = self.tx._refund(300)
        self.assertEqual(self.gateway.asked, [])
        self.assertEqual((refund.state, refund.amount, refund.sslcommerz_amount),
                         ('pending', -300, 300))
        self.assertRegex(refund.reference, r'^R260101-[0-9A-Z]{20}$')
        cron = self.env.ref('tenant_billing_sslcommerz.cron_refund')
        self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]))
        self.pursue()
        [sent] = self.requests
        self.assertEqual(
            {name: value for name, value in sent.items() if not name.startswith('store')},
            {'bank_tran_id': '260125bank', 'refund_trans_id': refund.reference,
             'refund_amount': '300.00', 'refund_remarks': f'Refund of {self.tx.reference}',
             'refe_id': self.tx.reference, 'format': 'json'})
        self.assertEqual((refund.state, refund.sslcommerz_refund_ref_id), ('pending', REF))

    def test_pending_until_the_gateway_says_refunded(self):
        refund = self.tx._refund()
        for hour in (12, 13, 14):
            self.later(hour)
            self.assertEqual(refund.state, 'pending')
        self.state['status'] = 'refunded'
        self.later(16)
        self.assertEqual((refund.state, len(self.requests)), ('done', 1))
        self.assertEqual(self.queries[0]['refund_ref_id'], REF)
        self.book()
        payment = refund.payment_id
        self.assertEqual(
            (payment.payment_type, payment.amount, payment.journal_id),
            ('outbound', 1000, self.tx.payment_id.journal_id))
        asked = len(self.queries)
        self.later(18)
        self.assertEqual(len(self.queries), asked)

    def test_a_request_without_answer_is_repeated_with_the_same_id(self):
        refund = self.tx._refund()
        self.accepted = requests.exceptions.Timeout()
        with mute_logger(SESSION):
            self.later(12)
            self.later(13)
        self.assertEqual(refund.state, 'pending')
        self.accepted = {'status': 'processing', 'refund_ref_id': REF}
        self.later(15)
        self.assertEqual({sent['refund_trans_id'] for sent in self.requests}, {refund.reference})
        self.assertEqual((len(self.requests), refund.sslcommerz_refund_ref_id), (3, REF))

    def test_a_bug_after_the_answer_asks_again_with_the_same_id(self):
        refund = self.tx._refund()
        with patch.object(acceptance, 'judge_refund_request', side_effect=RuntimeError), (
                mute_logger(RUN, SESSION)):
            self.pursue()
        self.assertEqual(len(self.requests), 1)
        self.later(13)
        self.assertEqual([sent['refund_trans_id'] for sent in self.requests],
                         [refund.reference] * 2)
        self.assertEqual(refund.sslcommerz_refund_ref_id, REF)

    # === ANSWERS === #

    @mute_logger(ANSWERS)
    def test_refused(self):
        self.accepted = {'status': 'failed', 'errorReason': "Not allowed."}
        refund = self.tx._refund()
        self.pursue()
        self.assertEqual((refund.state, refund.state_message), ('error', (
            "The gateway did not pay it back: Not allowed. Look at the payment in the merchant "
            "panel before you refund it again.")))
        self.assertIn(f'Payment {refund.reference} needs a look',
                      self.panel.activity_ids.mapped('summary'))
        self.assertEqual(self.tx._refundable(), 1000)

    @mute_logger(ANSWERS)
    def test_cancelled_at_last(self):
        self.state = {'status': 'cancelled', 'errorReason': "Wallet closed"}
        refund = self.tx._refund()
        self.later(12)
        self.later(13)
        self.assertEqual(refund.state, 'cancel')
        self.assertIn("Wallet closed", refund.state_message)
        self.book()
        self.assertFalse(refund.payment_id)

    def test_answers_that_say_nothing(self):
        refund = self.tx._refund()
        for answer in ({'status': 'success'}, {'status': 'success', 'refund_ref_id': '../x'},
                       {'status': 'refunded', 'refund_ref_id': REF}, {}, {'status': None}):
            self.accepted = answer
            self.pursue()
            with self.subTest(answer):
                self.assertEqual((refund.state, refund.sslcommerz_refund_ref_id),
                                 ('pending', False))
        self.accepted = {'status': 'success', 'refund_ref_id': REF}
        self.pursue()
        for status in ('success', 'failed', 'REFUNDED', '', None):
            self.state = {'status': status}
            self.pursue()
            with self.subTest(status):
                self.assertEqual(refund.state, 'pending')

    @mute_logger(SESSION)
    def test_an_answer_about_another_payment(self):
        refund = self.tx._refund()
        for answer in ({'bank_tran_id': 'another'}, {'APIConnect': 'FAILED'}):
            self.accepted = {'status': 'success', 'refund_ref_id': REF, **answer}
            self.pursue()
            self.assertFalse(refund.sslcommerz_refund_ref_id)

    @mute_logger(ANSWERS)
    def test_one_that_takes_for_ever_is_told(self):
        refund = self.tx._refund()
        self.later(12)
        self.set_clock('2026-01-16')
        self.pursue()
        self.pursue()
        self.assertEqual(refund.state, 'pending')
        self.assertEqual(
            self.panel.activity_ids.mapped('summary').count(
                f'Payment {refund.reference} needs a look'), 1)

    # === WHAT IS NOT ASKED === #

    def test_pressed_twice_is_once(self):
        self.tx._refund(300)
        with self.assertRaises(ValidationError) as raised:
            self.tx._refund(300)
        self.assertEqual(str(raised.exception), (
            f"A refund of payment {self.tx.reference} is under way. Wait until it is done."))

    def test_one_part_after_the_other(self):
        for amount in (300, 300, 400):
            refund = self.tx._refund(amount)
            self.accepted['refund_ref_id'] = f'r{refund.id}'
            self.state['status'] = 'refunded'
            self.pursue()
            self.pursue()
            self.assertEqual(refund.state, 'done')
        with self.assertRaises(ValidationError):
            self.tx._refund(0.01)
        self.assertEqual([sent['refund_amount'] for sent in self.requests],
                         ['300.00', '300.00', '400.00'])

    def test_not_in_the_other_mode(self):
        self.provider.state = 'enabled'
        refund = self.tx._refund()
        self.assertEqual(refund.state, 'error')
        self.assertIn("belongs to the other mode", refund.state_message)
        self.pursue()
        self.assertEqual(self.requests, [])

    def test_not_without_a_bank_transaction(self):
        self.tx.sslcommerz_bank_tran_id = False
        refund = self.tx._refund()
        self.assertEqual(refund.state, 'error')
        self.assertIn("Refund it in the merchant panel", refund.state_message)

    def test_a_message_about_a_refund_is_none(self):
        refund = self.tx._refund()
        message = self.hear({**self.facts(refund), 'amount': '1000.00'})
        self.assertFalse(message.transaction_id)
        self.assertEqual(refund.state, 'pending')

    # === THE OPERATOR'S WIZARD === #

    def wizard(self, tx, **values):
        return self.env['payment.refund.wizard'].with_context(
            active_id=tx.payment_id.id).create({'payment_id': tx.payment_id.id, **values})

    def test_from_the_payment(self):
        self.assertEqual(self.provider.support_refund, 'partial')
        wizard = self.wizard(
            self.tx, amount_to_refund=250, tenant_refund_reason='not_delivered')
        self.assertTrue(wizard.tenant_is_billed and wizard.tenant_takes_days)
        self.assertFalse(wizard.sslcommerz_note or wizard.sslcommerz_waits)
        wizard.action_refund()
        refund = self.tx.child_transaction_ids
        self.assertEqual((refund.amount, refund.tenant_refund_reason), (-250, 'not_delivered'))
        with self.assertRaises(ValidationError):  # pressed twice
            wizard.action_refund()
        self.assertEqual(len(self.tx.child_transaction_ids), 1)
        again = self.wizard(self.tx, amount_to_refund=1, tenant_refund_reason='goodwill')
        self.assertTrue(again.sslcommerz_waits)
        self.assertFalse(again.tenant_takes_days)

    def test_of_another_currency_at_the_payment_s_own_rate(self):
        dollars = self.env.ref('base.USD')
        dollars.active = True
        tx = self.start(amount=10, currency_id=dollars.id, invoice_ids=False)
        ours = {'val_id': 'usd1', 'bank_tran_id': 'usdbank', 'amount': '1203.33',
                'currency_type': 'USD', 'currency_amount': '10.00'}
        self.answers_paid(tx, **ours)
        self.hear(self.facts(tx, **ours))
        self.book()
        wizard = self.wizard(tx, amount_to_refund=3)
        self.assertEqual(wizard.sslcommerz_note, (
            "SSLCommerz took BDT 1,203.33 for this payment, and pays back in that "
            "currency at the payment's own rate: BDT 361.00 for this refund."))
        with self.assertRaisesRegex(UserError, "Confirm the amount that is paid back"):
            wizard.action_refund()
        wizard.sslcommerz_is_confirmed = True
        wizard.action_refund()
        first = tx.child_transaction_ids
        self.assertEqual((first.amount, first.sslcommerz_amount), (-3, 361))
        first._set_done()
        rest = tx._refund()
        self.assertEqual((rest.amount, rest.sslcommerz_amount), (-7, 842.33))
