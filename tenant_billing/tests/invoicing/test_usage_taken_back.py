from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestUsageTakenBack(UsageCase):
    """R21 and R39 together: usage that was invoiced and then credited, written off, cancelled or
    never served. January was used ten times and is on the invoice of 1 February."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter()

    def invoiced(self, *charges, **terms):
        panel = self.running(self.usage_plan(
            *(charges or [self.charge(self.calls)]), **{'lead_days': 0, **terms}))
        self.first = self.use(panel, '2026-01-05', 10)
        self.on('2026-02-01')
        self.usage = panel.demand_ids.filtered(lambda d: d.direction == 'arrears')
        self.fee = self.usage.move_id.tenant_demand_ids - self.usage
        return panel

    def take_back_some(self, panel, *numbers):
        for number in numbers:
            self.take_back(panel, f'{self.first[:-2]}-{number}')

    def credited(self, panel):
        return sum(panel.demand_ids.move_id.reversal_move_ids.mapped('amount_total'))

    def test_r39_what_was_credited_as_goodwill_does_not_go_back_twice(self):
        panel = self.invoiced()
        self.pay(panel)
        self.env['tenant.invoice.builder']._credit(self.usage, 'goodwill')
        self.take_back_some(panel, 0, 1)
        self.on('2026-03-01')
        self.assertEqual(self.credited(panel), 10)
        self.assertEqual(self.sums(panel), {'2026-01-01': 8})
        self.assertEqual(panel.amount_due, 90)
        self.pay(panel)
        self.assertNothingLeft()

    def test_r39_of_usage_that_was_half_credited_the_rest_goes_back(self):
        panel = self.invoiced(taxed=True)
        self.pay(panel)
        self.env['tenant.invoice.builder']._credit(self.usage, 'goodwill', days=(1, 2))
        self.take_back_some(panel, *range(10))
        self.on('2026-03-01')
        self.assertEqual((self.usage.amount, self.credited(panel)), (11.5, 11.5))
        self.assertEqual(self.sums(panel), {'2026-01-01': 0})

    def test_r31_no_cent_of_tax_stays_open_when_all_goes_back_in_parts(self):
        panel = self.invoiced(self.charge(self.calls, 3.337), taxed=True, term_days=90)
        self.assertEqual(self.usage.amount, 38.38)
        for day, numbers, rest in (
                ('2026-03-01', range(3), ('open', 26.87)),
                ('2026-04-01', range(3, 10), ('dead', 0))):
            self.take_back_some(panel, *numbers)
            self.on(day)
            self.assertEqual((self.usage.status, self.usage.amount_open), rest)

    def test_r39_what_was_written_off_was_not_paid_and_does_not_go_back(self):
        panel = self.invoiced(term_days=60)
        self.settle_by(self.usage, 'write_off')
        self.assertEqual((self.usage | self.fee).mapped('status'), ['dead', 'open'])
        self.assertEqual(panel.amount_due, 100)
        self.take_back_some(panel, 0)
        self.on('2026-03-01')
        self.assertEqual((self.credited(panel), self.sums(panel)), (0, {'2026-01-01': 9}))
        self.pay(panel)
        self.assertEqual(self.fee.status, 'settled')
        self.assertPanel(panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r28_less_usage_above_the_maximum_changes_nothing(self):
        panel = self.invoiced(self.charge(self.calls, 20), usage_maximum=150)
        self.assertEqual(self.usage.amount, 50)
        self.pay(panel)
        self.take_back_some(panel, 0, 1, 2, 3)
        self.on('2026-03-01')
        self.assertEqual(self.rated(panel)[2:], [
            ('2026-01-01', 'calls', -80), ('2026-01-01', 'cap', 80)])
        self.assertEqual((self.credited(panel), panel.amount_due), (0, 100))
        self.pay(panel)
        self.take_back_some(panel, 4, 5, 6, 7, 8)
        self.on('2026-04-01')
        self.assertEqual(sorted(self.rated(panel)[4:]), [
            ('2026-01-01', 'calls', -70), ('2026-01-01', 'calls', -30), ('2026-01-01', 'cap', 70)])
        self.assertEqual((self.credited(panel), panel.amount_due), (30, 70))
        self.assertEqual(self.sums(panel), {'2026-01-01': 20})
        self.pay(panel)
        self.assertNothingLeft()

    def test_an_invoice_that_is_cancelled_late_is_billed_again_without_its_credit_note(self):
        self.company.tenant_usage_age_days = 1
        panel = self.invoiced(term_days=90)
        self.take_back_some(panel, 0)
        self.on('2026-03-01')
        self.assertEqual(self.usage.amount_open, 9)
        self.set_clock('2026-03-10')
        self.usage.move_id.button_draft()
        self.usage.move_id.button_cancel()
        self.on('2026-04-01')
        self.assertEqual(self.rated(panel), [
            ('2026-01-01', 'calls', -1), ('2026-01-01', 'calls', 10)])
        self.take_back_some(panel, 1)
        self.on('2026-05-01')
        self.assertEqual((self.sums(panel), panel.billing_error), ({'2026-01-01': 8}, False))

    def test_r38_what_account_credit_pays_a_part_of_is_served(self):
        """R4: a credit note of another document is money. What is given back of January's usage
        goes into the fee for April, so cancelling then ends the service with April."""
        panel = self.invoiced(lead_days=7)
        for day in ('2026-02-01', '2026-02-22'):
            self.on(day)
            self.pay(panel)
        self.take_back_some(panel, 0, 1, 2, 3)
        self.on('2026-03-25')
        april = self.open_demands(panel)
        self.assertEqual((april.amount, april.amount_open), (100, 96))
        self.assertPanel(panel, 'active', '2026-03-31', 96)
        panel.action_cancel()
        self.assertEqual(str(panel.service_end), '2026-05-01')
        self.assertPanel(panel, 'active', '2026-03-31', 96)
        self.on('2026-04-01')
        self.assertPanel(panel, 'active', '2026-03-31', 96)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-04-30')
        self.on('2026-05-01')
        self.assertPanel(panel, 'suspended', '2026-04-30')
        self.assertNothingLeft()

    def test_r11_days_wholly_under_a_hold_have_no_minimum(self):
        panel = self.running(self.usage_plan(
            self.charge(self.calls), self.charge(model='flat', code='support', price=50),
            usage_minimum=300))
        self.pay(panel)
        self.on('2026-01-25')
        self.set_clock('2026-01-26')
        panel.action_hold('request', "On holiday")
        self.set_clock('2026-03-05')
        panel.action_lift()
        self.assertEqual(self.rated(panel), [
            ('2026-01-01', 'support', 50), ('2026-01-01', 'true_up', 150)])

    def test_r40_of_a_panel_closed_after_a_stop_the_days_served_have_a_minimum(self):
        panel = self.running(self.usage_plan(
            self.charge(self.calls), self.charge(model='flat', code='support', price=56),
            price=28, usage_minimum=280, lead_days=0, retention_days=30))
        self.on('2026-02-01')
        self.on('2026-02-09')
        self.set_clock('2026-02-20')
        self.use(panel, '2026-02-20', 3)
        self.on('2026-03-11')
        self.assertEqual(panel.state, 'closed')
        self.on('2026-03-12')
        # 8 days of 28: at least 80, less 8 of the fee and 16 for support; use still costs
        self.assertEqual(self.rated(panel)[2:], [
            ('2026-02-01', 'calls', 3), ('2026-02-01', 'support', 16),
            ('2026-02-01', 'true_up', 53)])
        self.pay(panel)
        self.assertNothingLeft()

    def test_r39_not_delivered_takes_the_minimum_back_too(self):
        self.company.tenant_usage_age_days = 1
        panel = self.invoiced(price=28, usage_minimum=280)
        self.pay(panel)
        self.on('2026-03-01')
        self.pay(panel)
        self.assertEqual(self.sums(panel), {'2026-01-01': 252, '2026-02-01': 252})
        self.set_clock('2026-03-20')
        self.env['tenant.invoice.builder']._credit(self.fee, 'not_delivered')
        self.on('2026-04-01')
        self.assertEqual(
            self.sums(panel), {'2026-01-01': 252, '2026-02-01': 0, '2026-03-01': 252})
        self.pay(panel)
        self.assertNothingLeft()
