"""The product as a person starts it: `./setup/run`, on a database of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg2

ROOT = Path(__file__).parents[2]
DATABASE = 'tenant_billing_e2e'
LAST_LINE = "Ctrl-C stops everything."
# The dates that belong to a panel, and the rows of its own in each table.
DATES = """
    SELECT c.table_name, array_agg(c.column_name::text)
      FROM information_schema.columns c
     WHERE c.data_type = 'date' AND (c.table_name IN %s OR c.table_name LIKE 'tenant%%' AND 2 = (
           SELECT count(*) FROM information_schema.columns p
            WHERE p.table_name = c.table_name AND p.column_name IN ('id', 'panel_id')))
  GROUP BY c.table_name"""  # usage, whose tables have no id, is not told of in these stories
INVOICES = '(SELECT move_id FROM tenant_billing_demand WHERE panel_id = %s)'
ROWS = {
    'tenant_panel': 'id = %s', 'account_move': f'id IN {INVOICES}',
    'account_move_line': f'move_id IN {INVOICES}'}


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
        with self._cursor() as cr:
            cr.execute(query, values)
            return cr.fetchall()

    def do(self, statement, *values):
        """What no door offers, such as time that passes."""
        with self._cursor() as cr:
            cr.execute(statement, values)

    @contextlib.contextmanager
    def _cursor(self):
        with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
            with connection, connection.cursor() as cr:
                yield cr

    def let_days_pass(self, panel_id, days):
        """Make a panel older, with all that belongs to it: for the panel it is as if the time had
        passed, and the clocks of server, host and gateway go on agreeing."""
        tables = self.ask(DATES, tuple(ROWS))
        with self._cursor() as cr:
            for table, columns in tables:
                moved = ', '.join(f'{column} = {column} - {days:d}' for column in columns)
                where = ROWS.get(table, 'panel_id = %s')
                cr.execute(f'SELECT id FROM {table} WHERE {where} ORDER BY id', [panel_id])
                for row in cr.fetchall():  # in turn: no period may meet the one before it
                    cr.execute(f'UPDATE {table} SET {moved} WHERE id = %s', row)

    def kill(self):
        """The server dies at once, as by a power cut or out of memory; the command that runs it
        then ends by itself, and simulator and host with it."""
        server, = (
            child for child in psutil.Process(self.process.pid).children(recursive=True)
            if '--http-port' in child.cmdline())
        server.kill()
        self.process.wait(timeout=60)

    def wait_for_row(self, query, *values, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            rows = self.ask(query, *values)
            if rows:
                return rows
            time.sleep(0.5)
        raise AssertionError(f"Not within {seconds} seconds: {query} {values}")


def drop():
    """The database of the product; each run of the tests tells its story from the start. Without
    FORCE, which PostgreSQL refuses while its autovacuum is at work there."""
    with contextlib.closing(psycopg2.connect(dbname='postgres')) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND usename = current_user", [DATABASE])
            cr.execute(f'DROP DATABASE IF EXISTS "{DATABASE}"')


def _free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
