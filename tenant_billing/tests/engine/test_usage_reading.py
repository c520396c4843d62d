import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.usage_events import (
    Event,
    Meter,
    Number,
    Panel,
    Refused,
    digest_of,
    seconds_of,
)
from odoo.addons.tenant_billing.engine.usage_reading import Reader
from odoo.addons.tenant_billing.engine.usage_values import number

NOW = seconds_of(datetime(2026, 3, 10, 12))
DAY = 86400
METERS = {
    (1, 'calls'): Meter(1, 'count', None),
    (1, 'tokens'): Meter(2, 'sum', 'value', ('model', 'direction')),
    (1, 'credit'): Meter(3, 'sum', 'value', (), allow_negative=True),
    (1, 'users'): Meter(4, 'unique', 'user'),
    (1, 'gone'): Meter(5, 'count', None, is_active=False),
}


def reader(zone='UTC', begins=NOW - 60 * DAY, ends=float('inf'), panel_id=7):
    panel = Panel(panel_id, 1, zone, begins, ends, NOW - 30 * DAY)
    return Reader({'7': panel, None: panel}, METERS, NOW)


def event(meter='tokens', time='2026-03-10T11:30:00Z', data=None, **values):
    data = {'value': 5, 'model': 'pro'} if data is None else data
    return {
        'specversion': '1.0', 'id': 'e1', 'source': 'app', 'type': meter, 'subject': '7',
        'time': time, 'data': data, **values}


def refusal(sent, **values):
    found = reader(**values).read_event(sent)
    return found.code if isinstance(found, Refused) else found.refused and found.refused.code


def test_what_an_event_says():
    found = reader().read_event(event(data={'value': 2.50, 'model': 'pro', 'user': 'Karim'}))
    assert (found.panel_id, found.meter_id, found.value) == (7, 2, '2.5')
    assert (found.time, found.hour) == ('2026-03-10 11:30:00.000000', '2026-03-10 11:00:00')
    assert (found.dimension_1, found.dimension_2, found.dimension_3) == ('pro', '', '')
    assert json.loads(found.data) == {'model': 'pro', 'user': 'Karim'}
    assert found.digest == digest_of(7, 'app', 'e1') and len(found.digest) == 16


@pytest.mark.parametrize('zone, time, hour', [
    ('Asia/Kolkata', '2026-03-10T11:29:59Z', '2026-03-10 16:00:00'),
    ('Asia/Kolkata', '2026-03-10T11:30:00Z', '2026-03-10 17:00:00'),
    ('Asia/Kolkata', '2026-03-09T18:30:00Z', '2026-03-10 00:00:00'),
    ('Asia/Kathmandu', '2026-03-09T18:15:00Z', '2026-03-10 00:00:00'),
    ('America/New_York', '2026-03-08T06:59:59Z', '2026-03-08 01:00:00'),
    ('America/New_York', '2026-03-08T07:00:00Z', '2026-03-08 03:00:00'),
])
def test_hours_are_local(zone, time, hour):
    assert reader(zone).read_event(event(time=time)).hour == hour


def test_clock_changes_in_berlin():
    panel = Panel(7, 1, 'Europe/Berlin', 0, float('inf'), 0)
    late = Reader({'7': panel}, METERS, seconds_of(datetime(2026, 12, 1)))
    hours = {at: late.read_event(event(time=f'2026-{at}Z')).hour for at in (
        '03-29T00:59:59', '03-29T01:00:00', '10-25T00:30:00', '10-25T01:30:00', '10-25T02:30:00')}
    assert list(hours.values()) == [
        '2026-03-29 01:00:00', '2026-03-29 03:00:00', '2026-10-25 02:00:00',
        '2026-10-25 02:00:00', '2026-10-25 03:00:00']


