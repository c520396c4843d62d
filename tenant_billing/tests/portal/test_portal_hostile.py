import os
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import http
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase

EXAMPLES = 400 if os.environ.get('TENANT_BILLING_SOAK') else 40
QUIET = ('odoo.http', 'odoo.addons.tenant_billing.controllers.portal.panels')
names = st.one_of(
    st.sampled_from(['search', 'sortby', 'filterby', 'page', 'ids', 'history', 'panel_id']),
    st.text(min_size=1, max_size=8))
questions = st.dictionaries(names, st.text(max_size=20), max_size=4)
playing = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck))


@tagged('post_install', '-at_install')
class TestPortalHostile(PortalCase):
    """Whatever is asked or posted, no page answers with a 500."""

    def test_questions(self):
        paths = ['/my/panels', '/my/panels/page/2', '/my/panels/cards',
                 f'/my/panels/{self.panel.id}', f'/my/panels/{self.panel.id}/parts']

        @playing
        @given(path=st.sampled_from(paths), query=questions)
        def ask(path, query):
            asked = '&'.join(f'{quote(name)}={quote(value)}' for name, value in query.items())
            self.assertLess(self.get(f'{path}?{asked}').status_code, 500)

        with mute_logger(*QUIET):
            ask()

    def test_bodies(self):
        paths = [f'/my/panels/{self.panel.id}/{action}'
                 for action in ('cancel', 'resume', 'continue', '', 'parts', 'receipts/1')]
        paths += ['/my/panels', '/my/panels/cards']
        token = http.Request.csrf_token(self)

        @playing
        @given(path=st.sampled_from(paths), body=st.one_of(questions, st.binary(max_size=99)),
               is_signed=st.booleans(), is_file=st.booleans())
        def post(path, body, is_signed, is_file):
            files = None
            if isinstance(body, dict):
                body = {**body, **({'csrf_token': token} if is_signed else {})}
                files = {'ids': b'x', 'search': b'y'} if is_file else None
            self.assertLess(self.get(path, data=body, files=files, method='POST').status_code, 500)

        with mute_logger(*QUIET):
            post()
