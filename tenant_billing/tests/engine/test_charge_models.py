"""Charge models: examples worked by hand, and properties.

TENANT_BILLING_SOAK=1 tries ten times as many examples.
"""

import json
import os
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.charge_models import (
    CHARGE_MODELS,
    PER_EVENT,
    Bracket,
    Dynamic,
    Flat,
    Graduated,
    Package,
    Percentage,
    PerUnit,
    Volume,
)

SOAK = os.environ.get('TENANT_BILLING_SOAK') == '1'
thorough = settings(deadline=None, max_examples=400 if SOAK else 40)

LEADS = Bracket([(5000, 100), (10000, 180), (20000, 250), (50000, 320), (100000, 400), (None, 500)])
TIERS = [(100, '0.50', 0), (1000, '0.30', 5), (None, '0.10', 20)]

quantities = st.decimals(0, 10 ** 6, places=3)
prices = st.decimals(0, 1000, places=4)
parts = st.fractions(Fraction(1, 31), 1, max_denominator=31)


@st.composite
def tiers(draw, flats=True):
    uppers = sorted(draw(st.sets(st.integers(1, 10 ** 5), max_size=4)))
    return [(upper, draw(prices), draw(prices) if flats else 0) for upper in [*uppers, None]]


brackets = tiers().map(lambda rows: [(upper, amount) for upper, _price, amount in rows])


# === WORKED EXAMPLES === #

@pytest.mark.parametrize(('model', 'quantity', 'price'), [
    (Flat('49.90'), 0, '49.90'),
    (Flat('49.90'), 1000, '49.90'),
    (PerUnit('0.02'), 0, '0'),
    (PerUnit('0.02'), '150.5', '3.01'),
    (PerUnit('2.50', per=1_000_000), 1_234_567, '3.0864175'),
    # tiers end with their upper bound
    (Graduated(TIERS), 0, '0'),
    (Graduated(TIERS), 1, '0.50'),
    (Graduated(TIERS), 100, '50'),
    (Graduated(TIERS), '100.5', '55.15'),  # 50 + 0.5 × 0.30 + 5
    (Graduated(TIERS), 1000, '325'),  # 50 + 900 × 0.30 + 5
    (Graduated(TIERS), 1500, '395'),  # 325 + 500 × 0.10 + 20
    (Graduated([(None, 3, 0)], per=1000), 500, '1.5'),
    (Volume(TIERS), 0, '0'),
    (Volume(TIERS), 100, '50'),
    (Volume(TIERS), 101, '35.30'),  # 101 × 0.30 + 5
    (Volume(TIERS), 1000, '305'),
    (Volume(TIERS), 1001, '120.10'),
    (Volume([(None, 3, 0)], per=1000), 500, '1.5'),
    (Package(8, 1000), 0, '0'),
    (Package(8, 1000), '0.001', '8'),
    (Package(8, 1000), 1000, '8'),
    (Package(8, 1000), 1001, '16'),
    (Percentage('2.9', '0.30'), 100, '3.20'),
    (Percentage('2.9', '0.30'), 0, '0.30'),
    (Percentage(1, 0, minimum='0.50'), 20, '0.50'),
    (Percentage(1, 0, minimum='0.50'), 50, '0.50'),
    (Percentage(1, 0, minimum='0.50'), 51, '0.51'),
    (Percentage(1, '0.20', maximum=25), 10000, '25'),
    (Percentage(1, '0.20', maximum=25), 2480, '25'),
    (Percentage(1, '0.20', maximum=25), 2479, '24.99'),
    # brackets begin with their lower bound
    (LEADS, 0, '100'),
    (LEADS, '4999.99', '100'),
    (LEADS, 5000, '180'),
    (LEADS, '9999.999', '180'),
    (LEADS, 10000, '250'),
    (LEADS, 12000, '250'),
    (LEADS, 20000, '320'),
    (LEADS, 50000, '400'),
    (LEADS, '99999.99', '400'),
    (LEADS, 100000, '500'),
    (LEADS, 10 ** 9, '500'),
    (Dynamic(), '0.0000123', '0.0000123'),
    (Dynamic(), '-3', '-3'),
])
def test_price(model, quantity, price):
    model.validate()
    assert model.price(quantity) == Fraction(price)


