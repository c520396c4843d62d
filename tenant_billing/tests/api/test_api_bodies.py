import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

EXAMPLES = 600 if os.environ.get('TENANT_BILLING_SOAK') else 80
WORDS = ('external_id', 'plan', 'tenant', 'email', 'name', 'progress', 'state', 'message',
         'reason', 'credit_rest')
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.sampled_from(['pro', 'created', 'failed', 'a@b.example', '\0', '\ud800', '', ' '])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)),
    max_leaves=8)
bodies = st.dictionaries(st.sampled_from(WORDS), values, max_size=5) | values


@tagged('post_install', '-at_install')
class TestApiBodies(ApiCase):
    """Whatever JSON is sent to the routes that change something: a documented answer, never 5xx."""

    def test_no_body_breaks_a_route(self):
        secret = self.secret('status:read', 'panels:write', 'provisioning')
        self.plan.code = 'pro'
        posts = [
            path.replace('{ref}', ref)
            for path, operations in self.document(self)['paths'].items() if 'post' in operations
            for ref in ('ext:clinic-7', 'ext:nobody')]

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck))
        @given(path=st.sampled_from(posts), body=bodies, once=st.sampled_from([None, 'a', 'b']))
        def throw(path, body, once):
            response = self.post(path, body, secret, once)
            self.assertLess(response.status_code, 500, response.text)
            self.assertNotIn('Set-Cookie', response.headers)

        with mute_logger('odoo.http', 'odoo.sql_db'):
            throw()

    def test_what_is_no_json(self):
        secret = self.secret('panels:write')
        for data in (b'{', b'', b'\xff', b'NaN', b'[' * 100_000, b'9' * 10_000, b'"\\ud800"'):
            with self.subTest(data[:10]):
                response = self.ask(
                    '/api/v1/panels', key=secret, method='POST', data=data,
                    headers={'Content-Type': 'application/json'})
                self.assertProblem(response, 400)
                self.assertEqual(response.json()['code'], 'invalid_request')

    def test_what_is_wrong_is_said(self):
        secret = self.secret('panels:write', 'provisioning')
        order = {'external_id': 'x', 'plan': 'pro', 'tenant': {'email': 'a@b.example'}}
        told = f'/api/tenant/{self.panel.id}/provisioning'
        for path, body, sentence in (
            ('/api/v1/panels', [], "The body must be object."),
            ('/api/v1/panels', {}, "The body lacks external_id."),
            ('/api/v1/panels', {**order, 'plan': 7}, "plan must be string."),
            ('/api/v1/panels', {**order, 'plan': ' '}, "plan does not have the right form."),
            ('/api/v1/panels', {**order, 'tenant': {}}, "tenant lacks external_id or email."),
            ('/api/v1/panels', {**order, 'price': 1}, "The body has an unknown part: 'price'."),
            (told, {}, "The body lacks progress or state."),
            (told, {'progress': 101}, "progress must be from 0 to 100."),
            (told, {'progress': True}, "progress must be integer."),
            (told, {'state': 'done'}, "state must be one of created, failed."),
        ):
            with self.subTest(sentence):
                self.assertProblem(self.post(path, body, secret), 400, sentence)
