"""Aggregations: examples worked by hand; order and batches do not matter; rounding of meters."""

import os
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.aggregations import (
    AGGREGATIONS,
    Event,
    Window,
    round_quantity,
)
from odoo.addons.tenant_billing.engine.periods import midnight_utc

SOAK = os.environ.get('TENANT_BILLING_SOAK') == '1'
thorough = settings(deadline=None, max_examples=400 if SOAK else 40)

START = datetime(2026, 1, 1)
HOUR = timedelta(hours=1)
DAY = Window(START, START + 24 * HOUR)


def at(hour, value=1, name='a', reverses=None):
    return Event(START + hour * HOUR, 'panel', name, value, reverses)


def quantity(code, events, window=DAY, whole_seconds=86400):
    kind = AGGREGATIONS[code]
    return kind.quantity(kind.total(events, window), whole_seconds)


# === WORKED EXAMPLES === #

@pytest.mark.parametrize(('code', 'events', 'expected'), [
    ('count', [], '0'),
    ('count', [at(1, 7), at(2, 7)], '2'),
    ('sum', [], '0'),
    ('sum', [at(1, Decimal('0.1')), at(2, Decimal('0.2'))], '0.3'),
    ('max', [], '0'),
    ('max', [at(1, 3), at(2, 8), at(3, 5)], '8'),
    ('max', [at(1, -3)], '0'),
    ('last', [], '0'),
    ('last', [at(1, 3), at(3, 5), at(2, 8)], '5'),
    ('last', [at(1, 3, 'a'), at(1, 4, 'b')], '4'),
    ('unique', [], '0'),
    ('unique', [at(1, 'x'), at(2, 'y'), at(3, 'x')], '2'),
    ('weighted', [], '0'),
    ('weighted', [at(0, 6)], '6'),
    ('weighted', [at(12, 6)], '3'),
    ('weighted', [at(6, 4), at(18, 8)], '4'),  # 0, 4 for twelve hours, 8 for six
    ('weighted', [at(0, 1, 'b'), at(0, 9, 'a')], '1'),  # at equal times the greater id
])
def test_quantity(code, events, expected):
    assert quantity(code, events) == Fraction(expected)
    assert quantity(code, events[::-1]) == Fraction(expected)


def test_r29b_a_level_carries_on_across_periods():
    assert quantity('weighted', [], Window(START, START + 24 * HOUR, 5)) == 5
    assert quantity('weighted', [at(12, 0)], Window(START, START + 24 * HOUR, 5)) == Fraction('2.5')


def test_r29b_weighted_divides_by_the_real_length():
    """The level 24 for one hour is worth more on a day of 23 hours."""
    start, end = (midnight_utc(day, 'Europe/Berlin') for day in (
        datetime(2026, 3, 29).date(), datetime(2026, 3, 30).date()))
    length = int((end - start).total_seconds())
    events = [Event(start, 's', '1', 23), Event(start + HOUR, 's', '2', 0)]
    assert length == 23 * 3600
    assert quantity('weighted', events, Window(start, end), length) == 1


@pytest.mark.parametrize(('code', 'expected'), [
    ('count', 1), ('sum', 3), ('max', 3), ('last', 3), ('unique', 1), ('weighted', 2)])
def test_r22_a_reversed_event_counts_as_never_sent(code, expected):
    events = [at(8, 3, 'kept'), at(9, 8, 'wrong'), at(9, 8, 'back', ('panel', 'wrong'))]
    assert quantity(code, events) == expected


@pytest.mark.parametrize('code', ['count', 'sum'])
def test_r22_a_reversal_in_another_batch_is_a_negative(code):
    kind = AGGREGATIONS[code]
    assert kind.reversible
    totals = [kind.total([at(9, 8, 'wrong')]), kind.total([at(9, 8, 'back', ('panel', 'wrong'))])]
    assert kind.quantity(kind.combine(totals)) == 0


def test_r22_below_zero_rates_as_zero():
    assert AGGREGATIONS['sum'].quantity(Fraction(-5)) == 0
    assert AGGREGATIONS['last'].quantity(at(1, -5)) == 0


def test_r23_what_adds_up():
    assert {code for code, kind in AGGREGATIONS.items() if kind.reversible} == {'count', 'sum'}
    assert {code for code, kind in AGGREGATIONS.items() if not kind.by_batches} == {'weighted'}
    assert {code for code, kind in AGGREGATIONS.items() if kind.by_days} == {
        'max', 'last', 'unique'}


