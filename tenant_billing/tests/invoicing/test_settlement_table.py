from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase

JANUARY, FEBRUARY = '2026-01-31', '2026-02-28'


class TableCase(BooksCase):
    """25 January, and February's invoice of 100.00 is open."""

    def make_world(self):
        super().make_world()
        self.start_world(100)
        self.assertBooks('open', 100, JANUARY, core='not_paid')

    def assertPaid(self, **expected):
        self.assertBooks('settled', 0, FEBRUARY, **expected)
        self.assertEqual(self.demand.period_id.settled_by, 'money')

    def assertOpen(self, still_open=100, **expected):
        self.assertBooks('open', still_open, JANUARY, **expected)

    def assertDead(self, **expected):
        self.assertBooks('dead', 0, JANUARY, **expected)


@tagged('post_install', '-at_install')
class TestSettlementByMoney(TableCase):
    """R4: money of every kind settles, at once and whatever Odoo calls the invoice."""

    def test_r4_payment_registered_settles(self):
        self.pay_invoice(self.invoice)
        self.assertPaid(core='paid')
        self.assertEqual(self.demand.period_id.settled_on, self.day('2026-01-25'))

    def test_r4_online_payment_settles(self):
        tx = self.pay_online(self.invoice)
        self.assertEqual(tx.payment_id.reconciled_invoice_ids, self.invoice)
        self.assertPaid(core='paid')

    def test_r4_online_payment_settles_only_when_it_is_booked(self):
        tx = self.start_online(self.invoice)
        tx._set_done()
        self.assertOpen(core='not_paid')
        tx._post_process()
        self.assertPaid(core='paid')

    def test_r4_bank_line_reconciled_settles(self):
        self.bank_line(100, match=self.invoice)
        self.assertPaid(core='paid')

    def test_r4_overpayment_assigned_settles_and_the_rest_is_kept(self):
        payment = self.receive_and_assign(self.invoice, 130)
        self.assertPaid(core='paid')
        self.assertEqual(self.receivable(payment.move_id).amount_residual, -30)

    def test_r4_overpayment_of_another_invoice_assigned_settles(self):
        theirs = self.order(self.plan, name="Other panel").demand_ids
        payment = self.receive_and_assign(theirs.move_id, 200)
        self.assertOpen(core='not_paid')
        self.assign(self.invoice, payment.move_id)
        self.assertPaid(core='paid')

    def test_r4_group_payment_of_several_invoices_settles_each(self):
        demands = self.demand
        for number in (2, 3):
            demands |= self.order(self.plan, name=f"Panel {number}").demand_ids
        self.assertEqual(demands.mapped('status'), ['open'] * 3)
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=demands.move_id.ids).create(
                {'payment_date': self.today(), 'group_payment': True})
        payment = wizard._create_payments()
        self.assertEqual((len(payment), payment.amount), (1, 300))
        self.assertEqual(demands.mapped('status'), ['settled'] * 3)
        self.assertEqual(demands.period_id.mapped('settled'), [True] * 3)
        self.assertPaid(core='paid')

    def test_r4_partial_payment_leaves_the_demand_open_for_the_rest(self):
        self.pay_invoice(self.invoice, 60)
        self.assertOpen(40, core='partial')
        self.assertEqual(self.panel.amount_due, 40)
        self.bank_line(40, match=self.invoice)
        self.assertPaid(core='paid')

    def test_r4_the_last_hundredth_counts(self):
        self.pay_invoice(self.invoice, 99.99)
        self.assertOpen(0.01, core='partial')
        self.pay_invoice(self.invoice)
        self.assertPaid(core='paid')

    def test_r4_payment_marked_as_fully_paid_is_a_payment_with_its_difference(self):
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=self.invoice.ids).create({
                'payment_date': self.today(), 'amount': 98,
                'payment_difference_handling': 'reconcile',
                'writeoff_account_id': self.company.tenant_bad_debt_account_id.id})
        wizard._create_payments()
        self.assertPaid(core='paid')

    def test_r4_credit_note_of_another_document_is_money(self):
        note = self.other_credit_note(100)
        self.assertOpen(core='not_paid')
        self.assign(self.invoice, note)
        self.assertPaid(core='reversed')
        # so its own credit note comes to a paid invoice (R39)
        self.credit(self.invoice, reason='goodwill')
        self.assertPaid()

    def test_r4_credit_note_of_another_renewal_is_money(self):
        other = self.order(self.plan, name="Other panel")
        self.pay(other)
        theirs = other.demand_ids
        note = self.credit(theirs.move_id, reason='goodwill')
        self.assertEqual(theirs.status, 'settled')
        self.assign(self.invoice, note)
        self.assertPaid(core='reversed')

    def test_r4_part_payment_and_own_credit_note_for_the_rest_settle(self):
        self.pay_invoice(self.invoice, 1)
        self.assertOpen(99, core='partial')
        self.credit(self.invoice, lines=0.99)
        self.assertPaid(core='paid')

    def test_r4_own_credit_note_first_and_payment_of_the_rest_settle(self):
        self.credit(self.invoice, lines=0.99, reason='goodwill')
        self.assertOpen(1, core='partial')
        self.pay_invoice(self.invoice)
        self.assertPaid(core='paid')

    def test_r4_blocked_then_paid_settles_though_odoo_says_blocked(self):
        self.invoice.action_toggle_block_payment()
        self.receive_and_assign(self.invoice, 100)
        self.assertPaid(core='blocked')
        self.assertEqual(self.invoice.amount_residual, 0)

    def test_r4_credit_reconciled_in_draft_settles_at_posting(self):
        payment = self.receive(100)
        self.invoice.button_draft()
        (self.receivable(payment.move_id) + self.receivable(self.invoice)).reconcile()
        self.assertOpen(0, core='paid')
        self.invoice.action_post()
        self.assertPaid(core='paid')


