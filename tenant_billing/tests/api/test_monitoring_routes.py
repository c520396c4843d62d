import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.api_calls import (
    CALLS,
    MOST,
    WRITTEN_EVERY,
    Call,
    Calls,
)
from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

STATUS, LIST = 'GET /api/tenant/{ref}/status', 'GET /api/v1/panels'


@tagged('post_install', '-at_install')
class TestMonitoringRoutes(ApiCase):
    """How the API is doing, as far as it was measured."""

    def make_world(self):
        super().make_world()
        self.key = self.secret('monitoring:read', 'status:read')

    def setUp(self):
        super().setUp()
        CALLS.take(self.env.cr.dbname)  # of the tests before

    def stats(self, path='/api/monitoring/stats', key=None):
        response = self.ask(path, key=key or self.key)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def counted(self, calls):
        """What is told once so many answers are counted: that happens after they were sent."""
        for _attempt in range(500):
            told = self.stats()
            if sum(route['calls'] for route in told['routes']
                   if 'monitoring' not in route['route']) >= calls:
                break
            time.sleep(0.01)
        return told, {
            route['route']: (route['calls'], route['refused'], route['failed'])
            for route in told['routes'] if 'monitoring' not in route['route']}

    def test_anybody_may_ask_for_health(self):
        response = self.ask('/api/monitoring/health')
        self.assertEqual(response.json(), {'status': 'ok', 'as_of': '2026-01-25T06:00:00Z'})
        self.assertNotIn('Set-Cookie', response.headers)

    def test_calls_are_counted_by_route_and_panel(self):
        for path in (self.path, self.path, '/api/tenant/ext:clinic-7/status', '/api/v1/panels'):
            self.ask(path, key=self.key)
        self.assertProblem(self.ask('/api/tenant/0/status', key=self.key), 404)
        self.assertProblem(self.post(f'/api/v1/panels/{self.panel.id}/cancel', {}, self.key), 403)
        with patch.object(type(self.panel), '_status', side_effect=ValueError), \
                mute_logger('odoo.http'):
            self.assertProblem(self.ask(key=self.key), 500)
        told, routes = self.counted(7)
        self.assertEqual(routes, {
            STATUS: (5, 1, 1), LIST: (1, 0, 0), 'POST /api/v1/panels/{ref}/cancel': (1, 1, 0)})
        panel, = told['panels']
        self.assertEqual((panel['panel_id'], panel['calls'], panel['failed']),
                         (self.panel.id, 4, 1))
        self.assertEqual((told['since'], told['as_of']),
                         ('2026-01-24T06:00:00Z', '2026-01-25T06:00:00Z'))
        self.assertEqual(told['total']['failed'], 1)

    def test_light_is_the_sum(self):
        self.ask(key=self.key)
        self.counted(1)
        told = self.stats('/api/monitoring/stats/light?hours=1')
        self.assertEqual(set(told), {'since', 'as_of', 'measured', 'total'})
        self.assertGreaterEqual(told['total']['calls'], 2)
        self.assertEqual(told['since'], '2026-01-25T05:00:00Z')
        for hours in ('0', '169', 'x'):
            self.assertProblem(
                self.ask(f'/api/monitoring/stats?hours={hours}', key=self.key), 400)

    def test_caches(self):
        caches = {cache['name']: cache for cache in self.stats('/api/monitoring/cache')['caches']}
        self.assertGreater(caches['routing']['entries'], 0)
        self.assertGreater(caches['default']['hits'], 0)

    def test_who_may_read(self):
        operator = self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_user')
        other = self.make_company("Meghna Hosting")
        clerk = self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        self.ask(key=self.key)
        self.counted(1)
        told = self.stats(key=self.key_of(operator))
        self.assertIn(self.panel.id, [panel['panel_id'] for panel in told['panels']])
        stranger = self.stats(key=self.secret('monitoring:read', company=other))
        self.assertEqual((stranger['panels'], stranger['total']['calls']), ([], 0))
        for path in ('/stats', '/stats/light', '/cache'):
            for key, why in (
                (self.secret('monitoring:read', panel=self.panel),
                 "The key of one panel sees nothing of others."),
                (self.secret('usage:read'), "This key lacks the scope monitoring:read."),
                (self.key_of(self.login), "Only operators see how the API is doing."),
                (self.key_of(clerk), "Only operators see how the API is doing."),
            ):
                with self.subTest(path, why=why):
                    self.assertProblem(self.ask(f'/api/monitoring{path}', key=key), 403, why)

    # === WHAT IS KEPT === #

    def kept(self):
        return self.env['tenant.api.call'].search(
            [('company_id', '=', self.company.id), ('route', '=', STATUS)])

    def test_rows_of_an_hour_are_folded_and_old_ones_forgotten(self):
        calls, call = self.env['tenant.api.call'], Call(STATUS, self.company.id, self.panel.id)
        database = self.env.cr.dbname
        for clock in ('2026-01-10', '2026-01-24', '2026-01-24', '2026-01-25'):
            self.set_clock(clock)
            CALLS.note(database, call, 200, 0.25)
            CALLS.note(database, call, 503, 0.75)
            calls._stats(self.company.ids, 1)
        kept = [(24, {'calls': 6, 'refused': 0, 'failed': 3, 'mean_ms': 500.0,
                      'slowest_ms': 750.0})]
        for _again in range(2):
            found = calls._stats(self.company.ids, 24 * 7, parts=('panels',))
            self.assertEqual(found['panels'], [(self.panel.id, kept[0][1])])
            calls._gc_calls()
        self.assertEqual(sorted(self.kept().mapped('calls')), [2, 4])

    def test_counts_are_written_after_the_request_when_it_is_time(self):
        calls, call = self.env['tenant.api.call'], Call(STATUS, self.company.id, self.panel.id)
        for due, written in ((False, 0), (True, 1)):
            CALLS.note(self.env.cr.dbname, call, 200, 0.25)
            with patch.object(Calls, 'is_due', return_value=due):
                calls._write_down_later()
            self.env.cr.postcommit.run()
            rows = self.kept()
            self.assertEqual(len(rows), written)
        self.assertEqual(rows.calls, 2)

    def test_counts_are_written_seldom(self):
        counts, call = Calls(), Call(STATUS, 1, None)
        self.assertFalse(counts.is_due('db'))
        with patch('time.monotonic', return_value=1000.0):
            counts.note('db', call, 200, 1)
            self.assertFalse(counts.is_due('db'))
        with patch('time.monotonic', return_value=1000.0 + WRITTEN_EVERY):
            self.assertTrue(counts.is_due('db'))
            self.assertFalse(counts.is_due('other'))
            self.assertEqual(counts.take('db')[call].calls, 1)
            self.assertFalse(counts.is_due('db'))
            for number in range(MOST):
                counts.note('db', Call(STATUS, 1, number), 200, 1)
            self.assertTrue(counts.is_due('db'))
