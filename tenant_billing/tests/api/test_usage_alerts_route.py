from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase


@tagged('post_install', '-at_install')
class TestUsageAlertsRoute(ApiCase):
    """A platform shows what was told of a panel's usage, and says that it was read."""

    def make_world(self):
        super().make_world()
        self.alerts = self.env['tenant.usage.alert'].union(*(
            self.make_alert(self.panel, threshold) for threshold in (50, 80, 100)))
        self.alerts |= self.make_alert(
            self.panel, 1500, basis='money', subject='', value=1512.5, limit_value=None,
            name='', unit=None)
        self.path = f'/api/subscription/alerts/{self.panel.id}'
        self.secret_key = self.secret('usage:read', panel=self.panel)

    def test_list_newest_first_by_pages(self):
        told = self.ask(key=self.secret_key).json()
        self.assertEqual([row['id'] for row in told['alerts']], self.alerts.ids[::-1])
        self.assertEqual((told['unread'], told['next_cursor']), (4, None))
        self.assertEqual(told['alerts'][1], {
            'id': self.alerts[2].id, 'panel_id': self.panel.id, 'severity': 'warning',
            'title': "Calls: 100 % reached", 'kind': 'percent', 'name': "Calls",
            'message': "Used in this period: 8,012 of 10,000 calls.", 'unit': "calls",
            'threshold': '100', 'value': '8012', 'limit': '10000', 'currency': None,
            'period_start': '2026-01-01', 'period_end': '2026-01-31',
            'at': '2026-01-25T06:00:00Z', 'read': False})
        money = told['alerts'][0]
        self.assertEqual(
            (money['threshold'], money['value'], money['limit'], money['currency'], money['name']),
            ('1500.00', '1512.50', None, 'BDT', None))
        first = self.ask(f'{self.path}?limit=3', self.secret_key).json()
        rest = self.ask(
            f'{self.path}?limit=3&cursor={first["next_cursor"]}', self.secret_key).json()
        self.assertEqual(
            [row['id'] for row in first['alerts'] + rest['alerts']], self.alerts.ids[::-1])
        self.assertIsNone(rest['next_cursor'])

    def test_read_once_for_all(self):
        alert = self.alerts[0]
        address = f'/api/subscription/alerts/{alert.id}/read'
        for _time in range(2):
            self.assertIs(self.post(address, {}, self.secret_key).json()['read'], True)
        self.env.invalidate_all()
        self.assertEqual((str(alert.read_at), alert.seen_at), ('2026-01-25 06:00:00', False))
        told = self.ask('/api/subscription/alerts/ext:clinic-7?unread=true', self.secret_key)
        self.assertEqual(
            ([row['id'] for row in told.json()['alerts']], told.json()['unread']),
            (self.alerts.ids[:0:-1], 3))

    def test_tenants_with_a_session_read_theirs(self):
        self.sign_in('tenant')
        self.assertEqual(len(self.ask().json()['alerts']), 4)

    def test_what_is_not_there(self):
        for name in ('0', '999999', 'x', '9' * 30, '0' * 11 + '9' * 19, '-1', '²'):
            with self.subTest(name):
                self.assertProblem(
                    self.post(f'/api/subscription/alerts/{name}/read', {}, self.secret_key), 404,
                    "There is no such alert, or it is not yours.")
