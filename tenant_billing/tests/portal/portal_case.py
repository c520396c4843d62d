import re

from lxml import html
from odoo import http
from odoo.tests import HttpCase

from odoo.addons.tenant_billing.tests.collection.paying import PayCase

STEP = re.compile(r"""(?P<tag>^\w+)|\.(?P<class>[\w-]+)|\#(?P<id>[\w-]+)
    |\[(?P<name>[\w-]+)(?:(?P<how>\*?=)"?(?P<value>[^\]"]*)"?)?\]""", re.VERBOSE)


def find(root, css):
    """Elements by simple CSS: tags, classes, ids and attributes below each other."""
    path = '.'
    for step in css.split():
        tag, tests = '*', ''
        for part in STEP.finditer(step):
            if part['tag']:
                tag = part['tag']
            elif part['class']:
                words = "concat(' ', normalize-space(@class), ' ')"
                tests += f"[contains({words}, ' {part['class']} ')]"
            elif part['id']:
                tests += f"[@id='{part['id']}']"
            elif part['how'] == '=':
                tests += f"[@{part['name']}='{part['value']}']"
            elif part['how']:
                tests += f"[contains(@{part['name']}, '{part['value']}')]"
            else:
                tests += f"[@{part['name']}]"
        path += f'//{tag}{tests}'
    return root.xpath(path)


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
        found = find(root, css) if css else [root]
        return " ".join(" ".join(" ".join(el.text_content().split()) for el in found).split())

    def cards(self, root):
        """The cards as (pill, name, sentence)."""
        return [
            (self.text(card, '.o_tb_pill'), self.text(card, '.o_tb_name'),
             self.text(card, '.o_tb_sentence'))
            for card in find(root, 'article')]
