from odoo.tests import tagged

from .race_case import RaceCase


@tagged('post_install', '-at_install')
class TestWebhookRaces(RaceCase):
    """Messages when things happen at the same moment."""

    def setUp(self):
        super().setUp()
        self.at('2026-01-01')
        self.endpoint_id = self.do(self._make_endpoint)

    def _make_endpoint(self, env):
        """The only one that listens; those of other tests are archived."""
        endpoints = env['tenant.webhook.endpoint']
        endpoints.search([]).active = False
        return endpoints.create({
            'name': "Host", 'company_id': self.company_id, 'url': 'https://host.example/'}).id

    def queue(self, env):
        return env['tenant.webhook.delivery'].search(
            [('endpoint_id', '=', self.endpoint_id)], order='id')

    def test_two_who_tell_of_one_panel_take_two_places(self):
        panel_id = self.make_panels(1)[0]
        before = self.do(lambda env: len(self.queue(env)))

        def tell(env):
            env['tenant.panel'].browse(panel_id)._tell_provision()
        retried = self.race(tell, tell, tell)
        self.assertGreaterEqual(retried, 1, "they never met")
        self.assertEqual(
            self.do(lambda env: self.queue(env).mapped('sequence')), list(range(1, before + 4)))

    def test_two_runs_at_once_take_each_message_once(self):
        self.make_panels(8)
        taken = []

        def take(env):
            taken.extend(
                delivery.id for delivery, _request in
                env['tenant.webhook.delivery']._take([], set()))
        self.race(take, take)
        self.assertEqual(len(taken), len(set(taken)))
        self.assertEqual(
            self.do(lambda env: self.queue(env).filtered('attempts').ids), sorted(set(taken)))
        self.assertEqual(set(self.do(lambda env: self.queue(env).mapped('attempts'))), {0, 1})

    def test_sent_again_by_a_person_while_it_is_noted(self):
        """Both count: the answer is kept, and the message goes out once more."""
        self.make_panels(1)
        delivery_id = self.do(lambda env: self.queue(env)[0].id)
        self.race(
            lambda env: env['tenant.webhook.delivery'].browse(delivery_id).action_send_again(),
            lambda env: env['tenant.webhook.delivery'].browse(delivery_id).write(
                {'last_answer': "ok"}))
        self.assertEqual(self.do(lambda env: (
            env['tenant.webhook.delivery'].browse(delivery_id).state,
            env['tenant.webhook.delivery'].browse(delivery_id).last_answer)), ('waiting', "ok"))