@tagged('post_install', '-at_install')
class TestSettlementTakenBack(TableCase):
    """R5: what the books take back is unsettled, and settled again when it comes back."""

    def assertTakenBack(self, **expected):
        self.assertOpen(**expected)
        self.assertEqual(self.demand.reopened_on, self.day('2026-01-28'))
        self.assertEqual(self.panel.stop_after, self.day('2026-02-01'))

    def test_r5_unreconciled_opens_and_assigned_again_settles_the_same_period(self):
        payment = self.pay_invoice(self.invoice)
        period = self.demand.period_id
        self.set_clock('2026-01-28')
        self.unreconcile(self.invoice)
        self.assertTakenBack(core='not_paid')
        self.assign(self.invoice, payment.move_id)
        self.assertPaid(core='paid')
        self.assertEqual(self.demand.period_id, period)
        self.assertFalse(self.demand.reopened_on)

    def test_r5_one_of_two_payments_taken_back_opens_its_part(self):
        self.pay_invoice(self.invoice, 60)
        second = self.pay_invoice(self.invoice)
        self.set_clock('2026-01-28')
        self.unreconcile(second.move_id)
        self.assertTakenBack(still_open=40, core='partial')

    def test_r5_payment_cancelled_opens(self):
        payment = self.pay_invoice(self.invoice)
        self.set_clock('2026-01-28')
        payment.action_cancel()
        self.assertTakenBack(core='not_paid')

    def test_r5_payment_reversed_opens(self):
        payment = self.pay_invoice(self.invoice)
        self.set_clock('2026-01-28')
        self.reverse_payment(payment)
        self.assertTakenBack(core='not_paid')

    def test_r5_bank_line_undone_opens(self):
        line = self.bank_line(100, match=self.invoice)
        self.set_clock('2026-01-28')
        line.action_undo_reconciliation()
        self.assertTakenBack(core='not_paid')

    def test_r4_payment_in_draft_stays_settled_and_the_self_audit_lists_it(self):
        payment = self.pay_invoice(self.invoice)
        self.assertEqual(self.findings(), [])
        payment.action_draft()
        self.assertPaid(core='paid')
        message = f"A payment of {self.invoice.name} is in draft: post it again or cancel it."
        self.assertEqual(self.findings(), [message])
        payment.action_post()
        self.assertPaid(core='paid')
        self.assertEqual(self.findings(), [])

    def test_r4_invoice_in_draft_is_unsettled_until_it_is_posted_again(self):
        self.pay_invoice(self.invoice)
        self.set_clock('2026-01-28')
        self.invoice.button_draft()
        self.assertOpen(0, core='paid')
        self.invoice.action_post()
        self.assertPaid(core='paid')

    def test_r4_unpaid_invoice_in_draft_and_posted_again_is_open_as_before(self):
        self.invoice.button_draft()
        self.assertOpen(0)
        self.assertFalse(self.demand.reopened_on)
        self.invoice.action_post()
        self.assertOpen(core='not_paid')
        self.assertEqual(self.panel.stop_after, self.day('2026-02-01'))

    def test_law5_an_invoice_in_draft_stops_nobody(self):
        self.invoice.button_draft()
        self.on('2026-02-20')
        self.assertEqual(self.panel.state, 'active')


