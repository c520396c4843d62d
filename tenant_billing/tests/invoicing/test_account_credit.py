from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase

SWITCH = 'tenant_billing_allow_test_money'


class CreditCase(BooksCase):
    """25 January, and February's invoice of 100.00 is open."""

    def make_world(self):
        super().make_world()
        self.start_world(100)

    def left_over(self, move):
        """What of a payment or credit note is not used yet, as a positive amount."""
        self.env.invalidate_all()
        return -sum(self.receivable(move).mapped('amount_residual_currency'))

    def activities(self):
        return self.env['mail.activity'].search([('res_model', '=', 'tenant.panel')])


@tagged('post_install', '-at_install')
class TestAccountCredit(CreditCase):
    """R7a: account credit pays what is open by itself."""

    def test_r7a_credit_that_waits_pays_the_invoice_as_it_is_issued(self):
        self.pay(self.panel)
        payment = self.receive(100)
        self.set_clock('2026-02-22')
        self.panel._renew()
        march = self.panel.demand_ids.sorted('due_date')[-1]
        self.assertBooks('settled', 0, '2026-03-31', core='paid', demand=march)
        self.assertEqual(self.left_over(payment.move_id), 0)

    def test_r7a_credit_that_comes_later_pays_what_is_open(self):
        payment = self.receive(100)
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertEqual(self.left_over(payment.move_id), 0)
        self.assertNothingLeft()

    def test_r7a_less_than_the_invoice_pays_a_part(self):
        self.receive(60)
        self.run_cron('cron_settle')
        self.assertBooks('open', 40, '2026-01-31', core='partial')
        self.assertEqual(self.panel.amount_due, 40)

    def test_r7a_more_than_the_invoice_waits_for_the_next_one(self):
        payment = self.receive(150)
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')
        self.assertEqual(self.left_over(payment.move_id), 50)
        self.on('2026-02-22')
        self.assertPanel(self.panel, 'active', '2026-02-28', 50)
        self.assertEqual(self.left_over(payment.move_id), 0)

    def test_r7a_the_oldest_demand_first(self):
        self.set_clock('2026-02-22')
        self.panel._renew()
        february, march = self.open_demands(self.panel)
        self.receive(130)
        self.run_cron('cron_settle')
        self.assertEqual((february.status, february.amount_open), ('settled', 0))
        self.assertEqual((march.status, march.amount_open), ('open', 70))
        self.assertPanel(self.panel, 'active', '2026-02-28', 70)

    def test_r7a_the_oldest_demand_first_over_all_panels_of_the_tenant(self):
        usage = self.ask_in_arrears(self.order(self.plan, name="Other"), 30, '2026-01-28')
        first = self.panel.search([('name', '=', "Other")]).demand_ids - usage
        self.assertEqual(
            (first | usage | self.demand).sorted('due_date').mapped('due_date'),
            [self.day('2026-01-25'), self.day('2026-01-28'), self.day('2026-02-01')])
        self.receive(140)
        self.run_cron('cron_settle')
        # 100 for the order, 30 for usage, and 10 are left for February
        self.assertEqual(
            [demand.amount_open for demand in (first, usage, self.demand)], [0, 0, 90])

    def test_r7a_the_oldest_credit_first(self):
        old, new = self.receive(70), self.receive(70)
        self.run_cron('cron_settle')
        self.assertEqual((self.left_over(old.move_id), self.left_over(new.move_id)), (0, 40))

    def test_r7a_credit_notes_of_other_documents_are_used(self):
        note = self.other_credit_note(100)
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')
        self.assertEqual(self.left_over(note), 0)

    def test_r7a_credit_of_a_paid_invoice_pays_the_next_one(self):
        january = (self.panel.demand_ids - self.demand).move_id
        note = self.credit(january, reason='goodwill')
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')
        self.assertEqual(self.left_over(note), 0)

    def test_r7a_a_credit_note_serves_its_own_invoice_first(self):
        """January's payment bounces after it was credited: nothing of it may pay February."""
        january = self.panel.demand_ids - self.demand
        payment = january.move_id._get_reconciled_payments()
        note = self.credit(january.move_id, reason='not_delivered')
        payment.action_cancel()
        self.run_cron('cron_settle')
        self.assertEqual((january.status, january.move_id.payment_state), ('dead', 'reversed'))
        self.assertEqual(self.left_over(note), 0)
        self.assertEqual((self.demand.status, self.demand.amount_open), ('open', 100))

    def test_r7a_other_money_does_not_pay_a_dead_invoice(self):
        january = self.panel.demand_ids - self.demand
        payment = january.move_id._get_reconciled_payments()
        note = self.credit(january.move_id, reason='not_delivered')
        note.tenant_hold_for_refund = True
        payment.action_cancel()
        self.receive(100)
        self.run_cron('cron_settle')
        self.assertEqual((january.status, january.move_id.amount_residual), ('dead', 100))
        self.assertEqual(self.demand.status, 'settled')
        self.assertIn(
            f"{january.move_id.name} is closed here, but the books still ask BDT 100.00 for it: "
            "match it with its credit note, or write it off.",
            self.env['tenant.billing.audit']._run().mapped('message'))

    def test_r7a_a_bank_line_on_the_receivable_is_used(self):
        line = self.bank_line(100)
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.receivable(self.invoice).account_id
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')

    def test_r7a_credit_lifts_a_stop(self):
        self.on('2026-02-09')
        self.assertEqual(self.panel.state, 'suspended')
        self.receive(100)
        self.run_cron('cron_settle')
        self.assertEqual(self.panel.state, 'active')

    def test_r7a_credit_held_for_a_refund_is_kept_out(self):
        payment = self.receive(100)
        payment.move_id.tenant_hold_for_refund = True
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')
        self.assertEqual(self.left_over(payment.move_id), 100)
        payment.move_id.tenant_hold_for_refund = False
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')

    def test_r7a_credit_held_for_a_refund_does_not_pay_at_issue(self):
        self.pay(self.panel)
        payment = self.receive(100)
        payment.move_id.tenant_hold_for_refund = True
        self.on('2026-02-22')
        self.assertPanel(self.panel, 'active', '2026-02-28', 100)

    def test_r7a_payments_that_are_not_posted_are_no_credit(self):
        payment = self.receive(100)
        payment.action_draft()
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')

    def test_r7a_money_of_another_tenant_is_left_alone(self):
        stranger = self.make_tenant("Barisal Dental")
        payment = self.receive(100, tenant=stranger)
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')
        self.assertEqual(self.left_over(payment.move_id), 100)

    def test_r7a_money_of_the_company_pays_for_its_contact(self):
        contact = self.make_tenant("Ward 7", parent_id=self.tenant.id)
        panel = self.order(self.plan, tenant=contact, name="Ward 7")
        self.pay(self.panel)
        self.receive(100)
        self.run_cron('cron_settle')
        self.assertEqual(panel.demand_ids.status, 'settled')

    def test_r7a_money_of_a_contact_pays_for_its_company(self):
        contact = self.make_tenant("Ward 7", parent_id=self.tenant.id)
        self.receive(100, tenant=contact)
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')

    def test_r18_credit_in_another_currency_is_left_alone(self):
        dollar = self.env.ref('base.USD')
        dollar.active = True
        payment = self.env['account.payment'].create({
            'partner_id': self.tenant.id, 'amount': 100, 'date': self.today(),
            'payment_type': 'inbound', 'partner_type': 'customer',
            'journal_id': self.bank().id, 'currency_id': dollar.id})
        payment.action_post()
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')
        self.assertEqual(self.left_over(payment.move_id), 100)

    def test_r7a_credit_in_another_company_is_left_alone(self):
        other = self.make_company("Meghna Hosting")
        self.env.user.company_ids |= other
        payment = self.receive(100, company=other)
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')
        self.assertEqual(self.left_over(payment.move_id), 100)

    def test_r7a_an_invoice_in_instalments_is_paid_part_by_part(self):
        self.in_instalments(self.invoice)
        self.receive(50)
        self.run_cron('cron_settle')
        self.assertBooks('open', 50, '2026-01-31', core='partial')
        self.assertEqual(
            sorted(self.receivable(self.invoice).mapped('amount_residual')), [0, 50])
        self.receive(60)
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')


