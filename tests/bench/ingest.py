"""The door for usage against the bare insert of the same events."""

import itertools
import json
import multiprocessing
import os
import statistics
import time
from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, sql_db
from odoo.api import Environment
from odoo.fields import Command
from status import _ask, server
from world import World

PANELS = 10
BATCHES = (1000, 100, 1)
CONNECTIONS = 4
SLOW = 20  # so many fewer events in batches of one
BRACKETS = ((500, 100), (1000, 180), (2000, 250), (3000, 320), (4000, 400), (0, 500))
FLOOR_TABLE = """
    CREATE TABLE IF NOT EXISTS bench_usage (
        id bigserial, panel_id int, meter_id int, source varchar, external_id varchar,
        time timestamp, value numeric, model varchar, direction varchar, data jsonb,
        UNIQUE (panel_id, source, external_id))
"""
FLOOR = """
    INSERT INTO bench_usage (
        panel_id, meter_id, source, external_id, time, value, model, direction, data)
    SELECT subject, %s, source, id, time, (data ->> 'value')::numeric, data ->> 'model',
           data ->> 'direction', data
      FROM jsonb_to_recordset(%s::jsonb) AS e(
           id varchar, source varchar, subject int, time timestamp, data jsonb)
        ON CONFLICT DO NOTHING
"""


class Metered(World):
    """Panels with a meter, and charges for what it counts."""

    charges = {}  # by model the rows of its rate card

    def version_values(self):
        self.meter = self.env['tenant.meter'].create({
            'name': "Tokens", 'code': 'tokens', 'company_id': self.company.id,
            'dimension_1': 'model', 'dimension_2': 'direction'})
        return {**super().version_values(), 'charge_ids': [
            Command.create({
                'name': model, 'code': model, 'charge_model': model, 'meter_id': self.meter.id,
                'row_ids': [Command.create(row) for row in rows]})
            for model, rows in self.charges.items()]}


class Bracketed(Metered):
    charges = {'bracket': [
        {'value_1': value, 'tier_ids': [
            Command.create({'upper': upper, 'flat': flat}) for upper, flat in BRACKETS]}
        for value in (False, 'gpt-4o')]}


class Dynamic(Metered):
    charges = {'dynamic': [{}]}


class Usage:
    """Panels with a meter, and events of theirs that never come twice."""

    def __init__(self, env, make_world=Metered):
        self.world = make_world(env, PANELS)
        self.env, self.meter = self.world.env, self.world.meter
        self.env.cr.execute(FLOOR_TABLE)
        self.env['tenant.usage.event']._make_partitions()
        self.env.cr.commit()
        self.numbers = itertools.count()

    def batches(self, count, size):
        begin = datetime.now() - timedelta(days=2)
        return [[self.event(next(self.numbers), begin) for _event in range(size)]
                for _batch in range(count // size)]

    def event(self, number, begin):
        at = begin + timedelta(seconds=number % 86_400)
        return {
            'specversion': '1.0', 'id': f'req-{os.getpid()}-{number:09}', 'source': 'srv4/gateway',
            'type': 'tokens', 'subject': str(self.world.panels[number % PANELS].id),
            'time': f'{at.isoformat(timespec="milliseconds")}Z',
            'data': {'value': number % 5000, 'model': 'gpt-4o', 'direction': 'input',
                     'user': f'user-{number % 50}'}}


def ingest(env, n, runs):
    """Events per second of `n` events: in batches, and from several connections at once."""
    usage = Usage(env)
    for size in BATCHES:
        count = n if size > 1 else n // SLOW
        one, floor = _in_turn(usage, count, size, runs)
        yield _line(f'ingest, batch {size}', count, one, floor, runs)
        if size == BATCHES[0]:
            many = [_many(usage, count, size) for _run in range(runs)]
            yield _line(f'ingest, {CONNECTIONS} connections against one', count,
                        statistics.median(many), one, runs)
    for priced in (Bracketed, Dynamic):
        figures = _in_turn(Usage(env, priced), n, BATCHES[0], runs)
        yield _line(f'ingest, each event priced: {priced.__name__}', n, *figures, runs)


def _in_turn(usage, count, size, runs):
    """The medians of ours and of the floor."""
    ours, floor = [], []
    for _run in range(runs):
        batches = usage.batches(count, size)
        floor.append(_floor(usage, batches))
        ours.append(_ours(usage.env, batches))
    return statistics.median(ours), statistics.median(floor)


def ingest_http(env, n, runs):
    """Events per second through the route with a key, against the bare insert."""
    usage = Usage(env)
    key = usage.env['tenant.api.key'].create({
        'name': "Bench", 'company_id': usage.world.company.id,
        'scope_ids': [(0, 0, {'scope': 'usage:write'})]})
    secret = key.action_issue()['context']['default_secret']
    env.cr.commit()
    headers = {'Authorization': f'Bearer {secret}', 'Content-Type': 'application/json'}
    with server() as port:
        for size in BATCHES:
            count = n if size > 1 else n // SLOW
            ours, floor = [], []
            for _run in range(runs):
                batches = usage.batches(count, size)
                floor.append(_floor(usage, batches))
                bodies = [json.dumps(batch) for batch in batches]
                begun = time.perf_counter()
                for body in bodies:
                    _ask(port, '/api/v1/events', headers, 'POST', body)
                ours.append(count / (time.perf_counter() - begun))
            yield _line(f'ingest by HTTP, batch {size}', count, statistics.median(ours),
                        statistics.median(floor), runs)


def _floor(usage, batches):
    """JSON handed on as text to one insert a batch, into a table with a unique key."""
    cr = usage.env.cr
    texts = [json.dumps(batch) for batch in batches]
    begun = time.perf_counter()
    for text in texts:
        cr.execute(FLOOR, [usage.meter.id, text])
        cr.commit()
    return sum(map(len, batches)) / (time.perf_counter() - begun)


def _ours(env, batches):
    door = env['tenant.usage.event']
    begun = time.perf_counter()
    for batch in batches:
        door._read_committed()
        verdicts = door._ingest(batch)
        env.cr.commit()
        if any(told['verdict'] != 'accepted' for told in verdicts):
            raise SystemExit("The door refused events of the benchmark.")
    return sum(map(len, batches)) / (time.perf_counter() - begun)


def _many(usage, count, size):
    """Processes with a connection each, on the same panels; all begin at once."""
    context = multiprocessing.get_context('fork')
    barrier = context.Barrier(CONNECTIONS + 1)
    share = usage.batches(count, size)
    workers = [
        context.Process(target=_work, args=(share[number::CONNECTIONS], barrier))
        for number in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun = time.perf_counter()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit("A connection of the benchmark failed.")
    return count / (time.perf_counter() - begun)


def _work(batches, barrier):
    """In a process of its own: the connections of its parent are neither used nor closed."""
    kept, sql_db._Pool = sql_db._Pool, None  # noqa: F841 closing it would end the parent's
    status = 1
    try:
        database = os.environ['PGDATABASE']
        with sql_db.db_connect(database).cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            barrier.wait()
            _ours(env, batches)
        status = 0
    finally:
        os._exit(status)


def _line(case, n, ours, floor, runs):
    return {'case': case, 'n': n, 'ours': round(ours), 'floor': round(floor),
            'unit': 'events per second', 'ratio': round(ours / floor, 2), 'runs': runs}
