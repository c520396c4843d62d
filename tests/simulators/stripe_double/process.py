"""localstripe in a process of its own, while somebody needs it."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

PATIENCE = 30  # seconds until it answers


@contextlib.contextmanager
def running(program):
    """Its address, on a free port.

    :param str program: path of the command `localstripe`
    :raise RuntimeError: if it does not answer
    """
    port = _free_port()
    process = subprocess.Popen(
        [program, '--port', str(port), '--from-scratch'],
        env={name: value for name, value in os.environ.items() if name != 'PYTHONPATH'},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(process, port)
        yield f'http://127.0.0.1:{port}'
    finally:
        process.terminate()
        process.wait()


def _await(process, port):
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f'http://127.0.0.1:{port}/v1/balance', timeout=5)
        except urllib.error.HTTPError:
            return  # it wants a key: it is there
        except OSError:
            time.sleep(.1)
    raise RuntimeError("localstripe did not start")


def _free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
