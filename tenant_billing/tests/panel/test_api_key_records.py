from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.models.panel.tenant_api_key import HIDDEN_FIELDS
from odoo.addons.tenant_billing.models.panel.tenant_api_key_scope import SCOPES
from odoo.addons.tenant_billing.tests.common import BillingCase


@tagged('post_install', '-at_install')
class TestApiKeyRecords(BillingCase):
    """What the backend keeps of a key, and shows of it."""

    def make_world(self):
        super().make_world()
        self.key = self.env['tenant.api.key'].create({'name': "Platform"})

    def make(self, action='action_issue'):
        return getattr(self.key, action)()['context']['default_secret']

    def find(self, secret):
        self.env.flush_all()
        return self.env['tenant.api.key']._find(secret)

    def manager(self):
        return self.env['res.users'].with_context(no_reset_password=True).create({
            'name': "Manager", 'login': 'manager-keys', 'company_id': self.company.id,
            'company_ids': [Command.set(self.company.ids)],
            'group_ids': [Command.set(self.env.ref('tenant_billing.group_manager').ids)]})

    def test_only_demo_data_keeps_a_secret_in_clear(self):
        kept = self.env['ir.config_parameter'].get_param('tenant_billing.demo_host')
        self.assertEqual(bool(kept), self.env.ref('base.module_tenant_billing').demo)

    def test_shown_once_and_kept_as_a_digest(self):
        self.assertEqual(self.key.state, 'draft')
        secret = self.make()
        self.assertRegex(secret, '^tbk_[0-9a-f]{76}$')
        self.assertEqual((self.key.state, self.key.prefix), ('valid', secret[:16]))
        self.env.flush_all()
        self.env.cr.execute('SELECT * FROM tenant_api_key WHERE id = %s', [self.key.id])
        self.assertNotIn(secret, str(self.env.cr.dictfetchone()))
        self.assertNotIn(secret[16:], str(self.key.message_ids.mapped('body')))
        with self.assertRaisesRegex(UserError, "made already and cannot be shown again"):
            self.key.action_issue()

    def test_reads_only_unless_told_otherwise(self):
        self.assertEqual(self.find(self.make()).scopes, {'status:read'})

    def test_second_rotation_ends_the_first_secret(self):
        first, second, third = self.make(), self.make('action_rotate'), self.make('action_rotate')
        self.assertEqual(
            [bool(self.find(secret)) for secret in (first, second, third)], [False, True, True])

    def test_rotation_without_overlap(self):
        self.key.overlap_hours = 0
        first = self.make()
        second = self.make('action_rotate')
        self.assertEqual([bool(self.find(secret)) for secret in (first, second)], [False, True])

    def test_only_the_whole_secret_is_known(self):
        secret = self.make()
        last = 'f' if secret[-1] == '0' else '0'
        for wrong in (secret[:-1], secret[:-1] + last, secret + '0', secret[:16]):
            self.assertFalse(self.find(wrong))

    def test_only_a_valid_key_is_rotated(self):
        secret = self.make()
        self.key.action_revoke()
        self.assertFalse(self.find(secret))
        with self.assertRaisesRegex(UserError, "Only a valid key can be rotated"):
            self.key.action_rotate()

    def test_state_follows_the_clock(self):
        self.key.expires_at = '2026-01-02 00:00:00'
        self.make()
        self.assertEqual(self.key.state, 'valid')
        self.set_clock('2026-01-03')
        self.key.invalidate_recordset()
        self.assertEqual(self.key.state, 'expired')

    def test_nobody_reads_the_digest_or_writes_the_doors_fields(self):
        self.make()
        mine = self.key.with_user(self.manager())
        for name in HIDDEN_FIELDS:
            with self.assertRaises(AccessError), mute_logger('odoo.models'):
                mine.read([name])
            self.assertNotIn(name, mine.fields_get())
        for name, value in {
            'digest': 'x', 'prefix': 'tbk_x', 'revoked_at': False, 'previous_until': '2030-01-01',
        }.items():
            with self.assertRaises(AccessError), mute_logger('odoo.models'):
                mine.write({name: value})
        self.assertTrue(mine.read(['name', 'prefix', 'state']))

    def test_a_made_key_stays_where_it_is(self):
        self.key.company_id = self.company
        self.make()
        panel = self.order(self.make_plan())
        with self.assertRaisesRegex(UserError, "stays with its company and panel"):
            self.key.panel_id = panel
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.key.unlink()

    def test_a_scope_reaches_no_key_of_another_company(self):
        other = self.make_company("Meghna Hosting")
        theirs = self.env['tenant.api.key'].create({'name': "Theirs", 'company_id': other.id})
        manager = self.manager()
        mine = self.key.with_user(manager).scope_ids
        with self.assertRaisesRegex(UserError, "A scope stays with its key"):
            mine.key_id = theirs.id
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_rule'):
            self.env['tenant.api.key.scope'].with_user(manager).create(
                {'key_id': theirs.id, 'scope': 'panels:write'})

    def test_scopes_are_the_registrys(self):
        self.assertEqual(
            self.env['tenant.api.key.scope']._fields['scope'].selection, SCOPES)

    def test_the_technical_user_has_no_rights(self):
        user = self.env.ref('tenant_billing.user_api')
        self.assertFalse(user.active or user._is_internal() or user._is_public())
        for name in self.env.registry:
            if name.startswith('tenant.') and not self.env[name]._abstract:
                self.assertFalse(self.env[name].with_user(user).has_access('read'), name)
