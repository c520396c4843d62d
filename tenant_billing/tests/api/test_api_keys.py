from unittest.mock import patch

from odoo.tests import tagged, test_cursor

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

UNKNOWN = "This API key is not known."


@tagged('post_install', '-at_install')
class TestApiKeys(ApiCase):
    """What a key opens, and when it opens nothing any more."""

    def test_platform_key_reads_every_panel_of_its_company(self):
        secret = self.secret('status:read')
        other = self.order(self.plan, name="Other")
        for panel in (self.panel, other):
            response = self.ask(f'/api/tenant/{panel.id}/status', key=secret)
            self.assertEqual(response.json(), panel._status()[0])
            self.assertNotIn('Set-Cookie', response.headers)

    def test_key_of_one_panel_knows_no_other(self):
        secret = self.secret('status:read', 'panels:write', panel=self.panel)
        other = self.order(self.plan, name="Other")
        self.assertEqual(self.ask(key=secret).status_code, 200)
        self.assertProblem(
            self.ask(f'/api/tenant/{other.id}/status', key=secret), 404,
            "There is no such panel, or it is not yours.")
        panels = self.ask('/api/v1/panels', key=secret).json()['panels']
        self.assertEqual([panel['id'] for panel in panels], self.panel.ids)
        self.assertProblem(
            self.post('/api/v1/panels', {
                'external_id': 'x', 'plan': self.plan.code,
                'tenant': {'email': self.tenant.email}}, secret),
            403, "The key of one panel cannot order others.")

    def test_scopes(self):
        secret = self.secret('provisioning')
        response = self.ask(key=secret)
        self.assertProblem(response, 403, "This key lacks the scope status:read.")
        self.assertEqual(response.json()['code'], 'missing_scope')
        response = self.post(f'/api/v1/panels/{self.panel.id}/cancel', {}, secret)
        self.assertProblem(response, 403, "This key lacks the scope panels:write.")
        self.assertFalse(self.panel.service_end)

    def test_scope_given_later_counts_at_once(self):
        key, secret = self.make_key('provisioning')
        self.assertProblem(self.ask(key=secret), 403)
        key.scope_ids[:1].copy({'scope': 'status:read'})
        self.assertEqual(self.ask(key=secret).status_code, 200)

    def test_expiry(self):
        secret = self.secret('status:read', expires_at='2026-01-26 00:00:00')
        self.assertEqual(self.ask(key=secret).status_code, 200)
        self.set_clock('2026-01-26')
        self.assertProblem(self.ask(key=secret), 401, UNKNOWN)

    def test_revoked(self):
        key, secret = self.make_key('status:read')
        old, rotated = secret, key.action_rotate()['context']['default_secret']
        key.action_revoke()
        for told in (old, rotated):
            self.assertProblem(self.ask(key=told), 401, UNKNOWN)

    def test_both_secrets_work_while_a_rotation_overlaps(self):
        key, old = self.make_key('status:read', overlap_hours=2)
        self.at('2026-01-25', '12:00')
        new = key.action_rotate()['context']['default_secret']
        self.at('2026-01-25', '13:59')
        self.assertEqual([self.ask(key=told).status_code for told in (old, new)], [200, 200])
        self.at('2026-01-25', '14:00')
        self.assertProblem(self.ask(key=old), 401, UNKNOWN)
        self.assertEqual(self.ask(key=new).status_code, 200)

    def test_only_the_whole_secret_opens(self):
        secret = self.secret('status:read')
        for told in (secret[:-1], secret + '0', secret[:16], secret.upper(), 'tbk_', 'tbk_é'):
            with self.subTest(told):
                self.assertProblem(
                    self.ask(headers={'Authorization': f'Bearer {told}'.encode()}), 401, UNKNOWN)

    def test_who_asks(self):
        secret = self.secret(
            'status:read', 'panels:write', panel=self.panel, expires_at='2027-01-01 00:00:00')
        self.assertEqual(self.ask('/api/v1/key', key=secret).json(), {
            'kind': 'panel', 'name': "Platform", 'scopes': ['panels:write', 'status:read'],
            'panel_id': self.panel.id, 'expires_at': '2027-01-01T00:00:00Z'})
        self.assertEqual(
            self.ask('/api/v1/key', key=self.secret()).json()['kind'], 'company')
        self.assertEqual(
            self.ask('/api/v1/key', key=self.key_of(self.login)).json()['kind'], 'user')
        self.sign_in('tenant')
        self.assertEqual(self.ask('/api/v1/key').json()['kind'], 'session')

    def test_answers_are_in_the_language_of_the_company(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.company.partner_id.lang = 'fr_FR'
        self.set_clock('2026-02-03')
        self.run_cron('cron_enforce')
        secret = self.secret('status:read')
        self.assertEqual(
            self.ask(key=secret).json(), self.panel.with_context(lang='fr_FR')._status()[0])
        self.assertIn("févr.", self.ask(key=secret).json()['status_text'])

    def test_use_is_noted_once_an_hour(self):
        key, secret = self.make_key('status:read')
        commit, seen = test_cursor.TestCursor.commit, []

        def run_hooks(cursor):  # a test's cursor forgets what is to be done after its commit
            hooks = list(cursor.postcommit._funcs)
            commit(cursor)
            for hook in hooks:
                hook()
        for clock, noted in (
            ('12:00', '06:00'), ('12:30', '06:00'), ('13:00', '07:00'), ('13:59', '07:00'),
        ):
            self.at('2026-01-25', clock)
            with patch.object(test_cursor.TestCursor, 'commit', run_hooks):
                self.assertEqual(self.ask(key=secret).status_code, 200)
            key.invalidate_recordset()
            seen.append((str(key.last_used_at), f'2026-01-25 {noted}:00'))
        self.assertEqual(*map(list, zip(*seen, strict=True)))

    def test_few_queries(self):
        secret = self.secret('status:read')
        self.ask(key=secret)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.ask(key=secret).status_code, 200)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 7)
