from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import BillingCase

CALENDAR = {'anchor': 'calendar', 'activate_when': 'created', 'after_suspension': 'continue'}


class RenewalCase(BillingCase):

    def asked(self, panel):
        """Every demand as (issued on, due, with tax, status), the oldest first."""
        return [
            (str(d.issued_on), str(d.due_date), d.amount, d.status)
            for d in panel.demand_ids.sorted('id')]

    def pay_on(self, panel, *days):
        """On each of these days the scheduled actions run, and what is open is paid."""
        for day in days:
            self.on(day)
            self.pay(panel)

    def void(self, panel):
        """Void days that were real, as (first, last, may they be billed again)."""
        return [
            (str(p.date_start), str(p.last_day), p.rebill)
            for p in panel.period_ids.sorted('date_start') if p.state == 'void' and p.is_dated]

    def asked_people(self, panel):
        """Summaries of the panel's activities."""
        return sorted(panel.activity_ids.mapped('summary'))

    def assertRefused(self, message, action):
        with self.assertRaises(UserError) as refused:
            action()
        self.assertEqual(str(refused.exception), message)

    def give_zone(self, tenant, zone):
        self.env['tenant.billing.profile'].create({'partner_id': tenant.id, 'tz': zone})


@tagged('post_install', '-at_install')
class TestAnchors(RenewalCase):
    """R10: on which days periods begin, and what a first stub costs."""

    def test_r10_month_ends_come_back_to_the_31st(self):
        self.set_clock('2026-01-31')
        panel = self.running(self.make_plan(1000))
        # issued 7 days before 28 Feb, 31 Mar and 30 Apr
        self.pay_on(panel, '2026-02-21', '2026-03-24', '2026-04-23')
        self.assertEqual(self.periods(panel), [
            ('2026-01-31', '2026-02-27', 'paid'), ('2026-02-28', '2026-03-30', 'paid'),
            ('2026-03-31', '2026-04-29', 'paid'), ('2026-04-30', '2026-05-30', 'paid')])
        self.assertEqual(set(panel.period_ids.mapped('amount')), {1000})
        self.assertPanel(panel, 'active', '2026-05-30')
        self.assertNothingLeft()

    def test_r10_a_leap_day_comes_back_after_four_years(self):
        self.set_clock('2024-02-29')
        panel = self.running(self.make_plan(1000, cycle='year', lead_days=0))
        self.pay_on(panel, '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29')
        self.assertEqual([first for first, _last, _paid in self.periods(panel)], [
            '2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29'])
        self.assertPanel(panel, 'active', '2029-02-27')
        self.assertNothingLeft()

    def test_r10_the_first_calendar_month_costs_its_days(self):
        plan = self.make_plan(3100, **CALENDAR)
        self.on('2026-01-10', run=False)
        panel = self.running(plan)
        # 10 to 31 January: 3100 × 22 ÷ 31 = 2200.00, with 15 % tax 2530.00
        self.assertPanel(panel, 'active', None, 2530)
        self.pay(panel)
        self.pay_on(panel, '2026-01-25', '2026-02-22')
        self.assertEqual(panel.period_ids.sorted('date_start').mapped('kind'),
                         ['stub', 'regular', 'regular'])
        self.assertEqual(self.asked(panel), [
            ('2026-01-10', '2026-01-10', 2530, 'settled'),
            ('2026-01-25', '2026-02-01', 3565, 'settled'),
            ('2026-02-22', '2026-03-01', 3565, 'settled')])
        self.assertPanel(panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r10_the_first_calendar_quarter_costs_its_days(self):
        self.set_clock('2026-02-10')
        panel = self.running(self.make_plan(900, cycle='quarter', **CALENDAR))
        # 10 February to 31 March: 19 + 31 = 50 of the 90 days of the quarter, 500.00
        self.assertEqual(panel.period_ids.amount, 500)
        self.assertEqual(self.periods(panel), [('2026-02-10', '2026-03-31', 'open')])
        self.assertNothingLeft()

    def test_r10_the_first_calendar_week_is_rounded_once(self):
        self.set_clock('2026-01-07')
        panel = self.running(self.make_plan(100, cycle='week', lead_days=2, **CALENDAR))
        # Wednesday to Sunday: 100 × 5 ÷ 7 = 71.428… → 71.43, tax 10.7145 → 10.71
        self.assertEqual(self.periods(panel), [('2026-01-07', '2026-01-11', 'open')])
        self.assertPanel(panel, 'active', None, 82.14)
        self.assertNothingLeft()

    def test_r10_a_calendar_month_begun_on_its_first_day_is_whole(self):
        panel = self.running(self.make_plan(3100, **CALENDAR))
        self.assertEqual((panel.period_ids.kind, panel.period_ids.amount), ('regular', 3100))


@tagged('post_install', '-at_install')
class TestIssue(RenewalCase):
    """R11 and R12: when a renewal goes out, and what it says."""

    def test_r11_a_renewal_goes_out_lead_days_before_its_period(self):
        panel = self.running(self.make_plan(1000, lead_days=10, term_days=5))
        self.on('2026-01-21')
        self.assertEqual(len(panel.demand_ids), 1)
        self.on('2026-01-22')
        self.assertEqual(self.asked(panel)[1:], [('2026-01-22', '2026-02-06', 1150, 'open')])
        move = self.open_demands(panel).move_id
        self.assertEqual(
            (str(move.invoice_date), str(move.date), str(move.invoice_date_due), move.state),
            ('2026-01-22', '2026-01-22', '2026-02-06', 'posted'))
        self.assertEqual(move.journal_id, self.company.tenant_journal_id)
        self.assertEqual(move.invoice_line_ids.tax_ids, self.company.account_sale_tax_id)
        self.assertIn('1 Feb 2026 to 28 Feb 2026', move.invoice_line_ids.name)
        self.assertNothingLeft()

    def test_r11_without_lead_a_renewal_goes_out_on_its_first_day(self):
        panel = self.running(self.make_plan(1000, lead_days=0))
        self.on('2026-01-31')
        self.assertEqual(len(panel.demand_ids), 1)
        self.on('2026-02-01')
        self.assertEqual(self.asked(panel)[1:], [('2026-02-01', '2026-02-01', 1150, 'open')])
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_r11_no_terms_of_the_customer_move_the_due_day(self):
        self.tenant.property_payment_term_id = self.env.ref(
            'account.account_payment_term_30days')
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        self.assertEqual(self.asked(panel)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])

    def test_r11_one_unpaid_demand_for_a_period_that_has_not_begun(self):
        panel = self.running(self.make_plan(2800, lead_days=7, **CALENDAR))
        self.pay(panel)
        self.on('2026-01-15', run=False)
        panel.action_grant(25, "An outage")
        # granted to 25 February, the stub goes to 28 February: 2800 × 3 ÷ 28 = 300, 345 with tax
        self.on('2026-02-19')
        self.assertPanel(panel, 'active', '2026-02-25', 345)
        self.on('2026-02-22')  # the issue day of March, but the stub is unpaid and ahead
        self.assertPanel(panel, 'active', '2026-02-25', 345)
        self.on('2026-02-26')  # the stub has begun
        self.assertPanel(panel, 'active', '2026-02-25', 3565)
        self.assertEqual(self.asked(panel)[2:], [('2026-02-26', '2026-03-01', 3220, 'open')])
        self.assertNothingLeft()

    def test_r11_a_paid_demand_ahead_holds_nothing_up(self):
        panel = self.running(self.make_plan(2800, lead_days=7, **CALENDAR))
        self.pay(panel)
        self.on('2026-01-15', run=False)
        panel.action_grant(25, "An outage")
        self.pay_on(panel, '2026-02-19')
        self.on('2026-02-22')
        self.assertPanel(panel, 'active', '2026-02-28', 3220)
        self.assertNothingLeft()

    def test_r11_nothing_is_issued_for_a_period_that_begins_while_stopped(self):
        panel = self.running(self.make_plan(1000, grace_days=7))
        self.on('2026-01-25')
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        for day in ('2026-02-22', '2026-03-01', '2026-03-10'):
            self.on(day)
            self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.assertEqual(len(panel.demand_ids), 2)
        self.assertNothingLeft()

    def test_r11_issued_ahead_and_begun_while_stopped_is_credited(self):
        panel = self.running(self.make_plan(1000, lead_days=25, grace_days=7))
        self.on('2026-01-07')  # 25 days before 1 February
        self.on('2026-02-04')  # 25 days before 1 March
        self.assertPanel(panel, 'grace', '2026-01-31', 2300)
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 2300)
        self.on('2026-02-28')
        self.assertPanel(panel, 'suspended', '2026-01-31', 2300)
        self.on('2026-03-01')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.assertEqual(self.void(panel), [('2026-03-01', '2026-03-31', True)])
        march = panel.demand_ids.filtered(lambda d: d.status == 'dead')
        note = march.move_id.reversal_move_ids
        self.assertEqual((note.amount_total, note.state, march.move_id.payment_state),
                         (1150, 'posted', 'reversed'))
        self.assertNothingLeft()

    def test_r11_partly_paid_and_begun_while_stopped_stays(self):
        panel = self.running(self.make_plan(1000, lead_days=25, grace_days=7))
        self.on('2026-01-07')
        self.on('2026-02-04', run=True)
        march = self.open_demands(panel)[-1]
        self.pay_invoice(march.move_id, 150)
        self.on('2026-02-09')
        self.on('2026-03-01')
        self.assertPanel(panel, 'suspended', '2026-01-31', 2150)
        self.assertEqual(march.status, 'open')
        self.assertNothingLeft()

    def test_r12_missed_periods_are_caught_up_in_one_run(self):
        panel = self.running(self.make_plan(1000, term_days=3))
        self.on('2026-04-10')  # nobody ran a scheduled action since January
        # issue day + 3 days of terms; May would go out on 24 April
        self.assertEqual(self.asked(panel)[1:], [('2026-04-10', '2026-04-13', 1150, 'open')] * 3)
        moves = self.open_demands(panel).move_id
        self.assertEqual({str(move.invoice_date) for move in moves}, {'2026-04-10'})
        self.assertEqual(self.periods(panel)[1:], [
            ('2026-02-01', '2026-02-28', 'open'), ('2026-03-01', '2026-03-31', 'open'),
            ('2026-04-01', '2026-04-30', 'open')])
        for move, text in zip(moves.sorted('id'), (
                '1 Feb 2026 to 28 Feb 2026', '1 Mar 2026 to 31 Mar 2026',
                '1 Apr 2026 to 30 Apr 2026'), strict=True):
            self.assertIn(text, move.invoice_line_ids.name)
        self.assertPanel(panel, 'active', '2026-01-31', 3450)
        self.assertNothingLeft()

    def test_r12_an_outage_of_ours_stops_nobody(self):
        panel = self.running(self.make_plan(1000, grace_days=2))
        self.on('2026-04-10')
        self.assertPanel(panel, 'active', '2026-01-31', 3450)
        self.on('2026-04-12')
        self.assertPanel(panel, 'grace', '2026-01-31', 3450)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-04-30')
        self.assertNothingLeft()

    def check_lock(self, lock):
        """28 January is locked; the renewal of 25 January gets the first open day."""
        panel = self.running(self.make_plan(1000))
        self.company[lock] = '2026-01-28'
        self.on('2026-01-25')
        move = self.open_demands(panel).move_id
        self.assertEqual((str(move.invoice_date), str(move.date)), ('2026-01-29', '2026-01-29'))
        self.assertEqual(self.asked(panel)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])
        self.assertNothingLeft()

    def test_journal_has_a_code_of_its_own(self):
        first = self.company._tenant_journal()
        self.company.tenant_journal_id = False
        second = self.company._tenant_journal()
        self.assertNotEqual(first, second)
        self.assertEqual((first.code, second.code), ('TB', 'TB2'))

    def test_r12_an_invoice_is_not_dated_into_a_locked_year(self):
        self.check_lock('fiscalyear_lock_date')

    def test_r12_an_invoice_is_not_dated_into_locked_taxes(self):
        self.check_lock('tax_lock_date')

    def test_r12_an_invoice_is_not_dated_into_locked_sales(self):
        self.check_lock('sale_lock_date')

    def test_r12_an_invoice_is_not_dated_into_a_hard_locked_time(self):
        self.check_lock('hard_lock_date')


