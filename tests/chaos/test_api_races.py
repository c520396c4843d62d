from hashlib import sha256

from odoo.tests import tagged

from .race_case import RaceCase

CLIENTS = 24


@tagged('post_install', '-at_install')
class TestApiRaces(RaceCase):
    """A platform that sends the same from many machines at once."""

    def order(self, external_id, once, answers, tenant):
        """What the route does with an order that has an Idempotency-Key."""
        def work(env):
            panels = env['tenant.panel']

            def make():
                company = env['res.company'].browse(self.company_id)
                panel, _new = panels._order_by_names(company, external_id, 'pro', tenant)
                return 201, str(panel.id)
            status, body = env['tenant.api.answer']._once(
                'key:1', once, sha256(external_id.encode()).hexdigest(), make)
            answers.append((once, status, body))
        return work

    def made(self, external_id, ref):
        return self.do(lambda env: (
            env['tenant.panel'].search([('external_id', '=', external_id)]).ids,
            env['tenant.billing.event'].search_count(
                [('panel_id.external_id', '=', external_id), ('event', '=', 'order')]),
            env['res.partner'].search_count([('ref', '=', ref)])))

    def test_one_effect_and_one_answer(self):
        answers = []
        tenant = {'external_id': 'c-1', 'name': "Mirpur Eye Care"}
        retried = self.race(*[
            self.order('srv-1', 'order-1', answers, tenant) for _client in range(CLIENTS)])
        self.assertGreaterEqual(retried, CLIENTS - 1, "the clients never met")
        (panel_id,), ordered, customers = self.made('srv-1', 'c-1')
        self.assertEqual((ordered, customers), (1, 1))
        self.assertEqual(set(answers), {('order-1', 201, str(panel_id))})
        self.assertEqual(len(answers), CLIENTS)

    def test_one_order_under_many_idempotency_keys(self):
        answers = []
        tenant = {'external_id': 'c-2', 'name': "Rangpur Heart Centre"}
        self.race(*[
            self.order('srv-2', f'order-2{client}', answers, tenant) for client in range(8)])
        (panel_id,), ordered, customers = self.made('srv-2', 'c-2')
        self.assertEqual((ordered, customers), (1, 1))
        self.assertEqual({body for _once, _status, body in answers}, {str(panel_id)})

    def test_two_panels_of_one_new_tenant(self):
        answers = []
        tenant = {'external_id': 'c-3', 'name': "Jashore Kidney Centre"}
        self.race(*[
            self.order(f'srv-3{number}', f'order-3{number}', answers, tenant)
            for number in range(4)])
        self.assertEqual(self.do(lambda env: env['tenant.panel'].search_count(
            [('partner_id.ref', '=', 'c-3')])), 4)
        self.assertEqual(self.do(lambda env: env['res.partner'].search_count(
            [('ref', '=', 'c-3')])), 1)

    def test_use_of_a_key_is_noted_once_by_all(self):
        def make(env):
            key = env['tenant.api.key'].create({'name': "P", 'company_id': self.company_id})
            return key.id, key.action_issue()['context']['default_secret']
        key_id, secret = self.do(make)

        def use(env):
            caller = env['tenant.api.key']._find(secret)
            env['tenant.api.key']._note_use(caller)
        self.race(*[use for _client in range(8)])
        self.assertEqual(
            self.do(lambda env: str(env['tenant.api.key'].browse(key_id).last_used_at)),
            '2026-01-01 12:00:00')
