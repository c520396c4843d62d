from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase, find


@tagged('post_install', '-at_install')
class TestPortalPanel(PortalCase):
    """The page of one panel."""

    def make_world(self):
        super().make_world()
        self.path = f'/my/panels/{self.panel.id}'

    def do(self, action):
        response = self.post(f'{self.path}/{action}')
        self.assertEqual(response.status_code, 303)
        self.env.invalidate_all()
        return self.text(self.page(self.path), '.o_tb_message')

    def test_head_and_lists(self):
        page = self.page(self.path)
        self.assertEqual(self.text(page, '.o_tb_head h1'), "Panel")
        self.assertEqual(self.text(page, '.o_tb_head_money .o_tb_total'), "BDT 100.00")
        self.assertIn(f"{self.invoice.name}, due 1 Feb 2026", self.text(page, '.o_tb_head_money'))
        pay = find(page, '.o_tb_buttons button')[0]
        self.assertEqual(
            (self.text(pay), pay.get('formaction')),
            ("Pay now", f'/billing/{self.panel.id}/pay'))
        self.assertEqual(
            self.text(page, '.o_tb_tabs a'), "Overview Usage Invoices 1 open History")
        for name in ('periods', 'invoices', 'payments', 'history'):
            self.assertTrue(self.text(page, f'section#{name}'), name)
        self.assertIn(self.invoice.name, self.text(page, '#invoices'))

    def test_every_state_has_a_page(self):
        self.running(self.make_plan(0))
        trial = self.running(self.make_plan(100, trial_days=5))
        self.order(self.plan)
        self.order(self.plan).action_mark_failed("No room")
        self.running(self.plan).action_hold('abuse', "Spam")
        self.running(self.plan).action_close("Gone")
        stopped = self.running(self.make_plan(50))
        for day in ('2026-01-25', '2026-02-03', '2026-02-09', '2026-03-20'):
            self.on(day)
            self.sign_in('tenant')  # a session does not live for months
            for panel in self.panel | trial | stopped | self.tenant.tenant_panel_ids:
                with self.subTest(day=day, state=panel.state):
                    self.page(f'/my/panels/{panel.id}')

    def test_cancel_and_resume(self):
        page = self.page(self.path)
        self.assertIn("its last day, 31 Jan 2026", self.text(page, '.o_tb_confirm'))
        self.assertEqual(
            self.do('cancel'),
            "The panel is cancelled. Until its last day you may take that back.")
        self.assertEqual(str(self.panel.service_end), '2026-02-01')
        event = self.env['tenant.billing.event'].search(
            [('panel_id', '=', self.panel.id), ('event', '=', 'cancel')])
        self.assertEqual(event.user_id, self.login)
        self.assertIn("Cancelled, ends on 31 Jan 2026", self.text(self.page('/my/panels')))
        self.assertEqual(
            self.do('resume'), "The cancellation is withdrawn. The panel goes on.")
        self.assertFalse(self.panel.service_end)

    def test_what_is_refused_is_said(self):
        self.panel.action_cancel()
        self.set_clock('2026-02-02')
        self.assertIn("has ended. Lift its hold to go on", self.do('resume'))

    def test_continue_after_a_trial(self):
        panel = self.running(self.make_plan(100, trial_days=5))
        self.path = f'/my/panels/{panel.id}'
        self.assertIn("It costs BDT 115.00.", self.text(self.page(self.path), '.o_tb_actions'))
        self.assertEqual(
            self.do('continue'), "Thank you. The panel goes on after the trial.")
        self.assertEqual(str(panel.trial_confirmed_on), '2026-01-25')

    def test_get_and_forged_posts_change_nothing(self):
        for action in ('cancel', 'resume', 'continue'):
            self.assertEqual(self.get(f'{self.path}/{action}').status_code, 303)
            with mute_logger('odoo.http'):
                self.assertEqual(
                    self.post(f'{self.path}/{action}', csrf_token='x').status_code, 400)
        self.assertFalse(self.panel.service_end)

    def test_renewing_early_is_offered_with_its_price(self):
        self.pay(self.panel)
        self.assertNotIn("Renew early", self.text(self.page(self.path)))
        self.on('2026-02-05')
        page = self.page(self.path)
        self.assertIn("Pay the next period now: BDT 100.00.", self.text(page))
        self.assertTrue(find(page, f'[formaction="/billing/{self.panel.id}/renew"]'))

    def test_receipt(self):
        payment = self.pay(self.panel)
        link = find(self.page(self.path), '#payments a[href*=receipts]')[0]
        response = self.get(link.get('href'))
        self.assertEqual(response.status_code, 200)
        self.assertTrue(link.get('href').endswith(f'/receipts/{payment.id}'))

    def test_lists_are_cut_and_go_on(self):
        for number in range(14):
            self.panel.action_hold('request', f"Holiday {number}")
            self.panel.action_lift()
        page = self.page(self.path)
        self.assertEqual(len(find(page, '#history li')), 12)
        more = find(page, '#history .o_tb_earlier')[0].get('href')
        self.assertEqual(len(find(self.page(more), '#history li')), 24)

    def test_hostile_questions(self):
        for query in ('periods=x', 'history=-1', 'invoices=%00', 'payments=99999999999999',
                      'tab=x'):
            with self.subTest(query):
                self.assertEqual(self.get(f'{self.path}?{query}').status_code, 200)
        for number in (0, 2147483647, 2147483648, 10**30):
            self.assertEqual(self.get(f'/my/panels/{number}').status_code, 404)

    def test_refresh_gives_what_may_change(self):
        parts = self.page(f'{self.path}/parts')
        names = [el.get('data-part') for el in find(parts, '[data-part]')]
        page = self.page(self.path)
        self.assertEqual(
            sorted([*names, 'message']),
            sorted(el.get('data-part') for el in find(page, '[data-part]')))
        self.assertNotIn('csrf_token', self.get(f'{self.path}/parts').text)
        for tab, part in {
            'overview': 'cost', 'usage': 'events', 'invoices': 'payments', 'history': 'periods',
        }.items():
            asked = self.page(f'{self.path}/parts?tab={tab}')
            self.assertEqual(
                [el.get('data-tab') for el in find(asked, '.o_tb_tab')], [tab])
            self.assertTrue(find(asked, f'[data-part={part}]') and find(asked, '.o_tb_head'), tab)

    def test_operator_sees_the_tenants_page(self):
        self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_user')
        self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        self.sign_in('op')
        self.page(self.path)
        self.sign_in('clerk')
        self.page(self.path, 404)
