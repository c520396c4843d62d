"""./setup/stop: end every command of this repository that is at work, and our PostgreSQL."""

import argparse
import contextlib
import os
import signal
import time

from lib import locks, places, postgres, say

PATIENCE = 40


def main(arguments):
    argparse.ArgumentParser(
        prog='./setup/stop', description="Stops every ./setup command at work, and PostgreSQL."
    ).parse_args(arguments)
    places.prepare()
    stop()


def stop():
    """Whether nothing of ours runs any more."""
    pids = locks.alive()
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while locks.alive() and time.monotonic() < deadline:
        time.sleep(0.2)
    for pid in locks.alive():
        _signal(pid, signal.SIGKILL)
    say.line(f"Stopped {len(pids)} command{'s' * (len(pids) != 1)}.")
    with locks.shared('postgres-users') as last, locks.exclusive('postgres-start', "Waiting"):
        if not last():
            say.line("PostgreSQL goes on: another process holds it.")
            return False
        postgres.stop()
        return True


def _signal(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
