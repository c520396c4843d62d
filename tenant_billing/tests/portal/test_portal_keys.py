from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase, find


@tagged('post_install', '-at_install')
class TestPortalKeys(PortalCase):
    """The tenant makes, rotates and revokes keys of a panel by itself."""

    def make_world(self):
        super().make_world()
        self.path = f'/my/panels/{self.panel.id}/keys'
        self.stolen = "Session expired (invalid CSRF token)"

    def send(self, path, **values):
        """What the page says after a post, and the secret that it shows, if any."""
        response = self.post(path, **values)
        if response.status_code == 303:
            self.assertTrue(response.headers['Location'].endswith(self.path))
            page = self.page(self.path)
        else:
            self.assertEqual(response.headers['Cache-Control'], 'no-store')
            page = self.html(response)
        self.env.invalidate_all()
        shown = find(page, '#o_tb_secret')
        return self.text(page, '.o_tb_message'), shown and shown[0].get('value')

    def html(self, response):
        from lxml import html  # noqa: PLC0415
        return html.fromstring(response.content)

    def key(self):
        return self.panel._tenant_keys()

    def opens(self, secret):
        return self.env['tenant.api.key']._find(secret)

    def test_made_shown_once_rotated_and_revoked(self):
        said, secret = self.send(self.path, name=" Reporting ", scope=['usage:write', 'usage:read'])
        self.assertFalse(said)
        caller = self.opens(secret)
        self.assertEqual(
            (caller.name, caller.panel_id, caller.company_id, caller.scopes),
            ("Reporting", self.panel.id, self.company.id, {'usage:write', 'usage:read'}))
        page = self.page(self.path)
        self.assertNotIn(secret, page.text_content())
        self.assertFalse(find(page, '#o_tb_secret'))
        self.assertIn(
            f'{secret[:16]}… · Send usage, Read usage, cost and alerts',
            self.text(page, '.o_tb_action'))
        self.assertEqual(self.key().create_uid, self.login)

        prefix, rotate = self.key().prefix, f'{self.path}/{self.key().id}/rotate'
        _said, second = self.send(rotate, prefix=prefix)
        self.assertTrue(self.opens(second) and self.opens(secret))  # for the overlap
        said, nothing = self.send(rotate, prefix=prefix)  # pressed twice
        self.assertFalse(nothing)
        self.assertEqual(
            said, "This key was rotated a moment ago. Rotate it again if you have not copied it.")
        self.assertTrue(self.opens(second) and self.opens(secret))

        said, _none = self.send(f'{self.path}/{self.key().id}/revoke')
        self.assertEqual(said, "The key Reporting is revoked: from now on it is refused.")
        self.assertFalse(self.opens(second) or self.opens(secret))
        said, nothing = self.send(rotate, prefix=self.key().prefix)
        self.assertEqual(
            (said, nothing), ("Only a valid key can be rotated. Make another one.", []))

    def test_what_is_refused(self):
        self.send(self.path, name="One", scope='usage:write')
        for values, said in (
            ({'name': "One", 'scope': 'usage:read'},
             "There is a key called One. Revoke it, or choose another name."),
            ({'name': "Two"}, "Choose at least one thing that the key may do."),
            ({'name': "Two", 'scope': ['usage:read', 'panels:write']},
             "Choose at least one thing that the key may do."),
            ({'name': " ", 'scope': 'usage:read'}, "Give the key a name of up to 64 characters."),
            ({'name': "x" * 65, 'scope': 'usage:read'},
             "Give the key a name of up to 64 characters."),
        ):
            with self.subTest(values):
                self.assertEqual(self.send(self.path, **values), (said, []))
        self.assertEqual(len(self.key()), 1)
        with mute_logger('odoo.http'):  # no token
            response = self.url_open(self.path, data={'name': "Two", 'scope': 'usage:read'})
        self.assertEqual(response.status_code, 400)
        self.panel.action_close("Gone")
        self.assertFalse(find(self.page(self.path), 'form.o_tb_new_key'))
        with self.assertRaisesRegex(UserError, "it gets no keys"):
            self.panel._make_tenant_key("Two", ['usage:read'])

    def test_what_operators_made_is_not_the_tenants(self):
        theirs = self.env['tenant.api.key'].create({
            'name': "Host", 'company_id': self.company.id, 'panel_id': self.panel.id})
        theirs.action_issue()
        self.assertNotIn("Host", self.text(self.page(self.path), '.o_tb'))
        for action in ('rotate', 'revoke'):
            response = self.post(f'{self.path}/{theirs.id}/{action}', prefix=theirs.prefix)
            self.assertEqual(response.status_code, 404)
        self.assertEqual(theirs.state, 'valid')
        self.panel._make_tenant_key("Mine", ['status:read'])
        with self.assertRaisesRegex(ValidationError, "cannot be for more than usage and status"):
            self.env['tenant.api.key.scope'].create(
                {'key_id': self.key().id, 'scope': 'panels:write'})

    def test_the_way_there_and_twenty_keys(self):
        links = [link.get('href') for link in find(
            self.page(f'/my/panels/{self.panel.id}'), 'a')]
        self.assertIn(self.path, links)
        for number in range(20):
            self.panel._make_tenant_key(str(number), ['usage:write'])
        with self.assertRaisesRegex(UserError, "There are 20 keys already"):
            self.panel._make_tenant_key("One more", ['usage:write'])
