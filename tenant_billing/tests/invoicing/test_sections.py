import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase


@tagged('post_install', '-at_install')
class TestSections(BooksCase):
    """R41: an invoice that asks 310 for what was used and 100 for the days to come.

    What was served first is paid first: 310 in arrears, then the advance for February.
    """

    def make_world(self):
        super().make_world()
        self.set_clock('2026-01-01')
        plan = self.make_plan(100)
        plan.product_id.taxes_id = False
        self.panel = self.running(plan)
        self.set_clock('2026-01-25')
        self.period = self.env['tenant.billing.period']._claim([self.panel._next_row()])
        self.invoice = self.draft_of_both()
        self.fee = self.env['tenant.billing.demand'].create(self.demand_of(
            'advance', 100, period_id=self.period.id))
        self.usage = self.env['tenant.billing.demand'].create(self.demand_of('arrears', 310))
        for line, demand in zip(
                self.invoice.invoice_line_ids, self.fee | self.usage, strict=True):
            line.tenant_demand_id = demand
        self.period.state = 'invoiced'
        self.invoice.action_post()
        self.panel._refresh()

    def draft_of_both(self):
        return self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.tenant.id,
            'journal_id': self.company._tenant_journal().id, 'invoice_date': self.today(),
            'invoice_payment_term_id': False, 'invoice_date_due': '2026-02-01',
            'invoice_line_ids': [
                Command.create({'name': name, 'price_unit': price, 'tax_ids': []})
                for name, price in (("Fee", 100), ("Usage", 310))]})

    def demand_of(self, direction, amount, **values):
        return {
            'move_id': self.invoice.id, 'panel_id': self.panel.id, 'company_id': self.company.id,
            'currency_id': self.invoice.currency_id.id, 'direction': direction,
            'plan_version_id': self.panel.plan_version_id.id, 'amount': amount,
            'amount_open': amount, 'small_difference': 0, 'issued_on': self.today(),
            'due_date': self.invoice.invoice_date_due, **values}

    def assertSections(self, usage, fee, paid_through='2026-01-31'):
        """Status and open amount of both, and how far the panel is paid."""
        self.env.invalidate_all()
        self.assertEqual(
            [(d.status, d.amount_open) for d in (self.usage, self.fee)], [usage, fee])
        self.assertEqual(str(self.panel.paid_through), paid_through)
        self.assertEqual(self.panel.amount_due, usage[1] + fee[1])
        self.assertNoDifference()

    def test_r41_nothing_is_paid(self):
        self.assertSections(('open', 310), ('open', 100))

    def test_r41_money_fills_what_was_served_first(self):
        for paid, usage, fee, until in (
                (0.01, ('open', 309.99), ('open', 100), '2026-01-31'),
                (309.98, ('open', 0.01), ('open', 100), '2026-01-31'),
                (0.01, ('settled', 0), ('open', 100), '2026-01-31'),
                (99.99, ('settled', 0), ('open', 0.01), '2026-01-31'),
                (0.01, ('settled', 0), ('settled', 0), '2026-02-28')):
            self.receive_and_assign(self.invoice, paid)
            with self.subTest(paid=paid):
                self.assertSections(usage, fee, until)

    def test_r5_what_came_last_is_taken_back_first(self):
        payments = [self.receive_and_assign(self.invoice, amount) for amount in (400, 10)]
        self.assertSections(('settled', 0), ('settled', 0), '2026-02-28')
        payments[1].move_id.line_ids.remove_move_reconcile()
        self.assertSections(('settled', 0), ('open', 10))
        payments[0].move_id.line_ids.remove_move_reconcile()
        self.assertSections(('open', 310), ('open', 100))

    def test_r41_a_credit_note_is_bound_to_its_section(self):
        self.builder()._credit(self.fee, 'goodwill')
        self.assertSections(('open', 310), ('dead', 0))
        self.assertEqual(self.period.state, 'void')
        self.receive_and_assign(self.invoice, 310)
        self.assertSections(('settled', 0), ('dead', 0))

    def test_r41_a_part_of_the_usage_is_credited(self):
        self.builder()._credit(self.usage, 'sla', days=(1, 2))
        self.assertSections(('open', 155), ('open', 100))
        self.receive_and_assign(self.invoice, 155)
        self.assertSections(('settled', 0), ('open', 100))
        self.receive_and_assign(self.invoice, 100)
        self.assertSections(('settled', 0), ('settled', 0), '2026-02-28')

    def test_r39_not_delivered_takes_back_its_own_section_only(self):
        self.receive_and_assign(self.invoice, 410)
        self.assertSections(('settled', 0), ('settled', 0), '2026-02-28')
        self.builder()._credit(self.usage, 'not_delivered')
        self.assertSections(('dead', 0), ('settled', 0), '2026-02-28')

    def test_r41_a_reversal_of_the_whole_invoice(self):
        note = self.invoice._reverse_moves([{'invoice_date': self.today()}], cancel=True)
        self.assertEqual(note.amount_total, 410)
        self.assertSections(('dead', 0), ('dead', 0))

    def test_r41_a_credit_note_for_the_whole_fills_like_money(self):
        note = self.invoice._reverse_moves([{'invoice_date': self.today()}])
        note.invoice_line_ids[1].unlink()
        note.invoice_line_ids.price_unit = 330
        note.action_post()
        self.assertSections(('dead', 0), ('open', 80))

    def test_r4_written_off_as_bad_debt(self):
        self.receive_and_assign(self.invoice, 310)
        entry = self.entry(100, [(self.company.tenant_bad_debt_account_id, 100)])
        self.assign(self.invoice, entry)
        self.assertSections(('settled', 0), ('dead', 0))

    def test_r3_the_wizard_writes_off_one_section(self):
        self.settle_by(self.usage, 'write_off')
        self.assertSections(('dead', 0), ('open', 100))
        self.receive_and_assign(self.invoice, 100)
        self.assertSections(('dead', 0), ('settled', 0), '2026-02-28')

    def test_r3_the_fee_alone_is_written_off(self):
        self.settle_by(self.fee, 'write_off')
        self.assertSections(('open', 310), ('dead', 0))
        self.assertFalse([text for text in self.findings() if "still ask" in text])
        self.receive_and_assign(self.invoice, 310)
        self.assertSections(('settled', 0), ('dead', 0))

    def test_r7b_test_money_fills_last(self):
        self.pay_online(self.invoice, 350, live=False)
        self.assertEqual((self.usage.status, self.fee.status), ('open', 'open'))

    def test_hosts_hear_of_the_payment_once_nothing_is_open(self):
        endpoint = self.env['tenant.webhook.endpoint'].create({
            'name': "Host", 'company_id': self.company.id, 'url': 'https://host.example/'})
        self.receive_and_assign(self.invoice, 310)
        for _time in range(2):
            self.panel.action_cancel()
        told = [json.loads(row.payload) for row in self.env['tenant.webhook.delivery'].search(
            [('endpoint_id', '=', endpoint.id)])]
        self.assertEqual(
            [message['data']['invoice']['amount'] for message in told
             if message['type'] == 'invoice.paid'], ['310.00'])

    def test_r38_cancelling_credits_the_fee_and_not_the_usage(self):
        self.panel.action_cancel()
        self.assertSections(('open', 310), ('dead', 0))

    def test_the_section_of_a_credit_note_is_not_written_by_hand(self):
        note = self.builder()._credit(self.fee, 'goodwill')
        clerk = self.env['res.users'].with_context(no_reset_password=True).create({
            'name': "Clerk", 'login': 'clerk', 'company_id': self.company.id,
            'company_ids': [Command.set(self.company.ids)],
            'group_ids': [Command.set(self.env.ref('account.group_account_manager').ids)]})
        with self.assertRaises(AccessError):
            note.with_user(clerk).tenant_credited_demand_id = self.usage

    def builder(self):
        return self.env['tenant.invoice.builder']
