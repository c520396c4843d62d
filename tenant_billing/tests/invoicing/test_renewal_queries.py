from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import BillingCase


@tagged('post_install', '-at_install')
class TestRenewalQueries(BillingCase):
    """A run works on sets: one more panel costs at most eight queries more."""

    def queries_of_renewal(self, count):
        self.set_clock('2026-01-01')
        plan = self.make_plan(activate_when='created')
        panels = self.env['tenant.panel'].union(*(
            self.running(plan, name=f'Panel {number}', tenant=self.make_tenant(f'T{number}'))
            for number in range(count)))
        self.set_clock('2026-01-25')
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        panels._renew()
        self.env.flush_all()
        self.assertEqual(len(panels.demand_ids), 2 * count)
        return self.env.cr.sql_log_count - before

    def test_queries_grow_by_at_most_eight_for_each_invoice(self):
        few, many = self.queries_of_renewal(5), self.queries_of_renewal(15)
        self.assertLessEqual((many - few) / 10, 8)

    def test_a_quiet_day_costs_the_same_for_few_and_many(self):
        def queries_of_enforcement(count):
            plan = self.make_plan(0, name="Free")
            panels = self.env['tenant.panel'].union(*(
                self.running(plan, name=f'Free {number}') for number in range(count)))
            panels._enforce()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            panels._enforce()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before
        few, many = queries_of_enforcement(3), queries_of_enforcement(12)
        self.assertLessEqual(many - few, 3)
