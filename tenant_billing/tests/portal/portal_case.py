from lxml import html
from odoo import http
from odoo.tests import HttpCase

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


class PortalCase(PayCase, HttpCase):
    """The tenant on the portal: 25 January, February's invoice of 100.00 is open."""

    def setUp(self):
        super().setUp()
        self.sign_in('tenant')

    def sign_in(self, name):
        self.authenticate(name and f'{name}-paying', name and f'{name}-paying')

    def get(self, path, **values):
        return self.url_open(path, allow_redirects=False, **values)

    def post(self, path, **values):
        return self.url_open(
            path, allow_redirects=False,
            data={'csrf_token': http.Request.csrf_token(self), **values})

    def page(self, path, status=200):
        self.env.flush_all()
        response = self.get(path)
        self.assertEqual(response.status_code, status)
        return html.fromstring(response.content)

    def text(self, root, css=None):
        """What a person reads, in one line."""
        found = root.cssselect(css) if css else [root]
        return " ".join(" ".join(" ".join(el.text_content().split()) for el in found).split())

    def cards(self, root):
        """The cards as (pill, name, sentence)."""
        return [
            (self.text(card, '.o_tb_pill'), self.text(card, '.o_tb_name'),
             self.text(card, '.o_tb_sentence'))
            for card in root.cssselect('article')]
