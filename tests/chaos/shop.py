"""Our server as an operator runs it, until somebody kills it."""

import configparser
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 120  # seconds until it answers


class Shop:
    """A server of one database, on a free port.

    :param str database: whose name the log and the configuration bear, too
    :param options: more for its configuration file
    """

    def __init__(self, database, **options):
        self.database = database
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.address = f'http://127.0.0.1:{self.port}'
        self.log = Path(os.environ['TENANT_BILLING_GENERATED'], 'logs', f'odoo-{database}.log')
        self.options = {**options, 'db_name': database, 'http_port': self.port}
        self.process = None

    def start(self):
        """:raise AssertionError: if it does not answer"""
        with self.log.open('a') as log:
            self.process = subprocess.Popen(
                [sys.executable, os.environ['TENANT_BILLING_ODOO'], '-c', self._configure(),
                 '-d', self.database], stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(.1)

    def kill(self):
        """As a power cut or a lack of memory does it."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def _configure(self):
        written = configparser.ConfigParser(interpolation=None)
        written.read(os.environ['ODOO_RC'])
        written['options'].update({name: str(value) for name, value in self.options.items()})
        path = Path(os.environ['ODOO_RC']).with_name(f'{self.database}.conf')
        with path.open('w') as file:
            written.write(file)
        return path

    def _answers(self):
        try:
            with urllib.request.urlopen(f'{self.address}/web/login', timeout=PATIENCE) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            raise
        except OSError:
            return False
