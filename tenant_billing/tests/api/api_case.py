from odoo.tests import HttpCase

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


class ApiCase(PayCase, HttpCase):
    """A hosting platform that asks: 25 January, February's invoice of 100.00 is open."""

    def setUp(self):
        super().setUp()
        self.panel.external_id = 'clinic-7'
        self.path = f'/api/tenant/{self.panel.id}/status'

    def key_of(self, user):
        return self.env['res.users.apikeys'].with_user(user).sudo()._generate(
            None, "Platform", False)

    def ask(self, path=None, key=None, method='GET', **values):
        headers = values.pop('headers', {})
        if key:
            headers['Authorization'] = f'Bearer {key}'
        self.env.flush_all()
        self.opener.cookies.clear()
        if self.cookie:
            self.opener.cookies['session_id'] = self.cookie
        return self.url_open(
            path or self.path, method=method, headers=headers, allow_redirects=False, **values)

    cookie = None

    def sign_in(self, name):
        self.cookie = self.authenticate(f'{name}-paying', f'{name}-paying').sid

    def assertProblem(self, response, status, detail=None):
        """An error as RFC 9457 tells it: never HTML, never a cookie."""
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(
            response.headers['Content-Type'], 'application/problem+json; charset=utf-8')
        self.assertNotIn('Set-Cookie', response.headers)
        if response.request.method == 'HEAD':
            return
        problem = response.json()
        self.assertEqual(list(problem), ['type', 'title', 'status', 'detail', 'code'])
        self.assertEqual(problem['status'], status)
        if detail:
            self.assertEqual(problem['detail'], detail)
