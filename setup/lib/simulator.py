"""What runs beside the demo: the payment gateway's simulator, and the example host of panels."""

import contextlib
import json
import os
import socket

from lib import places, postgres, processes, python_env, say

FOLDER = places.ROOT / 'tests' / 'simulators'
# Odoo's own server takes the next port for itself when it has workers.
DISTANCES = range(2, 50)


def running(port):
    """The gateway's address, while it runs on a free port next to Odoo's."""
    return beside("payment simulator", 'sslcommerz', port)


@contextlib.contextmanager
def hosting(database, port):
    """The host's address, while it hears the webhooks of the demo; None without its endpoint."""
    demo = _demo(database)
    if not demo:
        yield None
        return
    variables = {**os.environ, 'HOST_SECRET': demo['secret'], 'HOST_KEY': demo['key']}
    billing = f'http://127.0.0.1:{port}'
    with beside("example host", 'host', port, '--billing', billing, env=variables) as address:
        with postgres.cursor(database) as cr:
            cr.execute(
                "UPDATE tenant_webhook_endpoint SET active = TRUE, url = %s WHERE id = %s",
                [f'{address}/webhooks', demo['endpoint']])
        yield address


def options(address):
    """What the server's configuration file says while the simulator runs."""
    return {
        'tenant_billing_sslcommerz_base_url': address,
        # its payments are test money, which settles nothing elsewhere
        'tenant_billing_allow_test_money': True,
        # the example host listens on this machine
        'tenant_billing_allow_private_webhooks': True,
    }


@contextlib.contextmanager
def beside(name, module, port, *arguments, **options):
    """The address of a program of tests/simulators, while it runs on a free port near Odoo's."""
    command = [python_env.PYTHON, '-m', module, '--port', _free_port(port), *arguments]
    log = places.log(name.split()[-1])
    with log.open('w') as errors:
        process = processes.start(
            command, cwd=FOLDER, stdout=processes.PIPE, stderr=errors, text=True, **options)
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise say.Failure(
                f"The {name} did not start: {processes.reason(log)} (log: {log}).")
        yield address
    finally:
        processes.stop(process)


def _demo(database):
    """What the demo data noted for the host: its API key, its endpoint and that one's secret."""
    with postgres.cursor(database) as cr:
        cr.execute("SELECT value FROM ir_config_parameter WHERE key = 'tenant_billing.demo_host'")
        row = cr.fetchone()
        noted = json.loads(row[0]) if row else {'endpoint': None}
        cr.execute(
            "SELECT secret FROM tenant_webhook_endpoint WHERE id = %s", [noted['endpoint']])
        row = cr.fetchone()
    return {**noted, 'secret': row[0]} if row else None


def _free_port(port):
    for candidate in (port + distance for distance in DISTANCES):
        with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(('127.0.0.1', candidate))
            return candidate
    return 0
