from unittest.mock import patch

from odoo.addons.account.models.account_move import AccountMove
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.test_settlement_table import TableCase


@tagged('post_install', '-at_install')
class TestSettlementInPayment(TableCase):
    """R4: `in_payment`, where a payment has no journal entry until the bank's line comes."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(
            AccountMove, '_get_invoice_in_payment_state', lambda moves: 'in_payment'))

    def pay_without_entry(self, amount=None):
        payment = self.pay_invoice(self.invoice, amount)
        self.assertFalse(payment.move_id)
        self.run_cron('cron_settle')
        return payment

    def test_r4_in_payment_settles_with_all_of_the_residual_left(self):
        self.pay_without_entry()
        self.assertPaid(core='in_payment')
        self.assertEqual(self.invoice.amount_residual, 100)

    def test_r4_in_payment_of_a_part_leaves_the_rest_open(self):
        self.pay_without_entry(60)
        self.assertEqual(self.invoice.amount_residual, 100)
        self.assertOpen(40)

    def test_r4_in_payment_stays_settled_when_the_bank_line_comes(self):
        payment = self.pay_without_entry()
        self.bank_line(100, match=self.invoice)
        self.assertEqual(payment.state, 'paid')
        self.assertPaid(core='paid')

    def test_r4_in_payment_that_the_bank_refuses_opens_again(self):
        payment = self.pay_without_entry()
        payment.action_reject()
        self.run_cron('cron_settle')
        self.assertOpen()
        self.assertEqual(self.demand.reopened_on, self.day('2026-01-25'))

    def test_r7b_in_payment_with_test_money_settles_nothing(self):
        tx = self.start_online(self.invoice, live=False)
        tx.provider_id.journal_id.inbound_payment_method_line_ids.payment_account_id = False
        tx._set_done()
        tx._post_process()
        self.assertFalse(tx.payment_id.move_id)
        self.run_cron('cron_settle')
        self.assertOpen(core='in_payment')

    def test_r4_one_payment_of_two_invoices_fills_the_older_first(self):
        """150 for two invoices of 100: Odoo calls both in payment; 50 of the second are open."""
        second = self.open_demands(self.order(self.plan, name="Second"))
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=(self.invoice + second.move_id).ids,
        ).create({'payment_date': self.today(), 'group_payment': True})
        wizard.amount = 150
        wizard._create_payments()
        self.run_cron('cron_settle')
        self.assertPaid(core='in_payment')
        second.invalidate_recordset()
        self.assertEqual((second.status, second.amount_open), ('open', 50))
