from odoo.tests import tagged

from odoo.addons.tenant_billing.controllers.api.problems import PROBLEMS
from odoo.addons.tenant_billing.controllers.api.schema import check
from odoo.addons.tenant_billing.tests.api.api_case import ApiCase


@tagged('post_install', '-at_install')
class TestOpenApi(ApiCase):
    """`/api/openapi.json` tells of every route, and nothing that is not so."""

    def operations(self):
        for path, operations in self.document(self)['paths'].items():
            for method, operation in operations.items():
                yield path, method, operation

    def test_every_route_below_api_is_told(self):
        told = set(self.document(self)['paths'])
        routes = {
            path: endpoint.routing for path, endpoint in self.env['ir.http']
            ._generate_routing_rules(self.registry._init_modules, None)
            if path.startswith('/api/') and '<anything:' not in path
            and not path.startswith('/api/billing/')}  # there gateways call
        self.assertEqual(
            {path.replace('<string:', '{').replace('>', '}') for path in routes}, told)
        self.assertEqual({routing['type'] for routing in routes.values()}, {'tenant_api'})

    def test_examples_fit_their_schemas(self):
        for path, method, operation in self.operations():
            contents = [operation.get('requestBody', {'content': {}})['content']]
            contents += [said['content'] for said in operation['responses'].values()]
            for content in contents:
                for media in content.values():
                    examples = [media['example']] if 'example' in media else [
                        example['value'] for example in media['examples'].values()]
                    for example in examples:
                        with self.subTest(path, method=method):
                            check(self.resolve(media['schema']), example)

    def test_names_are_unique_and_references_lead_somewhere(self):
        names = [operation['operationId'] for _path, _method, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))
        self.resolve(self.document(self)['paths'])

    def test_anybody_may_read_it(self):
        response = self.ask('/api/openapi.json')
        self.assertEqual(response.json()['openapi'], '3.1.0')
        self.assertNotIn('Set-Cookie', response.headers)

    def test_other_methods_are_refused_as_told(self):
        for path, operations in self.document(self)['paths'].items():
            key = self.secret()
            for method in {'GET', 'POST', 'PUT', 'DELETE'} - {m.upper() for m in operations}:
                response = self.ask(
                    path.replace('{ref}', str(self.panel.id)), key=key, method=method)
                allowed = [*(name.upper() for name in operations)]
                allowed += ['HEAD'] if 'get' in operations else []
                with self.subTest(path, method=method):
                    self.assertProblem(response, 405)
                    self.assertEqual(
                        sorted(response.headers['Allow'].split(', ')), sorted(allowed))

    def test_every_problem_code_is_told_with_its_status(self):
        told = {
            (code, int(status))
            for _path, _method, operation in self.operations()
            for status, said in operation['responses'].items()
            for code in said['content'].get(
                'application/problem+json', {'examples': {}})['examples']}
        self.assertEqual(told, {(code, status) for code, (status, _when) in PROBLEMS.items()})
