"""Cycle arithmetic: which days a billing period holds, and when a local day begins.

Ranges are half open, `[start, end)`. A *boundary* is a day on which one period ends and the next
begins. Functions that take a cycle raise ValueError if its unit is unknown or its count below 1;
a result outside the years 1 to 9999 raises ValueError or OverflowError, as `date` does.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

# Length of one unit: (months, days), one of them zero.
_UNITS = {'day': (0, 1), 'week': (0, 7), 'month': (1, 0), 'year': (12, 0)}
_FIRST_MONDAY = date(2000, 1, 3)  # calendar weeks are counted from it


class Cycle(NamedTuple):
    """How long a period is: `count` (1 or more) of `unit` ('day', 'week', 'month' or 'year')."""

    unit: str
    count: int


class Span(NamedTuple):
    """What is served and billed, `[start, end)`, and the whole period that contains it."""

    start: date
    end: date
    whole_start: date
    whole_end: date

    @property
    def days(self) -> int:
        """Days served."""
        return (self.end - self.start).days

    @property
    def whole_days(self) -> int:
        """Days of the whole period: the divisor of a stub's price (R10)."""
        return (self.whole_end - self.whole_start).days

    @property
    def is_stub(self) -> bool:
        """Whether less than the whole period is served."""
        return (self.start, self.end) != (self.whole_start, self.whole_end)


def _step(cycle: Cycle) -> tuple[int, int]:
    """Length of one period: (months, days), one of them zero."""
    if cycle.unit not in _UNITS or cycle.count < 1:
        raise ValueError(f"A cycle is 1 or more days, weeks, months or years, not {cycle}.")
    months, days = _UNITS[cycle.unit]
    return months * cycle.count, days * cycle.count


def _month_number(day: date) -> int:
    """Months from January of year 0 to the month of the day."""
    return day.year * 12 + day.month - 1


def _day_of_month(number: int, day: int) -> date:
    """That day of the numbered month, or the month's last day if it is shorter."""
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def _index(anchor: date, cycle: Cycle, day: date) -> int:
    """Number of the last boundary that is not after the day."""
    months, days = _step(cycle)
    if days:
        return (day - anchor).days // days
    k = (_month_number(day) - _month_number(anchor)) // months
    # Boundary k + 1 lies in a later month than the day; k may lie later in the day's own month.
    return k if boundary(anchor, cycle, k) <= day else k - 1


def boundary(anchor: date, cycle: Cycle, k: int) -> date:
    """The k-th boundary of the anchor's series; boundary 0 is the anchor, k may be negative.

    Always counted from the anchor: 31 Jan, 28 Feb, 31 Mar; yearly 29 Feb, 28 Feb, …, 29 Feb.
    """
    months, days = _step(cycle)
    if days:
        return anchor + timedelta(days=days * k)
    return _day_of_month(_month_number(anchor) + months * k, anchor.day)


def boundary_after(anchor: date, cycle: Cycle, day: date) -> date:
    """The first boundary of the anchor's series after the day."""
    return boundary(anchor, cycle, _index(anchor, cycle, day) + 1)


def boundary_on_or_before(anchor: date, cycle: Cycle, day: date) -> date:
    """The last boundary of the anchor's series that is not after the day."""
    return boundary(anchor, cycle, _index(anchor, cycle, day))


def is_boundary(anchor: date, cycle: Cycle, day: date) -> bool:
    """Whether the day is a boundary of the anchor's series."""
    return boundary_on_or_before(anchor, cycle, day) == day


def calendar_period(cycle: Cycle, day: date) -> tuple[date, date]:
    """Start and end (exclusive) of the whole calendar period that holds the day.

    Months and years are counted in multiples of `count` from January of year 0 (quarters begin in
    January, April, July, October), weeks in multiples of `count` from Monday 3 January 2000.

    :raises ValueError: for a cycle in days
    """
    months, _days = _step(cycle)
    if cycle.unit == 'day':
        raise ValueError("A cycle in days has no calendar periods; bill it by anniversary.")
    if months:
        first = _month_number(day) // months * months
        return _day_of_month(first, 1), _day_of_month(first + months, 1)
    start = boundary_on_or_before(_FIRST_MONDAY, cycle, day)
    return start, boundary(start, cycle, 1)


def span_from(start: date, cycle: Cycle, *, calendar: bool, anchor: date) -> Span:
    """The period that begins on `start` (R10).

    Anniversary: up to the next boundary of the anchor's series; a start off that series begins
    one of its own, so the span is never a stub. Calendar: to the end of the calendar period that
    holds the start, a stub unless the start is its first day; ValueError for a cycle in days.
    """
    if calendar:
        whole_start, end = calendar_period(cycle, start)
        return Span(start, end, whole_start, end)
    series = anchor if is_boundary(anchor, cycle, start) else start
    end = boundary_after(series, cycle, start)
    return Span(start, end, start, end)


def shortest_days(cycle: Cycle) -> int:
    """Fewest days that any period of the cycle has, from any anchor: 28 for one month.

    Periods from the 1st suffice: one that month ends clip is never shorter than the run of whole
    months from its own first or from its second month. The calendar repeats after 400 years.
    """
    months, days = _step(cycle)
    if days:
        return days
    firsts = (date(year, month, 1) for year in range(1600, 2000) for month in range(1, 13))
    return min((boundary(first, cycle, 1) - first).days for first in firsts)


def paid_through(rows: Iterable[tuple[date, date, str]]) -> date | None:
    """The last paid day (R2), None if nothing is paid.

    :param rows: (start, end, mark) of a panel's dated periods in any order; mark is 'settled',
        'open' or 'void'. Rows that are not void do not overlap each other.

    The chain begins with the earliest row that is not void, and ends before the first open row or
    the first day that no row covers. Void rows bridge gaps; by themselves they pay nothing.
    """
    rows = sorted(rows)
    reach = min((start for start, _end, mark in rows if mark != 'void'), default=date.max)
    paid_end = None
    for start, end, mark in rows:
        if mark == 'open' or start > reach:
            break
        reach = max(reach, end)
        if mark == 'settled':
            paid_end = end
    return paid_end and paid_end - timedelta(days=1)


def today_in(now_utc: datetime, zone: str) -> date:
    """The local date in the zone (IANA name) at an instant, which is UTC if it is naive.

    :raises ZoneInfoNotFoundError: if there is no such zone
    """
    if now_utc.tzinfo is None:
        now_utc = now_utc.replace(tzinfo=timezone.utc)
    return now_utc.astimezone(ZoneInfo(zone)).date()


def midnight_utc(day: date, zone: str) -> datetime:
    """The first instant of the local day in the zone (IANA name), as naive UTC.

    Where the clock skips midnight, the day begins with the first instant after the skip; where it
    skips the whole day, the day is empty and begins as the next one does; where midnight comes
    twice, with the first. Python reads a skipped time with the offset before the skip: exact for
    skips that begin at midnight; the zone database has none since 1920 that reach over it.

    :raises ZoneInfoNotFoundError: if there is no such zone
    """
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)
