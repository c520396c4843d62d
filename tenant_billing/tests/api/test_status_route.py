import time
from unittest.mock import patch

from odoo.exceptions import ConcurrencyError, UserError
from odoo.http import root
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

NOT_YOURS = "There is no such panel, or it is not yours."
SIGN_IN = "Sign in, or send an API key: Authorization: Bearer <key>."


class Collision(SerializationFailure):
    pgcode = '40001'


@tagged('post_install', '-at_install')
class TestStatusRoute(ApiCase):
    """`GET /api/tenant/<id>/status`"""

    def assertAnswers(self, response):
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.headers['Content-Type'], 'application/json; charset=utf-8')
        self.assertEqual(response.headers['Cache-Control'], 'no-store')
        self.assertNotIn('Set-Cookie', response.headers)
        self.assertEqual(response.json(), self.panel._status()[0])

    def test_session_of_the_owner(self):
        self.sign_in('tenant')
        self.assertAnswers(self.ask())
        self.assertAnswers(self.ask('/api/tenant/ext:clinic-7/status'))

    def test_key_of_the_owner(self):
        self.assertAnswers(self.ask(key=self.key_of(self.login)))

    def test_operator_by_session_and_key(self):
        operator = self.make_login(
            'op', self.make_tenant("Op"), 'tenant_billing.group_user')
        self.assertAnswers(self.ask(key=self.key_of(operator)))
        self.assertAnswers(
            self.ask('/api/tenant/ext:clinic-7/status', key=self.key_of(operator)))
        self.sign_in('op')
        self.assertAnswers(self.ask())

    def test_state_is_the_stored_one(self):
        self.sign_in('tenant')
        self.on('2026-02-03', run=False)
        self.assertEqual(self.ask().json()['state'], 'active')
        self.run_cron('cron_enforce')
        self.assertEqual(self.ask().json()['state'], 'grace')

    def test_a_session_is_not_exchanged_for_another(self):
        """A platform goes on with the cookie that it has, also after the hours for which Odoo
        leaves a browser its own."""
        session = self.authenticate('tenant-paying', 'tenant-paying', session_extra={
            '_trace_disable': False, 'create_time': time.time() - 86400})
        self.cookie = session.sid
        for _again in range(2):
            self.assertAnswers(self.ask())
        self.assertEqual(len(root.session_store.get(session.sid)['_trace']), 1)

    def test_head_has_no_body(self):
        response = self.ask(key=self.key_of(self.login), method='HEAD')
        self.assertEqual((response.status_code, response.content), (200, b''))

    # === WHO MAY NOT === #

    def test_nobody(self):
        response = self.ask()
        self.assertProblem(response, 401, SIGN_IN)
        self.assertEqual(response.headers['WWW-Authenticate'], 'Bearer')

    def test_unknown_keys(self):
        for header in (
            'Bearer x', 'Bearer', 'Basic dGVuYW50OnRlbmFudA==', 'Bearer a b', 'x' * 5000,
        ):
            with self.subTest(header[:30]):
                self.assertProblem(self.ask(headers={'Authorization': header}), 401)

    def test_session_that_is_no_more(self):
        self.cookie = 'x' * 84
        self.assertProblem(self.ask(), 401, SIGN_IN)

    def test_wrong_key_is_not_mended_by_a_session(self):
        self.sign_in('tenant')
        self.assertProblem(self.ask(key='x' * 40), 401, "This API key is not known.")

    def test_key_counts_more_than_a_session(self):
        neighbour = self.make_login('neighbour', self.make_tenant("Rangpur Heart Centre"))
        self.sign_in('tenant')
        self.assertProblem(self.ask(key=self.key_of(neighbour)), 404, NOT_YOURS)

    def test_neighbours(self):
        other = self.make_company("Meghna Hosting")
        clerk = self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        stranger = self.make_login('stranger', self.make_tenant("Rangpur"))
        operator = self.make_login(
            'op', self.make_tenant("Op"), 'tenant_billing.group_manager')
        operator.write({'company_ids': [(6, 0, other.ids)], 'company_id': other.id})
        for user in (clerk, stranger, operator):
            for path in (self.path, '/api/tenant/ext:clinic-7/status'):
                with self.subTest(path, by=user.name):
                    self.assertProblem(
                        self.ask(path, key=self.key_of(user)), 404, NOT_YOURS)

    def test_panels_that_do_not_exist(self):
        key = self.key_of(self.login)
        for ref in ('0', '-1', '2147483648', '9' * 60, 'x', 'ext:', 'ext:nobody', 'ext:%00',
                    '%E0%A5%A7', '1.0', ' 1'):
            with self.subTest(ref):
                self.assertProblem(
                    self.ask(f'/api/tenant/{ref}/status', key=key), 404, NOT_YOURS)

    def test_external_id_of_two_companies(self):
        other = self.make_company("Meghna Hosting")
        self.order(self.make_plan(10, company=other), external_id='clinic-7')
        operator = self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_user')
        operator.company_ids |= other
        self.assertProblem(
            self.ask('/api/tenant/ext:clinic-7/status', key=self.key_of(operator)), 409,
            "Several of your companies use this external id: ask by database id.")

    # === WHAT IS ASKED WRONGLY, AND WHAT GOES WRONG === #

    def test_methods(self):
        key = self.key_of(self.login)
        for method in ('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW'):
            with self.subTest(method):
                response = self.ask(key=key, method=method)
                self.assertProblem(response, 405)
                self.assertEqual(response.headers['Allow'], 'GET, HEAD')

    def test_session_only_reads(self):
        self.sign_in('tenant')
        self.assertProblem(
            self.ask(method='POST'), 403, "A session may only read here. Use an API key.")

    def test_bodies(self):
        key = self.key_of(self.login)
        self.assertProblem(self.ask(key=key, data=b'{}', headers={
            'Content-Type': 'application/json'}), 415, "This address accepts no body.")
        self.assertProblem(self.ask(key=key, data=b'x' * 1024 * 1024), 413)
        self.assertProblem(self.ask(key=key, data=iter([b'in', b'pieces'])), 411)

    def test_unknown_addresses(self):
        for path in (
            '/api', '/api/', '/api/x', '/api//', '/api//x//y', '/api/tenant', '/api/tenant/',
            '/api/tenant//status', f'{self.path}/', '/api/%0a', '/api/x%00', '/api/%FF',
            '/api/tenant/1/status/x', '/api/static/x',
        ):
            with self.subTest(path):
                response = self.ask(path)
                self.assertProblem(response, 401 if path == f'{self.path}/' else 404)

    def test_too_much_at_once(self):
        key = self.key_of(self.login)
        for error in (Collision(), ConcurrencyError()):
            with patch.object(
                type(self.panel), '_status', side_effect=error,
            ), patch('time.sleep'), mute_logger('odoo.http', 'odoo.service.model'):
                response = self.ask(key=key)
            self.assertProblem(response, 503)
            self.assertEqual(response.headers['Retry-After'], '2')

    def test_errors_of_ours(self):
        key = self.key_of(self.login)
        for error, status, detail in (
            (UserError("Not so."), 422, "Not so."),
            (ValueError("secret"), 500, "Something went wrong here, and it was noted."),
        ):
            with patch.object(type(self.panel), '_status', side_effect=error), \
                    mute_logger('odoo.http'):
                self.assertProblem(self.ask(key=key), status, detail)

    def test_few_queries(self):
        self.sign_in('tenant')
        self.ask()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.ask().status_code, 200)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 6)