def test_weighted_wants_its_window():
    with pytest.raises(ValueError, match="needs a window"):
        AGGREGATIONS['weighted'].total([at(1)])
    for hour in (-1, 24):
        with pytest.raises(ValueError, match="lies outside of its window"):
            AGGREGATIONS['weighted'].total([at(hour)], DAY)


@pytest.mark.parametrize(('rounding', 'step', 'value', 'rounded'), [
    ('none', 1, '1.234', '1.234'),
    ('up', 1, '1.0001', '2'),
    ('up', 1, '2', '2'),
    ('down', 1, '1.9999', '1'),
    ('nearest', 1, '1.4999', '1'),
    ('nearest', 1, '1.5', '2'),
    ('nearest', 1, '2.5', '3'),
    ('up', '0.25', '1.01', '1.25'),
    ('down', '0.25', '1.24', '1'),
    ('nearest', '0.25', '1.13', '1.25'),
    ('up', 60, '61', '120'),
])
def test_rounding_of_meters(rounding, step, value, rounded):
    assert round_quantity(
        Fraction(value), rounding, Decimal(step)) == Fraction(rounded)


def test_what_is_no_rounding():
    with pytest.raises(ValueError, match="rounded by one of none, up, down, nearest, not half."):
        round_quantity(Fraction(1), 'half')
    with pytest.raises(ValueError, match="to a step greater than 0, not 0."):
        round_quantity(Fraction(1), 'up', 0)


# === PROPERTIES === #

@st.composite
def event_lists(draw):
    """Events with ids of their own, several at the same time."""
    hours = draw(st.lists(st.integers(0, 23), max_size=12))
    return [at(hour, draw(st.integers(0, 9)), f'{number}') for number, hour in enumerate(hours)]


codes = st.sampled_from(sorted(AGGREGATIONS))


@thorough
@given(codes, event_lists(), st.randoms())
def test_order_of_events_does_not_matter(code, events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert quantity(code, shuffled) == quantity(code, events)


@thorough
@given(codes.filter(lambda code: AGGREGATIONS[code].by_batches), event_lists(), st.data())
def test_splitting_batches_does_not_matter(code, events, data):
    kind = AGGREGATIONS[code]
    batches = {}
    for event in events:
        batches.setdefault(data.draw(st.integers(0, 3)), []).append(event)
    totals = data.draw(st.permutations([kind.total(batch) for batch in batches.values()]))
    assert kind.quantity(kind.combine(totals)) == quantity(code, events)
    nested = kind.combine([kind.combine(totals[:2]), kind.combine(totals[2:])])
    assert kind.quantity(nested) == quantity(code, events)


@thorough
@given(event_lists(), st.integers(0, 9), st.sets(st.integers(1, 23), max_size=4))
def test_weighted_hours_add_up_with_the_level_between(events, level, cuts):
    kind, totals, before = AGGREGATIONS['weighted'], [], level
    edges = [0, *sorted(cuts), 24]
    for since, until in zip(edges, edges[1:], strict=False):
        window = Window(START + since * HOUR, START + until * HOUR, before)
        inside = sorted(
            (e for e in events if window.start <= e.instant < window.end), key=lambda e: e.rank)
        totals.append(kind.total(inside, window))
        before = inside[-1].value if inside else before
    whole = kind.total(events, Window(START, START + 24 * HOUR, level))
    assert kind.combine(totals) == whole


@thorough
@given(event_lists(), st.integers(0, 9))
def test_weighted_agrees_with_walking_the_hours(events, level):
    """All events lie on full hours, so the last one of an hour holds for the whole of it."""
    walked, holds = 0, level
    for hour in range(24):
        for event in sorted(events, key=lambda event: event.id):
            holds = event.value if event.instant == START + hour * HOUR else holds
        walked += holds * 3600
    assert AGGREGATIONS['weighted'].total(events, DAY._replace(level=level)) == walked


@thorough
@given(event_lists())
def test_totals_agree_with_a_plain_recount(events):
    values = [event.value for event in events]
    assert quantity('count', events) == len(values)
    assert quantity('sum', events) == sum(values)
    assert quantity('max', events) == max(values, default=0)
    assert quantity('unique', events) == len(Counter(values))
    latest = sorted(events, key=lambda e: (e.instant, e.id))[-1:]
    assert quantity('last', events) == (latest[0].value if latest else 0)