def test_r29_half_a_period_halves_bounds_and_flats_but_no_unit_price():
    half = Fraction(1, 2)
    assert Flat(31).prorated(half).price() == Fraction('15.5')
    assert PerUnit(2).prorated(half).price(10) == 20
    # tiers end at 50 and 500, flats are 2.5 and 10: 25 + 450 × 0.30 + 2.5 + 500 × 0.10 + 10
    assert Graduated(TIERS).prorated(half).price(1000) == Fraction('222.5')
    assert Volume(TIERS).prorated(half).price(500) == Fraction('152.5')
    assert Volume(TIERS).prorated(half).price(501) == Fraction('60.1')
    assert Package(8, 1000).prorated(half).price(1000) == 8
    assert LEADS.prorated(half).price(5000) == 180
    assert Percentage(1, 2, maximum=3).prorated(half).price(1000) == 3


def test_which_are_priced_by_the_event():
    assert PER_EVENT == {'percentage', 'bracket', 'dynamic'}
    assert [code for code, model in CHARGE_MODELS.items() if not model.metered] == ['flat']
    assert [code for code, model in CHARGE_MODELS.items() if model.tiered] == [
        'graduated', 'volume']


def test_explanation_of_tiers():
    assert Graduated(TIERS).explain(150) == [
        {'kind': 'price', 'quantity': '100', 'unit_price': '0.5', 'per': '1', 'flat': '0',
         'lower': '0', 'upper': '100', 'amount': '50'},
        {'kind': 'price', 'quantity': '50', 'unit_price': '0.3', 'per': '1', 'flat': '5',
         'lower': '100', 'upper': '1000', 'amount': '20'},
    ]
    assert Volume(TIERS).explain(1500)[0]['upper'] is None


def test_explanation_of_packages_brackets_and_percentages():
    [package] = Package(8, 1000).explain(1001)
    assert (package['quantity'], package['per'], package['unit_price']) == ('2000', '1000', '8')
    [bracket] = LEADS.explain(12000)
    assert (bracket['lower'], bracket['upper'], bracket['amount']) == ('10000', '20000', '250')
    share, top_up = Percentage(1, minimum='0.50').explain(20)
    assert (share['amount'], top_up['kind'], top_up['amount']) == ('0.2', 'minimum', '0.3')
    share, cut = Percentage(1, maximum=25).explain(3000)
    assert (share['amount'], cut['kind'], cut['amount']) == ('30', 'maximum', '-5')


@pytest.mark.parametrize(('model', 'message'), [
    (Flat(-1), "The flat amount cannot be negative: -1."),
    (PerUnit('-0.01'), "The unit price cannot be negative: -0.01."),
    (PerUnit(1, per=0), "The number of units that the price is for must be greater than 0: 0."),
    (Graduated([]), "There must be at least one tier."),
    (Graduated([(100, 1, 0)]),
     "The last tier must have no upper bound, so that every quantity has a price."),
    (Graduated([(None, 1, 0), (None, 1, 0)]), "Only the last tier may have no upper bound."),
    (Volume([(100, 1, 0), (100, 2, 0), (None, 3, 0)]),
     "Each tier must end higher than the one before it: 100 comes after 100."),
    (Volume([(0, 1, 0), (None, 3, 0)]),
     "The upper bound of the first tier must be greater than 0: 0."),
    (Graduated([(None, -1, 0)]), "The unit price of a tier cannot be negative: -1."),
    (Graduated([(None, 1, -1)]), "The flat amount of a tier cannot be negative: -1."),
    (Package(1, 0), "The size of a package must be greater than 0: 0."),
    (Package(-1, 1), "The price of a package cannot be negative: -1."),
    (Percentage(-1), "The percentage cannot be negative: -1."),
    (Percentage(1, -1), "The fixed part cannot be negative: -1."),
    (Percentage(1, 0, 3, 2),
     "The maximum of an event, 2, cannot be lower than its minimum, 3."),
    (Bracket([(10, 1), (5, 2), (None, 3)]),
     "Each bracket must end higher than the one before it: 5 comes after 10."),
])
def test_what_is_no_price(model, message):
    with pytest.raises(ValueError) as error:
        model.validate()
    assert str(error.value) == message


def test_floats_and_negative_quantities_are_refused():
    with pytest.raises(TypeError, match="not floats: 0.1"):
        PerUnit(0.1)
    for model in (PerUnit(1), Graduated(TIERS), Volume(TIERS), Package(1, 1), Percentage(1), LEADS):
        with pytest.raises(ValueError, match="A quantity cannot be negative: -1."):
            model.price(-1)


