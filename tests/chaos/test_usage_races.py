import random
import threading
from collections import defaultdict
from decimal import Decimal

from odoo import Command
from odoo.fields import Date
from odoo.sql_db import db_connect
from odoo.tests import tagged

from .race_case import RaceCase

EVENTS = 10_000
PANELS = 10
WORKERS = 2


@tagged('post_install', '-at_install')
class TestUsageRaces(RaceCase):
    """Usage that arrives over many connections at once: each event counts once."""

    @classmethod
    def _make_world(cls, env):
        super()._make_world(env)
        env['tenant.usage.event']._cron_keep()
        for code, aggregation in (('tokens', 'sum'), ('peak', 'max')):
            env['tenant.meter'].create({
                'name': code, 'code': code, 'company_id': cls.company_id,
                'aggregation': aggregation, 'dimension_1': 'model'})
        cls.limited_id = env['tenant.plan'].create({
            'name': "Limited", 'code': 'limited', 'company_id': cls.company_id}).id
        tokens = env['tenant.meter'].search(
            [('code', '=', 'tokens'), ('company_id', '=', cls.company_id)])
        env['tenant.plan.version'].create({
            'plan_id': cls.limited_id, 'activate_when': 'created', 'price': 1000,
            'cycle_id': env.ref('tenant_billing.cycle_month').id,
            'currency_id': env.company.currency_id.id, 'effective_from': '2026-01-01',
            'charge_ids': [Command.create({
                'name': "Tokens", 'code': 'tokens', 'meter_id': tokens.id,
                'row_ids': [Command.create({'price': 1})]})],
            'entitlement_ids': [Command.create({
                'name': "Tokens", 'code': 'tokens', 'kind': 'hard', 'meter_id': tokens.id,
                'quantity': 100})],
        }).action_publish()

    def setUp(self):
        super().setUp()
        self.panels = self.make_panels(PANELS)

    def event(self, name, panel, value=1, code='tokens', **attributes):
        return {
            'specversion': '1.0', 'id': name, 'source': 'app', 'type': code,
            'subject': str(panel), 'time': '2026-01-01T12:00:00Z',
            'data': {'value': value, 'model': 'pro'}, **attributes}

    def limited_panel(self, cap=None):
        def work(env):
            panel = env['tenant.panel'].create({
                'name': "Limited", 'plan_id': self.limited_id, 'company_id': self.company_id,
                'partner_id': env['res.partner'].create({'name': "Tenant"}).id})
            panel.action_order()
            panel.action_mark_created()
            panel._set_cap(cap)
            self.panels.append(panel.id)
            return panel.id
        return self.do(work)

    def post(self, batch):
        """What the route does with a request."""
        def work(env):
            usage = env['tenant.usage.event']
            usage._read_committed()
            return usage._ingest(batch)
        return self.do(work)

    def at_once(self, *works):
        """Work on threads of their own.

        :return: what each came to
        """
        came, errors = [None] * len(works), []

        def run(number_and_work):
            number, work = number_and_work
            try:
                came[number] = work()
            except Exception as error:  # noqa: BLE001 the test's own thread tells it
                errors.append(error)
        self._run_threads(run, list(enumerate(works)))
        self.assertEqual(errors, [])
        return came

    def sums(self, code='tokens'):
        def read(env):
            env.cr.execute(
                """
                SELECT panel_id, to_char(hour, 'DD HH24'), t.dimension_1, sum(events),
                       sum(value)::text
                  FROM tenant_usage_total t JOIN tenant_meter m ON m.id = meter_id
                 WHERE m.code = %s AND panel_id = ANY(%s) GROUP BY 1, 2, 3
                """, [code, self.panels])
            return {tuple(row[:3]): (int(row[3]), Decimal(row[4])) for row in env.cr.fetchall()}
        return self.do(read)

    def assertTotalsRight(self):
        self.assertEqual(self.do(lambda env: env['tenant.usage.total']._different()), [])

    def test_ten_thousand_events_from_two_connections(self):
        """In random order and batches, many sent twice, while totals are folded."""
        chance = random.Random(11)
        sent, expected = [], defaultdict(lambda: [0, Decimal(0)])
        for number in range(EVENTS):
            value = Decimal(chance.randrange(10_000)) / 100
            panel, hour = chance.choice(self.panels), chance.randrange(12)
            model = chance.choice(['pro', 'mini'])
            sent.append(self.event(
                f'e{number}', panel, time=f'2026-01-01T{hour:02}:{number % 60:02}:00Z',
                data={'value': str(value), 'model': model}))
            row = expected[panel, f'01 {hour:02}', model]
            row[0] += 1
            row[1] += value
        queues = []
        for _worker in range(WORKERS):
            events = chance.sample(sent, EVENTS * 7 // 10)
            queues.append(events + chance.choices(events, k=EVENTS // 10))
            chance.shuffle(queues[-1])
        seen = {event['id'] for queue in queues for event in queue}
        queues[0] += [event for event in sent if event['id'] not in seen]
        accepted = []

        def work(queue, seed):
            sizes = random.Random(seed)
            while queue:
                size = sizes.choice([1, 7, 60, 400])
                verdicts = self.post(queue[:size])
                accepted.append(sum(told['verdict'] == 'accepted' for told in verdicts))
                self.assertNotIn('rejected', {told['verdict'] for told in verdicts})
                del queue[:size]
                if sizes.random() < .1:
                    self.do(lambda env: env['tenant.usage.total']._fold())
        self.at_once(*[
            lambda queue=queue, seed=seed: work(queue, seed) for seed, queue in enumerate(queues)])
        self.assertEqual(sum(accepted), EVENTS)
        self.assertEqual(self.sums(), {key: tuple(row) for key, row in expected.items()})
        self.assertTotalsRight()

    def test_the_same_call_from_eight_at_once(self):
        batch = [self.event(f'same{number}', self.panels[number % 3]) for number in range(300)]
        came = self.at_once(*[lambda: self.post(batch)] * 8)
        self.assertEqual(sum(
            told['verdict'] == 'accepted' for verdicts in came for told in verdicts), 300)
        self.assertEqual(sum(count for count, _value in self.sums().values()), 300)
        self.assertTotalsRight()

    def test_one_reversal_of_many(self):
        panel = self.panels[0]
        self.post([self.event('o1', panel, 5), self.event('m1', panel, 7, 'peak'),
                   self.event('m2', panel, 9, 'peak')])
        came = self.at_once(*[
            lambda number=number: self.post([
                self.event(f'r{number}', panel, reverses='o1'),
                self.event(f's{number}', panel, code='peak', reverses='m2')])
            for number in range(6)])
        for place in (0, 1):
            told = sorted(verdicts[place].get('code', 'accepted') for verdicts in came)
            self.assertEqual(told, ['accepted'] + ['already_reversed'] * 5)
        self.assertEqual([count for count, _value in self.sums().values()], [0])
        self.assertTotalsRight()

    def test_levels_counted_again_while_others_arrive(self):
        panel = self.panels[0]
        self.post([self.event(f'p{number}', panel, number, 'peak') for number in range(40)])

        def reverse():
            for number in range(20, 40):
                self.post([self.event(f'r{number}', panel, code='peak', reverses=f'p{number}')])

        def add(first):
            for number in range(first, first + 30):
                self.post([self.event(f'a{number}', panel, number % 9, 'peak')])

        def fold():
            for _time in range(15):
                self.do(lambda env: env['tenant.usage.total']._fold())
        self.at_once(reverse, lambda: add(0), lambda: add(100), fold)
        (events, _value), = self.sums('peak').values()
        self.assertEqual(events, 40 - 20 + 60)
        self.assertTotalsRight()

    def test_a_server_that_dies_loses_and_doubles_nothing(self):
        """Killed before the commit, or after it and before the answer."""
        batch = [self.event(f'k{number}', self.panels[0]) for number in range(50)]

        def die_before_the_commit(env):
            env['tenant.usage.event']._ingest(batch)
            pid = env.cr._cnx.info.backend_pid
            with db_connect(self.name).cursor() as other:
                other.execute('SELECT pg_terminate_backend(%s)', [pid])
        with self.assertRaises(Exception):  # noqa: B017 whatever a lost connection raises
            self.do(die_before_the_commit)
        self.assertEqual(self.sums(), {})
        self.assertEqual({told['verdict'] for told in self.post(batch)}, {'accepted'})
        self.assertEqual({told['verdict'] for told in self.post(batch)}, {'duplicate'})
        self.assertEqual([count for count, _value in self.sums().values()], [50])
        self.assertTotalsRight()

    def test_r24_r26_nobody_passes_a_limit_or_a_cap_together(self):
        """Six connections, each with events of its own, one of them inside other work; room for
        100 tokens, and where there is a cap of 1,060.00, for 60."""
        for cap, most in ((None, 100), (1060, 60)):
            panel, codes = self.limited_panel(cap), []

            def send(worker, panel=panel, codes=codes):
                for number in range(12):
                    batch = [self.event(f'{panel}-{worker}-{number}-{value}', panel, value)
                             for value in (3, 1)]
                    if worker:
                        codes.extend(self.post(batch))
                    else:
                        codes.extend(self.do(
                            lambda env, batch=batch: env['tenant.usage.event']._ingest(batch)))
            self.at_once(*[lambda worker=worker: send(worker) for worker in range(6)])
            refused = {told.get('code') for told in codes} - {None}
            with self.subTest(cap=cap):
                self.assertEqual(refused, {'cap_reached' if cap else 'limit_reached'})
                self.assertEqual(
                    [value for _count, value in self.sums().values()], [Decimal(most)])
                self.assertEqual(self.do(
                    lambda env: list(env['tenant.billing.audit']._check_usage_running())), [])
            self.panels.remove(panel)
        self.assertTotalsRight()

    def test_r24_a_correction_and_an_event_at_once(self):
        """Whoever is first: never more than the limit, and the running total stays right."""
        panel = self.limited_panel()
        self.post([self.event(f'{panel}-o{number}', panel, 10) for number in range(10)])

        def correct():
            for number in range(10):
                self.post([self.event(
                    f'{panel}-c{number}', panel, reverses=f'{panel}-o{number}')])

        def send():
            for number in range(40):
                self.post([self.event(f'{panel}-n{number}', panel, 5)])
        self.at_once(correct, send)
        (_count, value), = self.sums().values()
        self.assertLessEqual(value, 100)
        self.assertEqual(self.do(
            lambda env: list(env['tenant.billing.audit']._check_usage_running())), [])
        self.assertTotalsRight()

    def test_inside_a_transaction_that_has_written(self):
        """At REPEATABLE READ a key that another has just recorded starts the transaction anew."""
        batch = [self.event('rr', self.panels[0])]
        said = []
        retries = self.race(*[
            lambda env: said.append(env['tenant.usage.event']._ingest(batch)[0]['verdict'])] * 2)
        self.assertEqual(retries, 1)
        self.assertEqual(sorted(said), ['accepted', 'duplicate'])
        self.assertTotalsRight()

    def test_events_go_on_while_a_table_is_made(self):
        done = threading.Event()

        def send():
            number = 0
            while not done.is_set():
                number += 1
                self.post([self.event(f't{number}', self.panels[0])])
            return number

        def make():
            try:
                for month in ('2027-05-01', '2027-06-01', '2027-07-01'):
                    self.do(lambda env, month=month: env['tenant.usage.event']._make_partition(
                        f'tenant_usage_raw_{month[:7].replace("-", "_")}',
                        Date.to_date(month)))
            finally:
                done.set()
        count, _made = self.at_once(send, make)
        self.assertEqual([events for events, _value in self.sums().values()], [count])
        self.assertTotalsRight()
