"""Rounding of money: hand-worked examples, and properties against exact fractions.

TENANT_BILLING_SOAK=1 tries ten times as many examples.
"""

import os
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine import money
from odoo.addons.tenant_billing.engine.periods import Cycle, span_from

SOAK = os.environ.get('TENANT_BILLING_SOAK') == '1'
thorough = settings(deadline=None, max_examples=1000 if SOAK else 100)

CENT = Decimal('0.01')

units = st.sampled_from([Decimal(text) for text in ('0.01', '0.001', '0.05', '0.25', '1', '5')])
amounts = st.decimals(-10 ** 9, 10 ** 9, places=6)
prices = st.decimals(0, 10 ** 7, places=2)
whole_periods = st.integers(1, 366)


@pytest.mark.parametrize(('amount', 'rounding', 'rounded'), [
    ('1.005', '0.01', '1.01'),
    ('1.0049999', '0.01', '1.00'),
    ('-1.005', '0.01', '-1.01'),
    ('-1.004', '0.01', '-1.00'),
    ('2.675', '0.01', '2.68'),
    ('0.125', '0.01', '0.13'),
    ('-0.001', '0.01', '0.00'),
    ('1700', '0.01', '1700.00'),
    ('0.5', '1', '1'),
    ('1.5', '1', '2'),
    ('2.5', '1', '3'),
    ('-2.5', '1', '-3'),
    ('2.49', '1', '2'),
    ('1.02', '0.05', '1.00'),
    ('1.025', '0.05', '1.05'),
    ('1.03', '0.05', '1.05'),
    ('-1.025', '0.05', '-1.05'),
    # a quotient of 28 digits would make a half of it
    ('0.00499999999999999999999999999999999', '0.01', '0.00'),
])
def test_round_half_up(amount, rounding, rounded):
    assert str(money.round_half_up(Decimal(amount), Decimal(rounding))) == rounded


@pytest.mark.parametrize(('price', 'days', 'whole_days', 'rounding', 'cost'), [
    ('3100', 17, 31, '0.01', '1700.00'),
    ('100', 1, 3, '0.01', '33.33'),
    ('100', 2, 3, '0.01', '66.67'),
    ('0.03', 1, 2, '0.01', '0.02'),
    ('-0.03', 1, 2, '0.01', '-0.02'),
    ('99.99', 28, 28, '0.01', '99.99'),
    ('99.99', 0, 28, '0.01', '0.00'),
    ('10.00', 15, 30, '1', '5'),
    ('12.35', 10, 30, '0.05', '4.10'),
    ('29.90', 45, 90, '0.01', '14.95'),
])
def test_share(price, days, whole_days, rounding, cost):
    assert str(money.share(Decimal(price), days, whole_days, Decimal(rounding))) == cost


def test_r10_stub_from_15_january():
    span = span_from(date(2026, 1, 15), Cycle('month', 1), calendar=True, anchor=date(2026, 1, 15))
    assert money.share(Decimal(3100), span.days, span.whole_days, CENT) == Decimal('1700.00')


def test_what_cannot_be_rounded_or_shared():
    with pytest.raises(ValueError, match="positive unit"):
        money.round_half_up(Decimal(1), Decimal(0))
    with pytest.raises(ValueError, match="positive unit"):
        money.share(Decimal(1), 1, 2, Decimal('-0.01'))
    with pytest.raises(ValueError, match="days"):
        money.share(Decimal(1), 0, 0, CENT)
    with pytest.raises(ValueError, match="days"):
        money.share(Decimal(1), -1, 31, CENT)


def assert_nearest(rounded, exact, unit):
    """The nearest multiple of the unit; of two equally near, the one farther from zero."""
    assert (Fraction(rounded) / Fraction(unit)).denominator == 1
    distance = abs(Fraction(rounded) - exact)
    assert distance <= Fraction(unit) / 2
    if distance == Fraction(unit) / 2:
        assert abs(Fraction(rounded)) > abs(exact)


@thorough
@given(amounts, units)
def test_rounding_goes_to_the_nearest(amount, unit):
    rounded = money.round_half_up(amount, unit)
    assert_nearest(rounded, Fraction(amount), unit)
    assert money.round_half_up(rounded, unit) == rounded
    assert money.round_half_up(-amount, unit) == -rounded


@thorough
@given(st.integers(-10 ** 6, 10 ** 6), units)
def test_halves_go_away_from_zero(steps, unit):
    rounded = money.round_half_up((steps + Decimal('0.5')) * unit, unit)
    assert rounded == (steps + 1 if steps >= 0 else steps) * unit


@thorough
@given(amounts, st.integers(0, 400), whole_periods, units)
def test_r10_share_is_exact_before_its_one_rounding(price, days, whole_days, unit):
    exact = Fraction(price) * days / whole_days
    assert_nearest(money.share(price, days, whole_days, unit), exact, unit)


@thorough
@given(prices, whole_periods, st.data())
def test_r10_share_parts(price, whole_days, data):
    days = data.draw(st.integers(0, whole_days))
    part = money.share(price, days, whole_days, CENT)
    rest = money.share(price, whole_days - days, whole_days, CENT)
    assert abs(part + rest - price) <= CENT
    assert money.share(price, whole_days, whole_days, CENT) == price
    assert money.share(price, 0, whole_days, CENT) == 0
    assert part <= money.share(price, days + 1, whole_days, CENT)