@tagged('post_install', '-at_install')
class TestAccountCreditThatFails(CreditCase):
    """Law 9: credit that cannot be used is set aside, and the rest goes on."""

    def make_world(self):
        super().make_world()
        self.broken = self.order(self.plan, tenant=self.make_tenant("Broken"), name="Broken")
        self.receive(100, tenant=self.broken.partner_id)
        self.receive(100)

    def run_with_failure(self):
        broken_line = self.receivable(self.broken.demand_ids.move_id)
        reconcile = type(broken_line).reconcile

        def fail(lines):
            if broken_line in lines:
                raise ValueError("cannot be matched")
            return reconcile(lines)

        with patch.object(type(broken_line), 'reconcile', fail), \
                self.assertLogs('odoo.addons.tenant_billing', 'ERROR'):
            self.run_cron('cron_settle')

    def questions(self):
        return self.broken.activity_ids.filtered(lambda a: a.summary == "Settlement failed")

    def test_law9_the_rest_goes_on_and_a_person_is_asked_once(self):
        for _time in range(2):
            self.run_with_failure()
            self.assertBooks('settled', 0, '2026-02-28')
            self.assertEqual(self.broken.demand_ids.status, 'open')
            self.assertEqual(
                self.questions().mapped('note'), ["<p>ValueError: cannot be matched</p>"])

    def test_law9_a_later_failure_asks_again(self):
        self.run_with_failure()
        self.questions().action_done()
        self.set_clock('2026-02-10')
        self.run_with_failure()
        self.assertEqual(self.questions().date_deadline, self.day('2026-02-10'))


