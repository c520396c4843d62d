from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase, find

LONG = "Chattogram Eye & Laser Hospital <b>Outpatient</b> " * 8


@tagged('post_install', '-at_install')
class TestPortalPanels(PortalCase):
    """The tenant's panels as cards."""

    def test_home_counts_them(self):
        self.assertIn('/my/panels', self.get('/my').text)
        self.running(self.make_plan(0))
        answer = self.make_jsonrpc_request('/my/counters', {'counters': ['panel_count']})
        self.assertEqual(answer, {'panel_count': 2})

    def test_card_says_it_all(self):
        page = self.page('/my/panels')
        self.assertEqual(self.cards(page), [
            ("Active", "Panel", "Panel active · Active billing cycle")])
        card = find(page, 'article')[0]
        bar = find(card, '[role=progressbar]')[0]
        self.assertEqual(
            (bar.get('aria-valuenow'), bar.get('aria-label'), bar[0].get('style')),
            ('81', "81 percent of the period has passed", 'width: 81%'))
        self.assertEqual(
            self.text(card, '.o_tb_warning'), "Invoice due in 7 days Pay BDT 100.00")
        self.assertEqual(self.text(card, '.o_tb_value'), "7 days left")
        self.assertEqual(self.text(card, '.o_tb_foot .o_tb_btn'), "Manage")
        self.assertEqual(self.text(page, '.o_tb_due'), "Total due, 1 panel BDT 100.00")
        self.assertEqual(
            self.text(page, '.o_tb_counts'), "1 needs attention 1 panel · updated 12:00")

    def test_pay_is_one_form_with_a_token(self):
        self.on('2026-02-09')
        page = self.page('/my/panels')
        button = find(page, 'article button')[0]
        form = find(page, f'form#{button.get("form")}')[0]
        self.assertEqual(
            (button.get('type'), button.get('formaction'), form.get('method')),
            ('submit', f'/billing/{self.panel.id}/pay', 'post'))
        self.assertTrue(find(form, '[name=csrf_token]')[0].get('value'))

    def test_what_needs_attention_comes_first(self):
        self.running(self.make_plan(0), name="Calm")
        self.running(self.plan, name="Abuser").action_hold('abuse', "Spam")
        self.order(self.plan, name="Ordered")
        self.on('2026-02-03')
        self.assertEqual(
            [name for _pill, name, _text in self.cards(self.page('/my/panels'))],
            ["Abuser", "Panel", "Ordered", "Calm"])
        self.assertEqual(
            [name for _pill, name, _text in self.cards(self.page('/my/panels?sortby=name'))],
            ["Abuser", "Calm", "Ordered", "Panel"])
        self.assertEqual(
            len(self.cards(self.page('/my/panels?filterby=running'))), 2)

    def test_search(self):
        self.running(self.make_plan(0), name="Rangpur Imaging")
        self.assertEqual(
            [card[1] for card in self.cards(self.page('/my/panels?search=IMAG'))],
            ["Rangpur Imaging"])
        page = self.page('/my/panels?search=%3Cscript%3E')
        self.assertEqual(self.cards(page), [])
        self.assertIn("No panel fits", self.text(page))

    def test_pages(self):
        plan = self.make_plan(0)
        for number in range(25):
            self.running(plan, name=f"Free {number:02}")
        self.assertEqual(len(self.cards(self.page('/my/panels'))), 24)
        self.assertEqual(
            [card[1] for card in self.cards(self.page('/my/panels/page/2'))],
            ["Free 23", "Free 24"])
        self.assertEqual(len(self.cards(self.page('/my/panels/page/99'))), 2)

    def test_hostile_questions(self):
        for query in (
            'sortby=x', 'filterby=%00', 'search=%00', 'search=' + 'x' * 5000, 'page=-1',
            'sortby=attention&sortby=name',
        ):
            with self.subTest(query):
                self.assertEqual(self.get(f'/my/panels?{query}').status_code, 200)

    def test_very_long_names_are_escaped_and_cut_by_the_page(self):
        self.panel.name = LONG
        page = self.page('/my/panels')
        link = find(page, '.o_tb_name a')[0]
        self.assertEqual((link.get('title'), link.text), (LONG, LONG))
        self.assertFalse(find(page, 'article b'))

    def test_nothing_ordered_yet(self):
        self.make_login('new', self.make_tenant("New Customer"))
        self.make_panel(self.plan, tenant=self.env['res.partner'].search(
            [('name', '=', "New Customer")]), name="Not ordered")
        self.sign_in('new')
        page = self.page('/my/panels')
        self.assertIn("No panels yet", self.text(page))
        self.assertFalse(find(page, 'article'))

    def test_first_load_failed(self):
        panels = type(self.env['tenant.panel'])
        with patch.object(panels, '_status_facts', side_effect=ValueError("broken")), \
                mute_logger('odoo.addons.tenant_billing.controllers.portal.panels'):
            page = self.page('/my/panels', 503)
        self.assertIn("Your panels could not be loaded.", self.text(page))
        self.assertEqual(self.text(page, '[role=alert] a'), "Try again")

    def test_colleagues_see_the_panels_of_their_company(self):
        self.tenant.is_company = True
        self.make_login('colleague', self.make_tenant("Clerk", parent_id=self.tenant.id))
        branch = self.make_tenant("Branch", parent_id=self.tenant.id)
        self.running(self.plan, tenant=branch, name="Branch")
        self.sign_in('colleague')
        self.assertEqual(
            [card[1] for card in self.cards(self.page('/my/panels'))], ["Panel", "Branch"])

    def test_refresh_gives_the_cards_that_are_asked_for(self):
        other = self.running(self.make_plan(0), name="Calm")
        strange = self.running(self.plan, tenant=self.make_tenant("Neighbour"), name="Strange")
        page = self.page(f'/my/panels/cards?ids={other.id},{strange.id},x,,999999999999')
        self.assertEqual([card[1] for card in self.cards(page)], ["Calm"])
        self.assertEqual(self.text(page, '.o_tb_total'), "BDT 100.00")
        self.assertEqual(self.get('/my/panels/cards').headers['Cache-Control'], 'no-store')

    def test_signed_out_is_led_to_the_login(self):
        self.sign_in(None)
        for path in ('/my/panels', '/my/panels/cards?ids=1'):
            response = self.get(path)
            self.assertEqual(response.status_code, 303)
            self.assertIn('/web/login', response.headers['Location'])

    def test_number_of_queries_does_not_grow(self):
        counts = []
        for number in (1, 10):
            for index in range(number):
                self.order(self.plan, name=f"Panel {number}.{index}")
            self.get('/my/panels')
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.get('/my/panels')
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