@pytest.mark.parametrize('change, code', [
    ({'id': ''}, 'invalid_event'), ({'id': None}, 'invalid_event'), ({'id': 7}, 'invalid_event'),
    ({'id': 'x' * 256}, 'invalid_event'), ({'source': '\0'}, 'invalid_event'),
    ({'source': '\ud800'}, 'invalid_event'), ({'type': ['tokens']}, 'invalid_event'),
    ({'specversion': '0.3'}, 'invalid_event'),
    ({'subject': '8'}, 'unknown_panel'), ({'subject': 7}, 'unknown_panel'),
    ({'subject': {}}, 'unknown_panel'),
    ({'type': 'calls '}, 'unknown_meter'), ({'type': 'gone'}, 'unknown_meter'),
    ({'time': 'yesterday'}, 'invalid_time'), ({'time': '2026-03-10'}, 'invalid_time'),
    ({'time': '2026-03-10T11:30:00'}, 'invalid_time'), ({'time': 1773142200}, 'invalid_time'),
    ({'time': '2026-02-30T11:30:00Z'}, 'invalid_time'),
    ({'time': '0001-01-01T00:00:00+01:00'}, 'invalid_time'),
    ({'time': '2026-03-10T12:05:00Z'}, None),
    ({'time': '2026-03-10T12:05:00.000001Z'}, 'in_the_future'),
    ({'time': '2026-02-08T12:00:00Z'}, None),
    ({'time': '2026-02-08T11:59:59.999999Z'}, 'too_old'),
    ({'data': [1]}, 'invalid_value'), ({'data': {}}, 'invalid_value'),
    ({'data': None}, 'invalid_value'),
    ({'data': {'value': True}}, 'invalid_value'), ({'data': {'value': None}}, 'invalid_value'),
    ({'data': {'value': 'NaN'}}, 'invalid_value'), ({'data': {'value': '1e99'}}, 'invalid_value'),
    ({'data': {'value': float('inf')}}, 'invalid_value'),
    ({'data': {'value': '٣'}}, 'invalid_value'), ({'data': {'value': '1_0'}}, 'invalid_value'),
    ({'data': {'value': 10 ** 5000}}, 'invalid_value'),
    ({'data': {'value': 1, 'model': ['a']}}, 'invalid_value'),
    ({'data': {'value': 1, 'note': 'a\0b'}}, 'invalid_value'),
    ({'data': {'value': 1, 'note': '\\u0000'}}, None),
    ({'data': {'value': 1, 'note': '\ud800'}}, 'invalid_value'),
    ({'data': {'value': 1, 'note': float('nan')}}, 'invalid_value'),
    ({'data': {'value': 1, 'note': object()}}, 'invalid_value'),
    ({'data': {'value': 1, 'note': 'x' * 9000}}, 'invalid_value'),
    ({'data': {'value': -1}}, 'negative_value'),
    ({'data': {'value': -1}, 'type': 'credit'}, None), ({'data': {'value': '-0.0'}}, None),
    ({'type': 'calls', 'data': None}, None),
])
def test_why_an_event_is_refused(change, code):
    assert refusal({**event(), **change}) == code


def test_what_is_no_event():
    for sent in (None, 7, 'text', [], {}):
        assert refusal(sent) == 'invalid_event'


def test_order_of_the_checks():
    """R29a: meter, time, value, service dates; each of these events has all faults after one."""
    bad = event('none', 'never', {'value': -1})
    for code, mended in (
        ('unknown_meter', {}), ('invalid_time', {'type': 'tokens'}),
        ('too_old', {'time': '2020-01-01T00:00:00Z'}),
        ('negative_value', {'time': '2026-03-01T00:00:00Z'}),
        ('no_service', {'data': {'value': 1}}),
    ):
        bad.update(mended)
        assert refusal(bad, begins=NOW) == code


def test_service_begins_and_ends():
    at = seconds_of(datetime(2026, 3, 10, 11, 30))
    assert refusal(event(), begins=at, ends=at + 1) is None
    assert refusal(event(), begins=at + 1) == 'no_service'
    assert refusal(event(), ends=at) == 'no_service'


def test_a_refused_event_tells_its_key_and_content():
    taken = reader().read_event(event())
    late = reader(begins=NOW).read_event(event())
    assert (late.digest, late.content) == (taken.digest, taken.content)


@pytest.mark.parametrize('change, same', [
    ({'time': '2026-03-10T12:30:00+01:00'}, True), ({'time': '2026-03-10 11:30:00.000z'}, True),
    ({'data': {'model': 'pro', 'value': '5.00'}}, True),
    ({'data': {'model': 'pro', 'value': 5.0}}, True), ({'subject': None}, True),
    ({'time': '2026-03-10T11:30:01Z'}, False), ({'data': {'value': 5}}, False),
    ({'data': {'model': 'pro', 'value': 6}}, False), ({'type': 'credit'}, False),
    ({'reverses': 'e0'}, False),
])
def test_what_counts_as_the_same_content(change, same):
    first, second = reader().read_event(event()), reader().read_event({**event(), **change})
    assert first.digest == second.digest
    assert (first.content == second.content) is same


