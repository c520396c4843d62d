from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.paying import PayCase

KEYS = [
    'id', 'name', 'state', 'status_text', 'color', 'progress', 'paid_through', 'days_left',
    'warning', 'action', 'pay_url', 'billing', 'as_of',
]


@tagged('post_install', '-at_install')
class TestPanelStatus(PayCase):
    """What people see of a panel: the table of the design, row by row."""

    def see(self, panel=None):
        self.env.invalidate_all()
        return (panel or self.panel)._status()[0]

    def assertSeen(self, text, color, progress, action, panel=None):
        """:param action: manage, pay, contact or none"""
        panel = panel or self.panel
        status = self.see(panel)
        self.assertEqual(
            (status['status_text'], status['color'], status['progress'],
             status['action']['kind']),
            (text, color, progress, action))
        base = panel.get_base_url()
        url = {
            'manage': f'{base}/my/panels/{panel.id}',
            'pay': f'{base}/billing/{panel.id}/pay',
            'none': None,
        }
        if action in url:
            self.assertEqual(status['action']['url'], url[action])
        return status

    # === THE TABLE === #

    def test_creating_asks_for_the_first_payment(self):
        panel = self.order(self.plan)
        status = self.assertSeen("Panel creating", 'blue', 10, 'pay', panel)
        self.assertEqual(
            (status['state'], status['paid_through'], status['days_left'], status['warning']),
            ('creating', None, None, None))
        self.pay(panel)
        status = self.assertSeen(
            "Panel creating · Active billing cycle", 'blue', 10, 'none', panel)
        self.assertIsNone(status['pay_url'])

    def test_creating_unpaid_on_a_host_that_is_ready(self):
        panel = self.order(self.plan)
        panel.action_mark_created()
        self.assertSeen("Panel creating", 'blue', 100, 'pay', panel)

    def test_active_shows_the_share_of_the_period_that_has_passed(self):
        text = "Panel active · Active billing cycle"
        status = self.assertSeen(text, 'green', 81, 'manage')  # day 25 of 31
        self.assertEqual(
            (status['paid_through'], status['days_left'], status['warning']),
            ('2026-01-31', 7, "Invoice due in 7 days"))
        for day, progress, days, warning in (
            ('2026-01-30', 97, 2, "Invoice due in 2 days"),
            ('2026-01-31', 100, 1, "Invoice due tomorrow"),
            ('2026-02-01', 4, 0, "Invoice due today"),
        ):
            self.on(day)
            status = self.assertSeen(text, 'green', progress, 'manage')
            self.assertEqual((status['days_left'], status['warning']), (days, warning))

    def test_active_and_paid_warns_of_nothing(self):
        self.pay(self.panel)
        status = self.assertSeen("Panel active · Active billing cycle", 'green', 81, 'manage')
        self.assertEqual(
            (status['paid_through'], status['days_left'], status['warning'], status['pay_url']),
            ('2026-02-28', 34, None, None))

    def test_more_time_to_pay_is_told(self):
        self.demand.action_defer('2026-02-20', "Trusted")
        self.on('2026-02-10')
        status = self.assertSeen("Panel active · Active billing cycle", 'green', 36, 'manage')
        self.assertEqual(
            (status['days_left'], status['warning']), (10, "Invoice due since 1 Feb 2026"))

    def test_grace_names_the_first_stopped_day(self):
        for day in ('2026-02-02', '2026-02-08'):
            self.on(day)
            status = self.assertSeen(
                "Payment overdue, panel stops on 9 Feb", 'amber', 100, 'pay')
            self.assertEqual((status['state'], status['days_left']), ('grace', 0))

    def test_suspended_for_money(self):
        self.on('2026-02-09')
        status = self.assertSeen("Billing expired. Please renew.", 'red', 100, 'pay')
        self.assertEqual((status['state'], status['days_left']), ('suspended', 0))

    def test_suspended_at_a_trials_end(self):
        panel = self.running(self.make_plan(100, trial_days=5))
        self.on('2026-01-29')
        self.assertSeen("Panel active · Active billing cycle", 'green', 100, 'manage', panel)
        self.on('2026-01-30')
        status = self.assertSeen("Billing expired. Please renew.", 'red', 100, 'pay', panel)
        self.assertEqual(status['billing']['amount_due'], '0.00')
        self.assertEqual(status['pay_url'], status['action']['url'])

    def test_stopped_with_nothing_open_asks_a_person(self):
        self.on('2026-02-09')
        self.write_off(self.invoice)
        status = self.assertSeen("Billing expired. Please renew.", 'red', 100, 'contact')
        self.assertIsNone(status['pay_url'])

    def test_held_shows_the_reason_and_pay_does_not_lift_it(self):
        self.company.email = 'billing@padma.example'
        self.panel.name = "Clinic & Co"
        self.panel.action_hold('abuse', "Unusual outgoing mail.")
        status = self.assertSeen("Unusual outgoing mail.", 'red', None, 'contact')
        self.assertEqual(status['state'], 'suspended')
        self.assertEqual(
            status['action']['url'], 'mailto:billing@padma.example?subject=Clinic%20%26%20Co')
        self.assertTrue(status['pay_url'].endswith(f'/billing/{self.panel.id}/pay'))

    def test_gravest_hold_is_shown(self):
        for category in ('pause', 'maintenance', 'abuse', 'request'):
            self.panel.action_hold(category, f"For {category}.")
        self.assertSeen("For abuse.", 'red', None, 'contact')

    def test_failed(self):
        panel = self.order(self.plan)
        panel.action_mark_failed("No room")
        self.assertSeen("Panel creation failed", 'red', None, 'contact', panel)

    def test_closed(self):
        self.pay(self.panel)
        self.panel.action_close("Gone", credit_rest=False)
        self.assertSeen("Panel closed", 'grey', None, 'none')

    def test_closed_with_something_open(self):
        self.on('2026-02-05')
        self.panel.action_close("Gone")
        status = self.assertSeen("Panel closed", 'grey', None, 'pay')
        self.assertEqual(status['billing']['amount_due'], f'{self.panel.amount_due:.2f}')

    def test_payment_under_way_comes_before_everything(self):
        for day, state in (
            ('2026-01-26', 'active'), ('2026-02-03', 'grace'), ('2026-02-10', 'suspended'),
        ):
            self.on(day)
            tx = self.start(self.gateway())
            self.assertEqual(self.see()['color'] == 'blue', False, "a draft is not under way")
            tx._set_pending()
            status = self.assertSeen("We are confirming your payment", 'blue', 100, 'none')
            self.assertEqual(status['state'], state)
            self.assertEqual((status['pay_url'], status['warning']), (None, None))
            tx._set_canceled()

    # === THE FIGURES === #

    def test_answer_has_these_keys_in_this_order(self):
        status = self.see()
        self.assertEqual(list(status), KEYS)
        self.assertEqual(status['as_of'], '2026-01-25T06:00:00Z')
        self.assertEqual(status['billing'], {
            'amount_due': '100.00', 'currency': 'BDT', 'invoice_id': self.invoice.id,
            'invoice_name': self.invoice.name, 'due_date': '2026-02-01'})

    def test_nothing_open(self):
        self.pay(self.panel)
        self.assertEqual(self.see()['billing'], {
            'amount_due': '0.00', 'currency': 'BDT', 'invoice_id': None, 'invoice_name': None,
            'due_date': None})

    def test_amount_is_what_pay_charges_and_the_oldest_invoice_is_named(self):
        self.pay(self.panel, 30.5)
        self.ask_in_arrears(self.panel, 12.25, '2026-02-20')
        billing = self.see()['billing']
        self.assertEqual(
            (billing['amount_due'], billing['invoice_id']), ('81.75', self.invoice.id))
        self.assertEqual(float(billing['amount_due']), self.panel.amount_due)

    def test_amount_has_the_currencys_decimals(self):
        company = self.make_company("Kyoto Hosting", currency='JPY', tax=0)
        panel = self.order(self.make_plan(1150, company=company))
        self.assertEqual(
            (self.see(panel)['billing']['amount_due'], self.see(panel)['billing']['currency']),
            ('1150', 'JPY'))

    def test_day_is_the_panels_own(self):
        """At 20:00 in Dhaka it is the next day in Auckland."""
        self.env['tenant.billing.profile'].create(
            {'partner_id': self.tenant.id, 'tz': 'Pacific/Auckland'})
        far = self.running(self.plan)
        self.set_clock('2026-01-30', 20)
        self.assertEqual(self.see()['days_left'], 2)
        self.assertEqual(self.see(far)['days_left'], (far.paid_through - far._today()).days)
        self.assertEqual(str(far._today()), '2026-01-31')

    def test_free_panel(self):
        panel = self.running(self.make_plan(0, name="Free"))
        status = self.assertSeen(
            "Panel active · Active billing cycle", 'green', 3, 'manage', panel)
        self.assertEqual((status['paid_through'], status['days_left']), ('2026-02-24', 30))
        card = panel._cards()[0]
        self.assertEqual((card['plan'], card['label']), (
            "Free", "Renews by itself, nothing to pay"))

    def test_words_of_a_card(self):
        card = self.panel._cards()[0]
        self.assertEqual(
            (card['plan'], card['value'], card['label'], card['amount'], card['edge']),
            ("Pro · monthly", "7 days left", "To be paid by 1 Feb 2026", "BDT 100.00", 'amber'))
        self.on('2026-02-09')
        card = self.panel._cards()[0]
        self.assertEqual(
            (card['pill']['word'], card['value'], card['label'], card['button']['word']),
            ("Suspended", "BDT 100.00", "Due since 1 Feb 2026", "Pay to Renew"))

    def test_order_of_the_cards(self):
        calm = self.running(self.make_plan(0))
        failed = self.order(self.plan)
        failed.action_mark_failed("No room")
        late = self.running(self.plan)
        late.action_hold('abuse', "Spam")
        panels = self.panel | calm | failed | late
        facts = panels._status_facts()
        self.assertEqual([panel._rank(facts[panel]) for panel in panels], [2, 3, 3, 0])
        self.assertEqual([panel._waits(facts[panel]) for panel in panels], [
            True, False, True, True])

    def test_number_of_queries_does_not_grow(self):
        panels = self.panel | self.running(self.make_plan(0))
        panels._cards()  # Odoo keeps the currencies for all requests
        counts = []
        for number in (1, 6):
            for _index in range(number):
                panels |= self.order(self.plan)
                panels |= self.running(self.plan)
                held = self.running(self.plan)
                held.action_hold('request', "On holiday")
                panels |= held
            self.on('2026-02-03')
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            panels._cards()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
