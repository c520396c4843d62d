"""Locks between commands that run side by side.

All are `flock` locks: the kernel gives them back when their process ends, even by kill -9,
so that no stale lock file ever stands in the way.
"""

import contextlib
import fcntl
import os

from lib import places, say


class Busy(Exception):
    """Another process holds the lock."""


def _path(name):
    return places.GENERATED / 'locks' / name


@contextlib.contextmanager
def exclusive(name, waiting=None):
    """Hold a lock alone. Where another holds it: wait after saying so, or raise Busy."""
    with _path(name).open('a') as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is None:
                raise Busy(name) from None
            say.line(f"- {waiting}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def shared(name):
    """Count as one user of something; yields the function that tells whether we are the last."""
    with _path(name).open('a') as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)

        def last():
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield last


@contextlib.contextmanager
def announced():
    """Leave our process id where `./setup/stop` finds it, locked as a proof of life."""
    path = places.GENERATED / 'running' / str(os.getpid())
    with path.open('w') as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def alive():
    """The process ids of commands at work; what dead ones left behind is cleared away."""
    pids = []
    for path in (places.GENERATED / 'running').glob('*'):
        with contextlib.suppress(FileNotFoundError), path.open() as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                pids.append(int(path.name))
    return pids