@tagged('post_install', '-at_install')
class TestDoublePayment(CreditCase):
    """R7a: a double payment becomes account credit and is told to a person, once."""

    def make_world(self):
        super().make_world()
        self.pay(self.panel)
        self.activities().unlink()
        self.second = self.receive(100)

    def told(self):
        summary = f"Money left over from {self.second.move_id.name}"
        return self.activities().filtered(lambda activity: activity.summary == summary)

    def test_r7a_double_payment_is_told_once(self):
        for _run in range(3):
            self.run_crons()
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.told().res_id, self.panel.id)
        self.assertIn("100.00", self.told().note)
        self.assertIn("Jashore Kidney Centre", self.told().note)
        self.assertNothingLeft()

    def test_r7a_double_payment_is_not_told_again_when_it_was_dealt_with(self):
        self.run_crons()
        self.told().unlink()
        self.on('2026-01-26')
        self.assertFalse(self.told())

    def test_r7a_double_payment_moves_no_date_and_pays_the_next_invoice(self):
        self.run_crons()
        self.assertPanel(self.panel, 'active', '2026-02-28', 0)
        self.on('2026-02-22')
        self.assertPanel(self.panel, 'active', '2026-03-31', 0)
        self.assertEqual(self.left_over(self.second.move_id), 0)

    def test_r7a_double_online_payment_is_told(self):
        tx = self.pay_online(self.invoice, 100)
        self.second = tx.payment_id
        self.assertEqual(self.left_over(self.second.move_id), 100)
        self.run_crons()
        self.assertEqual(len(self.told()), 1)

    def test_r7a_money_that_is_used_at_once_is_not_told(self):
        usage = self.ask_in_arrears(self.panel, 100, '2026-02-10')
        self.run_crons()
        self.assertEqual(usage.status, 'settled')
        self.assertFalse(self.told())

    def test_r7a_money_held_for_a_refund_is_not_told(self):
        self.second.move_id.tenant_hold_for_refund = True
        self.run_crons()
        self.assertFalse(self.told())


@tagged('post_install', '-at_install')
class TestTestMoney(CreditCase):
    """R7b: what a provider in test mode calls paid settles nothing."""

    def allow(self):
        self.startPatcher(patch.dict(config.options.maps[0], {SWITCH: 'True'}))

    def test_r7b_test_money_settles_nothing(self):
        tx = self.pay_online(self.invoice, live=False)
        self.assertFalse(tx.is_live)
        self.assertEqual(self.invoice.payment_state, 'paid')
        self.assertEqual((self.demand.status, self.demand.period_id.settled), ('open', False))
        self.assertEqual(self.panel.paid_through, self.day('2026-01-31'))
        self.assertNoDifference()
        self.on('2026-02-09')
        self.assertEqual(self.panel.state, 'suspended')

    def test_r7b_the_self_audit_names_it(self):
        self.pay_online(self.invoice, live=False)
        self.assertEqual(
            self.findings(),
            [f"{self.invoice.name} is paid with test money, which does not count."])

    def test_r7b_live_money_counts(self):
        tx = self.pay_online(self.invoice)
        self.assertTrue(tx.is_live)
        self.assertBooks('settled', 0, '2026-02-28', core='paid')

    def test_r7b_part_in_test_money_is_enough_to_keep_it_open(self):
        self.pay_invoice(self.invoice, 99)
        self.pay_online(self.invoice, live=False)
        self.assertEqual((self.demand.status, self.demand.period_id.settled), ('open', False))

    def test_r7b_the_servers_configuration_allows_it(self):
        self.allow()
        self.pay_online(self.invoice, live=False)
        self.assertBooks('settled', 0, '2026-02-28', core='paid')

    def test_r7b_allowed_later_the_sweep_settles(self):
        self.pay_online(self.invoice, live=False)
        self.allow()
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')

    def test_r7b_a_switch_that_says_no_is_no(self):
        for text in ('', 'False', '0', 'no'):
            with self.subTest(text), patch.dict(config.options.maps[0], {SWITCH: text}):
                self.assertFalse(self.env['tenant.billing.period']._test_money_counts())

    def test_r7b_no_parameter_of_the_database_allows_it(self):
        self.env['ir.config_parameter'].sudo().set_param(SWITCH, 'True')
        self.pay_online(self.invoice, live=False)
        self.assertEqual(self.demand.status, 'open')

    def test_r7b_left_over_test_money_is_no_account_credit(self):
        tx = self.start_online(self.invoice, live=False)
        tx.invoice_ids = [Command.clear()]
        tx._set_done()
        tx._post_process()
        self.assertEqual(self.left_over(tx.payment_id.move_id), 100)
        self.run_cron('cron_settle')
        # the invoice stays open for real money
        self.assertBooks('open', 100, '2026-01-31', core='not_paid')
        self.receive(100)
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