@tagged('post_install', '-at_install')
class TestSettlementWithoutMoney(TableCase):
    """R4: credit notes and entries that are no payment."""

    def test_r4_own_credit_note_for_all_is_dead(self):
        self.credit(self.invoice)
        self.assertDead(core='reversed')
        self.assertFalse(self.demand.period_id.rebill)
        self.assertFalse(self.panel.stop_after)

    def test_r4_two_own_credit_notes_for_all_are_dead(self):
        self.credit(self.invoice, lines=0.4)
        self.assertOpen(60, core='partial')
        self.credit(self.invoice, lines=0.6)
        self.assertDead(core='reversed')

    def test_r4_own_credit_note_for_all_of_a_partly_paid_invoice_is_dead(self):
        payment = self.pay_invoice(self.invoice, 1)
        self.credit(self.invoice)
        self.assertDead()
        self.assertEqual(self.receivable(payment.move_id).amount_residual, 0)
        spare = sum(self.receivable(self.invoice.reversal_move_ids).mapped('amount_residual'))
        self.assertEqual(spare, -1)

    def begin_with_limit(self, limit):
        self.company.tenant_write_off_limit = limit
        self.start_world(100)

    def test_r4_bad_debt_above_the_limit_is_dead(self):
        self.begin_with_limit(99.99)
        self.write_off(self.invoice)
        self.assertDead(core='paid')

    def test_r4_bad_debt_without_a_limit_is_dead(self):
        self.assertEqual(self.company.tenant_write_off_limit, 0)
        self.pay_invoice(self.invoice, 99.99)
        self.write_off(self.invoice)
        self.assertDead(core='paid')

    def test_r4_bad_debt_up_to_the_limit_settles(self):
        self.begin_with_limit(2.5)
        self.pay_invoice(self.invoice, 97.5)
        self.assertOpen(2.5, core='partial')
        self.write_off(self.invoice)
        self.assertPaid(core='paid')

    def test_r4_small_entries_count_together_against_the_limit(self):
        self.begin_with_limit(2.5)
        self.pay_invoice(self.invoice, 97)
        self.write_off(self.invoice, 1.5)
        self.assertOpen(1.5, core='partial')
        self.write_off(self.invoice, 1.5)
        self.assertDead(core='paid')

    def test_r4_a_limit_changed_later_changes_no_invoice_of_before(self):
        self.begin_with_limit(2.5)
        self.pay_invoice(self.invoice, 98)
        self.write_off(self.invoice)
        self.company.tenant_write_off_limit = 0
        self.run_cron('cron_settle')
        self.assertPaid(core='paid')

    def test_r4_withholding_counts_whatever_its_amount(self):
        withheld = self.account("Tax withheld by customers", '119000')
        self.company.tenant_withholding_account_ids = withheld
        self.pay_invoice(self.invoice, 85)
        self.assign(self.invoice, self.entry(15, [(withheld, 15)]))
        self.assertPaid(core='paid')

    def test_r4_an_entry_on_another_account_is_no_withholding(self):
        self.company.tenant_withholding_account_ids = self.account("Withheld", '119000')
        self.pay_invoice(self.invoice, 85)
        self.assign(self.invoice, self.entry(15, [(self.account("Other", '119001'), 15)]))
        self.assertDead(core='paid')

    def test_r4_withholding_does_not_carry_a_loss_along(self):
        withheld = self.account("Tax withheld by customers", '119000')
        self.company.tenant_withholding_account_ids = withheld
        lost = self.company.tenant_bad_debt_account_id
        self.assign(self.invoice, self.entry(100, [(withheld, 15), (lost, 85)]))
        self.assertDead(core='paid')

    def test_r4_one_withholding_entry_for_two_invoices_shares_its_loss(self):
        other = self.order(self.plan, name="Other panel").demand_ids
        withheld = self.account("Tax withheld by customers", '119000')
        self.company.tenant_withholding_account_ids = withheld
        entry = self.entry(200, [
            (withheld, 100), (self.company.tenant_bad_debt_account_id, 100)])
        (self.receivable(entry) + self.receivable(self.invoice | other.move_id)).reconcile()
        # of each 100.00 half is withheld tax and half is lost
        self.assertDead(core='paid')
        self.assertEqual(other.status, 'dead')

    def test_r5_write_off_taken_back_gives_the_days_a_new_row(self):
        entry = self.write_off(self.invoice)
        self.assertDead(core='paid')
        void = self.demand.period_id
        self.set_clock('2026-01-28')
        self.unreconcile(entry)
        self.assertOpen(core='not_paid')
        self.assertNotEqual(self.demand.period_id, void)
        self.assertEqual(void.state, 'void')
        self.assertEqual(self.invoice.invoice_line_ids.tenant_period_id, self.demand.period_id)
        self.pay_invoice(self.invoice)
        self.assertPaid(core='paid')


