from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase


@tagged('post_install', '-at_install')
class TestWhatIsAsked(BooksCase):
    """R30: what a line carries; R33: what is due; R8 and law 2: when anything changes."""

    def make_world(self):
        super().make_world()
        self.start_world(100)

    def line(self, panel):
        line = panel.demand_ids.move_id.invoice_line_ids
        return line.quantity, line.price_unit, line.price_subtotal

    def test_r30_a_line_is_once_the_rounded_amount(self):
        for price, asked in (
            # 27 and 28 February of 28 days
            (0.07, 0.01),  # half a cent goes up
            (0.06, 0.0),  # 0.0042857
            (1000, 71.43),  # 71.428571
        ):
            with self.subTest(price=price):
                self.set_clock('2026-02-27')
                plan = self.make_plan(
                    price, anchor='calendar', activate_when='created', after_suspension='continue',
                    post_zero=True)
                plan.product_id.taxes_id = False
                panel = self.order(plan, name=f"Stub of {price}")
                panel.action_mark_created()
                self.assertEqual(self.line(panel), (1, asked, asked))

    def test_r33_due_is_what_all_open_demands_ask(self):
        other = self.order(self.plan, name="Other")
        self.assertEqual(self.panel.amount_due, 100)  # not due before 1 February
        self.ask_in_arrears(self.panel, 30, '2026-01-28')
        self.assertEqual((self.panel.amount_due, other.amount_due), (130, 100))
        self.receive_and_assign(self.invoice, 60)
        self.assertEqual(self.panel.amount_due, 70)
        self.credit(self.invoice, reason='price')
        self.assertEqual((self.panel.amount_due, other.amount_due), (30, 100))

    def test_r33_a_draft_invoice_asks_nothing(self):
        self.invoice.button_draft()
        self.assertEqual(self.panel.amount_due, 0)
        self.invoice.action_post()
        self.assertEqual(self.panel.amount_due, 100)

    def test_r8_the_panel_runs_until_the_enforcement_after_midnight(self):
        cron = self.env.ref('tenant_billing.cron_enforce')
        self.assertEqual((cron.interval_number, cron.interval_type, cron.active),
                         (1, 'hours', True))
        self.on('2026-02-08')
        self.assertEqual(self.panel.state, 'grace')
        self.on('2026-02-09', 1, run=False)
        self.assertEqual(self.panel.state, 'grace')
        self.run_cron('cron_enforce')
        self.assertEqual(self.panel.state, 'suspended')

    def test_law2_a_payment_that_is_told_ten_times_renews_once(self):
        self.pay(self.panel)
        for _time in range(10):
            self.env['tenant.billing.period']._settle(self.invoice)
            self.invoice._invoice_paid_hook()
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertEqual(len(self.panel.period_ids.filtered('settled')), 2)
        self.assertNothingLeft()
