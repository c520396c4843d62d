import re

from odoo.fields import Command
from odoo.tests import HttpCase

from odoo.addons.tenant_billing.controllers.api.schema import check
from odoo.addons.tenant_billing.tests.collection.paying import PayCase


class ApiCase(PayCase, HttpCase):
    """A hosting platform that asks: 25 January, February's invoice of 100.00 is open."""

    def make_world(self):
        super().make_world()
        self.panel.external_id = 'clinic-7'
        self.path = f'/api/tenant/{self.panel.id}/status'

    def key_of(self, user):
        return self.env['res.users.apikeys'].with_user(user).sudo()._generate(
            None, "Platform", False)

    def make_key(self, *scopes, company=None, panel=None, **values):
        """A key of the platform, or of one panel.

        :return: the key and its secret
        """
        key = self.env['tenant.api.key'].create({
            'name': "Platform", 'company_id': (company or self.company).id,
            'panel_id': panel.id if panel else False,
            'scope_ids': [Command.create({'scope': scope}) for scope in scopes], **values})
        return key, key.action_issue()['context']['default_secret']

    def secret(self, *scopes, **values):
        return self.make_key(*scopes, **values)[1]

    def post(self, path, body=None, key=None, once=None):
        headers = {'Idempotency-Key': once} if once else {}
        return self.ask(path, key=key, method='POST', json=body, headers=headers)

    def ask(self, path=None, key=None, method='GET', **values):
        headers = values.pop('headers', {})
        if key:
            headers['Authorization'] = f'Bearer {key}'
        self.env.flush_all()
        self.opener.cookies.clear()
        if self.cookie:
            self.opener.cookies['session_id'] = self.cookie
        response = self.url_open(
            path or self.path, method=method, headers=headers, allow_redirects=False, **values)
        self.assertDocumented(response)
        return response

    cookie = None

    def sign_in(self, name):
        self.cookie = self.authenticate(f'{name}-paying', f'{name}-paying').sid

    @classmethod
    def document(cls, case):
        """What the routes say of themselves."""
        if not hasattr(cls, '_document'):
            cls._document = case.url_open('/api/openapi.json').json()
        return cls._document

    def assertDocumented(self, response):
        """What was answered is what the document says that it may be."""
        path, method = response.request.path_url.partition('?')[0], response.request.method
        document = self.document(self)
        for template, operations in document['paths'].items():
            pattern = re.sub(r'\{\w+\}', '[^/]+', template)
            operation = operations.get('get' if method == 'HEAD' else method.lower())
            if re.fullmatch(pattern, path) and operation:
                said = operation['responses'].get(str(response.status_code))
                self.assertTrue(said, f"{method} {path}: {response.status_code} is not documented")
                mimetype = response.headers['Content-Type'].partition(';')[0]
                schema = self.resolve(said['content'][mimetype]['schema'])
                if method != 'HEAD':
                    check(schema, response.json(), "The answer")

    def resolve(self, schema):
        """A schema of the document with all that it refers to."""
        if isinstance(schema, list):
            return [self.resolve(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if '$ref' in schema:
            name = schema['$ref'].rpartition('/')[2]
            return self.resolve(self.document(self)['components']['schemas'][name])
        return {name: self.resolve(part) for name, part in schema.items()}

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
