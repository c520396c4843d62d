"""Properties of cycle arithmetic and local days, against slow oracles that count day by day.

TENANT_BILLING_SOAK=1 tries ten times as many examples, and all zones.
"""

import os
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.engine.periods import Cycle

SOAK = os.environ.get('TENANT_BILLING_SOAK') == '1'
thorough = settings(deadline=None, max_examples=1000 if SOAK else 100)

ONE_DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)

# Month ends and leap days, also of 2100, which is no leap year, come up more often than by chance.
days = st.one_of(
    st.dates(date(1990, 1, 1), date(2120, 12, 31)),
    st.builds(
        lambda year, month, back: date(year, month, 1) - timedelta(days=back),
        st.one_of(st.integers(2020, 2032), st.integers(2096, 2105)),
        st.integers(1, 12),
        st.integers(0, 4),
    ),
)
units_with_calendar = st.sampled_from(['week', 'month', 'year'])
calendar_cycles = st.builds(Cycle, units_with_calendar, st.integers(1, 14))
cycles = st.one_of(calendar_cycles, st.builds(Cycle, st.just('day'), st.integers(1, 100)))
indexes = st.integers(-40, 40)


# === BOUNDARIES === #

@thorough
@given(days, cycles, indexes)
def test_boundaries_strictly_increase(anchor, cycle, k):
    assert periods.boundary(anchor, cycle, 0) == anchor
    assert periods.boundary(anchor, cycle, k) < periods.boundary(anchor, cycle, k + 1)


@thorough
@given(days, st.sampled_from(['month', 'year']), st.integers(1, 14), indexes)
def test_r10_anniversaries_return_to_the_day(anchor, unit, count, k):
    day = periods.boundary(anchor, Cycle(unit, count), k)
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    assert months == k * count * (12 if unit == 'year' else 1)
    if day.day != anchor.day:
        assert day.day < anchor.day
        assert (day + ONE_DAY).day == 1, "the month has the day, or the last one was not taken"


def begins_period(anchor, cycle, day):
    """Oracle: whether the day is in the series, judged by itself."""
    if cycle.unit in ('day', 'week'):
        return (day - anchor).days % (cycle.count * (7 if cycle.unit == 'week' else 1)) == 0
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    if months % (cycle.count * (12 if cycle.unit == 'year' else 1)):
        return False
    return day.day == anchor.day or (day.day < anchor.day and (day + ONE_DAY).day == 1)


@thorough
@given(days, cycles, days)
def test_is_boundary_agrees_with_counting(anchor, cycle, first):
    for offset in range(200):
        day = first + timedelta(days=offset)
        assert periods.is_boundary(anchor, cycle, day) == begins_period(anchor, cycle, day)


@thorough
@given(days, cycles, days)
def test_boundaries_enclose_every_day(anchor, cycle, day):
    before = periods.boundary_on_or_before(anchor, cycle, day)
    after = periods.boundary_after(anchor, cycle, day)
    assert before <= day < after
    assert begins_period(anchor, cycle, before)
    assert begins_period(anchor, cycle, after)
    assert periods.boundary_after(anchor, cycle, before) == after
    assert periods.boundary_after(anchor, cycle, after - ONE_DAY) == after
    assert periods.boundary_after(anchor, cycle, before - ONE_DAY) == before
    assert periods.boundary_on_or_before(anchor, cycle, after - ONE_DAY) == before
    assert periods.boundary_on_or_before(anchor, cycle, after) == after


# === PERIODS === #

@thorough
@given(days, cycles, indexes)
def test_law_1_anniversary_periods_tile_the_line(anchor, cycle, k):
    start = periods.boundary(anchor, cycle, k)
    for step in range(1, 13):
        span = periods.span_from(start, cycle, calendar=False, anchor=anchor)
        assert (span.start, span.end) == (start, periods.boundary(anchor, cycle, k + step))
        assert not span.is_stub
        start = span.end


@thorough
@given(days, cycles, days)
def test_off_the_series_a_new_one_begins(anchor, cycle, start):
    assume(not begins_period(anchor, cycle, start))
    span = periods.span_from(start, cycle, calendar=False, anchor=anchor)
    assert (span.start, span.end) == (start, periods.boundary(start, cycle, 1))
    assert not span.is_stub


@thorough
@given(days, calendar_cycles)
def test_law_1_calendar_periods_tile_the_line(start, cycle):
    span = periods.span_from(start, cycle, calendar=True, anchor=start)
    assert span.whole_start <= span.start < span.end == span.whole_end
    assert span.is_stub == (span.start != span.whole_start)
    for _step in range(12):
        following = periods.span_from(span.end, cycle, calendar=True, anchor=start)
        assert following.start == span.end
        assert not following.is_stub
        span = following


@thorough
@given(days, calendar_cycles, st.data())
def test_calendar_period_is_the_same_from_each_of_its_days(day, cycle, data):
    start, end = periods.calendar_period(cycle, day)
    other = start + timedelta(days=data.draw(st.integers(0, (end - start).days - 1)))
    assert periods.calendar_period(cycle, other) == (start, end)
    assert periods.calendar_period(cycle, start - ONE_DAY)[1] == start


