from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.cards import CardCase
from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestPayingParts(CardCase, UsageCase):
    """R41 when an invoice is paid: that of 1 February asks 30 for usage, then 100 for the fee."""

    def make_world(self):
        super().make_world()
        self.pay(self.panel)
        self.set_clock('2026-01-01')
        self.panel = self.running(self.usage_plan(self.charge(self.make_meter(), 3), lead_days=0))
        self.use(self.panel, '2026-01-05', 10)
        self.on('2026-02-01', 8)
        self.choose()
        self.usage = self.open_demands(self.panel).filtered(lambda d: d.direction == 'arrears')
        self.fee = self.open_demands(self.panel) - self.usage

    def due(self):
        return sum(self.panel._payable(only_due=True).mapped('amount_open'))

    def test_r35_both_in_one_charge(self):
        self.on('2026-02-01')
        self.run_crons()
        self.assertEqual(self.asked, [(130, self.card)])
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertNothingLeft()

    def test_usage_that_was_deferred_is_not_charged_with_the_fee(self):
        self.usage.action_defer('2026-02-05', "Disputed")
        self.on('2026-02-01')
        self.assertEqual((self.asked, self.due()), ([], 130), "the fee's money would pay usage")
        self.on('2026-02-05')
        self.assertEqual(self.asked, [(130, self.card)])

    def test_a_fee_that_was_deferred_is_charged_later(self):
        self.fee.action_defer('2026-02-05', "Trusted")
        for day, asked in (('2026-02-01', [30]), ('2026-02-05', [30, 100])):
            self.on(day)
            self.run_crons()
            self.assertEqual([amount for amount, _card in self.asked], asked)
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_r33_only_what_is_due_now(self):
        self.fee.action_defer('2026-02-05', "Trusted")
        self.assertEqual(self.due(), 30)
        self.finish(self.start(self.gate, self.usage))
        self.assertEqual((self.usage.status, self.fee.amount_open), ('settled', 100))
