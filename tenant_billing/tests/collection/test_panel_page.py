from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


@tagged('post_install', '-at_install')
class TestPanelPage(PayCase):
    """What the page of one panel lists and offers."""

    def test_whose_panels(self):
        """The customer's people see all its panels, its branches' too; nobody else sees any."""
        panels = self.env['tenant.panel']
        self.tenant.is_company = True
        branch = self.make_tenant("Branch", parent_id=self.tenant.id, is_company=True)
        theirs = self.panel | self.running(self.plan, tenant=branch)
        self.make_panel(self.plan, name="Not ordered")
        other = self.make_company("Meghna Hosting")
        self.order(self.make_plan(10, company=other))
        colleague = self.make_login('clerk', self.make_tenant("Clerk", parent_id=self.tenant.id))
        of_branch = self.make_login('branch', self.make_tenant("Boss", parent_id=branch.id))
        neighbour = self.make_login('neighbour', self.make_tenant("Rangpur Heart Centre"))
        for user, seen in (
            (self.login, theirs), (colleague, theirs), (of_branch, theirs - self.panel),
            (neighbour, panels), (self.env.ref('base.public_user'), panels),
        ):
            self.assertEqual(panels.search(panels._domain_of_tenant(user)), seen, user.name)

    def words(self, rows):
        return [row['word'] for row in rows]

    def test_periods(self):
        rows, count = self.panel._page_periods(10)
        self.assertEqual(count, 2)
        self.assertEqual(
            [(row['days'], row['word'], row['amount'], row['is_current']) for row in rows],
            [("1 Feb 2026 to 28 Feb 2026", "Open", "BDT 100.00", False),
             ("1 Jan 2026 to 31 Jan 2026", "Paid", "BDT 100.00", True)])
        self.assertEqual(len(self.panel._page_periods(1)[0]), 1)

    def test_void_periods_are_told_as_such(self):
        self.settle_by(self.demand, 'credit')
        rows, _count = self.panel._page_periods(10)
        self.assertEqual(self.words(rows)[:2], ["Not billed", "Paid"])

    def test_invoices(self):
        self.pay(self.panel, 40)
        self.env.invalidate_all()
        rows, count = self.panel._page_invoices(10)
        self.assertEqual(count, 2)
        self.assertEqual(
            [(row['name'], row['word'], row['rest']) for row in rows],
            [(self.invoice.name, "Open", "BDT 60.00"),
             (self.panel.demand_ids[-1].move_id.name, "Paid", "")])
        self.assertIn(f'/my/invoices/{self.invoice.id}', rows[0]['url'])

    def test_payments_and_attempts(self):
        gate = self.gateway()
        self.start(gate)._set_error("No money")
        self.start(gate)._set_canceled()
        self.pay_at(gate)
        rows, count = self.panel._page_payments(10)
        self.assertEqual(count, 4)  # January was paid by a clerk
        self.assertEqual(
            sorted(self.words(rows)), ["Cancelled", "Did not go through", "Paid", "Paid"])
        self.assertEqual([bool(row['receipt']) for row in rows if row['word'] == "Paid"], [
            True, True])

    def test_payment_taken_back_has_no_receipt(self):
        payment = self.pay(self.panel)
        payment.action_draft()
        payment.action_cancel()
        self.assertFalse(self.panel._receipt_of(payment.id))

    def test_bank_line(self):
        self.bank_line(100, match=self.invoice)
        rows, _count = self.panel._page_payments(10)
        self.assertIn(("Bank transfer", "BDT 100.00"), [
            (row['title'], row['amount']) for row in rows])

    def test_receipt_of_another_panels_payment(self):
        other = self.running(self.plan, tenant=self.make_tenant("Rangpur Heart Centre"))
        payment = other.demand_ids.move_id.reconciled_payment_ids
        self.assertTrue(other._receipt_of(payment.id))
        self.assertFalse(self.panel._receipt_of(payment.id))

    def test_history_tells_what_concerns_the_tenant(self):
        self.panel.action_grant(3, "He is the owner's cousin")
        self.panel.action_hold('abuse', "Unusual outgoing mail.")
        rows, _count = self.panel._page_history(100)
        self.assertEqual(
            [(row['title'], row['text']) for row in rows[:2]],
            [("Panel suspended", "Unusual outgoing mail."), ("Free days given", "3 days")])
        self.assertEqual(rows[-1]['title'], "Ordered")
        self.assertNotIn("cousin", str(rows))

    def test_cancel_resume_and_continue_are_offered_in_their_time(self):
        self.assertEqual(str(self.panel._may_cancel()), '2026-02-01')
        self.assertFalse(self.panel._may_resume())
        self.panel.action_cancel()
        self.assertFalse(self.panel._may_cancel())
        self.assertTrue(self.panel._may_resume())
        self.on('2026-02-01')
        self.assertFalse(self.panel._may_resume())

    def test_trial_goes_on_by_pay_where_it_is_paid_first(self):
        paid = self.running(self.make_plan(100, trial_days=5))
        created = self.running(self.make_plan(100, trial_days=5, activate_when='created'))
        self.assertEqual([paid._may_continue(), created._may_continue()], [True, True])
        self.on('2026-01-30')
        self.assertEqual([paid._may_continue(), created._may_continue()], [False, True])

    def test_renewing_early_is_offered_to_those_who_owe_nothing(self):
        self.assertFalse(self.panel._may_renew_early())
        self.set_clock('2026-01-10')
        other = self.running(self.plan)
        self.assertTrue(other._may_renew_early())
