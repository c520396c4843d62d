from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import Form, new_test_user, tagged
from standardwebhooks import Webhook, WebhookVerificationError

from odoo.addons.tenant_billing.engine import webhook_signature
from odoo.addons.tenant_billing.tests.oversight.listening import WebhookCase


@tagged('post_install', '-at_install')
class TestWebhookSecrets(WebhookCase):
    """Who may know a secret, and how one takes the place of another."""

    def make_world(self):
        super().make_world()
        self.manager = new_test_user(
            self.env, 'hooks-manager', 'tenant_billing.group_manager', company_id=self.company.id)
        self.user = new_test_user(
            self.env, 'hooks-user', 'tenant_billing.group_user', company_id=self.company.id)

    def heard_with(self, secret):
        """The last message, read with a secret."""
        self.deliver()
        _path, headers, body = self.host.heard[-1]
        return Webhook(secret).verify(body, headers)

    def test_a_manager_makes_an_endpoint_and_sees_its_secret_once(self):
        with Form(self.env['tenant.webhook.endpoint'].with_user(self.manager)) as form:
            form.name = "Mine"
            form.url = self.host.address
        endpoint = form.record
        action = endpoint.action_new_secret()
        shown = self.env[action['res_model']].with_user(self.manager).with_context(
            action['context']).onchange({}, [], {'secret': {}})['value']['secret']
        self.assertEqual(shown, endpoint.sudo().secret)
        self.assertEqual(len(webhook_signature.key_of(shown)), 32)
        with self.assertRaises(AccessError):
            endpoint.read(['secret'])
        with self.assertRaises(AccessError):
            endpoint.read(['previous_secret'])

    def test_a_user_makes_neither_endpoints_nor_secrets(self):
        endpoint = self.endpoint.with_user(self.user)
        self.assertEqual(endpoint.name, "Host")
        for attempt in (endpoint.action_new_secret, endpoint.action_test,
                        lambda: endpoint.write({'url': 'https://elsewhere.example/'})):
            with self.assertRaises(AccessError):
                attempt()

    def test_both_secrets_count_for_a_day(self):
        old = self.endpoint.sudo().secret
        new = self.endpoint.action_new_secret()['context']['default_secret']
        self.assertNotEqual(old, new)
        self.tell('A')
        for secret in (old, new):
            self.assertEqual(self.heard_with(secret)['data'], {'panel': 'A'})
        self.set_moment(fields.Datetime.now() + timedelta(days=1))
        self.tell('B')
        self.assertEqual(self.heard_with(new)['data'], {'panel': 'B'})
        with self.assertRaises(WebhookVerificationError):
            self.heard_with(old)

    def test_a_neutralized_copy_knows_no_secret(self):
        old = self.endpoint.sudo().secret
        self.company.write({
            'tenant_sms_sender': 'http', 'tenant_sms_url': 'https://sms.example/?key=s3cret',
            'tenant_sms_headers': "X-Key: s3cret", 'tenant_sms_body': 'key=s3cret'})
        self.endpoint.action_new_secret()
        self.env.flush_all()
        for query in get_neutralization_queries(['tenant_billing']):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        endpoint = self.endpoint.sudo()
        self.assertFalse(endpoint.active or endpoint.previous_secret)
        self.assertEqual(len(webhook_signature.key_of(endpoint.secret)), 32)
        self.assertNotEqual(endpoint.secret, old)
        for name in ('sender', 'url', 'headers', 'body'):
            self.assertFalse(self.company[f'tenant_sms_{name}'])

    def test_a_retry_is_signed_anew(self):
        """Its time is that of the attempt, or hosts would refuse it as stale."""
        self.host.status = 500
        self.tell('A')
        self.deliver()
        self.host.status = 200
        self.set_moment(fields.Datetime.now() + timedelta(hours=7))
        new = self.endpoint.action_new_secret()['context']['default_secret']
        self.assertEqual(self.heard_with(new)['data'], {'panel': 'A'})

    def test_a_secret_that_somebody_else_chose(self):
        secret = webhook_signature.secret_of(b'k' * 24)
        endpoint = self.make_endpoint(self.host, secret=secret)
        self.assertEqual(endpoint.sudo().secret, secret)
        with self.assertRaisesRegex(ValidationError, "the base64 of 24 to 64 random bytes"):
            endpoint.sudo().secret = 'whsec_short'

    def test_a_copy_has_a_secret_of_its_own(self):
        self.assertNotEqual(self.endpoint.copy().sudo().secret, self.endpoint.sudo().secret)

    def test_addresses(self):
        self.allow_private(False)
        for url, message in (
            ('http://host.example/', "The address must begin with https://."),
            ('host.example', "This is not a web address."),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self.endpoint.url = url
        self.endpoint.url = 'https://host.example/hook'

    # === THE TEST BUTTON === #

    def test_the_test_button(self):
        action = self.endpoint.with_user(self.manager).action_test()
        delivery = self.env[action['res_model']].browse(action['res_id'])
        self.deliver()
        self.assertEqual(delivery.state, 'delivered')
        message, = self.messages()
        self.assertEqual((message['type'], message['data']), (
            'webhook.test', {'endpoint': "Host"}))

    def test_a_test_that_fails_is_not_tried_again_and_asks_nobody(self):
        self.host.status = 404
        self.endpoint.action_test()
        self.deliver()
        delivery = self.endpoint.delivery_ids
        self.assertEqual((delivery.state, delivery.last_status), ('given_up', 404))
        self.assertFalse(self.endpoint.activity_ids)
        self.set_moment(fields.Datetime.now() + timedelta(days=4))
        self.env['tenant.billing.audit']._run()
        self.assertFalse(self.env['tenant.billing.audit'].search([]))
