"""The product as a person starts it: `./setup/run`, on a database of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psycopg2

ROOT = Path(__file__).parents[2]
DATABASE = 'tenant_billing_e2e'
LAST_LINE = "Ctrl-C stops everything."


class Product:
    """A server with demo data, its payment simulator and its example host, on free ports."""

    def __init__(self):
        self.port = _free_port()
        self.address = f'http://127.0.0.1:{self.port}'
        self.gateway = None
        self.host = None
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [ROOT / 'setup/run', '--port', str(self.port), '--database', DATABASE],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        said = []
        for line in self.process.stdout:
            said.append(line)
            if 'simulator' in line:
                self.gateway = line.split()[0]
            if 'example host' in line:
                self.host = line.split()[0]
            if LAST_LINE in line:
                return
        raise AssertionError("./setup/run ended:\n" + ''.join(said))

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(timeout=60)

    def tell_gateway(self, **faults):
        """What the simulator is to do wrong from now on."""
        body = '&'.join(f'{name}={value}' for name, value in faults.items()).encode()
        with urllib.request.urlopen(f'{self.gateway}/control', body) as answer:
            answer.read()

    def ask(self, query, *values):
        """The rows of a query: what really is in the books."""
        with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
            with connection, connection.cursor() as cr:
                cr.execute(query, values)
                return cr.fetchall()

    def wait_for_row(self, query, *values, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            rows = self.ask(query, *values)
            if rows:
                return rows
            time.sleep(0.5)
        raise AssertionError(f"Not within {seconds} seconds: {query} {values}")


def drop():
    """The database of the product; each run of the tests tells its story from the start."""
    with contextlib.closing(psycopg2.connect(dbname='postgres')) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')


def _free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
