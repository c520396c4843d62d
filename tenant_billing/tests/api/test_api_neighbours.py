from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.models.panel.tenant_api_key_scope import SCOPES
from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

ALL = [scope for scope, _label in SCOPES]


@tagged('post_install', '-at_install')
class TestApiNeighbours(ApiCase):
    """Law 10 on every route below /api/, found by reflection: whoever is not meant sees nothing
    and changes nothing."""

    def make_world(self):
        super().make_world()
        self.alert = self.make_alert(self.panel)
        self.other = self.make_company("Meghna Hosting")
        operator = self.make_login(
            'operator', self.make_tenant("Operator"), 'tenant_billing.group_manager')
        operator.write({
            'company_ids': [Command.set(self.other.ids)], 'company_id': self.other.id})
        clerk = self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        stranger = self.make_login('stranger', self.make_tenant("Rangpur Heart Centre"))
        self.outsiders = {
            "platform of another company": self.secret(*ALL, company=self.other),
            "key of another panel": self.secret(*ALL, panel=self.order(self.plan)),
            "operator of another company": self.key_of(operator),
            "employee": self.key_of(clerk),
            "stranger": self.key_of(stranger),
        }

    def operations(self, ref):
        """Every method of every route: method, path with a panel in it, operation."""
        for path, operations in self.document(self)['paths'].items():
            path = path.replace('{ref}', ref).replace('{alert_id}', str(self.alert.id))
            for method, operation in operations.items():
                yield method.upper(), path, operation

    def send(self, method, path, operation, key):
        body = operation.get('requestBody')
        example = body and body['content']['application/json']['example']
        return self.ask(path, key=key, method=method, **({'json': example} if body else {}))

    def test_neighbours_reach_no_panel(self):
        for who, key in self.outsiders.items():
            for ref in (str(self.panel.id), 'ext:clinic-7'):
                for method, path, operation in self.operations(ref):
                    if ref not in path and '/alerts/' not in path:
                        continue
                    before = self._picture()
                    with self.subTest(who, method=method, path=path), mute_logger('odoo.http'):
                        response = self.send(method, path, operation, key)
                        self.assertIn(response.status_code, (403, 404), response.text)
                        self.assertNotIn(self.panel.name, response.text)
                    self.assertEqual(self._picture(), before)

    def test_lists_hold_no_panel_of_a_neighbour(self):
        for who, key in self.outsiders.items():
            with self.subTest(who):
                panels = self.ask('/api/v1/panels', key=key).json()['panels']
                self.assertNotIn(self.panel.id, [panel['id'] for panel in panels])

    def test_neighbour_orders_nothing_here(self):
        order = {'external_id': 'new', 'plan': self.plan.code, 'tenant': {
            'email': self.tenant.email}}
        for who, key in self.outsiders.items():
            with self.subTest(who), mute_logger('odoo.http'):
                self.assertIn(self.post('/api/v1/panels', order, key).status_code, (403, 422))
        self.assertFalse(self.env['tenant.panel'].search([('external_id', '=', 'new')]))

    def test_without_its_scope_a_key_does_nothing(self):
        for method, path, operation in self.operations(str(self.panel.id)):
            needed = [scope for scope in ALL if f'`{scope}`' in operation.get('description', '')]
            if not needed:
                continue
            key = self.secret(*set(ALL) - set(needed))
            before = self._picture()
            with self.subTest(method=method, path=path):
                response = self.send(method, path, operation, key)
                self.assertProblem(response, 403, f"This key lacks the scope {needed[0]}.")
            self.assertEqual(self._picture(), before)

    def test_routes_without_a_scope_are_these(self):
        free = {path for _method, path, operation in self.operations('7')
                if 'description' not in operation}
        self.assertEqual(free, {'/api/openapi.json', '/api/v1/key', '/api/monitoring/health'})

    def test_a_session_changes_nothing(self):
        self.sign_in('tenant')
        for method, path, operation in self.operations(str(self.panel.id)):
            if method == 'POST':
                with self.subTest(path):
                    self.assertProblem(
                        self.send(method, path, operation, None), 403,
                        "A session may only read here. Use an API key.")

    def test_nobody(self):
        for method, path, operation in self.operations(str(self.panel.id)):
            if operation['security']:
                with self.subTest(path, method=method):
                    self.assertProblem(self.send(method, path, operation, None), 401)
