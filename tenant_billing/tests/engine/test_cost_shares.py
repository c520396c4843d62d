"""What of a charge falls to each provider: examples worked by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.charge_models import Bracket, Graduated, PerUnit
from odoo.addons.tenant_billing.engine.cost_shares import divide, shares
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.engine.rating_input import (
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
TOKENS = Meter('tokens')


def split_of(charge, totals=(), events=(), place=0):
    segment = Segment(APR, MAY, Version((charge,)))
    rated, = rate(Period(APR, MAY, (segment,), CENT), totals, events).charges
    return shares(rated, charge, segment, totals, events, place, CENT)


def used(provider, model, quantity):
    return Total('tokens', (provider, model), APR, quantity)


def test_each_value_costs_what_its_own_row_says():
    card = Charge('tokens', (
        Row(PerUnit(1)), Row(PerUnit(3), ('openai',)), Row(PerUnit(5), ('openai', 'big'))), TOKENS)
    totals = [used('openai', 'big', 10), used('openai', 'mini', 10), used('gemini', 'pro', 7)]
    assert split_of(card, totals) == {'gemini': 7, 'openai': 80}
    assert split_of(card, totals, place=1) == {'pro': 7, 'mini': 30, 'big': 50}


def test_what_one_row_prices_is_divided_by_quantities():
    """1,000 of which 400 are included: 600 at 2 and 2, so 300 : 100 is 900 : 300."""
    tiers = Charge('tokens', (Row(Graduated([(None, 2, 0)]), (), 400),), TOKENS)
    assert split_of(tiers, [used('a', '', 750), used('b', '', 250)]) == {'a': 900, 'b': 300}


def test_a_discount_is_everybodys_and_parts_add_up():
    """10 less 10 % are 9.00 for three alike; a hundredth too few or many is nobody's."""
    charge = Charge('tokens', (Row(PerUnit(1)),), TOKENS, discount=10)
    assert split_of(charge, [used('a', '', 5), used('b', '', 5)]) == {
        'a': Decimal('4.50'), 'b': Decimal('4.50')}
    assert list(divide(Decimal('10.00'), dict.fromkeys('abc', 1), CENT).values()) == [
        Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]


def test_single_events_keep_their_amounts():
    leads = Charge('leads', (Row(Bracket([(100, 1), (None, 5)])),), Meter('leads'))
    events = [EventTotal('leads', APR, 30, 6, 0, '', 1, dimensions=('web',)),
              EventTotal('leads', APR, -5, -1, 0, '', 1, True, dimensions=('web',)),
              EventTotal('leads', APR, 1, 1, 0, '', 0, dimensions=('shop',))]
    assert split_of(leads, events=events) == {'web': 25, 'shop': 1}


def test_what_costs_nothing_has_no_shares():
    free = Charge('tokens', (Row(PerUnit(1), (), 100),), TOKENS)
    assert split_of(free, [used('a', '', 10)]) == {}
    assert split_of(free, []) == {}
    assert divide(Decimal(5), {}, CENT) == {}


@given(st.integers(-10**6, 10**6), st.dictionaries(
    st.text(max_size=2), st.fractions(0, 100), min_size=1))
def test_shares_add_up_to_the_amount(cents, weights):
    amount = cents * CENT
    parts = divide(amount, weights, CENT)
    assert sum(parts.values()) == (amount if any(weights.values()) else 0)
    whole = sum(weights.values())
    for value, part in parts.items():
        assert abs(Fraction(part) - Fraction(amount) * weights[value] / whole) < Fraction(CENT)