# === PROPERTIES === #

any_model = st.one_of(
    st.builds(Flat, prices),
    st.builds(PerUnit, prices, st.integers(1, 10 ** 6)),
    st.builds(Graduated, tiers(), st.integers(1, 1000)),
    st.builds(Volume, tiers(), st.integers(1, 1000)),
    st.builds(Package, prices, st.decimals('0.001', 1000, places=3)),
    st.builds(Percentage, prices, prices, st.none() | st.just(3), st.none() | st.just(40)),
    st.builds(Bracket, brackets),
    st.just(Dynamic()),
)


@thorough
@given(any_model, quantities, parts)
def test_steps_explain_the_price_exactly(model, quantity, part):
    model.validate()
    model = model.prorated(part)
    steps = json.loads(json.dumps(model.explain(quantity)))
    number = {name: Fraction(0) for name in ('quantity', 'unit_price', 'per', 'flat', 'amount')}
    total = Fraction(0)
    for step in steps:
        number = {name: Fraction(step[name]) for name in number}
        assert number['amount'] == (
            number['quantity'] * number['unit_price'] / number['per'] + number['flat'])
        total += number['amount']
    assert total == model.price(quantity) >= 0


@thorough
@given(st.one_of(
    st.builds(PerUnit, prices), st.builds(Graduated, tiers()), st.builds(Package, prices, prices
    .filter(bool)), st.builds(Percentage, prices, prices), st.just(Dynamic())),
    quantities, quantities)
def test_more_never_costs_less(model, one, other):
    assert model.price(min(one, other)) <= model.price(max(one, other))


@thorough
@given(tiers(flats=False), parts)
def test_graduated_is_continuous_at_its_bounds(rows, part):
    model = Graduated(rows).prorated(part)
    steepest = max(Fraction(price) for _upper, price, _flat in rows)
    tiny = Fraction(1, 10 ** 9)
    for upper, _price, _flat in rows[:-1]:
        bound = upper * part
        assert model.price(bound + tiny) - model.price(bound - tiny) <= 2 * tiny * steepest


@thorough
@given(tiers(), quantities)
def test_graduated_tiers_hold_the_whole_quantity_once(rows, quantity):
    steps = Graduated(rows).steps(Fraction(quantity))
    assert sum(step.quantity for step in steps) == quantity
    for step in steps:
        assert 0 < step.quantity <= (step.upper or Fraction(quantity)) - step.lower


@thorough
@given(tiers(), quantities.filter(bool))
def test_volume_takes_the_first_tier_that_holds_the_quantity(rows, quantity):
    price, flat = next(
        (price, flat) for upper, price, flat in rows if upper is None or quantity <= upper)
    assert Volume(rows).price(quantity) == Fraction(quantity) * Fraction(price) + Fraction(flat)


@thorough
@given(prices, st.integers(0, 10 ** 6))
def test_a_package_of_one_is_per_unit(price, quantity):
    assert Package(price, 1).price(quantity) == PerUnit(price).price(quantity)


@thorough
@given(prices, quantities)
def test_one_endless_tier_is_per_unit(price, quantity):
    assert Graduated([(None, price, 0)]).price(quantity) == PerUnit(price).price(quantity)
    assert Volume([(None, price, 0)]).price(quantity) == PerUnit(price).price(quantity)


@thorough
@given(prices, st.decimals('0.001', 1000, places=3), quantities)
def test_packages_cover_the_quantity_with_less_than_one_to_spare(price, size, quantity):
    paid = Package(1, size).price(quantity) * Fraction(size)
    assert 0 <= paid - Fraction(quantity) < Fraction(size)


@thorough
@given(brackets, st.lists(quantities, max_size=20), st.randoms())
def test_events_are_priced_alone_so_their_order_does_not_matter(rows, values, random):
    model = Bracket(rows)
    amount = sum(model.price(value) for value in values)
    expected = sum(
        Fraction([amount for upper, amount in rows if upper is None or value < upper][0])
        for value in values)
    shuffled = list(values)
    random.shuffle(shuffled)
    assert amount == expected == sum(model.price(value) for value in shuffled)


def test_decimals_of_any_length_stay_exact():
    tiny = Decimal('0.00000000000000000000000000000000000001')
    assert PerUnit(tiny).price(3) == Fraction(3, 10 ** 38)
