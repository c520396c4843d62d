"""Calls of the API, counted in the memory of this process until they are written down together."""

import threading
import time
from typing import NamedTuple

WRITTEN_EVERY = 300  # seconds, at most
MOST = 2000  # kinds of calls that are kept meanwhile


class Call(NamedTuple):
    """What calls are counted by."""

    route: str  # method and address
    company_id: int | None
    panel_id: int | None


class Count:
    """How many calls, of them refused (4xx) and failed (5xx), and the seconds they took."""

    __slots__ = ('calls', 'failed', 'refused', 'seconds', 'slowest')

    def __init__(self):
        self.calls = self.refused = self.failed = 0
        self.seconds = self.slowest = 0.0

    def add(self, status, seconds):
        self.calls += 1
        self.refused += 400 <= status < 500
        self.failed += status >= 500
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)


class Calls:
    """By database, what was counted and is not written yet."""

    def __init__(self):
        self._lock = threading.Lock()
        self._counts = {}
        self._written = {}

    def note(self, database, call, status, seconds):
        """Count an answer.

        :param Call call: what it is counted by
        :param int status: of the answer
        :param float seconds: from the request's begin to the end of the answer
        """
        with self._lock:
            self._counts.setdefault(database, {}).setdefault(call, Count()).add(status, seconds)
            self._written.setdefault(database, time.monotonic())

    def is_due(self, database):
        """Whether there is something that should be written now."""
        counts = self._counts.get(database)
        return bool(counts) and (
            len(counts) >= MOST or time.monotonic() - self._written[database] >= WRITTEN_EVERY)

    def take(self, database):
        """Hand over what was counted; it is counted from nothing then.

        :return: dict of Count by Call
        """
        with self._lock:
            self._written[database] = time.monotonic()
            return self._counts.pop(database, {})


CALLS = Calls()