@tagged('post_install', '-at_install')
class TestSettlementOfPaidInvoiceCredited(TableCase):
    """R39: a credit note on a paid invoice moves nothing until its reason is chosen."""

    def make_world(self):
        super().make_world()
        self.pay_invoice(self.invoice)
        self.note = self.credit(self.invoice)
        self.assertPaid(core='paid')

    def test_r39_goodwill_price_and_sla_move_no_dates(self):
        for reason in ('goodwill', 'price', 'sla'):
            with self.subTest(reason):
                self.note.tenant_credit_reason = reason
                self.assertPaid(core='paid')

    def assertTakesBack(self, reason):
        self.note.tenant_credit_reason = reason
        self.assertDead(core='paid')
        self.assertEqual(self.panel.state, 'active')

    def test_r39_not_delivered_takes_the_days_back(self):
        self.assertTakesBack('not_delivered')

    def test_r39_cancelled_takes_the_days_back(self):
        self.assertTakesBack('cancelled')

    def test_r39_chargeback_takes_the_days_back(self):
        self.assertTakesBack('chargeback')

    def test_r39_a_reason_chosen_by_mistake_is_corrected(self):
        self.assertTakesBack('not_delivered')
        self.note.tenant_credit_reason = 'goodwill'
        self.assertPaid(core='paid')

    def test_r39_refund_of_an_elapsed_period_is_a_gap_that_is_bridged(self):
        january = self.panel.demand_ids.filtered(lambda d: d != self.demand)
        self.credit(january.move_id, reason='not_delivered')
        self.assertEqual((january.status, january.period_id.state), ('dead', 'void'))
        self.assertPaid(core='paid')


@tagged('post_install', '-at_install')
class TestSettlementOfZero(BooksCase):
    """R4, R16: an invoice of nothing is settled by being posted."""

    def make_world(self):
        super().make_world()
        self.start_world(0, post_zero=True, name="Free with invoice")
        self.demand = self.panel.demand_ids.sorted('due_date')[-1]
        self.invoice = self.demand.move_id

    def test_r16_zero_invoice_settles_at_posting(self):
        self.assertEqual(self.invoice.amount_total, 0)
        self.assertBooks('settled', 0, FEBRUARY, core='paid')
        self.assertEqual(self.demand.period_id.settled_by, 'zero')

    def test_r16_zero_invoice_in_draft_is_unsettled_and_settles_at_each_posting(self):
        for _time in range(2):
            self.invoice.button_draft()
            self.assertBooks('open', 0, JANUARY)
            self.invoice.action_post()
            self.assertBooks('settled', 0, FEBRUARY, core='paid')
            self.assertEqual(self.demand.period_id.settled_by, 'zero')
