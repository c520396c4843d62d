"""The status route against the cheapest route of Odoo, on one server, one connection at a time."""

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time

from world import World

FLOOR = '/web/health'  # answers without a user and without the database
PATIENCE = 60
PASSWORD = 'a tenant of the benchmark'


def status(env, n, runs):
    """Requests per second of `n` requests each, as a tenant whose session is known."""
    world = World(env, 3)
    login = f'bench-{world.company.id}'
    env['res.users'].with_context(no_reset_password=True).create({
        'name': "Tenant", 'login': login, 'password': PASSWORD,
        'partner_id': world.partners[0].id, 'company_id': world.company.id,
        'company_ids': [(6, 0, world.company.ids)],
        'group_ids': [(6, 0, env.ref('base.group_portal').ids)]})
    env.cr.commit()
    with server() as port:
        session = _sign_in(port, login)
        address = f'/api/tenant/{world.panels[0].id}/status'
        asked = {
            path: ('GET', path, {'Cookie': session}) for path in (address, FLOOR)}
        ours, floor = in_turn(port, asked, n, runs).values()
    yield {
        'case': 'status route', 'n': n, 'ours': round(ours), 'floor': round(floor),
        'unit': 'requests per second', 'ratio': round(ours / floor, 2), 'runs': runs,
    }


@contextlib.contextmanager
def server():
    """The port of a server on the same database."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, os.environ['TENANT_BILLING_ODOO'], '-c', os.environ['ODOO_RC'],
         '-d', os.environ['PGDATABASE'], '--http-port', str(port), '--max-cron-threads', '0'],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                _ask(port, '/web/login', {})
                break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def _sign_in(port, login):
    """:return: the session's cookie"""
    asked = {'jsonrpc': '2.0', 'method': 'call', 'params': {
        'db': os.environ['PGDATABASE'], 'login': login, 'password': PASSWORD}}
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
    connection.request('POST', '/web/session/authenticate', json.dumps(asked),
                       {'Content-Type': 'application/json'})
    answer = connection.getresponse()
    if 'result' not in json.load(answer):
        raise SystemExit("The tenant of the benchmark cannot sign in.")
    return answer.headers['Set-Cookie'].split(';')[0]


def in_turn(port, asked, n, runs):
    """The medians of requests per second; one of each in turn, so that what else the machine does
    hits all alike.

    :param dict asked: by name: method, path and headers
    """
    figures = {name: [] for name in asked}
    for _run in range(runs):
        spent = dict.fromkeys(asked, 0.0)
        for _request in range(n):
            for name, (method, path, headers) in asked.items():
                begun = time.perf_counter()
                _ask(port, path, headers, method)
                spent[name] += time.perf_counter() - begun
        for name, seconds in spent.items():
            figures[name].append(n / seconds)
    return {name: statistics.median(results) for name, results in figures.items()}


def _ask(port, path, headers, method='GET', body='{}'):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path, body if method == 'POST' else None, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}.")
