"""The end of a running period, and the cheapest plan: examples worked by hand."""

import json
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.charge_models import Bracket, Flat, Graduated, PerUnit
from odoo.addons.tenant_billing.engine.event_prices import Values
from odoo.addons.tenant_billing.engine.forecast import Candidate, compare, project
from odoo.addons.tenant_billing.engine.rating_input import (
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

APR, MAY = date(2026, 4, 1), date(2026, 5, 1)
CENT = Decimal('0.01')
CALLS = Meter('calls', 'count')
LEADS = Charge('leads', (Row(Bracket([(100, 1), (None, 5)])),), Meter('leads'))


def calls(price=1, allowance=0):
    return Charge('calls', (Row(PerUnit(price), (), allowance),), CALLS)


def april(*charges, **limits):
    return Period(APR, MAY, (Segment(APR, MAY, Version(charges, **limits)),), CENT)


def used(total, day=1, meter='calls', *dimensions):
    return Total(meter, dimensions, date(2026, 4, day), total)


# === THE PERIOD'S END === #

def test_the_average_goes_on():
    """100 calls in ten days and a half are 200 more in the 19.5 days that are left."""
    forecast = project(april(calls()), [used(45), used(60, 10)], [], datetime(2026, 4, 11, 12))
    assert (forecast.days, forecast.days_left) == (Fraction('10.5'), Fraction('19.5'))
    assert forecast.rating.amount == 300
    assert forecast.growth == Fraction(30) / Fraction('10.5')
    assert sum(total.total for total in forecast.totals) == 300
    assert json.loads(json.dumps(forecast.how)) == [
        {'meter': 'calls', 'dimensions': [], 'method': 'per_day', 'daily': '10', 'added': '195'}]


def test_allowances_fill_on_the_way_and_minimums_count():
    forecast = project(
        april(calls(1, 250), minimum=80), [used(100)], [], datetime(2026, 4, 11))
    assert {charge.key: charge.amount for charge in forecast.rating.charges} == {
        'calls': 50, TRUE_UP: 30}


def test_days_that_are_left_cost_what_they_will_cost():
    """A new version from the 21st on, another price from the 26th on."""
    change = date(2026, 4, 21)
    dearer = Charge('calls', (
        Row(PerUnit(2)), Row(PerUnit(3), valid_from=date(2026, 4, 26))), CALLS)
    period = Period(APR, MAY, (Segment(APR, change, Version((calls(),))),
                               Segment(change, MAY, Version((dearer,)))), CENT)
    forecast = project(period, [used(100)], [], datetime(2026, 4, 11))
    assert forecast.rating.amount == 100 + 100 + 5 * 10 * 2 + 5 * 10 * 3


def test_what_does_not_grow_by_the_day_stands_as_it_is():
    seats = Charge('seats', (Row(PerUnit(10)),), Meter('seats', 'max'))
    forecast = project(april(seats), [used(7, 2, 'seats')], [], datetime(2026, 4, 16))
    assert (forecast.rating.amount, forecast.how[0]['method']) == (70, 'as_it_stands')


def test_a_level_holds():
    """3 gigabytes on average of the first half, now 9: (3 × 15 + 9 × 15) ÷ 30."""
    disk = Charge('disk', (Row(PerUnit(1)),), Meter('disk', 'weighted'))
    totals, now = [used(3 * 15 * 86400, 1, 'disk')], datetime(2026, 4, 16)
    forecast = project(april(disk), totals, [], now, {('disk', ()): 9})
    assert (forecast.rating.amount, forecast.how[0]['method']) == (6, 'level_holds')
    assert project(april(disk), totals, [], now).rating.amount == 3


def test_amounts_of_events_go_on():
    forecast = project(april(LEADS), [], [
        EventTotal('leads', APR, 30, 6, 900, '', 1),
        EventTotal('leads', APR, -5, -1, -150, '', 1, True)], datetime(2026, 4, 11))
    assert forecast.rating.amount == 75
    assert forecast.how == [
        {'charge': 'leads', 'method': 'per_day', 'daily': '2.5', 'added': '50'}]


def test_before_the_first_day_and_after_the_last_nothing_is_added():
    for as_of in (datetime(2026, 4, 1), datetime(2026, 5, 1), datetime(2026, 6, 1)):
        assert project(april(calls()), [used(9)], [], as_of).rating.amount == 9


def test_days_are_those_of_the_zone():
    """18:00 in London is midnight in Dhaka: the tenth day has passed."""
    period = april(calls())._replace(zone='Asia/Dhaka')
    assert project(period, [used(100)], [], datetime(2026, 4, 10, 18)).rating.amount == 300


def test_estimates_have_six_places():
    forecast = project(april(calls()), [used(10)], [], datetime(2026, 4, 4))
    assert forecast.how[0]['daily'] == '3.333333'


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 29), st.integers(0, 1000))
def test_even_usage_is_foretold_exactly(days, daily):
    totals = [used(daily, day) for day in range(1, 31)]
    period = april(Charge('calls', (Row(Graduated([(500, 2, 1), (None, 1, 1)])),), CALLS))
    forecast = project(period, totals[:days], [], datetime(2026, 4, days + 1))
    assert forecast.rating.amount == project(period, totals, [], datetime(2026, 5, 1)).rating.amount


# === THE CHEAPEST PLAN === #

FREE = Candidate('free', Version((calls(price=3),)), 0)
BASIC = Candidate('basic', Version((calls(price=1, allowance=100),)), 100)
PRO = Candidate('pro', Version((Charge('all', (Row(Flat(50)),)),)), 250)


def ranking(count):
    return [(cost.key, cost.total) for cost in compare(
        [FREE, BASIC, PRO], april(), [used(count)])]


def test_the_cheapest_plan_for_the_same_usage():
    assert ranking(20) == [('free', 60), ('basic', 100), ('pro', 300)]
    assert ranking(150) == [('basic', 150), ('pro', 300), ('free', 450)]
    assert ranking(1000)[0] == ('pro', 300)


def test_of_equals_the_first_wins():
    assert ranking(300)[:2] == [('basic', 300), ('pro', 300)]


def test_a_part_of_a_period_is_compared_as_a_part():
    """Half of April has half of the allowance; the fee is the caller's to share."""
    half = april()._replace(segments=(Segment(date(2026, 4, 16), MAY, Version(())),))
    cost, = compare([BASIC._replace(fee=50)], half, [used(80, 16)])
    assert cost.total == 50 + 80 - 50


def test_what_a_plan_does_not_price_is_told():
    costs = compare([FREE, PRO], april(), [used(20)])
    assert [(cost.key, cost.unpriced) for cost in costs] == [('free', ()), ('pro', ('calls',))]


def test_events_are_priced_by_each_plan_for_itself():
    dear = LEADS._replace(rows=(Row(Bracket([(50, 1), (None, 20)])),))
    costs = compare(
        [Candidate('dear', Version((dear,)), 0), Candidate('fair', Version((LEADS,)), 0)],
        april(), [], [Values('leads', (), APR, 60, 3), Values('leads', (), APR, 200, 2)])
    assert [(cost.key, cost.total) for cost in costs] == [('fair', 13), ('dear', 100)]
