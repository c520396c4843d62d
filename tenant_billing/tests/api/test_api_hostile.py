import os
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

EXAMPLES = 600 if os.environ.get('TENANT_BILLING_SOAK') else 60
METHODS = ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')
TYPES = (
    'application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data',
    'multipart/form-data; boundary=x', 'application/json; charset=nonsense', '',
)
segments = st.one_of(
    st.text(max_size=12).map(lambda text: quote(text, safe='').replace('.', '%252E')),
    st.binary(max_size=8).map(lambda data: quote(data, safe='')),
    st.sampled_from(['tenant', 'status', 'ext:clinic-7', 'ext:', '1', '', '%2F', '%00']))


@tagged('post_install', '-at_install')
class TestApiHostile(ApiCase):
    """Whatever is sent to whatever address below /api/: no 500, no HTML, no cookie."""

    def test_no_address_and_no_body_breaks_it(self):
        key = self.key_of(self.login)

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck))
        @given(
            path=st.lists(segments, max_size=5), method=st.sampled_from(METHODS),
            body=st.binary(max_size=200), mimetype=st.sampled_from(TYPES), signed=st.booleans(),
            query=st.text(max_size=10))
        def throw(path, method, body, mimetype, signed, query):
            response = self.ask(
                '/api/' + '/'.join(path) + (f'?{quote(query)}' if query else ''),
                key=key if signed else None, method=method, data=body,
                headers={'Content-Type': mimetype})
            self.assertLess(response.status_code, 500)
            self.assertIn(response.headers['Content-Type'], (
                'application/json; charset=utf-8',
                'application/problem+json; charset=utf-8'))
            self.assertNotIn('Set-Cookie', response.headers)

        with mute_logger('odoo.http'):
            throw()