def test_an_event_without_time_is_of_now():
    first, second = event(), event()
    del first['time']
    second['time'] = None
    found = reader().read_event(first)
    assert found.time == '2026-03-10 12:00:00.000000'
    assert found.content == reader().read_event(second).content


def test_unique_keeps_no_name_in_its_member():
    one, two = (
        reader().read_event(event('users', data={'user': user})) for user in ('Karim', 'Nila'))
    other = reader(panel_id=8).read_event(event('users', data={'user': 'Karim'}))
    assert len({one.member, two.member, other.member}) == 3
    assert (one.value, one.data) == (None, '{"user":"Karim"}')
    assert refusal(event('users', data={'user': ''})) == 'invalid_value'


def test_corrections_name_their_original():
    undo = reader().read_event(event(data={}, id='e2', reverses='e1'))
    change = reader().read_event(event(id='e3', replaces='e1'))
    assert undo.original == change.original == digest_of(7, 'app', 'e1')
    assert (undo.correction, undo.value, undo.refused) == ('reverses', None, None)
    assert (change.correction, change.value) == ('replaces', '5')
    assert reader().read_event(event(reverses=None)).original is None
    assert reader().read_event(event(replaces='e0', data={})).refused.code == 'invalid_value'
    assert isinstance(reader(begins=NOW).read_event(event(reverses='e1')), Event)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-10**15, max_value=10**15,
                   places=8))
def test_numbers_are_exact_however_they_are_written(value):
    texts = {number(form, 'value') for form in (
        str(value), f'{value:f}', f'{value:E}', Number(str(value)), value)}
    assert len(texts) == 1
    assert Decimal(texts.pop()) == value


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(['id', 'source', 'type', 'subject', 'time', 'data', 'reverses', 'value']),
        inner, max_size=6)), st.booleans())
def test_nothing_breaks_the_reader(sent, is_data):
    sent = event(data=sent) if is_data else sent
    if isinstance(sent, dict) and not is_data:
        sent = {**event(), **sent}
    assert isinstance(reader().read_event(sent), (Event, Refused))


@pytest.mark.parametrize('before, time, code', [
    ('2026-03-10T12:05:00Z', '2026-03-10T12:05:00.000001Z', 'in_the_future'),
    ('2026-03-10T11:58:29Z', '2026-03-10T11:58:30Z', 'no_service'),
    ('2026-03-05T12:00:30Z', '2026-03-05T12:00:29.999999Z', 'no_service'),
    ('2026-03-10T11:30:00Z', '2026-03-10T11:30:60Z', 'invalid_time'),
    ('2026-03-10T11:30:00Z', '2026-03-10T11:30:0٣Z', 'invalid_time'),
    ('2026-03-10T11:30:00Z', '2026-03-10T11:30:01', 'invalid_time'),
    ('2026-03-10T11:30:00Z', '2026-03-10T11:30:01+05:30', None),
    ('2026-03-10T11:30:00+05:30', '2026-03-10T11:30:01Z', None),
    ('2026-03-10T11:30:00Z', '2026-03-10T11:30:01.5z', None),
    ('2026-03-10T11:30:00Z', '2026-03-10T11:30:01.1234567Z', None),
])
def test_what_the_reader_remembers_of_a_minute_changes_nothing(before, time, code):
    values = {'zone': 'Asia/Kathmandu', 'begins': NOW - 5 * DAY + 30, 'ends': NOW - 90}
    if code == 'in_the_future':
        values['ends'] = float('inf')
    one = reader(**values)
    assert isinstance(one.read_event(event(time=before)), Event)
    found = one.read_event(event(time=time))
    assert found == reader(**values).read_event(event(time=time))
    assert (found.code if isinstance(found, Refused) else None) == code


def test_what_the_reader_remembers_of_a_sender_changes_nothing():
    one = reader()
    assert isinstance(one.read_event(event()), Event)
    for change in ({'specversion': None}, {'id': ''}, {'id': 7}, {'id': 'a\0'}, {'id': '\ud800'},
                   {'subject': '8'}, {'source': '\ud800'}):
        assert one.read_event(event(**change)).code == refusal(event(**change))
