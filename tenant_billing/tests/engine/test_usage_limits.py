from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.usage_events import Event
from odoo.addons.tenant_billing.engine.usage_limits import (
    Days,
    Room,
    limit_of,
    quantity_of,
    too_dear,
    without_room,
)

JANUARY = Days('2026-01-01', '2026-02-01')
FEBRUARY = datetime(2026, 2, 1)
PLACE = (7, 1)


def event(name, value=None, hour='2026-01-15 11:00:00', meter=1, panel=7):
    return Event(
        name, None, panel, meter, '', hour, None if value is None else str(value), '', '', '', '',
        'app', name, '{}')


def refused(values, most, used=0, **attributes):
    events = [event(f'e{number}', value, **attributes) for number, value in enumerate(values)]
    room = Room(JANUARY, Decimal(most), Decimal(used))
    return [quantity_of(e) for e in without_room(events, {PLACE: room})]


@pytest.mark.parametrize('values, most, used, gone', [
    ([5, 5], 10, 0, []),  # up to the limit itself
    ([5, 5, '0.000001'], 10, 0, [Decimal('0.000001')]),
    ([8, 8, 2], 10, 0, [8]),  # a smaller one may still fit
    ([1], 10, 10, [1]),
    ([0, -3, 3], 10, 10, []),  # what adds nothing passes, what is taken back frees room
    ([-1], 10, 20, []),
    ([None, None, None], 2, 0, [1]),  # a meter that counts events
    ([1], 0, 0, [1]),
    (['0.' + '0' * 29 + '1'], 1, 1, [Decimal('1e-30')]),
    (['0.1'] * 11, 1, 0, [Decimal('0.1')]),
])
def test_r24_a_hard_limit(values, most, used, gone):
    assert refused(values, most, used) == gone


@pytest.mark.parametrize('hour, is_limited', [
    ('2025-12-31 23:00:00', False), ('2026-01-01 00:00:00', True),
    ('2026-01-31 23:00:00', True), ('2026-02-01 00:00:00', False),
])
def test_r24_only_the_current_period_is_limited(hour, is_limited):
    assert bool(refused([1], 0, hour=hour)) is is_limited


def test_r24_other_meters_and_panels_are_not_limited():
    assert refused([1], 0, meter=2) == refused([1], 0, panel=8) == []


@given(st.lists(st.integers(-5, 9), max_size=30), st.integers(0, 40), st.integers(0, 50))
def test_r24_no_order_of_events_takes_more_than_the_limit(values, most, used):
    total = used
    gone = refused(values, most, used)
    for value in values:
        if gone and gone[0] == value and total + value > most:
            gone.pop(0)
        else:
            assert value <= 0 or total + value <= most
            total += value
    assert not gone


# === THE CAP === #

def price(*events):
    """The first 10 are included, then 1.00 each, of which 100 at most."""
    return min(max(sum(map(quantity_of, events)) - 10, Decimal(0)), Decimal(100))


def asked(values, cap, used=0):
    """What is refused, and how often the cost was asked for."""
    events = [event(f'e{number}', value) for number, value in enumerate(values)]
    calls = []

    def cost(more):
        calls.append(len(more))
        return Decimal(20) + price(event('used', used), *more)
    return [quantity_of(e) for e in too_dear(events, cost, Decimal(cap))], len(calls)


@pytest.mark.parametrize('values, cap, used, gone', [
    ([5, 10], 25, 0, []),
    ([5, 10, 1], 25, 0, [1]),
    ([5, 20, 3], 25, 0, [20]),
    ([4, 7, 5], 20, 0, [7]),  # the fee alone reaches the cap: what is included is free
    ([4, 6], 5, 0, []),  # even where the fee is above the cap
    ([500], 30, 200, []),  # the plan's maximum is reached: more costs nothing
    ([], 1, 0, []),
])
def test_r26_a_cap(values, cap, used, gone):
    assert asked(values, cap, used)[0] == gone


def test_r26_many_events_are_asked_for_at_once():
    assert asked([1] * 1000, 2000) == ([], 1)
    gone, calls = asked([1] * 1000, 50)
    assert (len(gone), gone[0]) == (960, 1)
    assert calls < 40


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 60), st.integers(0, 30))
def test_r26_it_is_as_if_each_was_asked_for_alone(values, cap, used):
    total, gone = used, []
    for value in values:
        before, after = (price(event('x', some)) for some in (total, total + value))
        if 20 + after > cap and after > before:
            gone.append(value)
        else:
            total += value
    assert asked(values, cap, used)[0] == gone


# === WHAT IS TOLD === #

@pytest.mark.parametrize('used, limit, told', [
    ('0', '10', ('10', 0, 'active')), ('7.999', '10', ('2.001', 79, 'active')),
    ('8', '10', ('2', 80, 'warning')), ('9.999', '10', ('0.001', 99, 'warning')),
    ('10', '10', ('0', 100, 'limit_reached')), ('25', '10', ('0', 250, 'limit_reached')),
    ('0', '0', ('0', 100, 'limit_reached')),
])
def test_what_is_left(used, limit, told):
    found = limit_of(
        'tokens', "Tokens", 'token', 'soft', Decimal(used), Decimal(limit), FEBRUARY)
    assert (str(found.remaining), found.percent, found.status) == told
    assert found.resets_at == FEBRUARY