@tagged('post_install', '-at_install')
class TestZonesAndCurrencies(RenewalCase):
    """R17 and R18. The clock shows Dhaka, UTC+6 all year; Los Angeles is UTC−8, UTC−7 in summer
    from 8 March 2026, so its midnight is 14:00 and then 13:00 in Dhaka."""

    def in_los_angeles(self, **terms):
        tenant = self.make_tenant("Sierra Clinic")
        self.give_zone(tenant, 'America/Los_Angeles')
        return self.running(self.make_plan(1000, **terms), tenant=tenant)

    def test_r17_a_day_begins_at_the_customers_midnight(self):
        self.on('2026-01-01', 20, run=False)
        west = self.in_los_angeles()
        east = self.running(self.make_plan(1000))
        self.assertEqual((west.zone, east.zone), ('America/Los_Angeles', 'Asia/Dhaka'))
        self.assertEqual(set(west.period_ids.mapped('zone')), {'America/Los_Angeles'})
        self.on('2026-01-25', 0)
        self.assertEqual((len(west.demand_ids), len(east.demand_ids)), (1, 2))
        self.on('2026-01-25', 13)
        self.assertEqual(len(west.demand_ids), 1)
        self.on('2026-01-25', 14)
        self.assertEqual(self.asked(west)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])
        self.on('2026-02-02', 0)
        self.assertEqual((west.state, east.state), ('active', 'grace'))
        self.on('2026-02-02', 13)
        self.assertEqual(west.state, 'active')
        self.on('2026-02-02', 14)
        self.assertEqual(west.state, 'grace')
        self.on('2026-02-09', 13)
        self.assertEqual((west.state, east.state), ('grace', 'suspended'))
        self.on('2026-02-09', 14)
        self.assertEqual((west.state, west.suspended_on), ('suspended', self.day('2026-02-09')))
        self.assertNothingLeft()

    def test_r17_a_day_of_23_hours(self):
        self.on('2026-02-08', 20, run=False)
        panel = self.in_los_angeles()
        self.on('2026-03-01', 14)
        self.assertEqual(self.asked(panel)[1:], [('2026-03-01', '2026-03-08', 1150, 'open')])
        # 8 March begins at 14:00 and, one hour short, ends at 13:00 the day after
        self.on('2026-03-09', 12)
        self.assertPanel(panel, 'active', '2026-03-07', 1150)
        self.on('2026-03-09', 13)
        self.assertPanel(panel, 'grace', '2026-03-07', 1150)
        self.assertNothingLeft()

    def test_r17_a_day_of_25_hours(self):
        self.on('2026-10-01', 20, run=False)
        panel = self.in_los_angeles()
        self.on('2026-11-01', 13)  # 1 November begins
        self.on('2026-11-02', 13)  # it has 25 hours
        self.assertPanel(panel, 'active', '2026-10-31', 1150)
        self.on('2026-11-02', 14)
        self.assertPanel(panel, 'grace', '2026-10-31', 1150)
        self.assertNothingLeft()

    def test_r17_midnights_of_all_zones_wake_the_run(self):
        self.on('2026-01-01', 20, run=False)
        self.in_los_angeles()
        self.running(self.make_plan(1000))
        self.run_cron('cron_enforce')
        for name in ('cron_enforce', 'cron_renew'):
            cron = self.env.ref(f'tenant_billing.{name}')
            calls = self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)])
            wanted = {'2026-01-01 18:00:00', '2026-01-02 08:00:00'}
            self.assertLessEqual(wanted, {str(at) for at in calls.mapped('call_at')})

    def test_r17_the_zone_of_the_user_and_of_the_partner_do_not_count(self):
        self.tenant.tz = 'America/Los_Angeles'
        self.env.user.tz = 'Pacific/Honolulu'
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25', 0)
        self.assertEqual(self.asked(panel)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])

    def test_r17_the_profile_of_the_customer_counts_for_its_contacts(self):
        self.on('2026-01-01', 20, run=False)
        self.give_zone(self.tenant, 'America/Los_Angeles')
        contact = self.make_tenant("Billing desk", parent_id=self.tenant.id)
        panel = self.order(self.make_plan(1000), tenant=contact)
        self.assertEqual(panel.zone, 'America/Los_Angeles')

    def test_r17_a_change_westwards_counts_from_the_next_period(self):
        panel = self.running(self.make_plan(1000, term_days=1))
        self.on('2026-01-10')
        self.give_zone(self.tenant, 'America/Los_Angeles')
        self.on('2026-01-24', 23)
        self.assertEqual((panel.zone, len(panel.demand_ids)), ('Asia/Dhaka', 1))
        self.on('2026-01-25', 0)  # still by the days of Dhaka
        self.assertEqual(self.asked(panel)[1:], [('2026-01-25', '2026-02-02', 1150, 'open')])
        self.assertEqual(panel.period_ids.sorted('date_start').mapped('zone'),
                         ['Asia/Dhaka', 'America/Los_Angeles'])
        self.on('2026-02-01', 12)
        self.assertNothingLeft()
        zone = panel.zone
        self.run_crons()
        self.assertEqual(panel.zone, zone)
        self.on('2026-02-01', 15)
        self.assertEqual(panel.zone, 'America/Los_Angeles')
        self.on('2026-02-03', 13)  # 2 February 23:00 in Los Angeles
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.on('2026-02-03', 14)
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_r17_a_change_eastwards_counts_from_the_next_period(self):
        self.on('2026-01-01', 20, run=False)
        panel = self.in_los_angeles(term_days=1)
        self.on('2026-01-10')
        panel.partner_id.tenant_profile_ids.tz = 'Asia/Dhaka'
        self.on('2026-01-25', 13)
        self.assertEqual(len(panel.demand_ids), 1)
        self.on('2026-01-25', 14)
        self.assertEqual(self.asked(panel)[1:], [('2026-01-25', '2026-02-02', 1150, 'open')])
        self.on('2026-01-31', 23)
        self.assertEqual(panel.zone, 'America/Los_Angeles')
        self.on('2026-02-01', 0)  # the next period begins, by its own zone
        self.assertEqual(panel.zone, 'Asia/Dhaka')
        self.on('2026-02-02', 23)
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.on('2026-02-03', 0)
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.assertNothingLeft()

    def dollars(self):
        money = self.env.ref('base.USD')
        money.active = True
        self.env['res.currency.rate'].create({
            'currency_id': money.id, 'company_id': self.company.id, 'name': '2026-01-01',
            'inverse_company_rate': 120})
        return money

    def test_r18_credit_in_another_currency_pays_nothing(self):
        panel = self.running(self.make_plan(1000))
        payment = self.env['account.payment'].create({
            'partner_id': self.tenant.id, 'amount': 500, 'date': self.today(),
            'payment_type': 'inbound', 'partner_type': 'customer',
            'journal_id': self.bank().id, 'currency_id': self.dollars().id})
        payment.action_post()
        self.on('2026-01-25')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertFalse(payment.is_reconciled)
        self.assertNothingLeft()

    def test_r18_a_panel_changes_its_currency_with_a_period(self):
        free = self.make_plan(0, name="Free")
        abroad = self.make_plan(10, name="Abroad", currency_id=self.dollars().id)
        panel = self.running(free)
        self.on('2026-01-10', run=False)
        panel.action_upgrade(abroad.id)
        self.on('2026-01-12', run=False)
        self.pay(panel)
        self.assertEqual(panel.currency_id.name, 'USD')
        self.assertEqual(
            [(p.currency_id.name, p.amount) for p in panel.period_ids.sorted('date_start')],
            [('BDT', 0), ('USD', 10)])
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-11', 'paid'), ('2026-01-12', '2026-02-11', 'paid')])
        self.on('2026-02-05')
        demand = self.open_demands(panel)
        self.assertEqual((demand.currency_id.name, demand.amount, demand.move_id.currency_id.name),
                         ('USD', 11.5, 'USD'))
        self.assertNothingLeft()

    def test_r31_a_fiscal_position_maps_the_tax(self):
        export = self.env['account.fiscal.position'].create({
            'name': "Export", 'company_id': self.company.id})
        none = self.env['account.tax'].create({
            'name': "0 %", 'amount': 0, 'company_id': self.company.id,
            'fiscal_position_ids': [Command.set(export.ids)],
            'original_tax_ids': [Command.set(self.company.account_sale_tax_id.ids)],
            'tax_group_id': self.company.account_sale_tax_id.tax_group_id.id})
        self.tenant.property_account_position_id = export
        panel = self.running(self.make_plan(1000))
        self.assertEqual(panel.demand_ids.amount, 1000)
        self.assertEqual(panel.demand_ids.move_id.invoice_line_ids.tax_ids, none)
        self.assertNothingLeft()
