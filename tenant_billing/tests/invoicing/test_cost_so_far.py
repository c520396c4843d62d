from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestCostSoFar(UsageCase):
    """What the running period costs until now and will cost, worked by hand: 15.5 of the 31 days
    of January have passed."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter(unit="calls")
        self.tokens = self.make_meter(
            'tokens', 'sum', dimension_1='provider', dimension_2='model')
        self.leads = self.make_meter('leads', 'sum', dimension_1='provider')
        self.seats = self.make_meter('seats', 'max')
        self.disk = self.make_meter('disk', 'weighted')

    def charges(self, *brackets):
        """One charge of each kind that behaves in its own way."""
        brackets = brackets or ({'upper': 5000, 'flat': 100}, {'flat': 180})
        return [
            self.charge(self.calls, 2, row={'allowance': 10}),
            self.charge(self.tokens, code='tokens', row_ids=[
                Command.create({'price': 1, 'per': 1000}),
                Command.create({'price': 3, 'per': 1000, 'value_1': 'openai'})]),
            self.charge(self.leads, code='leads', model='bracket', row={
                'tier_ids': [Command.create(tier) for tier in brackets]}),
            self.charge(self.seats, 10, code='seats'),
            self.charge(self.disk, 1, code='disk'),
        ]

    def use_january(self, panel):
        self.use(panel, '2026-01-03', 30)
        self.use(panel, '2026-01-04', code='tokens', value=2000, provider='openai', model='o')
        self.use(panel, '2026-01-05', code='tokens', value=5000, provider='gemini', model='g')
        self.use(panel, '2026-01-06', code='disk', value=31)
        self.use(panel, '2026-01-07', code='leads', value=4000, provider='web')
        self.use(panel, '2026-01-08', code='leads', value=6000, provider='shop')
        self.use(panel, '2026-01-09', code='seats', value=7)
        self.set_clock('2026-01-16')

    def big_plan(self, *charges, **terms):
        return self.usage_plan(*charges, name="Big", **terms)

    # === COST SO FAR === #

    def test_each_kind_of_charge(self):
        """(30 − 10) × 2; 2 × 3 + 5 × 1; 100 + 180; 7 × 10; 31 for 10 of 31 days."""
        panel = self.running(self.usage_plan(*self.charges()))
        self.use_january(panel)
        cost = panel._cost_so_far()
        self.assertEqual(
            (cost.first_day, cost.last_day, cost.fee, cost.usage, cost.total),
            (date(2026, 1, 1), date(2026, 1, 31), 100, 411, 511))
        self.assertEqual(
            [(line.name, line.quantity, line.unit, line.amount) for line in cost.lines], [
                ("Calls", 30, "calls", 40), ("Tokens", 7000, None, 11),
                ("Leads", 2, "events", 280), ("Seats", 7, None, 70), ("Disk", 10, None, 10)])
        self.assertEqual(cost.lines[0].why[0]['included_used'], '10')
        self.assertIsInstance(cost.total, Decimal)

    def test_it_is_what_the_invoice_will_say_and_nothing_is_written(self):
        panel = self.running(self.usage_plan(*self.charges(), lead_days=0))
        self.use_january(panel)
        before = self._picture()
        panel._cost_so_far(), panel._forecast(), panel._trends(3, 'cost')
        self.assertEqual(self._picture(), before)
        self.set_clock('2026-01-31', 23)
        last = panel._cost_so_far()
        self.on('2026-02-01')
        usage = {charge: Decimal(str(amount)) for _start, charge, amount in self.rated(panel)}
        self.assertEqual(
            {line.key.split('/')[1]: line.amount for line in last.lines if line.name != "Disk"},
            {charge: amount for charge, amount in usage.items() if charge != 'disk'})
        self.assertEqual(usage['disk'], Decimal('25.5'))

    def test_minimums_wait_and_maximums_hold(self):
        panel = self.running(self.usage_plan(
            self.charge(self.calls, 1, minimum=50), usage_minimum=900, usage_maximum=1000))
        self.use(panel, '2026-01-03', 20)
        self.assertEqual([line.amount for line in panel._cost_so_far().lines], [20])
        self.use(panel, '2026-01-04', 990)
        self.assertEqual(
            [(line.name, line.quantity, line.amount) for line in panel._cost_so_far().lines],
            [("Calls", 1010, 1010), ("Above the maximum", None, -110)])

    def test_without_a_period_there_is_nothing(self):
        panel = self.order(self.usage_plan(self.charge(self.calls)))
        self.assertEqual(panel._cost_so_far(), (None, None, 0, 0, 0, []))
        self.assertEqual(
            panel._forecast(), (0, "No billing period runs, so nothing is foretold."))
        self.assertIsNone(panel._cheapest_plan())
        self.assertEqual(panel._cost_by('provider'), [])
        self.assertEqual([amount for _month, amount in panel._trends(3, 'cost')], [0, 0, 0])

    def test_a_trial_costs_only_what_is_above_the_allowance(self):
        panel = self.running(self.usage_plan(
            self.charge(self.calls, 2, row={'allowance': 31}), trial_days=10))
        self.use(panel, '2026-01-03', 15)
        self.assertEqual(panel._cost_so_far()[2:5], (0, 10, 10))  # 10 of 31 are included
        self.assertIsNone(panel._cheapest_plan())

    # === FORECAST === #

    def test_forecast_and_its_sentence(self):
        """As much again: (60 − 10) × 2 + 22 + 560; the most seats stay; 31 on disk for 25.5 of 31
        days."""
        panel = self.running(self.usage_plan(*self.charges()))
        self.use_january(panel)
        self.assertEqual(panel._forecast(), (
            Decimal('877.5'),
            "The usage of the 15.5 days so far is carried on to 31 days, then priced by the plan: "
            "60 calls, 14,000 Tokens, Leads. These stay as high as they are now: Disk. To these, "
            "more days add nothing: Seats."))

    def test_forecast_without_usage_and_before_a_day_has_passed(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), usage_minimum=120))
        self.assertEqual(panel._forecast(), (
            120, "Nothing was used so far, so this is what the period costs without usage."))
        self.set_clock('2026-01-01', 0)
        self.assertEqual(panel._forecast(), (
            120, "Nothing of the period has passed yet: this is what it costs without more "
            "usage."))

    # === THE CHEAPEST PLAN === #

    def test_cheapest_plan_for_the_same_usage(self):
        """60 calls: 100 + 120 against 150 + 30, and 5 × 2 + 100 against 150 + 2.50."""
        own = self.usage_plan(self.charge(self.calls, 2))
        big = self.big_plan(self.charge(self.calls, 0.5), price=150)
        self.big_plan(price=1)  # it does not price calls
        self.big_plan(self.charge(self.calls, 0.5), price=2, cycle='year')
        self.big_plan(self.charge(self.calls, 0.5), price=2, publish=False)
        self.big_plan(self.charge(self.calls, 0.5), price=2).active = False
        self.big_plan(self.charge(self.calls, 0.5), price=2, entitlement_ids=[Command.create({
            'name': "Calls", 'code': 'calls', 'kind': 'hard', 'meter_id': self.calls.id,
            'quantity': 4})])
        panel, other = self.running(own), self.running(own)
        self.use(panel, '2026-01-03', 30)
        self.use(other, '2026-01-03', 5)
        self.set_clock('2026-01-16')
        self.assertEqual(panel._cheapest_plan(), (big, 180, 40))
        self.assertEqual(other._cheapest_plan(), (own, 120, 0))

    def test_single_events_are_priced_anew(self):
        """Leads of 4,000 and 6,000, as many again, at 50 instead of 100 and 180; of two that are
        alike one was taken back."""
        own = self.usage_plan(*self.charges())
        big = self.big_plan(*self.charges({'flat': 50}), price=110)
        panel = self.running(own)
        name = self.use(panel, '2026-01-07', code='leads', value=4000, provider='web')
        self.use_january(panel)
        self.take_back(panel, name, code='leads')
        self.assertEqual(panel._forecast().total, Decimal('877.5'))
        self.assertEqual(
            panel._cheapest_plan(), (big, Decimal('877.5') - 560 + 200 + 10, 350))

    # === BY A PROPERTY, BY MONTHS === #

    def test_cost_by_a_property(self):
        panel = self.running(self.usage_plan(*self.charges()))
        self.use_january(panel)
        self.use(panel, '2026-01-10', code='tokens', value=1000)
        self.assertEqual(panel._cost_by('provider'), [
            ('shop', 180), ('web', 100), ('openai', 6), ('gemini', 5), ('', 1)])
        self.assertEqual(panel._cost_by('model'), [('o', 6), ('g', 5), ('', 1)])
        self.assertEqual(panel._cost_by('nothing'), [])

    def test_trends_are_of_the_panels_own_months(self):
        """Fees by days: 31 for 16 days of January and 15 of February, then 31 × 13 ÷ 28. Usage of
        the month in which it was, invoiced or not; 2 o'clock in Dhaka is still January in UTC."""
        self.set_clock('2026-01-16')
        panel = self.running(self.usage_plan(self.charge(self.calls), price=31, lead_days=0))
        self.use(panel, '2026-01-20', 10)
        self.use(panel, '2026-02-01', 30, hour=2)
        months = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
        for day in ('2026-02-02', '2026-02-16'):
            self.on(day)
            fee = 15 + (Decimal('14.39') if day == '2026-02-16' else 0)
            with self.subTest(day):
                self.assertEqual(
                    panel._trends(3, 'cost'), list(zip(months, (0, 26, fee + 30), strict=True)))
                self.assertEqual(
                    panel._trends(3, 'calls'), list(zip(months, (0, 10, 30), strict=True)))
        self.assertEqual(self.sums(panel), {'2026-01-16': 40})
        self.assertEqual(len(panel._trends(12, 'tokens')), 12)
        with self.assertRaises(ValueError):
            panel._trends(3, 'people')

    def test_trends_of_what_is_called_tokens(self):
        for code in ('ai.tokens', 'tokens-out', 'tokenset'):
            self.make_meter(code, 'sum')
        panel = self.running(self.usage_plan())
        for code in ('ai.tokens', 'tokens-out', 'tokenset'):
            self.use(panel, '2026-01-03', code=code, value=100)
        self.assertEqual(panel._trends(3, 'tokens')[-1], (date(2026, 1, 1), 200))

    # === SPEED === #

    def test_events_make_no_more_queries(self):
        panel = self.running(self.usage_plan(*self.charges()))
        self.use_january(panel)

        def queries():
            counts = []
            for figure in (panel._cost_so_far, panel._forecast, panel._cheapest_plan,
                           lambda: panel._cost_by('provider'),
                           lambda: panel._trends(12, 'cost'), lambda: panel._trends(12, 'calls')):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                figure()
                counts.append(self.env.cr.sql_log_count - before)
            return counts

        few = queries()
        for number in range(6):
            self.use(panel, f'2026-01-{10 + number}', 20)
            self.use(panel, f'2026-01-{10 + number}', 20, code='tokens', value=number,
                     provider=f'p{number}', model=f'm{number}')
            self.use(panel, f'2026-01-{10 + number}', 5, code='leads', value=number)
        self.set_clock('2026-01-16')
        self.assertEqual(queries(), few)
        # panel, period, version, currency, totals, meters, two of levels over time, charges
        self.assertEqual(few[0], 9)
        self.assertLessEqual(few[1], 13, few)
