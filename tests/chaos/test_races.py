from odoo.tests import tagged

from .race_case import RaceCase


@tagged('post_install', '-at_install')
class TestRaces(RaceCase):
    """Laws 1, 2 and 3 when things happen at the same moment."""

    def pay(self, demand_id):
        """A clerk registers the payment of one invoice."""
        def work(env):
            demand = env['tenant.billing.demand'].browse(demand_id)
            env['account.payment.register'].with_context(
                active_model='account.move', active_ids=demand.move_id.ids,
            ).create({'payment_date': demand.panel_id._today()})._create_payments()
        return work

    def demands(self, panel_ids):
        return self.do(lambda env: [
            (demand.id, demand.panel_id.id, str(demand.period_id.date_start), demand.status)
            for demand in env['tenant.billing.demand'].search(
                [('panel_id', 'in', panel_ids)]).sorted(lambda d: (d.panel_id.id, d.id))])

    def picture(self, panel_id, *names):
        return self.do(lambda env: [
            str(env['tenant.panel'].browse(panel_id)[name]) for name in names])

    def test_two_billing_runs_at_once_make_each_invoice_once(self):
        self.at('2026-01-01')
        panel_ids = self.make_panels(12)
        self.at('2026-01-25')

        def run(env):
            env['tenant.billing.run']._process()
        anew = self.race_runs(run, run)
        self.assertGreaterEqual(anew, 1, "the two runs never met")
        starts = [(panel, start) for _id, panel, start, _status in self.demands(panel_ids)]
        expected = [(panel, start) for panel in panel_ids for start in ('2026-01-01', '2026-02-01')]
        self.assertEqual(starts, expected)
        self.assertEqual(self.do(lambda env: env['tenant.panel'].search(
            [('billing_error', '!=', False)]).ids), [])

    def test_two_payments_on_two_periods_of_one_panel(self):
        self.at('2026-01-01')
        panel_ids = self.make_panels(1)
        self.at('2026-01-25')
        self.do(lambda env: env['tenant.panel'].browse(panel_ids)._renew())
        first, second = [row[0] for row in self.demands(panel_ids)]
        retried = self.race(self.pay(second), self.pay(first))
        self.assertGreaterEqual(retried, 1, "the two payments never met")
        self.assertEqual(
            self.picture(panel_ids[0], 'paid_through', 'state'), ['2026-02-28', 'active'])

    def test_clerk_and_run_on_one_demand(self):
        """The payment and the stop for money at the same moment: the panel runs in the end."""
        self.at('2026-01-01')
        panel_ids = self.make_panels(1)
        demand_id = self.demands(panel_ids)[0][0]
        self.at('2026-01-09')
        retried = self.race(
            self.pay(demand_id),
            lambda env: env['tenant.panel'].browse(panel_ids)._enforce())
        self.assertGreaterEqual(retried, 1, "clerk and run never met")
        self.assertEqual(self.picture(panel_ids[0], 'state', 'money_state'), ['active', 'active'])
        self.assertEqual([row[3] for row in self.demands(panel_ids)], ['settled'])

    def test_two_clerks_pay_one_invoice_at_once(self):
        """The second payment finds the invoice paid: no error, and never a second period."""
        self.at('2026-01-01')
        panel_ids = self.make_panels(1)
        demand_id = self.demands(panel_ids)[0][0]

        def pay_if_open(env):
            if env['tenant.billing.demand'].browse(demand_id).status == 'open':
                self.pay(demand_id)(env)
        retried = self.race(pay_if_open, pay_if_open)
        self.assertGreaterEqual(retried, 1, "the two clerks never met")
        self.assertEqual(
            self.picture(panel_ids[0], 'paid_through', 'state'), ['2026-01-31', 'active'])
        events = self.do(lambda env: env['tenant.billing.event'].search_count(
            [('panel_id', 'in', panel_ids), ('event', '=', 'settle')]))
        self.assertEqual(events, 1)

    def test_grant_and_renewal_at_once_never_share_a_day(self):
        self.at('2026-01-01')
        panel_ids = self.make_panels(1)
        self.at('2026-01-25')
        self.race(
            lambda env: env['tenant.panel'].browse(panel_ids).action_grant(5, "Sorry"),
            lambda env: env['tenant.panel'].browse(panel_ids)._renew())
        rows = self.do(lambda env: [
            (p.kind, p.date_start, p.date_end) for p in
            env['tenant.panel'].browse(panel_ids)._live_periods()])
        # the grant first: February is issued a week before it starts, five days later
        self.assertIn([kind for kind, _start, _end in rows], (
            ['regular', 'granted'], ['regular', 'regular', 'granted']))
        self.assertEqual(
            [end for _kind, _start, end in rows[:-1]], [start for _kind, start, _end in rows[1:]])
