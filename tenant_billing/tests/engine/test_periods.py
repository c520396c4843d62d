"""Hand-worked examples of cycle arithmetic and local days."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfoNotFoundError

import pytest

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.engine.periods import Cycle, Span

DAY, WEEK, MONTH, YEAR = (Cycle(unit, 1) for unit in ('day', 'week', 'month', 'year'))
FORTNIGHT, QUARTER = Cycle('week', 2), Cycle('month', 3)

d = date.fromisoformat
utc = datetime.fromisoformat


# === ANNIVERSARIES === #

@pytest.mark.parametrize(('cycle', 'series'), [
    (MONTH, '2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31'),
    (MONTH, '2024-01-31 2024-02-29 2024-03-31'),
    (MONTH, '2026-01-30 2026-02-28 2026-03-30'),
    (MONTH, '2026-02-28 2026-03-28 2026-04-28'),
    (MONTH, '2026-11-15 2026-12-15 2027-01-15'),
    (QUARTER, '2025-11-30 2026-02-28 2026-05-30 2026-08-30'),
    (Cycle('month', 12), '2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29'),
    (YEAR, '2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29'),
    (Cycle('year', 4), '2096-02-29 2100-02-28 2104-02-29'),
    (DAY, '2024-02-28 2024-02-29 2024-03-01'),
    (Cycle('day', 30), '2026-01-31 2026-03-02 2026-04-01'),
    (WEEK, '2026-02-25 2026-03-04 2026-03-11'),
    (FORTNIGHT, '2026-02-25 2026-03-11 2026-03-25'),
])
def test_r10_boundaries_are_counted_from_the_anchor(cycle, series):
    series = [d(day) for day in series.split()]
    assert [periods.boundary(series[0], cycle, k) for k in range(len(series))] == series


def test_boundaries_before_the_anchor():
    assert periods.boundary(d('2026-03-31'), MONTH, -1) == d('2026-02-28')
    assert periods.boundary(d('2026-03-31'), MONTH, -13) == d('2025-02-28')
    assert periods.boundary(d('2024-02-29'), YEAR, -4) == d('2020-02-29')
    assert periods.boundary(d('2026-01-05'), WEEK, -1) == d('2025-12-29')


@pytest.mark.parametrize(('anchor', 'cycle', 'day', 'before', 'after'), [
    ('2026-01-31', MONTH, '2026-01-31', '2026-01-31', '2026-02-28'),
    ('2026-01-31', MONTH, '2026-02-27', '2026-01-31', '2026-02-28'),
    ('2026-01-31', MONTH, '2026-02-28', '2026-02-28', '2026-03-31'),
    ('2026-01-31', MONTH, '2026-03-30', '2026-02-28', '2026-03-31'),
    ('2026-01-31', MONTH, '2025-12-30', '2025-11-30', '2025-12-31'),
    ('2026-01-15', QUARTER, '2026-04-14', '2026-01-15', '2026-04-15'),
    ('2026-01-15', QUARTER, '2026-04-15', '2026-04-15', '2026-07-15'),
    ('2024-02-29', YEAR, '2025-02-27', '2024-02-29', '2025-02-28'),
    ('2024-02-29', YEAR, '2028-02-28', '2027-02-28', '2028-02-29'),
    ('2026-01-07', WEEK, '2026-01-13', '2026-01-07', '2026-01-14'),
    ('2026-01-07', WEEK, '2026-01-06', '2025-12-31', '2026-01-07'),
    ('2026-01-07', DAY, '2026-01-07', '2026-01-07', '2026-01-08'),
])
def test_boundaries_around_a_day(anchor, cycle, day, before, after):
    assert periods.boundary_on_or_before(d(anchor), cycle, d(day)) == d(before)
    assert periods.boundary_after(d(anchor), cycle, d(day)) == d(after)
    assert periods.is_boundary(d(anchor), cycle, d(day)) == (day == before)


@pytest.mark.parametrize('cycle', [DAY, FORTNIGHT, MONTH, QUARTER, YEAR])
def test_far_boundaries_are_not_counted_one_by_one(cycle, monkeypatch):
    calls, boundary = [], periods.boundary
    monkeypatch.setattr(periods, 'boundary', lambda *args: calls.append(args) or boundary(*args))
    periods.boundary_after(d('1900-01-31'), cycle, d('2199-12-30'))
    assert len(calls) <= 2


# === CALENDAR === #

@pytest.mark.parametrize(('cycle', 'day', 'start', 'end'), [
    (MONTH, '2026-02-28', '2026-02-01', '2026-03-01'),
    (MONTH, '2026-12-31', '2026-12-01', '2027-01-01'),
    (Cycle('month', 2), '2026-04-30', '2026-03-01', '2026-05-01'),
    (QUARTER, '2026-01-01', '2026-01-01', '2026-04-01'),
    (QUARTER, '2026-06-30', '2026-04-01', '2026-07-01'),
    (QUARTER, '2026-07-01', '2026-07-01', '2026-10-01'),
    (QUARTER, '2026-12-31', '2026-10-01', '2027-01-01'),
    (YEAR, '2024-02-29', '2024-01-01', '2025-01-01'),
    (Cycle('year', 2), '2027-05-05', '2026-01-01', '2028-01-01'),
    (Cycle('year', 5), '2026-05-05', '2025-01-01', '2030-01-01'),
    (WEEK, '2026-03-01', '2026-02-23', '2026-03-02'),
    (WEEK, '2026-03-02', '2026-03-02', '2026-03-09'),
    (WEEK, '2000-01-02', '1999-12-27', '2000-01-03'),
    (FORTNIGHT, '2000-01-16', '2000-01-03', '2000-01-17'),
    (FORTNIGHT, '2026-03-04', '2026-02-23', '2026-03-09'),  # 1364 weeks after 3 January 2000
])
def test_calendar_periods(cycle, day, start, end):
    assert periods.calendar_period(cycle, d(day)) == (d(start), d(end))


@pytest.mark.parametrize(('cycle', 'start', 'end', 'whole_start', 'days', 'whole_days', 'stub'), [
    (MONTH, '2026-01-15', '2026-02-01', '2026-01-01', 17, 31, True),
    (MONTH, '2026-01-31', '2026-02-01', '2026-01-01', 1, 31, True),
    (MONTH, '2024-02-01', '2024-03-01', '2024-02-01', 29, 29, False),
    (QUARTER, '2026-02-15', '2026-04-01', '2026-01-01', 45, 90, True),
    (YEAR, '2024-12-31', '2025-01-01', '2024-01-01', 1, 366, True),
    (WEEK, '2026-03-04', '2026-03-09', '2026-03-02', 5, 7, True),
])
def test_r10_calendar_spans(cycle, start, end, whole_start, days, whole_days, stub):
    span = periods.span_from(d(start), cycle, calendar=True, anchor=d('2020-01-31'))
    assert span == Span(d(start), d(end), d(whole_start), d(end))
    assert (span.days, span.whole_days, span.is_stub) == (days, whole_days, stub)


@pytest.mark.parametrize(('cycle', 'anchor', 'start', 'end'), [
    (MONTH, '2026-01-31', '2026-01-31', '2026-02-28'),
    (MONTH, '2026-01-31', '2026-02-28', '2026-03-31'),
    (MONTH, '2026-02-28', '2026-02-28', '2026-03-28'),
    (YEAR, '2024-02-29', '2027-02-28', '2028-02-29'),
    # Off the series (R13: suspended 9 February, paid 13 March, moved by 8 days): a new series.
    (MONTH, '2026-01-01', '2026-03-05', '2026-04-05'),
    (MONTH, '2026-01-15', '2026-03-31', '2026-04-30'),
    (WEEK, '2026-03-02', '2026-03-04', '2026-03-11'),
])
def test_r10_anniversary_spans_are_whole(cycle, anchor, start, end):
    span = periods.span_from(d(start), cycle, calendar=False, anchor=d(anchor))
    assert span == Span(d(start), d(end), d(start), d(end))
    assert not span.is_stub
    assert span.days == span.whole_days == (d(end) - d(start)).days


# === CYCLES === #

@pytest.mark.parametrize(('cycle', 'days', 'witness'), [
    (Cycle('day', 10), 10, '2026-01-01'),
    (FORTNIGHT, 14, '2026-01-01'),
    (MONTH, 28, '2026-02-01'),
    (MONTH, 28, '2026-01-31'),
    (Cycle('month', 2), 59, '2026-01-01'),
    (Cycle('month', 2), 59, '2025-12-31'),
    (QUARTER, 89, '2026-02-01'),
    (Cycle('month', 4), 120, '2026-02-01'),
    (Cycle('month', 5), 150, '2026-02-01'),
    (Cycle('month', 6), 181, '2026-01-01'),
    (Cycle('month', 12), 365, '2026-01-01'),
    (YEAR, 365, '2024-02-29'),
    (Cycle('year', 4), 1460, '2097-01-01'),  # 2100 is no leap year
    (Cycle('year', 8), 2921, '2097-01-01'),
])
def test_shortest_days(cycle, days, witness):
    assert periods.shortest_days(cycle) == days
    assert (periods.boundary(d(witness), cycle, 1) - d(witness)).days == days


@pytest.mark.parametrize('cycle', [Cycle('fortnight', 1), Cycle('month', 0), Cycle('week', -1)])
def test_no_such_cycle(cycle):
    with pytest.raises(ValueError, match=cycle.unit):
        periods.boundary(d('2026-01-01'), cycle, 1)
    with pytest.raises(ValueError, match=cycle.unit):
        periods.calendar_period(cycle, d('2026-01-01'))
    with pytest.raises(ValueError, match=cycle.unit):
        periods.shortest_days(cycle)


def test_days_have_no_calendar():
    with pytest.raises(ValueError, match="no calendar"):
        periods.calendar_period(DAY, d('2026-01-01'))
    with pytest.raises(ValueError, match="no calendar"):
        periods.span_from(d('2026-01-01'), DAY, calendar=True, anchor=d('2026-01-01'))


# === COVERAGE === #

JANUARY, FEBRUARY, MARCH, APRIL = (
    (date(2026, month, 1), date(2026, month + 1, 1)) for month in range(1, 5)
)


@pytest.mark.parametrize(('rows', 'last_day'), [
    ([], None),
    ([(*JANUARY, 'void')], None),
    ([(*JANUARY, 'open')], None),
    ([(*JANUARY, 'settled')], '2026-01-31'),
    ([(*FEBRUARY, 'settled'), (*JANUARY, 'settled')], '2026-02-28'),
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'open')], '2026-01-31'),
    # paying the later period first does not jump
    ([(*JANUARY, 'open'), (*FEBRUARY, 'settled')], None),
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'open'), (*MARCH, 'settled')], '2026-01-31'),
    # a gap that no row covers ends the chain; a void one is bridged, by two rows if need be
    ([(*JANUARY, 'settled'), (*MARCH, 'settled')], '2026-01-31'),
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'void'), (*MARCH, 'settled')], '2026-03-31'),
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'void'), (*MARCH, 'void'), (*APRIL, 'settled')],
     '2026-04-30'),
    ([(*JANUARY, 'settled'), (date(2026, 2, 2), date(2026, 3, 1), 'void'), (*MARCH, 'settled')],
     '2026-01-31'),
    # void rows pay nothing, neither before the chain nor after it
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'void')], '2026-01-31'),
    ([(*JANUARY, 'void'), (*MARCH, 'settled')], '2026-03-31'),
    # dates billed again: the live row rules
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'void'), (*FEBRUARY, 'open'), (*MARCH, 'settled')],
     '2026-01-31'),
    ([(*JANUARY, 'settled'), (*FEBRUARY, 'void'), (*FEBRUARY, 'settled')], '2026-02-28'),
    ([(JANUARY[0], APRIL[1], 'void'), (*JANUARY, 'settled'), (*FEBRUARY, 'open'),
      (*MARCH, 'settled')], '2026-01-31'),
    ([(JANUARY[0], APRIL[1], 'void'), (*FEBRUARY, 'settled'), (*APRIL, 'settled')], '2026-04-30'),
])
def test_r2_paid_through(rows, last_day):
    assert periods.paid_through(rows) == (last_day and d(last_day))


# === LOCAL DAYS === #

@pytest.mark.parametrize(('zone', 'now', 'today'), [
    ('UTC', '2026-03-31 23:59:59', '2026-03-31'),
    ('Asia/Dhaka', '2026-03-31 17:59:59', '2026-03-31'),
    ('Asia/Dhaka', '2026-03-31 18:00:00', '2026-04-01'),
    ('Asia/Kolkata', '2026-03-31 18:29:59', '2026-03-31'),
    ('Asia/Kolkata', '2026-03-31 18:30:00', '2026-04-01'),
    ('America/Los_Angeles', '2026-01-01 07:59:59', '2025-12-31'),
    ('America/Los_Angeles', '2026-01-01 08:00:00', '2026-01-01'),
    ('America/Los_Angeles', '2026-07-01 07:00:00', '2026-07-01'),
    ('Europe/Berlin', '2026-10-24 21:59:59', '2026-10-24'),
    ('Europe/Berlin', '2026-10-25 22:59:59', '2026-10-25'),
    ('Europe/Berlin', '2026-10-25 23:00:00', '2026-10-26'),
])
def test_r17_today(zone, now, today):
    assert periods.today_in(utc(now), zone) == d(today)


def test_r17_today_of_an_aware_instant():
    dhaka = timezone(timedelta(hours=6))
    assert periods.today_in(datetime(2026, 1, 1, 1, tzinfo=dhaka), 'UTC') == d('2025-12-31')
    assert periods.today_in(datetime(2026, 1, 1, 1, tzinfo=dhaka), 'Asia/Dhaka') == d('2026-01-01')


@pytest.mark.parametrize(('zone', 'day', 'begins', 'hours'), [
    ('UTC', '2026-03-29', '2026-03-29 00:00', 24),
    ('Asia/Dhaka', '2026-03-29', '2026-03-28 18:00', 24),
    ('Asia/Kolkata', '2026-03-29', '2026-03-28 18:30', 24),
    ('Europe/Berlin', '2026-03-28', '2026-03-27 23:00', 24),
    ('Europe/Berlin', '2026-03-29', '2026-03-28 23:00', 23),
    ('Europe/Berlin', '2026-10-25', '2026-10-24 22:00', 25),
    ('America/Los_Angeles', '2026-01-01', '2026-01-01 08:00', 24),
    ('America/Los_Angeles', '2026-03-08', '2026-03-08 08:00', 23),
    ('America/Los_Angeles', '2026-11-01', '2026-11-01 07:00', 25),
    ('Australia/Lord_Howe', '2026-04-05', '2026-04-04 13:00', 24.5),
    # midnight does not exist: the clock goes from 00:00 to 01:00
    ('America/Sao_Paulo', '2018-11-04', '2018-11-04 03:00', 23),
    ('America/Asuncion', '2023-10-01', '2023-10-01 04:00', 23),
    ('America/Havana', '2024-03-10', '2024-03-10 05:00', 23),
    ('Asia/Beirut', '2024-03-31', '2024-03-30 22:00', 23),
    ('Africa/Cairo', '2024-04-26', '2024-04-25 22:00', 23),
    # midnight comes twice, or an hour late; the day begins with its first
    ('America/Havana', '2024-11-03', '2024-11-03 04:00', 25),
    ('America/Sao_Paulo', '2018-02-17', '2018-02-17 02:00', 25),
    ('America/Sao_Paulo', '2018-02-18', '2018-02-18 03:00', 24),
    ('America/St_Johns', '2010-11-07', '2010-11-07 02:30', 25),
    # Samoa crossed the date line: 30 December 2011 has no hours
    ('Pacific/Apia', '2011-12-29', '2011-12-29 10:00', 24),
    ('Pacific/Apia', '2011-12-30', '2011-12-30 10:00', 0),
    ('Pacific/Apia', '2011-12-31', '2011-12-30 10:00', 24),
])
def test_r17_days_begin_at_local_midnight(zone, day, begins, hours):
    start = periods.midnight_utc(d(day), zone)
    assert start == utc(begins)
    assert start.tzinfo is None
    assert periods.midnight_utc(d(day) + timedelta(days=1), zone) - start == timedelta(hours=hours)


def test_no_such_zone():
    with pytest.raises(ZoneInfoNotFoundError):
        periods.today_in(utc('2026-01-01'), 'Europe/Atlantis')
    with pytest.raises(ZoneInfoNotFoundError):
        periods.midnight_utc(d('2026-01-01'), 'Europe/Atlantis')
