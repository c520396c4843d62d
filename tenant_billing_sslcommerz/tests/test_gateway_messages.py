import json
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.models.gateway_message import TRIES
from odoo.addons.tenant_billing_sslcommerz.tests.common import PASSWORD, SslcommerzCase

LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.gateway_message'
ANSWERS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'


@tagged('post_install', '-at_install')
class TestGatewayMessages(SslcommerzCase):
    """The callback inbox."""

    def setUp(self):
        super().setUp()
        self.tx = self.start()

    def messages(self):
        return self.env['tenant.gateway.message'].search([])

    # === KEPT === #

    def test_kept_before_it_is_worked_on(self):
        """Whatever happens to the work: a bug, a full disk, a killed server."""
        with self.another_transaction() as env:
            message = env['tenant.gateway.message']._receive('ipn', self.sign(self.facts(self.tx)))
            env.cr.rollback()
        self.assertEqual(self.messages().ids, message.ids)
        self.assertEqual(self.messages().state, 'new')
        self.answers_paid(self.tx)
        self.set_clock('2026-01-01', hour=13)
        self.work()
        self.assertEqual((self.messages().state, self.tx.state), ('done', 'done'))

    def test_a_bug_in_the_work_is_noted_and_tried_again(self):
        self.hear(self.facts(self.tx, 'UNATTEMPTED'))
        self.messages().write({'state': 'retry', 'retry_on': '2026-01-01 06:00:00'})
        with patch.object(type(self.tx), '_sslcommerz_hear', side_effect=RuntimeError("Oh")), (
                mute_logger('odoo.addons.tenant_billing.models.invoicing.tenant_billing_run')):
            self.work()
        self.assertEqual((self.messages().state, self.messages().outcome),
                         ('retry', 'RuntimeError: Oh'))

    def test_the_same_message_is_kept_once(self):
        facts = self.facts(self.tx, 'UNATTEMPTED')
        for form in (facts, dict(reversed(facts.items()))):
            self.hear(form)
        with self.another_transaction() as env:
            unsigned = {**self.sign(facts), 'more': 'x', 'verify_sign_sha2': ''}
            env['tenant.gateway.message']._receive('return', unsigned)
        self.assertEqual(len(self.messages()), 1)
        self.hear({**facts, 'tran_date': 'another'})
        self.assertEqual(len(self.messages()), 2)

    def test_secrets_are_masked_and_only_what_was_signed_is_kept(self):
        form = self.sign({**self.facts(self.tx, 'FAILED'), 'token_key': 'secret'})
        with self.another_transaction() as env:
            env['tenant.gateway.message']._receive('ipn', {**form, 'injected': '<b>'})
        text = self.messages().payload
        payload = json.loads(text)
        self.assertEqual(
            (payload['token_key'], payload['card_no'], payload['value_a']), ('***',) * 3)
        self.assertNotIn('injected', payload)
        for secret in (form['verify_sign'], form['verify_sign_sha2'], PASSWORD, '017XXXXX123'):
            self.assertNotIn(secret, text)

    # === TURNED AWAY === #

    @mute_logger(LOGGER)
    def test_what_is_not_signed_by_the_store_is_not_kept(self):
        facts = self.facts(self.tx)
        with self.another_transaction() as env:
            receive = env['tenant.gateway.message']._receive
            for form in (
                {}, facts, self.sign(facts, 'another password'), self.sign(facts, ''),
                self.sign({**facts, 'store_id': 'another'}),
                self.sign({**facts, 'store_id': '\0'}),
                self.sign({**facts, 'tran_id': ''}),
                self.sign({**facts, 'tran_id': self.tx.reference + '\0'}),
                self.sign({**facts, 'tran_id': 'x' * 31}),
                self.sign({**facts, 'tran_id': 'আ'}),
                {**self.sign(facts), 'amount': '1.00'},
                {**self.sign(facts), 'tran_id': 'P260101-UNKNOWN'},
            ):
                with self.subTest(form):
                    self.assertFalse(receive('ipn', form))
        self.assertFalse(self.messages())
        self.assertEqual(self.gateway.paths(), [])

    @mute_logger(LOGGER)
    def test_another_store_s_signature_does_not_count(self):
        other = self.make_company("Meghna Hosting")
        self.make_store(other, 'otherstore', 'otherstore@ssl')
        self.assertFalse(self.hear(
            {**self.facts(self.tx), 'store_id': 'otherstore'}, password='otherstore@ssl'))
        self.assertFalse(self.hear(self.facts(self.tx), password='otherstore@ssl'))

    @mute_logger(LOGGER)
    def test_without_a_password_nothing_is_signed(self):
        self.provider.state = 'disabled'
        self.provider.sslcommerz_store_password = False
        self.assertFalse(self.hear(self.facts(self.tx), password=''))

    def test_an_unknown_payment_of_our_store(self):
        message = self.hear({**self.facts(self.tx), 'tran_id': 'P260101-UNKNOWN'})
        self.assertEqual((message.state, message.outcome, message.company_id),
                         ('refused', "There is no such payment in this database.", self.company))

    # === WORKED ON AGAIN === #

    def test_the_self_audit_lists_what_waits_too_long(self):
        self.gateway.answers[const.VALIDATION_PATH] = {'APIConnect': 'FAILED'}
        self.hear(self.facts(self.tx))
        self.assertFalse(self.env['tenant.billing.audit']._run())
        self.set_clock('2026-01-01', hour=14)
        self.assertEqual(
            self.env['tenant.billing.audit']._run().mapped('message'),
            [f'What the gateway said about payment {self.tx.reference} was not worked on yet.'])

    @mute_logger(ANSWERS)
    def test_after_many_tries_a_person_is_asked(self):
        self.gateway.answers[const.VALIDATION_PATH] = {'APIConnect': 'FAILED'}
        message = self.hear(self.facts(self.tx))
        for day in range(2, 30):
            self.set_clock(f'2026-01-{day:02}')
            self.work()
        self.assertEqual((message.state, message.attempts), ('failed', TRIES))
        self.assertEqual(self.gateway.paths(), ['validation'] * TRIES)
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])

    @mute_logger(ANSWERS)
    def test_a_manager_works_on_it_again(self):
        message = self.hear(self.facts(self.tx))
        self.assertEqual(message.state, 'refused')
        self.answers_paid(self.tx)
        manager = self.user('manager', 'tenant_billing.group_manager', self.company)
        message.with_user(manager).action_work_again()
        self.assertEqual((message.state, self.tx.state), ('done', 'done'))

    # === WHO SEES IT === #

    def user(self, name, group, company):
        return new_test_user(
            self.env, f'{name}-gateway', f'base.group_user,{group}', company_id=company.id,
            company_ids=[Command.set(company.ids)])

    def test_only_managers_of_the_company_see_messages(self):
        message = self.hear(self.facts(self.tx, 'UNATTEMPTED'))
        elsewhere = self.make_company("Meghna Hosting")
        manager = self.user('manager', 'tenant_billing.group_manager', self.company)
        system = self.user('system', 'base.group_system', self.company)
        for user in (manager, system):
            self.assertEqual(message.with_user(user).search([]), message)
            for right in ('write', 'create', 'unlink'):
                self.assertFalse(message.with_user(user).has_access(right))
        with self.assertRaises(AccessError):  # who only looks after the server bills nobody
            message.with_user(system).action_work_again()
        neighbours = (
            self.user('clerk', 'tenant_billing.group_user', self.company),
            self.user('neighbour', 'tenant_billing.group_manager', elsewhere),
            self.portal(),
        )
        for user in neighbours:
            seen = message.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            with mute_logger('odoo.addons.base.models.ir_model',
                             'odoo.addons.base.models.ir_rule', 'odoo.models'):
                for attempt in (lambda s: s.read(['reference']), lambda s: s.action_work_again()):
                    with self.subTest(user.login), self.assertRaises(AccessError):
                        attempt(seen)

    def test_only_accountants_accept_a_risk(self):
        for user in (self.portal(),
                     self.user('clerk', 'tenant_billing.group_user', self.company)):
            with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_model'):
                self.tx.with_user(user).action_sslcommerz_accept_risk()

    def portal(self):
        return new_test_user(
            self.env, 'portal-gateway', 'base.group_portal', company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)])