@thorough
@given(days, calendar_cycles)
def test_calendar_periods_begin_where_the_calendar_says(day, cycle):
    start, end = periods.calendar_period(cycle, day)
    assert start <= day < end
    if cycle.unit == 'week':
        weeks, rest = divmod((start - date(2000, 1, 3)).days, 7)
        assert (weeks % cycle.count, rest, (end - start).days) == (0, 0, 7 * cycle.count)
    else:
        months = cycle.count * (12 if cycle.unit == 'year' else 1)
        assert start.day == end.day == 1
        assert (start.year * 12 + start.month - 1) % months == 0
        assert (end.year - start.year) * 12 + end.month - start.month == months


@thorough
@given(days, cycles, indexes)
def test_shortest_days_is_a_bound(anchor, cycle, k):
    length = periods.boundary(anchor, cycle, k + 1) - periods.boundary(anchor, cycle, k)
    assert length.days >= periods.shortest_days(cycle)


@pytest.mark.parametrize('count', range(1, 27))
def test_shortest_days_is_reached(count):
    cycle = Cycle('month', count)
    anchors = [date(2096, 3, 1) + timedelta(days=offset) for offset in range(8 * 365)]
    lengths = {(periods.boundary(anchor, cycle, 1) - anchor).days for anchor in anchors}
    assert min(lengths) == periods.shortest_days(cycle)


# === COVERAGE === #

@st.composite
def period_rows(draw):
    """Live rows that do not overlap, void rows anywhere, in any order."""
    rows, day = [], date(2026, 1, 10)
    for _row in range(draw(st.integers(0, 6))):
        start = day + timedelta(days=draw(st.sampled_from([0, 0, 1, 2, 5])))
        day = start + timedelta(days=draw(st.integers(1, 5)))
        rows.append((start, day, draw(st.sampled_from(['settled', 'settled', 'settled', 'open']))))
    for _row in range(draw(st.integers(0, 5))):
        start = date(2026, 1, 5) + timedelta(days=draw(st.integers(0, 35)))
        rows.append((start, start + timedelta(days=draw(st.integers(1, 8))), 'void'))
    return draw(st.permutations(rows))


def paid_through_day_by_day(rows):
    """Oracle: walk the days from the first live one, and stop at the first that stops the chain."""
    marks = {}
    for start, end, mark in rows:
        for offset in range((end - start).days):
            marks.setdefault(start + timedelta(days=offset), set()).add(mark)
    day = min((day for day, found in marks.items() if found - {'void'}), default=None)
    last_paid = None
    while day in marks and 'open' not in marks[day]:
        if 'settled' in marks[day]:
            last_paid = day
        day += ONE_DAY
    return last_paid


@settings(thorough, max_examples=thorough.max_examples * 4)
@given(period_rows())
def test_r2_paid_through_agrees_with_walking_the_days(rows):
    assert periods.paid_through(iter(rows)) == paid_through_day_by_day(rows)


# === LOCAL DAYS === #

ZONES = sorted(available_timezones() - {'Factory', 'localtime'})


def local_dates_around(day, zone):
    """Oracle: the local dates that the quarter hours around the day have."""
    noon = datetime.combine(day, time(12), timezone.utc)
    quarters = (noon + timedelta(minutes=15 * step) for step in range(-160, 161))
    return {quarter.astimezone(ZoneInfo(zone)).date() for quarter in quarters}


def assert_day_begins(day, zone):
    start = periods.midnight_utc(day, zone)
    if day in local_dates_around(day, zone):
        assert periods.today_in(start, zone) == day
    else:
        assert start == periods.midnight_utc(day + ONE_DAY, zone)
    assert periods.today_in(start - INSTANT, zone) < day
    assert periods.today_in(start.replace(tzinfo=timezone.utc), zone) \
        == periods.today_in(start, zone)


@thorough
@given(st.dates(date(1920, 1, 1), date(2100, 12, 31)), st.sampled_from(ZONES))
def test_r17_midnight_is_where_the_day_begins(day, zone):
    assert_day_begins(day, zone)


@pytest.mark.parametrize('zone', ZONES if SOAK else [
    'Africa/Cairo', 'America/Asuncion', 'America/Havana', 'America/Los_Angeles',
    'America/St_Johns', 'America/Sao_Paulo', 'Asia/Beirut', 'Asia/Dhaka', 'Asia/Gaza',
    'Europe/Berlin', 'Pacific/Apia', 'Pacific/Kwajalein',
])
def test_r17_midnight_at_every_clock_change(zone):
    noon, clock = datetime(1960, 1, 1, 12), ZoneInfo(zone)
    noons = [(noon + timedelta(days=offset)).replace(tzinfo=clock) for offset in range(75 * 365)]
    changes = [
        after.date() for before, after in pairwise(noons)
        if before.utcoffset() != after.utcoffset()
    ]
    for day in changes:
        for neighbour in (day - ONE_DAY, day, day + ONE_DAY):
            assert_day_begins(neighbour, zone)
