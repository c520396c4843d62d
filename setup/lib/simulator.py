"""The payment gateway's simulator, which the demo data pay at."""

import contextlib
import socket

from lib import places, processes, python_env, say

FOLDER = places.ROOT / 'tests' / 'simulators'
# Odoo's own server takes the next port for itself when it has workers.
DISTANCES = range(2, 50)


@contextlib.contextmanager
def running(port):
    """Its address, while it runs on a free port next to Odoo's."""
    command = [python_env.PYTHON, '-m', 'sslcommerz', '--port', _free_port(port)]
    log = places.log('simulator')
    with log.open('w') as errors:
        process = processes.start(
            command, cwd=FOLDER, stdout=processes.PIPE, stderr=errors, text=True)
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise say.Failure(
                f"The payment simulator did not start: {processes.reason(log)} (log: {log}).")
        yield address
    finally:
        processes.stop(process)


def options(address):
    """What the server's configuration file says while the simulator runs."""
    return {
        'tenant_billing_sslcommerz_base_url': address,
        # its payments are test money, which settles nothing elsewhere
        'tenant_billing_allow_test_money': True,
    }


def _free_port(port):
    for candidate in (port + distance for distance in DISTANCES):
        with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(('127.0.0.1', candidate))
            return candidate
    return 0
