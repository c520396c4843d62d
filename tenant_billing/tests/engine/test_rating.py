"""Rating a service period: the rules' own examples and others worked by hand."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS, Event
from odoo.addons.tenant_billing.engine.arrears import closed_periods, is_closed, issue_instant
from odoo.addons.tenant_billing.engine.charge_models import (
    Bracket,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PerUnit,
    Volume,
)
from odoo.addons.tenant_billing.engine.event_prices import Values, event_totals, price_event
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.engine.rating_input import (
    CAP,
    TRUE_UP,
    Charge,
    EventTotal,
    Meter,
    Period,
    Row,
    Segment,
    Total,
    Version,
)

CENT = Decimal('0.01')
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)
APR, MAY = date(2026, 4, 1), date(2026, 5, 1)  # thirty days
CALLS = Meter('calls', 'count')
LEADS = Bracket([(5000, 100), (10000, 180), (20000, 250), (50000, 320), (100000, 400), (None, 500)])


def calls(price=1, **terms):
    return Charge('calls', (Row(PerUnit(price)),), CALLS, **terms)


def april(*charges, fee=0, **limits):
    return Period(APR, MAY, (Segment(APR, MAY, Version(charges, **limits), fee),), CENT)


def used(count, day=APR, *dimensions, meter='calls'):
    return Total(meter, dimensions, day, count)


def amounts(rating):
    return {charge.key: charge.amount for charge in rating.charges}


def lines(rating):
    return [(line.kind, line.start.day, line.amount) for line in rating.lines]


# === R19: WHEN === #

def test_r19_usage_waits_for_its_period():
    """Start 1 January, monthly, lead 7, ten calls a day at 1.00, 31 March the last served day."""
    starts = [date(2026, month, 1) for month in range(1, 5)]
    billed, invoices = set(), []
    for issued in (date(2026, 1, 25), date(2026, 2, 22), date(2026, 3, 25), date(2026, 4, 1)):
        amount = Decimal(0)
        for start, end in zip(starts, starts[1:], strict=False):
            if is_closed(end, issued, 'Asia/Dhaka') and end not in billed:
                billed.add(end)
                period = Period(start, end, (Segment(start, end, Version((calls(),))),), CENT)
                amount += rate(period, [
                    used(10, date(start.year, start.month, day + 1))
                    for day in range((end - start).days)]).amount
        invoices.append(amount)
    assert invoices == [0, 310, 280, 310]


def test_r19_issue_instant_is_midnight_and_the_collection_hours_as_elapsed_time():
    assert str(issue_instant(date(2026, 1, 1), 'Asia/Kolkata')) == '2025-12-31 19:30:00'
    # the clock goes from 2 to 3 on this day: three elapsed hours after midnight it shows 4
    assert str(issue_instant(date(2026, 3, 29), 'Europe/Berlin', 3)) == '2026-03-29 02:00:00'


def test_r19_lead_0_takes_the_period_that_just_ended():
    ends = [date(2026, 3, 1), date(2026, 2, 1), date(2026, 4, 1)]
    assert closed_periods(ends, date(2026, 3, 1), 'UTC') == ends[1::-1]
    assert closed_periods(ends, date(2026, 2, 28), 'UTC') == ends[1:2]


# === R22: CORRECTIONS === #

def lead_total(price, value, count=1, reverses=False):
    return EventTotal('leads', APR, price.amount, count, value, '', price.bracket, reverses)


def test_r22_a_changed_value_is_a_reversal_and_a_new_event():
    charge = Charge('leads', (Row(LEADS),), Meter('leads'))
    first, second = (price_event(charge.rows[0], value) for value in (12000, 4000))
    totals = [lead_total(first, 12000)]
    before = rate(april(charge), events=totals)
    totals += [lead_total(first.reversal(), -12000, -1, True), lead_total(second, 4000)]
    after = rate(april(charge), events=totals, invoiced=amounts(before))
    assert (before.amount, after.amount, after.deltas) == (250, 100, {'leads': -150})
    [line] = after.lines
    assert [(step['kind'], step['lower'], step['amount']) for step in line.why['steps']] == [
        ('events', '0', '100'), ('events', '10000', '250'), ('reversed', '10000', '-250')]


def test_r22_below_zero_rates_as_zero():
    assert rate(april(calls()), [used(3), used(-5)]).amount == 0
    spend = Charge('spend', (Row(Dynamic()),), Meter('spend'))
    assert rate(april(spend), events=[EventTotal('spend', APR, -5)]).amount == 0


# === R21: DELTAS === #

def test_r21_documents_sum_to_the_rating():
    period, invoiced, documents = april(calls('0.015')), {}, []
    for count in (33, 50, 7):  # late events, then corrections
        rating = rate(period, [used(count)], invoiced=invoiced)
        documents.append(rating.deltas['calls'])
        invoiced = {'calls': sum(documents)}
        assert invoiced['calls'] == rating.amount
    assert documents == [Decimal('0.50'), Decimal('0.25'), Decimal('-0.64')]
    assert rate(period, [used(7)], invoiced=invoiced).deltas == {'calls': 0}


def test_r21_what_is_charged_no_more_is_given_back():
    assert rate(april(), invoiced={'calls': Decimal(5)}).deltas == {'calls': -5}


# === R28: MINIMUM AND MAXIMUM OF A PLAN === #

@pytest.mark.parametrize(('count', 'deltas'), [
    (0, {'calls': 0, TRUE_UP: 60}),
    (59, {'calls': 59, TRUE_UP: 1}),
    (60, {'calls': 60}),
    (260, {'calls': 260}),
    (261, {'calls': 261, CAP: -1}),
])
def test_r28_minimum_and_maximum_hold_with_the_advance_fee(count, deltas):
    period = april(calls(), fee=40, minimum=100, maximum=300)
    assert rate(period, [used(count)] if count else []).deltas == deltas


def test_r28_true_up_waits_for_the_end_and_late_usage_gives_it_back():
    period = april(calls(), fee=40, minimum=100)
    assert rate(period, [used(10)], closed=False).deltas == {'calls': 10}
    first = rate(period, [used(10)])
    late = rate(period, [used(35)], invoiced=amounts(first))
    assert (first.deltas, late.deltas) == (
        {'calls': 10, TRUE_UP: 50}, {'calls': 25, TRUE_UP: -25})
    gone = rate(period, [used(75)], invoiced=amounts(first))
    assert gone.deltas == {'calls': 65, TRUE_UP: -50}


def test_r28_served_days_are_counted_and_rounded_before_comparing():
    """A stub of 10 of 30 days: 100 ÷ 3 = 33.33; 13.33 + 10.004 rounded is 23.33, so 10.00."""
    stub = Segment(date(2026, 4, 21), MAY, Version((calls('2.501'),), minimum=100), '13.33')
    rating = rate(Period(APR, MAY, (stub,), CENT), [used(4, date(2026, 4, 21))])
    assert amounts(rating) == {'calls': Decimal('10.00'), TRUE_UP: Decimal('10.00')}
    assert rating.lines[-1].why['minimum'] == '33.33'


def test_r28_discount_and_allowance_come_before_the_minimum():
    charge = Charge('calls', (Row(PerUnit(1), allowance=20),), CALLS, discount=10)
    assert rate(april(charge, minimum=100), [used(120)]).deltas == {'calls': 90, TRUE_UP: 10}


def test_r28_a_maximum_holds_for_the_days_of_its_version():
    half = date(2026, 4, 16)
    period = Period(APR, MAY, (
        Segment(APR, half, Version((calls(),), maximum=100)),
        Segment(half, MAY, Version((calls(),)))), CENT)
    rating = rate(period, [used(80), used(500, half)])
    assert rating.deltas == {'calls': 580, CAP: -30}


# === R29: SEGMENTS === #

def test_r29_allowance_and_tiers_by_days_unit_prices_not():
    """10 of 30 days of the old version, 20 of the new one.

    Old: allowance 300 → 100, tier 600 → 200: 350 − 100 = 250 = 200 × 0.10 + 50 × 0.05 = 22.50,
    tier flats 3 → 1 and 6 → 2: 25.50. New: allowance 300 → 200: 700 − 200 = 500 × 0.08 = 40.
    """
    change = date(2026, 4, 11)
    old = Charge('calls', (Row(Graduated([(600, '0.10', 3), (None, '0.05', 6)]), (), 300),), CALLS)
    new = Charge('calls', (Row(PerUnit('0.08'), (), 300),), CALLS)
    period = Period(APR, MAY, (
        Segment(APR, change, Version((old,))), Segment(change, MAY, Version((new,)))), CENT)
    rating = rate(period, [used(350, date(2026, 4, 10)), used(700, change)])
    assert lines(rating) == [('usage', 1, Decimal('25.50')), ('usage', 11, 40)]
    assert [(w['included'], w['billable']) for w in (line.why for line in rating.lines)] == [
        ('100', '250'), ('200', '500')]


def test_r29_max_last_and_unique_count_by_days():
    half = date(2026, 4, 16)
    for code, totals in (
        ('max', (6, 8)), ('unique', (frozenset('abcdef'), frozenset('abcdefgh'))),
        ('last', tuple(AGGREGATIONS['last'].total([Event(None, 's', '1', n)]) for n in (6, 8))),
    ):
        charge = Charge('seats', (Row(PerUnit(10), (), 2),), Meter('seats', code))
        version = Version((charge,))
        period = Period(
            APR, MAY, (Segment(APR, half, version), Segment(half, MAY, version)), CENT)
        rating = rate(period, [used(totals[0], APR, meter='seats'),
                               used(totals[1], half, meter='seats')])
        # (6 ÷ 2 − 1) × 10 and (8 ÷ 2 − 1) × 10
        assert [line.amount for line in rating.lines] == [20, 30]


def test_r29b_weighted_counts_against_the_whole_period():
    charge = Charge('disk', (Row(PerUnit(1)),), Meter('disk', 'weighted'))
    stub = Segment(date(2026, 4, 21), MAY, Version((charge,)))
    area = 6 * 10 * 86400  # six gigabytes for ten days of thirty
    assert rate(Period(APR, MAY, (stub,), CENT), [
        used(area, date(2026, 4, 21), meter='disk')]).amount == 2


def test_r29b_weighted_counts_real_hours():
    """March has an hour less in Berlin: a gigabyte through all of it is 743 hours of 743."""
    charge = Charge('disk', (Row(PerUnit(743)),), Meter('disk', 'weighted'))
    march = Segment(date(2026, 3, 1), APR, Version((charge,)))
    period = Period(march.start, APR, (march,), CENT, 'Europe/Berlin')
    assert rate(period, [used(743 * 3600, march.start, meter='disk')]).amount == 743


def test_r29b_a_meter_rounds_per_row_and_segment_before_the_allowance():
    charge = Charge('calls', (Row(PerUnit(1), (), 100), Row(PerUnit(1), ('x',), 1)),
                    Meter('calls', 'sum', 'up', 60))
    rating = rate(april(charge), [used(61, APR, 'y'), used('1.5', APR, 'y'), used(1, APR, 'x')])
    why = [line.why for line in rating.lines]
    assert [(w['measured'], w['rounded'], w['billable']) for w in why] == [
        ('62.5', '120', '20'), ('1', '60', '59')]


def test_r29b_rounding_comes_before_the_days():
    """8 seats after rounding, for half the period: 4 wherever the period is cut."""
    charge = Charge('seats', (Row(PerUnit(1)),), Meter('seats', 'max', 'up', 4))
    stub = Segment(date(2026, 4, 16), MAY, Version((charge,)))
    assert rate(Period(APR, MAY, (stub,), CENT), [
        used(5, date(2026, 4, 16), meter='seats')]).amount == 4


def test_r29c_minimum_then_maximum_per_segment_also_without_usage():
    third = date(2026, 4, 11)
    version = Version((calls(minimum=30, maximum=60),))
    period = Period(APR, MAY, (Segment(APR, third, version), Segment(third, MAY, version)), CENT)
    assert lines(rate(period)) == [('minimum', 1, 10), ('minimum', 11, 20)]
    assert lines(rate(period, [used(50)])) == [
        ('usage', 1, 50), ('maximum', 1, -30), ('minimum', 11, 20)]
    assert lines(rate(period, [used(5)], closed=False)) == [('usage', 1, 5)]


def test_r29c_a_flat_charge_counts_once_used_or_not_and_by_days():
    charge = Charge('support', (Row(Flat(31)),))
    stub = Segment(date(2026, 1, 11), FEB, Version((charge,)))
    assert rate(Period(JAN, FEB, (stub,), CENT)).amount == 21


def test_r29_package_sizes_stay_and_packages_are_begun_per_segment():
    half = date(2026, 4, 16)
    version = Version((Charge('calls', (Row(Package(8, 1000)),), CALLS),))
    period = Period(APR, MAY, (Segment(APR, half, version), Segment(half, MAY, version)), CENT)
    assert rate(period, [used(900), used(100, half)]).amount == 16


# === R27: ROWS === #

def test_r27_one_row_is_one_aggregate_with_its_own_allowance():
    charge = Charge('calls', (
        Row(Volume([(10, 2, 0), (None, 1, 0)]), (), 5),
        Row(Volume([(10, 4, 0), (None, 3, 0)]), ('big',), 1)), CALLS)
    rating = rate(april(charge), [used(8, APR, 'a'), used(9, APR, 'b'), used(4, APR, 'big')])
    # 17 − 5 = 12 at 1; 4 − 1 = 3 at 4
    assert [line.amount for line in rating.lines] == [12, 12]


def test_r27_a_new_price_prices_from_its_local_day_with_its_days_of_the_allowance():
    charge = Charge('calls', (
        Row(PerUnit(1), (), 30), Row(PerUnit(2), (), 60, date(2026, 4, 11))), CALLS)
    rating = rate(april(charge), [used(25, date(2026, 4, 10)), used(50, date(2026, 4, 11))])
    # (25 − 10) × 1 and (50 − 40) × 2
    assert lines(rating) == [('usage', 1, 15), ('usage', 11, 20)]


# === R30: ROUNDING === #

def test_r30_one_rounding_over_all_rows_and_segments():
    """Three times 0.335: rounded alone 1.02, together 1.005, which is 1.01."""
    charge = Charge('calls', tuple(
        Row(PerUnit('0.335'), dimensions) for dimensions in ((), ('a',), ('b',))), CALLS)
    rating = rate(april(charge), [used(1, APR, name) for name in 'abc'])
    assert rating.charges[0].exact == Fraction('1.005')
    assert [line.amount for line in rating.lines] == [
        Decimal('0.34'), Decimal('0.34'), Decimal('0.33')]


def test_r30_half_goes_away_from_zero_in_the_currency_s_own_unit():
    for rounding, price, amount in (('0.01', '0.005', '0.01'), ('1', '2.5', '3'),
                                    ('0.05', '1.025', '1.05')):
        period = april(calls(price))._replace(rounding=Decimal(rounding))
        assert str(rate(period, [used(1)]).amount) == amount


def test_r30_charges_are_rounded_each_for_itself():
    other = calls('0.005')._replace(key='other')
    assert amounts(rate(april(calls('0.005'), other), [used(1)])) == {
        'calls': Decimal('0.01'), 'other': Decimal('0.01')}


def test_r30_a_charge_that_two_versions_share_is_rounded_once():
    half = date(2026, 4, 16)
    period = Period(APR, MAY, (
        Segment(APR, half, Version((calls('0.004'),))),
        Segment(half, MAY, Version((calls('0.003'),)))), CENT)
    rating = rate(period, [used(1), used(1, half)])
    assert [line.amount for line in rating.lines] == [Decimal('0.01'), 0]


# === EXPLANATION === #

def test_law_7_every_line_explains_itself():
    charge = Charge(
        'tokens', (Row(Graduated([(1000, '0.01', 0), (None, '0.005', 1)]), ('openai', None), 100,
                       key='7'), Row(Graduated([(None, 1, 0)]))),
        Meter('tokens', 'sum', 'up', 10), discount=10)
    [usage, discount] = rate(april(charge), [
        used('1993.5', APR, 'openai', 'mini', meter='tokens')]).lines
    assert json.loads(json.dumps(usage.why)) == {
        'charge': 'tokens', 'kind': 'usage', 'from': '2026-04-01', 'to': '2026-04-30', 'days': 30,
        'whole_days': 30, 'meter': 'tokens', 'row': '7', 'dimensions': ['openai', None],
        'aggregation': 'sum', 'measured': '1993.5', 'rounded': '2000', 'quantity': '2000',
        'included': '100', 'included_used': '100', 'billable': '1900', 'model': 'graduated',
        'steps': [
            {'kind': 'price', 'quantity': '1000', 'unit_price': '0.01', 'per': '1', 'flat': '0',
             'lower': '0', 'upper': '1000', 'amount': '10'},
            {'kind': 'price', 'quantity': '900', 'unit_price': '0.005', 'per': '1', 'flat': '1',
             'lower': '1000', 'upper': None, 'amount': '5.5'},
        ],
        'exact': '15.5', 'amount': '15.50',
    }
    assert (discount.why['before'], discount.why['discount'], discount.why['exact']) == (
        '15.5', '10', '-1.55')


def test_events_priced_anew_give_the_same_totals():
    charge = Charge('leads', (Row(LEADS), Row(LEADS, ('a',), key='a')), Meter('leads'))
    period = april(charge)
    totals = event_totals(period.segments[0], [
        Values('leads', ('a',), APR, 12000, 2), Values('leads', ('b',), APR, 4999),
        Values('other', (), APR, 1), Values('leads', (), MAY, 1)])
    assert [(t.row, t.bracket, t.count, t.amount) for t in totals] == [
        ('a', 2, 2, 500), ('', 0, 1, 100)]
    assert rate(period, events=totals).amount == 600


# === WHAT CANNOT BE RATED === #

def test_usage_outside_of_all_segments_is_told():
    with pytest.raises(ValueError, match="Usage of 2026-05-01 lies in no segment of the period."):
        rate(april(calls()), [used(1, MAY)])
    with pytest.raises(ValueError, match="Usage of 2026-05-01 lies in no segment of the period."):
        rate(april(calls()), events=[EventTotal('calls', MAY, 1)])


def test_segments_lie_in_their_period_one_after_the_other():
    version = Version((calls(),))
    for segments, message in (
        ((), "at least one segment"),
        ((Segment(APR, MAY, version), Segment(date(2026, 4, 30), MAY, version)),
         "2026-04-30 is before 2026-05-01"),
        ((Segment(APR, date(2026, 5, 2), version),),
         "2026-04-01 to 2026-05-02 is no part of 2026-04-01 to 2026-05-01"),
    ):
        with pytest.raises(ValueError, match=message):
            rate(Period(APR, MAY, segments, CENT))


def test_r27_events_keep_the_price_of_another_versions_row():
    charge = Charge('leads', (Row(LEADS, key='new'),), Meter('leads'))
    rating = rate(april(charge), events=[
        EventTotal('leads', APR, 100, row='new', bracket=0),
        EventTotal('leads', APR, 7, row='old', bracket=9)])
    assert rating.amount == 107
    assert [(line.why['row'], line.amount) for line in rating.lines] == [('new', 100), ('old', 7)]
