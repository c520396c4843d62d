"""What all aggregations share: how events become a total, and totals a quantity."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple


class Event(NamedTuple):
    """What an aggregation sees of a usage event that was accepted.

    `instant` is naive UTC. `value` is a number, for `unique` any text. `reverses` is the
    (source, id) of the event that this one takes back, with that event's instant and value (R22).
    """

    instant: datetime
    source: str
    id: str
    value: Any = 1
    reverses: tuple[str, str] | None = None

    @property
    def rank(self) -> tuple:
        """Which of two events is the later one: at equal times the greater (source, id) (R29b)."""
        return self.instant, self.source, self.id


class Window(NamedTuple):
    """The instants `[start, end)` in naive UTC, and the level that holds at the start."""

    start: datetime
    end: datetime
    level: Fraction | int = 0


class Aggregation:
    """How the events of a meter become one quantity.

    A *total* stands for the events of an hour, a day or a batch; `combine` makes one of many.
    """

    code = ''
    reversible = False  # a reversal is a negative in the total; else it needs all events anew
    by_batches = True  # totals of any batches combine; else only those of adjoining windows
    by_days = False  # a part of a period counts by its days (R29)

    def total(self, events: Iterable[Event], window: Window | None = None) -> Any:
        """The total of these events in any order, computed anew."""
        raise NotImplementedError

    def combine(self, totals: Iterable[Any]) -> Any:
        """One total of several, in any order."""
        raise NotImplementedError

    def quantity(self, total: Any, whole_seconds: int = 0) -> Fraction:
        """The quantity that a total stands for; not yet rounded, never below 0 (R22).

        :param whole_seconds: real length of the whole period, for time-weighted meters
        """
        return max(Fraction(total or 0), Fraction(0))


def standing(events: Iterable[Event]) -> list[Event]:
    """The events that count: neither reversals nor what they take back (R22)."""
    events = list(events)
    gone = {event.reverses for event in events if event.reverses}
    return [e for e in events if not e.reverses and (e.source, e.id) not in gone]


def seconds(length: timedelta) -> Fraction:
    """The exact length."""
    return Fraction(length // timedelta(microseconds=1), 1_000_000)
