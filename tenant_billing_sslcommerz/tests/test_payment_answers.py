import requests
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import VAL_ID, SslcommerzCase

LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'


@tagged('post_install', '-at_install')
class TestPaymentAnswers(SslcommerzCase):
    """What a payment becomes by what the gateway answers; its messages only make us ask."""

    def make_world(self):
        super().make_world()
        self.panel = self.order(self.plan)

    def setUp(self):
        super().setUp()
        self.tx = self.start(self.panel)

    def assertState(self, state, tx=None):
        tx = tx or self.tx
        tx.invalidate_recordset()
        self.assertEqual(tx.state, state)

    # === PAID === #

    def test_paid_once_whatever_comes_how_often(self):
        self.answers_paid(self.tx)
        for kind in ('ipn', 'return', 'ipn'):
            self.hear(self.facts(self.tx), kind=kind)
        self.assertState('done')
        self.assertEqual(self.gateway.paths(), ['validation'])
        self.run_round()
        self.run_round()
        self.assertEqual(len(self.tx.invoice_ids.matched_payment_ids), 1)
        self.assertEqual(self.panel.amount_due, 0)
        self.assertTrue(self.panel.period_ids.settled)
        self.assertEqual(self.gateway.paths(), ['validation'])

    def test_a_message_books_the_payment_at_once(self):
        cron = self.env.ref('payment.cron_post_process_payment_tx')
        for tx in (self.tx, self.start(invoice_ids=False)):
            self.env['ir.cron.trigger'].search([]).unlink()
            ours = {'val_id': f'v{tx.id}', 'bank_tran_id': f'b{tx.id}'}
            self.answers_paid(tx, **ours)
            self.hear(self.facts(tx, **ours))
            self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]))

    def test_what_is_kept_of_a_payment(self):
        self.answers_paid(self.tx, store_amount='975.00', card_brand='MOBILEBANKING')
        self.hear(self.facts(self.tx))
        self.assertEqual(
            (self.tx.sslcommerz_amount, self.tx.sslcommerz_store_amount, self.tx.sslcommerz_fee,
             self.tx.sslcommerz_currency_id.name, self.tx.sslcommerz_card_brand,
             self.tx.sslcommerz_risk, self.tx.sslcommerz_bank_tran_id),
            (1000, 975, 25, 'BDT', 'MOBILEBANKING', '0 Safe', '260125bank'))
        self.assertEqual(
            (self.tx.provider_reference, self.tx.sslcommerz_val_id,
             self.tx.payment_method_code, self.tx.primary_payment_method_id.code,
             self.tx.sslcommerz_settlement['store_amount']),
            ('260125bank', VAL_ID, 'sslcommerz_bkash', 'sslcommerz', '975.00'))

    def test_a_posted_success_alone_is_nothing(self):
        message = self.hear(self.facts(self.tx))
        self.assertState('draft')
        self.assertEqual((message.state, message.outcome),
                         ('refused', 'refused: status INVALID_TRANSACTION'))

    def test_a_success_without_validation_id_is_looked_up(self):
        self.answers_paid(self.tx)
        self.answers_found(self.tx, {'status': 'VALID'})
        for val_id in ('', '../../x', 'x' * 60):
            self.hear(self.facts(self.tx, val_id=val_id))
        self.assertState('done')
        self.assertEqual(self.gateway.paths(), ['query', 'validation'])

    # === OUT OF ORDER === #

    def test_success_after_cancel(self):
        self.hear(self.facts(self.tx, 'CANCELLED'))
        self.assertState('cancel')
        self.answers_paid(self.tx)
        self.hear(self.facts(self.tx))
        self.assertState('done')

    def test_success_after_failure(self):
        self.hear(self.facts(self.tx, 'FAILED', error="Insufficient balance"))
        self.assertState('error')
        self.assertEqual(self.tx.state_message, (
            "The payment failed: Insufficient balance. You were not charged; you can try again."))
        self.answers_paid(self.tx)
        self.hear(self.facts(self.tx))
        self.assertState('done')

    def test_nothing_undoes_a_success(self):
        self.answers_paid(self.tx)
        self.hear(self.facts(self.tx))
        self.gateway.asked.clear()
        self.answers_paid(self.tx, bank_tran_id='another')
        for status in ('FAILED', 'CANCELLED', 'EXPIRED', 'VALID'):
            self.hear(self.facts(self.tx, status, tran_date='later'))
        self.assertState('done')
        self.assertEqual(self.tx.provider_reference, '260125bank')
        self.assertEqual(self.gateway.paths(), [])

    def test_a_cancel_is_not_believed_before_the_query(self):
        self.answers_paid(self.tx)
        self.answers_found(self.tx, {'status': 'FAILED'}, {'status': 'VALID'})
        self.hear(self.facts(self.tx, 'CANCELLED'))
        self.assertState('done')
        self.assertEqual(self.gateway.paths(), ['query', 'validation'])

    def test_a_cancel_while_the_gateway_works_on_it(self):
        self.answers_found(self.tx, {'status': 'PENDING'})
        self.hear(self.facts(self.tx, 'CANCELLED'))
        self.assertState('pending')
        self.assertEqual(self.tx.state_message, "We are confirming your payment.")

    # === WRONG MONEY === #

    @mute_logger(LOGGER)
    def test_wrong_money_stays_wrong_however_often_it_comes(self):
        self.answers_paid(self.tx, currency_amount='999.00', amount='999.00')
        for number in range(3):
            self.hear(self.facts(self.tx, tran_date=f'{number}'))
            self.assertState('error')
        self.run_round()
        self.assertState('error')
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])
        self.assertFalse(self.tx.invoice_ids.matched_payment_ids)

    @mute_logger(LOGGER)
    def test_wrong_money_after_cancel_is_an_error(self):
        self.hear(self.facts(self.tx, 'CANCELLED'))
        self.answers_paid(self.tx, currency_type='USD')
        self.hear(self.facts(self.tx))
        self.assertState('error')

    @mute_logger(LOGGER)
    def test_right_money_after_wrong_money(self):
        self.answers_paid(self.tx, currency_amount='1.00')
        self.hear(self.facts(self.tx))
        self.answers_paid(self.tx)
        self.hear(self.facts(self.tx, tran_date='later'))
        self.assertState('done')

    @mute_logger(LOGGER)
    def test_money_of_another_payment(self):
        self.answers_paid(self.tx)
        self.hear(self.facts(self.tx))
        other = self.start()
        for changes in ({'val_id': 'another'}, {'bank_tran_id': 'another'}):
            val_id = changes.get('val_id', VAL_ID)
            self.answers_paid(other, **changes)
            message = self.hear(self.facts(other, **changes))
            with self.subTest(changes):
                self.assertEqual(message.outcome, 'refused: money that another payment has')
                self.assertState('draft', other)
        self.assertEqual(val_id, VAL_ID)

    @mute_logger(LOGGER)
    def test_an_answer_about_another_payment(self):
        other = self.start()
        self.answers_paid(other)
        message = self.hear(self.facts(self.tx))
        self.assertEqual(message.outcome, 'refused: other tran_id, value_a')
        self.assertState('draft')
        self.assertState('draft', other)

    def test_data_that_nobody_asked_for_change_nothing(self):
        with mute_logger(LOGGER):
            self.tx._process(const.CODE, self.facts(self.tx))
            self.tx._process(const.CODE, {**self.facts(self.tx), 'verdict': ('paid', '')})
        self.assertState('draft')

    # === RISK === #

    @mute_logger(LOGGER)
    def test_a_risky_payment_waits_for_a_person(self):
        self.answers_paid(self.tx, risk_level='1', risk_title='Unsafe')
        self.answers_found(self.tx, {'status': 'VALID'})
        self.hear(self.facts(self.tx, risk_level='1'))
        self.run_round()
        self.assertState('pending')
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])
        self.assertEqual(self.tx.sslcommerz_remark, 'held: risk level 1 Unsafe')
        self.tx.action_sslcommerz_accept_risk()
        self.assertState('done')

    def test_posted_risk_decides_nothing(self):
        self.answers_paid(self.tx)
        self.hear(self.facts(self.tx, risk_level='1'))
        self.assertState('done')

    # === ASKED BY THE SCHEDULED ACTION === #

    def test_a_payment_whose_callback_never_came(self):
        self.answers_paid(self.tx)
        self.answers_found(self.tx, {'status': 'VALID'})
        self.run_round()
        self.assertState('done')
        self.assertTrue(self.panel.period_ids.settled)

    def test_found_although_it_was_cancelled_or_failed(self):
        failed = self.start()
        self.hear(self.facts(self.tx, 'CANCELLED'))
        self.hear(self.facts(failed, 'FAILED'))
        self.answers_paid(self.tx)
        self.answers_found(self.tx, {'status': 'VALID'})
        self.ask()
        self.assertState('done')
        self.assertState('error', failed)

    def test_an_unfinished_payment_is_cancelled_after_a_time_and_may_still_come(self):
        self.ask()
        self.assertState('draft')
        self.assertTrue(self.tx.tenant_answered_on)
        self.set_clock('2026-01-01', hour=13)
        self.ask()
        self.assertState('cancel')
        self.assertEqual(self.tx.state_message, "The payment was cancelled. You can try again.")
        self.set_clock('2026-01-03')
        self.answers_paid(self.tx)
        self.answers_found(self.tx, {'status': 'VALID'})
        self.ask()
        self.assertState('done')

    def test_old_payments_are_asked_for_less_and_less(self):
        days = []
        for hour in range(12, 24 * 10, 3):
            self.set_clock(f'2026-01-{1 + hour // 24:02}', hour=hour % 24)
            self.ask()
            days += [1 + hour // 24] * len(self.gateway.paths())
            self.gateway.asked.clear()
        self.assertLess(len(days), 30)
        self.assertIn(max(days), (7, 8))

    @mute_logger('odoo.addons.tenant_billing_sslcommerz.models.payment_transaction')
    def test_one_that_cannot_be_asked_for_does_not_stop_the_others(self):
        second = self.start()
        self.gateway.answers[const.QUERY_PATH] = {'APIConnect': 'FAILED'}
        self.ask()
        self.assertFalse(self.tx.tenant_answered_on)
        self.assertEqual(self.gateway.paths(), ['query', 'query'])
        self.answers_found(second)
        self.ask()
        self.assertTrue(second.tenant_answered_on)

    def test_a_payment_of_the_other_mode_is_not_asked_for(self):
        self.provider.state = 'enabled'
        with mute_logger('odoo.addons.tenant_billing_sslcommerz.models.payment_transaction'):
            self.ask()
        self.assertEqual(self.gateway.paths(), [])
        self.assertState('draft')

    # === THE GATEWAY FAILS === #

    def test_paid_but_not_proved_yet(self):
        self.gateway.answers[const.VALIDATION_PATH] = requests.exceptions.Timeout()
        message = self.hear(self.facts(self.tx))
        self.assertState('pending')
        self.assertEqual((message.state, message.outcome), ('retry', (
            "The payment service did not answer (Timeout). Please try again in a moment.")))
        self.answers_paid(self.tx)
        self.set_clock('2026-01-01', hour=13)
        self.work()
        self.assertState('done')
        self.assertEqual(message.state, 'done')

    def test_the_return_finishes_what_the_callback_could_not(self):
        self.gateway.answers[const.VALIDATION_PATH] = {'APIConnect': 'INACTIVE'}
        first = self.hear(self.facts(self.tx))
        self.answers_paid(self.tx)
        second = self.hear(self.facts(self.tx), kind='return')
        self.assertEqual(first, second)
        self.assertState('done')
