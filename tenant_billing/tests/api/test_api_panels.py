import json
import re

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.tenant_billing.models.panel.tenant_api_answer import KEPT_DAYS
from odoo.addons.tenant_billing.tests.api.api_case import ApiCase


@tagged('post_install', '-at_install')
class TestApiPanels(ApiCase):
    """`/api/v1/panels` and `POST /api/tenant/<id>/provisioning`: 25 January, the plan costs 100."""

    def make_world(self):
        super().make_world()
        self.key, self.platform = self.make_key('status:read', 'panels:write', 'provisioning')
        self.order_body = {
            'external_id': 'srv4-1102', 'plan': self.plan.code,
            'tenant': {'email': self.tenant.email}}

    def order_by_api(self, status=201, key=None, once=None, **values):
        response = self.post(
            '/api/v1/panels', {**self.order_body, **values}, key or self.platform, once)
        self.assertEqual(response.status_code, status, response.text)
        return response

    def panel_of(self, response):
        return self.env['tenant.panel'].browse(response.json()['id'])

    # === ORDERING === #

    def test_order_waits_for_its_payment(self):
        response = self.order_by_api()
        panel, told = self.panel_of(response), response.json()
        self.assertEqual(told, panel._resources()[0])
        self.assertEqual(
            (told['external_id'], told['plan'], told['name'], told['billing']['amount_due']),
            ('srv4-1102', self.plan.code, self.tenant.name, '100.00'))
        self.assertEqual(told['tenant']['id'], self.tenant.id)
        self.assertPanel(panel, 'creating', None, 100)
        events = self.env['tenant.billing.event'].search([('panel_id', '=', panel.id)])
        self.assertEqual(events.user_id, self.env.ref('tenant_billing.user_api'))
        self.assertEqual(
            {event.facts['api_key'] for event in events}, {f'{self.key.name} (#{self.key.id})'})

    def test_the_same_order_is_the_same_panel(self):
        first = self.panel_of(self.order_by_api())
        self.pay(first)
        again = self.order_by_api(200)
        self.assertEqual(self.panel_of(again), first)
        self.assertEqual(len(first.demand_ids), 1)

    def test_external_id_of_another_order(self):
        self.order_by_api()
        for other in ({'plan': self.make_plan(5).code}, {'tenant': {
            'email': self.make_tenant("Rangpur").email}},
        ):
            with self.subTest(other):
                self.assertProblem(
                    self.order_by_api(409, **other), 409,
                    "The external id srv4-1102 stands for a panel of another plan or tenant.")

    def test_new_tenant_is_made_once(self):
        tenant = {'external_id': 'c-77', 'name': "Mirpur Eye Care", 'email': 'eye@mirpur.example'}
        first = self.panel_of(self.order_by_api(tenant=tenant)).partner_id
        second = self.panel_of(self.order_by_api(
            tenant={'external_id': 'c-77'}, external_id='srv4-1103')).partner_id
        self.assertEqual(first, second)
        self.assertEqual(
            (first.name, first.ref, first.email, first.company_id),
            ("Mirpur Eye Care", 'c-77', 'eye@mirpur.example', self.company))

    def test_customer_known_by_its_address_takes_the_reference(self):
        known = {'external_id': 'c-5', 'email': self.tenant.email, 'name': "Another name"}
        self.assertEqual(self.panel_of(self.order_by_api(tenant=known)).partner_id, self.tenant)
        self.assertEqual(self.tenant.ref, 'c-5')
        other = {**known, 'external_id': 'c-6'}
        made = self.panel_of(self.order_by_api(tenant=other, external_id='srv4-1103')).partner_id
        self.assertNotEqual(made, self.tenant)
        self.assertEqual((made.ref, self.tenant.ref), ('c-6', 'c-5'))

    def test_what_is_not_there(self):
        for values, sentence in (
            ({'plan': 'gold'}, "There is no plan with the code gold."),
            ({'tenant': {'external_id': 'c-9'}},
             "There is no tenant c-9. Send its name too, and it is made."),
            ({'plan': self.make_plan(5, publish=False).code},
             "The plan Pro is not on sale on 2026-01-25: publish a version, and do not archive "
             "the plan."),
        ):
            with self.subTest(sentence):
                self.assertProblem(self.order_by_api(422, **values), 422, sentence)
        self.assertFalse(
            self.env['tenant.panel'].search([('external_id', '=', 'srv4-1102')]))

    def test_two_customers_of_one_address(self):
        self.make_tenant("Twin", email=self.tenant.email)
        self.assertProblem(
            self.order_by_api(409), 409,
            f"Several customers are called {self.tenant.email}: give each its own reference.")

    def test_people_of_a_customer_share_its_address(self):
        self.make_tenant("Reception", email=self.tenant.email, parent_id=self.tenant.id)
        self.assertEqual(self.panel_of(self.order_by_api()).partner_id, self.tenant)

    def test_operator_orders_with_a_key_of_odoo(self):
        operator = self.make_login(
            'op', self.make_tenant("Op"), 'tenant_billing.group_user')
        panel = self.panel_of(self.order_by_api(key=self.key_of(operator)))
        self.assertEqual(panel.create_uid, operator)

    def test_the_documents_example_for_json_2(self):
        """The command of doc/api.md, as it stands there."""
        self.plan.code, self.tenant.ref = 'pro', 'c-77'
        operator = self.make_login(
            'op', self.make_tenant("Op"), 'tenant_billing.group_user')
        with open(file_path('tenant_billing/doc/api.md')) as page:
            path, body = re.search(
                r"https://billing\.example(/json/2/\S+) .*?-d '(.*?)'\n", page.read(),
                re.DOTALL).groups()
        response = self.ask(
            path, key=self.key_of(operator), method='POST', data=body,
            headers={'Content-Type': 'application/json'})
        self.assertEqual(response.status_code, 200, response.text)
        panel = self.env['tenant.panel'].browse(response.json())
        self.assertEqual(
            (panel.external_id, panel.partner_id, panel.state),
            (json.loads(body)['external_id'], self.tenant, 'creating'))

    def test_what_comes_by_rpc_is_looked_at(self):
        panels = self.env['tenant.panel']
        for names in (
            ('x', 'pro', "c-77"), ('x', 'pro', {'ref': "c-77"}), ('', 'pro', {'email': "a@b.c"}),
            (7, 'pro', {'email': "a@b.c"}), ('x', ['pro'], {'email': "a@b.c"}),
            ('x', 'pro', {'email': 7}), ('x', 'pro', {'email': "a@b.c"}, 7),
        ):
            with self.subTest(names), self.assertRaises(UserError):
                panels.action_order_by_names(*names)

    # === READING === #

    def test_pages(self):
        made = self.panel.ids + [
            self.order(self.plan, name=f'Panel {number}').id for number in range(4)]
        seen, cursor = [], ''
        for size in (2, 2, 2):
            page = self.ask(f'/api/v1/panels?limit=2{cursor}', key=self.platform).json()
            seen += [panel['id'] for panel in page['panels']]
            cursor = f"&cursor={page['next_cursor']}"
            if size and len(seen) == 2:  # what is ordered meanwhile comes last, once
                made.append(self.order(self.plan, name="Late").id)
        self.assertEqual((seen, page['next_cursor']), (made, None))

    def test_page_of_a_state(self):
        self.order(self.plan)
        page = self.ask('/api/v1/panels?state=active', key=self.platform).json()
        self.assertEqual([panel['id'] for panel in page['panels']], self.panel.ids)

    def test_page_asked_wrongly(self):
        for query, sentence in (
            ('limit=0', "limit must be from 1 to 100."), ('limit=x', "limit must be integer."),
            ('cursor=-1', "cursor does not have the right form."),
            ('state=gone', "state must be one of creating, active, grace, suspended, failed, "
                           "closed."),
        ):
            self.assertProblem(
                self.ask(f'/api/v1/panels?{query}', key=self.platform), 400, sentence)

    def test_pages_cost_the_same(self):
        for count in (1, 5):
            for _number in range(count):
                self.order(self.plan)
            self.ask('/api/v1/panels', key=self.platform)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.ask('/api/v1/panels', key=self.platform)
            self.assertLessEqual(self.env.cr.sql_log_count - before, 16)

    def test_tenant_lists_its_own(self):
        self.order(self.plan, tenant=self.make_tenant("Rangpur"))
        page = self.ask('/api/v1/panels', key=self.key_of(self.login)).json()
        self.assertEqual([panel['id'] for panel in page['panels']], self.panel.ids)

    # === CANCELLING AND CLOSING === #

    def test_cancel_and_resume(self):
        path = '/api/v1/panels/ext:clinic-7'
        for _again in range(2):
            told = self.post(f'{path}/cancel', {}, self.platform).json()
            self.assertEqual(told['service_end'], '2026-02-01')
        self.assertEqual(self.open_demands(self.panel).ids, [])
        for _again in range(2):
            told = self.ask(f'{path}/resume', key=self.platform, method='POST').json()
            self.assertEqual(told['service_end'], None)
        self.assertPanel(self.panel, 'active', '2026-01-31', 100)

    def test_close(self):
        path = f'/api/v1/panels/{self.panel.id}/close'
        for _again in range(2):
            told = self.post(path, {'reason': "Moved away", 'credit_rest': False}, self.platform)
            self.assertEqual(told.json()['state'], 'closed')
        self.assertEqual(self.panel.close_reason, "Moved away")

    def test_what_the_state_does_not_allow(self):
        panel = self.order(self.plan, name="New")
        self.assertProblem(
            self.post(f'/api/v1/panels/{panel.id}/cancel', {}, self.platform), 422,
            "New has not begun. Close it to withdraw the order.")

    # === SENDING AGAIN === #

    def test_same_key_and_body_same_answer(self):
        first = self.order_by_api(once='o-1')
        self.pay(self.panel_of(first))
        self.at('2026-01-25', '18:00')
        again = self.order_by_api(201, once='o-1')
        self.assertEqual(again.json(), first.json())

    def test_same_key_other_body(self):
        self.order_by_api(once='o-1')
        response = self.order_by_api(409, once='o-1', external_id='srv4-1103')
        self.assertProblem(
            response, 409, "This Idempotency-Key stands for another request. Use a new one.")
        self.assertEqual(response.json()['code'], 'idempotency_key_reused')
        response = self.post(f'/api/v1/panels/{self.panel.id}/cancel', {}, self.platform, 'o-1')
        self.assertProblem(response, 409)
        self.assertFalse(self.panel.service_end)

    def test_an_error_keeps_nothing(self):
        self.order_by_api(422, once='o-1', plan='later')
        self.plan.code = 'later'
        self.order_by_api(201, once='o-1', plan='later')

    def test_callers_do_not_share_their_keys(self):
        first = self.panel_of(self.order_by_api(once='o-1'))
        response = self.order_by_api(
            201, key=self.secret('panels:write'), once='o-1', external_id='srv4-1103')
        self.assertNotEqual(self.panel_of(response), first)

    def test_rotated_key_goes_on(self):
        first = self.order_by_api(once='o-1').json()
        self.platform = self.key.action_rotate()['context']['default_secret']
        self.assertEqual(self.order_by_api(once='o-1').json(), first)

    def test_answers_are_forgotten(self):
        self.order_by_api(once='o-1')
        answers = self.env['tenant.api.answer']
        for day, kept in ((KEPT_DAYS, True), (KEPT_DAYS + 1, False)):
            self.set_clock(f'2026-02-{day - 6:02}')
            answers._gc_answers()
            self.assertEqual(bool(answers.search([('idempotency_key', '=', 'o-1')])), kept)

    def test_keys_that_are_none(self):
        for once in ('a b', 'é', 'x' * 256):
            self.assertProblem(
                self.order_by_api(400, once=once), 400,
                "An Idempotency-Key has 1 to 255 visible ASCII characters.")

    # === PROVISIONING === #

    def report(self, panel, **body):
        response = self.post(f'/api/tenant/{panel.id}/provisioning', body, self.platform)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def test_bar_is_what_the_host_reports(self):
        panel = self.order(self.plan)
        self.assertEqual(panel._status()[0]['progress'], 10)
        self.pay(panel)
        for percent in (10, 60, 60, 55):
            self.assertEqual(self.report(panel, progress=percent)['progress'], percent)
        self.assertEqual(panel._cards()[0]['bar']['told'], "55 %")

    def test_created_begins_the_service(self):
        panel = self.order(self.plan)
        self.pay(panel)
        for _again in range(2):
            told = self.report(panel, progress=100, state='created', message="Ready")
            self.assertEqual(told['state'], 'active')
        self.assertEqual(str(panel.active_since), '2026-01-25')
        self.assertEqual(self.report(panel, progress=30)['state'], 'active')
        self.assertEqual(panel.provisioning_progress, 100)

    def test_created_before_it_is_paid(self):
        panel = self.order(self.plan)
        told = self.report(panel, state='created')
        self.assertEqual((told['state'], told['progress']), ('creating', 100))

    def test_failed_and_tried_again(self):
        panel = self.order(self.plan)
        self.report(panel, progress=40)
        for _again in range(2):
            self.assertEqual(
                self.report(panel, state='failed', message="No room")['state'], 'failed')
        self.assertProblem(
            self.post(f'/api/tenant/{panel.id}/provisioning', {'state': 'created'},
                      self.platform), 422)
        panel.action_retry()
        self.assertEqual(panel._status()[0]['progress'], 10)
        self.assertFalse(panel.provisioning_message)
