from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase

JANUARY, FEBRUARY = '2026-01-31', '2026-02-28'


@tagged('post_install', '-at_install')
class TestSettlementInForeignCurrency(BooksCase):
    """R4: zero in the invoice's currency decides; the exchange difference is no payment.

    The plan costs 100 USD in a company that keeps its books in BDT. A dollar is 120 BDT until
    27 January, so the invoice stands at 12,000 BDT, and 125 BDT from the 28th on.
    """

    def make_world(self):
        super().make_world()
        self.dollar = self.env.ref('base.USD')
        self.dollar.active = True
        for day, price in (('2026-01-01', 120), ('2026-01-28', 125)):
            self.env['res.currency.rate'].create({
                'currency_id': self.dollar.id, 'company_id': self.company.id, 'name': day,
                'rate': 1 / price})
        self.company.tenant_write_off_limit = 5
        self.start_world(100, currency_id=self.dollar.id)
        self.assertEqual(self.receivable(self.invoice).balance, 12000)
        self.set_clock('2026-01-28')

    def exchange_gain(self):
        """What the exchange journal holds against the tenant, in BDT."""
        entries = self.env['account.move'].search([
            ('journal_id', '=', self.company.currency_exchange_journal_id.id),
            ('state', '=', 'posted')])
        return sum(self.receivable(entries).mapped('balance'))

    def test_r4_paid_in_dollars_at_another_rate_settles(self):
        self.pay_invoice(self.invoice)
        self.assertBooks('settled', 0, FEBRUARY, core='paid')
        # 100 USD are 12,500 BDT now and were 12,000 at issue
        self.assertEqual(self.exchange_gain(), 500)

    def test_r4_paid_in_takas_by_bank_settles(self):
        self.bank_line(12500, match=self.invoice)
        self.assertBooks('settled', 0, FEBRUARY, core='paid')

    def test_r4_the_old_amount_in_takas_is_a_part_now(self):
        self.bank_line(12000, match=self.invoice)
        # 12,000 BDT at 125 are 96 USD
        self.assertBooks('open', 4, JANUARY, core='partial')
        self.assertEqual(self.panel.amount_due, 4)

    def test_r4_part_in_dollars_leaves_dollars(self):
        self.pay_invoice(self.invoice, 60)
        self.assertBooks('open', 40, JANUARY, core='partial')
        self.set_clock('2026-01-20')
        self.pay_invoice(self.invoice)
        self.assertBooks('settled', 0, FEBRUARY, core='paid')

    def test_r5_unreconciled_takes_the_exchange_difference_back_too(self):
        self.pay_invoice(self.invoice)
        self.unreconcile(self.invoice)
        self.assertBooks('open', 100, JANUARY, core='not_paid')
        self.assertEqual(self.exchange_gain(), 0)

    def test_r4_bad_debt_counts_in_the_currency_of_the_invoice(self):
        self.pay_invoice(self.invoice, 95)
        self.settle_by(self.demand, 'write_off')
        # 5 USD of the invoice are 600 BDT in the books
        lost = self.env['account.move.line'].search(
            [('account_id', '=', self.company.tenant_bad_debt_account_id.id)])
        self.assertEqual((lost.balance, lost.amount_currency), (600, 5))
        self.assertBooks('settled', 0, FEBRUARY, core='paid')
