from datetime import datetime
from fractions import Fraction

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestActiveHours(UsageCase):
    """The built-in meter: for how long a panel ran, to the second, from its own states. An hour
    costs 1.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hours = cls.env['tenant.meter'].search(
            [('company_id', '=', cls.company.id), ('code', '=', 'active-hours')])
        cls.plan = cls.usage_plan(cls.charge(cls.hours, 1, code='hours'), price=0)

    def measured(self, period):
        """The exact hours that rating sees."""
        return sum((Fraction(line.why['measured']) for line in period._rate()[period].lines),
                   Fraction(0))

    def test_each_company_has_the_meter_once(self):
        self.assertEqual((self.hours.aggregation, self.hours.unit), ('active_hours', "hour"))
        self.assertFalse(self.env['tenant.meter']._fill())

    def test_stops_and_month_ends_to_the_second(self):
        panel = self.running(self.plan)  # 1 January, 12:00
        with freeze_time('2026-01-10 00:00:00'):  # 06:00 in Dhaka
            panel.action_hold('abuse', "Spam")
        with freeze_time('2026-01-12 12:30:30'):
            panel.action_lift()
        self.on('2026-01-20', run=False)
        period = panel._live_periods()
        # until now: 12 h of the 1st, 18 days to the 20th, its 12 h, less 60 h 30 m 30 s
        so_far = 12 + 18 * 24 + 12 - 60 - Fraction(1830, 3600)
        self.assertEqual(self.measured(period), so_far)
        self.assertEqual(float(panel._cost_so_far().total), 395.49)  # 395.491666…

        self.on('2026-02-01')
        self.assertEqual(
            self.measured(period), 12 + 30 * 24 - 60 - Fraction(1830, 3600))  # 671.4916…
        self.assertEqual(self.rated(panel), [('2026-01-01', 'hours', 671.49)])
        february = panel._live_periods() - period
        self.on('2026-03-01')
        self.assertEqual(self.measured(february), 28 * 24)
        self.assertNothingLeft()

    def test_money_stops_it_and_grace_does_not(self):
        """R25: from the enforcement run that stops the panel on, no hour is counted."""
        plan = self.usage_plan(self.charge(self.hours, 1, code='hours'), price=10, grace_days=3)
        panel = self.running(plan)
        self.on('2026-02-01')
        for day in ('2026-02-02', '2026-02-05'):
            self.on(day)
        self.assertEqual(panel.state, 'suspended')
        stopped = panel.env['tenant.billing.event'].search(
            [('panel_id', '=', panel.id), ('state_to', '=', 'suspended')]).happened_at
        self.assertEqual(stopped, datetime(2026, 2, 5, 6))  # noon: when it was stopped
        february = panel._live_periods().filtered(lambda p: str(p.date_start) == '2026-02-01')
        self.on('2026-03-05', run=False)
        self.assertEqual(self.measured(february), 4 * 24 + 12)

    def test_days_of_23_and_25_hours(self):
        self.company.tenant_tz = 'Europe/Berlin'
        panel = self.running(self.plan)
        found = {}
        for month in range(2, 13):
            self.on(f'2026-{month:02}-01', run=False)
            panel._renew()
        for period in panel._live_periods():
            found[period.date_start.month] = self.measured(period)
        self.assertEqual((found[3], found[7], found[10]), (31 * 24 - 1, 31 * 24, 31 * 24 + 1))

    def test_a_price_is_cut_at_its_day(self):
        """Prices within a period: each has the hours of its own days."""
        plan = self.usage_plan(self.charge(self.hours, 1, code='hours'), price=0)
        panel = self.running(plan)
        self.env['tenant.rate.card'].create({
            'charge_id': plan.version_ids.charge_ids.id, 'price': 2, 'valid_from': '2026-01-11'})
        self.on('2026-02-01')
        # 10 days less the 12 hours before it began, then 21 days at 2.00
        self.assertEqual(self.rated(panel), [('2026-01-01', 'hours', 10 * 24 - 12 + 21 * 24 * 2)])

    def test_included_and_limited_like_any_other(self):
        plan = self.usage_plan(
            self.charge(self.hours, 1, code='hours', row={'allowance': 100}), price=0,
            entitlement_ids=[Command.create({
                'name': "Hours", 'code': 'hours', 'kind': 'soft', 'quantity': 120,
                'meter_id': self.hours.id})])
        panel = self.running(plan)
        self.on('2026-01-06', run=False)  # five days
        limits = {limit.kind: (limit.used, limit.status) for limit in panel._limits()}
        self.assertEqual(limits, {
            'soft': (120, 'limit_reached'), 'included': (120, 'limit_reached')})
        self.assertEqual(panel._cost_so_far().total, 20)
        self.env['tenant.usage.alert.rule'].create({
            'name': "Hours", 'threshold': 100, 'company_id': self.company.id,
            'meter_id': self.hours.id}).checked_at = '2026-01-05 12:00:00'
        self.run_cron('cron_alert')  # nothing was sent, but time went on
        self.assertEqual(panel._alerts().mapped('title'), ["Hours: 100 % reached"] * 2)

    def test_nobody_sends_it(self):
        panel = self.running(self.plan)
        with self.assertRaisesRegex(UserError, "There is no meter of this type."):
            panel._record_usage('active-hours', 5)
        with self.assertRaisesRegex(ValidationError, "there are no events to group them by"):
            self.hours.copy({'code': 'mine', 'dimension_1': 'model'})
        with self.assertRaisesRegex(ValidationError, "have no single events"):
            self.usage_plan(self.charge(self.hours, 1, model='dynamic'), publish=False)
        with self.assertRaisesRegex(UserError, "it stays as it is"):
            self.hours.rounding = 'up'
