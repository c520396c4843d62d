from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestUsageOnInvoices(UsageCase):
    """R19: usage waits for the end of its period, and goes out with the next renewal, at the end
    or after the end of service."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter()

    def test_r19_the_worked_example(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), lead_days=7))
        self.use_daily(panel, '2026-01-01', '2026-01-24')
        self.on('2026-01-25')
        self.use_daily(panel, '2026-01-25', '2026-02-21')
        self.pay(panel)
        self.on('2026-02-22')
        self.use_daily(panel, '2026-02-22', '2026-03-24')
        self.pay(panel)
        self.on('2026-03-25')
        panel.action_cancel()
        self.pay(panel)
        self.use_daily(panel, '2026-03-25', '2026-03-31')
        self.on('2026-04-01')
        self.assertEqual(self.documents(panel), [
            ('2026-01-01', 0, 100), ('2026-01-25', 0, 100), ('2026-02-22', 310, 100),
            ('2026-03-25', 280, 100), ('2026-03-25', 0, -100), ('2026-04-01', 310, 0)])
        self.assertEqual(self.sums(panel), {
            '2026-01-01': 310, '2026-02-01': 280, '2026-03-01': 310})
        self.pay(panel)
        self.assertNothingLeft()

    def test_r19_lines_name_charge_days_and_quantity(self):
        self.calls.unit = "calls"
        panel = self.running(self.usage_plan(self.charge(self.calls, 2), lead_days=0))
        self.use(panel, '2026-01-01', 5)
        self.on('2026-02-01')
        lines = panel.demand_ids.move_id[0].invoice_line_ids
        self.assertEqual(lines.mapped('name'), [
            "Pro for Panel, 1 Feb 2026 to 28 Feb 2026",
            "Calls for Panel, 1 Jan 2026 to 31 Jan 2026: 5 calls"])
        self.assertEqual(lines.mapped('quantity'), [1, 1])
        self.assertEqual(lines.mapped('price_unit'), [100, 10])

    def test_r41_fee_and_usage_are_two_demands(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), lead_days=0))
        self.use(panel, '2026-01-01', 5)
        self.on('2026-02-01')
        invoice = panel.demand_ids.move_id[0]
        self.assertEqual(
            sorted(invoice.tenant_demand_ids.mapped(lambda d: (d.direction, d.amount))),
            [('advance', 100), ('arrears', 5)])
        self.assertEqual(invoice.amount_total, 105)
        self.assertEqual(self.demand_of(invoice, 'advance').period_id.date_start,
                         self.day('2026-02-01'))
        self.assertFalse(self.demand_of(invoice, 'arrears').period_id)
        self.assertNothingLeft()

    def demand_of(self, invoice, direction):
        return invoice.tenant_demand_ids.filtered(lambda d: d.direction == direction)

    def test_r19_what_arrives_within_the_collection_hour_is_in(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), lead_days=0))
        self.use(panel, '2026-01-01', 5)
        self.set_clock('2026-02-01', 0)
        self.run_crons()
        self.assertEqual(self.documents(panel), [('2026-01-01', 0, 100)])
        self.use(panel, '2026-01-31', 3)
        self.set_clock('2026-02-01', 1)
        self.run_crons()
        self.assertEqual(self.documents(panel)[1:], [('2026-02-01', 8, 100)])
        self.assertNothingLeft()

    def test_a_panel_without_usage_terms_does_not_wait_for_the_hour(self):
        panel = self.running(self.usage_plan(lead_days=0))
        self.set_clock('2026-02-01', 0)
        self.run_crons()
        self.assertEqual(len(self.documents(panel)), 2)

    def test_r15_a_free_plan_bills_what_is_above_the_allowance(self):
        plan = self.usage_plan(
            self.charge(self.calls, 3, row={'allowance': 10}), price=0, lead_days=0)
        panel = self.running(plan)
        self.use(panel, '2026-01-01', 15)
        self.on('2026-02-01')
        self.assertEqual(self.documents(panel), [('2026-02-01', 15, 0)])
        self.assertEqual(panel.demand_ids.mapped('direction'), ['arrears'])
        self.pay(panel)
        self.use(panel, '2026-02-01', 10)
        self.on('2026-03-01')
        self.assertEqual(panel.state, 'active')
        self.assertEqual(len(self.documents(panel)), 1)
        self.assertNothingLeft()

    def test_r17a_usage_by_an_invoice_of_its_own_at_the_end(self):
        plan = self.usage_plan(
            self.charge(self.calls), lead_days=7, usage_invoice='at_period_end')
        panel = self.running(plan)
        self.use(panel, '2026-01-01', 5)
        self.on('2026-01-25')
        self.pay(panel)
        self.on('2026-02-01')
        self.assertEqual(self.documents(panel), [
            ('2026-01-01', 0, 100), ('2026-01-25', 0, 100), ('2026-02-01', 5, 0)])
        self.pay(panel)
        self.use(panel, '2026-02-01', 2)
        self.use(panel, '2026-01-31', 1)
        self.on('2026-02-22')
        self.pay(panel)
        self.on('2026-03-01')
        self.assertEqual(self.documents(panel)[3:], [('2026-02-22', 0, 100), ('2026-03-01', 3, 0)])
        self.assertEqual(self.rated(panel)[1:], [
            ('2026-01-01', 'calls', 1), ('2026-02-01', 'calls', 2)])
        self.pay(panel)
        self.assertNothingLeft()

    def test_r19_a_final_invoice_after_closing(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), lead_days=0))
        self.pay(panel)
        self.set_clock('2026-01-10')
        self.use(panel, '2026-01-10', 4)
        panel.action_close("Gone", credit_rest=False)
        self.run_crons()
        self.assertEqual(len(self.documents(panel)), 1)
        self.on('2026-01-11')
        self.assertEqual(self.documents(panel)[1:], [('2026-01-11', 4, 0)])
        self.assertEqual(panel.state, 'closed')
        self.use(panel, '2026-01-09', 1)
        self.on('2026-01-12')
        self.assertEqual(self.documents(panel)[2:], [('2026-01-12', 1, 0)])
        self.pay(panel)
        self.assertNotIn("Paid after closing", panel.activity_ids.mapped('summary'))
        self.assertNothingLeft()

    def test_r33_renew_early_says_what_its_invoice_asks(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), taxed=True))
        self.pay(panel)
        self.use(panel, '2026-01-05', 10)
        self.on('2026-01-25')
        self.pay(panel)
        self.on('2026-02-05')
        asked = panel._next_amount()
        panel._renew_early()
        self.assertEqual((asked, panel.amount_due), (126.5, 126.5))

    def test_r14_usage_of_a_trial_above_its_part_of_the_allowance(self):
        plan = self.usage_plan(
            self.charge(self.calls, row={'allowance': 31}), lead_days=0, trial_days=10,
            usage_minimum=500)
        panel = self.running(plan)
        panel.action_confirm_trial()
        self.use(panel, '2026-01-01', 15)
        self.on('2026-01-11')
        self.assertEqual(self.rated(panel), [('2026-01-01', 'calls', 5)])

    def test_lines_of_nothing_by_choice_of_the_plan(self):
        for shown in (False, True):
            with self.subTest(shown=shown):
                self.set_clock('2026-01-01')
                plan = self.usage_plan(
                    self.charge(self.calls), lead_days=0, show_zero_lines=shown)
                panel = self.running(plan)
                self.pay(panel)
                self.on('2026-02-01')
                self.assertEqual(
                    self.rated(panel), [('2026-01-01', 'calls', 0)] if shown else [])

    def test_twice_rated_is_once_invoiced(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), lead_days=0))
        self.use(panel, '2026-01-01', 5)
        self.on('2026-02-01')
        period = panel.period_ids.filtered(lambda p: str(p.date_start) == '2026-01-01')
        again = period._rate()[period]
        self.assertEqual(again, period._rate()[period])
        self.assertEqual(list(again.deltas.values()), [0])
        panel._invoice_with_usage(panel.period_ids.browse())
        panel._bill_usage()
        self.assertEqual(self.sums(panel), {'2026-01-01': 5})

    def test_a_cancelled_invoice_is_billed_again(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), price=0, lead_days=0))
        self.use(panel, '2026-01-01', 5)
        self.on('2026-02-01')
        panel.demand_ids.move_id.button_draft()
        panel.demand_ids.move_id.button_cancel()
        self.assertEqual(self.rated(panel), [])
        self.on('2026-03-01')
        self.assertEqual(self.sums(panel), {'2026-01-01': 5})
        self.pay(panel)
        self.assertNothingLeft()
