from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import BillingCase


@tagged('post_install', '-at_install')
class TestPriceChange(BillingCase):
    """R36: which period is the first at a new price. The panel begins on 1 January, monthly, and
    its next period is issued seven days ahead, on 25 January, 22 February, 25 March, 24 April."""

    def make_world(self):
        super().make_world()
        self.plan = self.make_plan(1000)
        self.panel = self.running(self.plan)

    def publish(self, day, price, **terms):
        self.on(day)
        return self.make_version(self.plan, price, **terms)

    def prices(self):
        """What each period costs, by its first day."""
        for day in ('2026-01-25', '2026-02-22', '2026-03-25', '2026-04-24'):
            if self.today() < self.day(day):
                self.on(day)
                self.pay(self.panel)
        self.assertNothingLeft()
        return [
            (str(p.date_start), int(p.amount)) for p in self.panel._live_periods()
            if p.date_start >= self.day('2026-02-01')]

    def assertFirstAt(self, first, old=1000, new=2000):
        starts = ('2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01')
        self.assertEqual(
            self.prices(), [(day, new if first and day >= first else old) for day in starts])

    def test_r36_notice_must_have_run_out(self):
        self.publish('2026-01-10', 2000, notice_days=30)  # until 9 February
        self.assertFirstAt('2026-03-01')

    def test_r36_notice_that_ends_on_the_first_day_suffices(self):
        self.publish('2026-01-12', 2000, notice_days=20)  # until 1 February
        self.assertFirstAt('2026-02-01')

    def test_r36_one_day_of_notice_short(self):
        self.publish('2026-01-13', 2000, notice_days=20)
        self.assertFirstAt('2026-03-01')

    def test_r36_the_effective_day_must_have_come(self):
        self.publish('2026-01-05', 2000, notice_days=0, effective_from='2026-02-02')
        self.assertFirstAt('2026-03-01')

    def test_r36_effective_on_the_first_day(self):
        self.publish('2026-01-05', 2000, notice_days=0, effective_from='2026-03-01')
        self.assertFirstAt('2026-03-01')

    def test_r36_a_draft_reaches_nobody(self):
        self.publish('2026-01-05', 2000, notice_days=0, publish=False)
        self.assertFirstAt(None)

    def test_r36_published_before_the_issue_day(self):
        self.publish('2026-01-24', 2000, notice_days=0)
        self.assertFirstAt('2026-02-01')

    def test_r36_published_on_the_issue_day_is_too_late(self):
        self.set_clock('2026-01-25')
        self.make_version(self.plan, 2000, notice_days=0)  # before the run of the day
        self.run_crons()
        self.pay(self.panel)
        self.assertFirstAt('2026-03-01')

    def test_r36_the_issue_day_counts_where_the_run_was_late(self):
        self.set_clock('2026-01-28')  # no run since the 24th: February is not issued yet
        self.make_version(self.plan, 2000, notice_days=0)
        self.run_crons()
        self.pay(self.panel)
        self.assertFirstAt('2026-03-01')

    def test_r36_the_lead_of_the_old_version_counts(self):
        self.publish('2026-01-24', 2000, notice_days=0, lead_days=20)
        self.on('2026-01-25')
        self.pay(self.panel)
        self.assertEqual(self.panel.plan_version_id.number, 2)
        # from now on the new lead: 1 March − 20 days
        self.on('2026-02-08')
        self.assertEqual(len(self.panel.demand_ids), 2)
        self.on('2026-02-09')
        self.assertEqual(len(self.panel.demand_ids), 3)
        self.assertNothingLeft()

    def test_r36_of_two_in_one_period_the_latest_wins(self):
        self.publish('2026-01-05', 2000, notice_days=0)
        self.publish('2026-01-06', 3000, notice_days=0)
        self.assertFirstAt('2026-02-01', new=3000)
        self.assertEqual(
            [(s.plan_version_id.number, str(s.date_from), s.date_to and str(s.date_to))
             for s in self.panel.subscription_ids.sorted('date_from')],
            [(1, '2026-01-01', '2026-02-01'), (3, '2026-02-01', False)])

    def test_r36_two_in_a_row_each_in_its_time(self):
        self.publish('2026-01-05', 2000, notice_days=0)
        self.publish('2026-01-26', 3000, notice_days=10)
        self.assertEqual(self.prices(), [
            ('2026-02-01', 2000), ('2026-03-01', 3000), ('2026-04-01', 3000),
            ('2026-05-01', 3000)])

    def test_r36_a_longer_notice_does_not_bring_an_older_price_back(self):
        self.publish('2026-01-05', 2000, notice_days=60)  # until 6 March
        self.publish('2026-01-10', 3000, notice_days=0)
        self.assertFirstAt('2026-02-01', new=3000)

    def test_r36_the_change_is_remembered(self):
        self.publish('2026-01-05', 2000, notice_days=0)
        self.on('2026-01-25')
        event = self.env['tenant.billing.event'].search(
            [('panel_id', '=', self.panel.id), ('event', '=', 'switch')])
        self.assertEqual(event.facts, {'plan': 'Pro v2'})
        self.assertEqual(self.panel.plan_version_id.number, 2)
        self.assertNothingLeft()

    def test_r36_new_orders_get_the_new_price_at_once(self):
        self.publish('2026-01-10', 2000, notice_days=90)
        new = self.order(self.plan, name="New")
        self.assertPanel(new, 'creating', None, 2300)
        self.assertPanel(self.panel, 'active', '2026-01-31')

    def test_r36_grace_of_an_issued_demand_stays_as_it_was_agreed(self):
        self.publish('2026-01-26', 2000, notice_days=0, grace_days=0)
        self.on('2026-02-08')
        self.assertPanel(self.panel, 'grace', '2026-01-31', 1150)
        self.on('2026-02-09')
        self.assertPanel(self.panel, 'suspended', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_r36_cancelling_before_the_new_price_costs_nothing(self):
        self.publish('2026-01-10', 2000, notice_days=20)  # from 1 February
        self.on('2026-01-25')
        self.assertPanel(self.panel, 'active', '2026-01-31', 2300)
        self.on('2026-01-31')
        self.panel.action_cancel()
        self.assertPanel(self.panel, 'active', '2026-01-31', 0)
        self.assertEqual(str(self.panel.service_end), '2026-02-01')
        self.assertNothingLeft()

    def test_r36_a_free_plan_gets_a_price(self):
        plan = self.make_plan(0, name="Free")
        panel = self.running(plan, name="Free panel")
        self.on('2026-01-25')
        self.make_version(plan, 500, notice_days=0)  # on the issue day of February: too late
        self.on('2026-02-01')
        self.assertPanel(panel, 'active', '2026-02-28')
        self.on('2026-02-22')
        self.assertPanel(panel, 'active', '2026-02-28', 575)
        self.assertNothingLeft()
