from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import BillingCase


@tagged('post_install', '-at_install')
class TestFirstLoop(BillingCase):
    """The loop from the order to the stop and back, as the operator tells it."""

    def test_order_pay_create_renew_stop_and_return(self):
        plan = self.make_plan(1000, lead_days=7, grace_days=7)
        panel = self.order(plan)
        self.assertPanel(panel, 'creating', None, 1150)
        self.pay(panel)
        self.assertPanel(panel, 'creating', None, 0)
        panel.action_mark_created()
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-01-24')
        self.assertPanel(panel, 'active', '2026-01-31')
        self.on('2026-01-25')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.on('2026-02-01')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.on('2026-02-02')
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.on('2026-02-08')
        self.assertPanel(panel, 'grace', '2026-01-31', 1150)
        self.on('2026-02-09')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.on('2026-03-01')
        self.assertPanel(panel, 'suspended', '2026-01-31', 1150)
        self.on('2026-03-10', run=False)
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-04-01')
        self.assertEqual(self.periods(panel), [
            ('2026-01-01', '2026-01-31', 'paid'), ('2026-03-02', '2026-04-01', 'paid')])
        self.assertNothingLeft()
