import random
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
import requests
from odoo import Command
from odoo.tests import tagged

from .race_case import RaceCase
from .shop import Shop

PANELS = 250  # more than two slices of a billing run
SENDERS = 2
BATCHES, BATCH = 240, 50
PRICE = 2  # of a call
PATIENCE = 120  # seconds


@pytest.mark.server
@tagged('post_install', '-at_install')
class TestUsageIsKilled(RaceCase):
    """The server is killed while usage arrives and while it is billed: nothing is lost, nothing is
    doubled."""

    since = datetime.now(timezone.utc).date() - timedelta(days=35)

    @classmethod
    def _make_world(cls, env):
        super()._make_world(env)
        meter = env['tenant.meter'].create({
            'name': "Calls", 'code': 'calls', 'aggregation': 'count',
            'company_id': cls.company_id})
        plan = env['tenant.plan'].create({
            'name': "By use", 'code': 'by-use', 'company_id': cls.company_id})
        plan.product_id.taxes_id = False
        env['tenant.plan.version'].create({
            'plan_id': plan.id, 'price': 0, 'lead_days': 0, 'activate_when': 'created',
            'cycle_id': env.ref('tenant_billing.cycle_month').id,
            'currency_id': env.company.currency_id.id, 'effective_from': cls.since,
            'charge_ids': [Command.create({
                'name': "Calls", 'code': 'calls', 'meter_id': meter.id,
                'row_ids': [Command.create({'price': PRICE})]})],
        }).action_publish()
        cls.plan_id = plan.id
        cls.secret = env['tenant.api.key'].create({
            'name': "Platform", 'company_id': cls.company_id,
            'scope_ids': [Command.create({'scope': 'usage:write'})],
        }).action_issue()['context']['default_secret']

    def setUp(self):
        super().setUp()
        self.dice = random.Random()
        self.panels = self.make_panels(PANELS)
        self.used = {panel: 1 + number % 5 for number, panel in enumerate(self.panels)}
        self.do(self.use_in_first_month)
        self.stop_clock()
        self.do(lambda env: env['tenant.usage.event']._cron_keep())
        self.shop = Shop(self.name, max_cron_threads=0)
        self.addCleanup(self.shop.stop)

    def use_in_first_month(self, env):
        env['tenant.usage.event']._cron_keep()
        verdicts = env['tenant.usage.event']._ingest([
            self.event(f'first-{panel}-{number}', panel)
            for panel, count in self.used.items() for number in range(count)])
        self.assertEqual({verdict['verdict'] for verdict in verdicts}, {'accepted'})

    def event(self, name, panel):
        return {
            'id': name, 'source': 'app', 'type': 'calls', 'subject': str(panel),
            'time': datetime.now(timezone.utc).isoformat()}

    def test_nothing_is_lost_and_nothing_is_doubled(self):
        sent = self.send_while_killed()
        self.check_totals(sent)
        self.bill_while_killed()
        self.do(lambda env: env['tenant.panel']._cron_renew())
        self.check_documents()
        documents = self.do(self.documents)
        self.do(lambda env: env['tenant.panel']._cron_renew())
        self.assertEqual(self.do(self.documents), documents)
        self.assertEqual(
            self.do(lambda env: env['tenant.billing.audit']._run().mapped('message')), [])

    # === WHAT HAPPENS === #

    def send_while_killed(self):
        """Platforms send on until each batch has an answer.

        :return: how many events each panel has
        """
        self.answered, self.broken, self.wrong = 0, 0, []
        sent, queues = Counter(), [[] for _sender in range(SENDERS)]
        for number in range(BATCHES):
            panels = self.dice.choices(self.panels[:10], k=BATCH)
            sent.update(panels)
            queues[number % SENDERS].append([
                self.event(f'{number}-{place}', panel) for place, panel in enumerate(panels)])
        self.shop.start()
        senders = [threading.Thread(target=self.send, args=(queue,), daemon=True)
                   for queue in queues]
        for sender in senders:
            sender.start()
        for kill in range(1, 3):
            self.wait_until(lambda k=kill: self.answered >= k * BATCHES // 3)
            broken = self.broken
            self.shop.kill()
            self.wait_until(lambda b=broken: self.broken >= b + SENDERS)
            self.shop.start()
        self.wait_until(lambda: not any(sender.is_alive() for sender in senders))
        self.assertEqual(self.wrong, [])
        self.shop.stop()
        return sent

    def send(self, queue):
        browser = requests.Session()
        browser.trust_env = False  # no proxy of the machine
        last = []
        for batch in queue:
            while not self.is_taken(browser, batch):
                time.sleep(.05)
                self.is_taken(browser, last)  # who hears nothing repeats more than was lost
            last = batch
            self.answered += 1

    def is_taken(self, browser, batch):
        try:
            answer = browser.post(f'{self.shop.address}/api/v1/events', json=batch, timeout=30,
                                  headers={'Authorization': f'Bearer {self.secret}'})
        except requests.RequestException:
            self.broken += 1
            return False
        if answer.status_code not in (200, 503):
            self.wrong.append((answer.status_code, answer.text))
        elif answer.status_code == 200 and answer.json()['rejected']:
            self.wrong.append(answer.text)
        return answer.status_code != 503

    def bill_while_killed(self):
        """Killed in the first slice, and again in a later one."""
        self.do(self.let_only_renewals_run)
        self.shop.options['max_cron_threads'] = 1
        for already in (0, 1):
            self.shop.start()
            self.wait_until(lambda: self.do(self.is_run_under_way))
            self.wait_until(lambda least=already: len(self.do(self.documents)) >= least)
            time.sleep(self.dice.random() / 2)
            self.shop.kill()
            self.assertLess(len(self.do(self.documents)), PANELS, "it was killed too late")

    def let_only_renewals_run(self, env):
        env.cr.execute(
            "UPDATE ir_cron SET active = (id = %s), nextcall = now() AT TIME ZONE 'UTC'",
            [env.ref('tenant_billing.cron_renew').id])

    def is_run_under_way(self, env):
        """The scheduler, woken, holds the action's row."""
        env['ir.cron']._notifydb()
        env.cr.execute("SELECT 1 FROM ir_cron WHERE active FOR NO KEY UPDATE SKIP LOCKED")
        return not env.cr.rowcount

    def wait_until(self, is_so):
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(.02)

    # === WHAT MUST HOLD === #

    def check_totals(self, sent):
        def read(env):
            env.cr.execute("SELECT panel_id, sum(events) FROM tenant_usage_total GROUP BY 1")
            return {panel: int(events) for panel, events in env.cr.fetchall()}
        self.assertEqual(
            self.do(read), {panel: count + sent[panel] for panel, count in self.used.items()})
        self.assertEqual(self.do(lambda env: env['tenant.usage.total']._different()), [])

    def documents(self, env):
        """Invoices of usage, as (panel, amount), oldest first."""
        return [
            (one.panel_id.id, one.amount)
            for one in env['tenant.billing.demand'].search(
                [('panel_id', 'in', self.panels), ('direction', '=', 'arrears'),
                 ('move_id.state', '=', 'posted')], order='id')]

    def check_documents(self):
        self.assertEqual(
            sorted(self.do(self.documents)),
            [(panel, PRICE * count) for panel, count in self.used.items()])
