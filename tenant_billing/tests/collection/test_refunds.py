from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


@tagged('post_install', '-at_install')
class TestRefunds(PayCase):
    """R39: what is paid back through a gateway, and what the books say of it."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()
        self.tx = self.pay_at(self.gate)
        self.assertBooks('settled', 0, '2026-02-28')

    def refund(self, amount=None, reason=False, tx=None):
        """A clerk pays back an amount, and the gateway has done it."""
        tx = tx or self.tx
        tx.tenant_refund_reason = reason
        return self.finish(tx._refund(amount))

    def notes(self, invoice=None):
        """Credit notes of the invoice as (with tax, still free, reason)."""
        return [
            (note.amount_total, note.amount_residual, note.tenant_credit_reason)
            for note in (invoice or self.invoice).reversal_move_ids.sorted('id')]

    def left_of(self, refund):
        return self.receivable(refund.payment_id.move_id).amount_residual

    # === THE REASON DECIDES === #

    def test_r39_goodwill_price_and_sla_move_no_dates(self):
        for reason in ('goodwill', 'price', 'sla'):
            refund = self.refund(20, reason)
            self.assertEqual(self.left_of(refund), 0)
            self.assertBooks('settled', 0, '2026-02-28')
        self.assertEqual(
            self.notes(), [(20, 0, 'goodwill'), (20, 0, 'price'), (20, 0, 'sla')])
        self.assertNothingLeft()

    def test_r39_goodwill_for_all_moves_no_dates_either(self):
        self.refund(reason='goodwill')
        self.assertBooks('settled', 0, '2026-02-28')

    def test_r39_not_delivered_cancelled_and_chargeback_take_the_days_back(self):
        for reason in ('not_delivered', 'cancelled', 'chargeback'):
            with self.subTest(reason), self.env.cr.savepoint() as savepoint:
                refund = self.refund(reason=reason)
                self.assertEqual(self.left_of(refund), 0)
                self.assertEqual(self.notes(), [(100, 0, reason)])
                self.assertBooks('dead', 0, '2026-01-31')
                savepoint.rollback()
            self.env.invalidate_all()

    def test_r39_the_days_stay_until_the_money_is_back(self):
        self.tx.tenant_refund_reason = 'not_delivered'
        refund = self.tx._refund()
        refund._set_pending()
        self.run_crons()
        self.assertBooks('settled', 0, '2026-02-28')
        self.finish(refund)
        self.assertBooks('dead', 0, '2026-01-31')

    def test_a_refund_that_is_not_made_books_nothing(self):
        for end in (lambda refund: refund._set_canceled(), lambda refund: refund._set_error("No")):
            refund = self.tx._refund()
            refund._set_pending()
            end(refund)
            refund._post_process()
            self.assertFalse(refund.payment_id)
        self.assertEqual(self.notes(), [])
        self.assertBooks('settled', 0, '2026-02-28')

    # === WHAT IT PAYS BACK === #

    def test_a_credit_note_that_is_there_is_paid_back_and_no_other_made(self):
        note = self.credit(self.invoice, lines=0.3, reason='sla')
        note.tenant_hold_for_refund = True
        self.refund(30, 'goodwill')
        self.assertEqual(self.notes(), [(30, 0, 'sla')])

    def test_a_payment_made_twice_needs_no_credit_note(self):
        second = self.start_online(self.invoice, 100)
        second._set_done()
        second._post_process()
        self.refund(100, tx=second)
        self.assertEqual(self.notes(), [])
        self.assertBooks('settled', 0, '2026-02-28')

    def test_without_a_reason_nothing_is_decided(self):
        refund = self.refund(40)
        self.assertEqual((self.notes(), self.left_of(refund)), ([], 40))
        self.assertBooks('settled', 0, '2026-02-28')

    def test_a_reason_counts_once(self):
        self.refund(40, 'goodwill')
        refund = self.finish(self.tx._refund(10))
        self.assertFalse(refund.tenant_refund_reason)
        self.assertEqual(self.notes(), [(40, 0, 'goodwill')])

    def test_booked_once(self):
        refund = self.refund(40, 'goodwill')
        refund._post_process()
        self.assertEqual(len(self.notes()), 1)
        self.assertEqual(
            self.env['account.payment'].search_count(
                [('payment_transaction_id', '=', refund.id)]), 1)

    def test_two_invoices_the_latest_is_credited_first(self):
        self.set_clock('2026-03-25')
        self.panel._renew()
        tx = self.pay_at(self.gate)
        first, second = tx.invoice_ids.sorted('invoice_date_due')
        self.refund(130, 'goodwill', tx=tx)
        self.assertEqual(self.notes(second), [(100, 0, 'goodwill')])
        self.assertEqual(self.notes(first), [(30, 0, 'goodwill')])

    def test_r41_the_fee_is_credited_before_usage(self):
        self.set_clock('2026-02-22')
        self.panel._renew()
        fee = self.open_demands(self.panel)
        usage = self.ask_in_arrears(self.panel, 30, fee.due_date)
        tx = self.pay_at(self.gate)
        self.refund(100, 'not_delivered', tx=tx)
        self.assertEqual((fee.status, usage.status), ('dead', 'settled'))
        self.assertEqual(self.notes(fee.move_id), [(100, 0, 'not_delivered')])

    def test_with_tax(self):
        plan = self.make_plan(1000)
        panel = self.order(plan, name="Taxed")
        tx = self.finish(self.start(self.gate, panel._payable()))
        for amount in (300, 50.01, 1):
            refund = self.refund(amount, 'goodwill', tx=tx)
            self.assertLessEqual(abs(self.left_of(refund)), 0.01)
        self.assertAlmostEqual(
            sum(total for total, _left, _reason in self.notes(tx.invoice_ids)), 351.01, 1)
