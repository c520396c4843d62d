"""What is stored of events that are priced one by one: amount and bracket (R22, R23)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.charge_models import Bracket, Dynamic
from odoo.addons.tenant_billing.engine.event_prices import RowPrices, price_event, reversal_of
from odoo.addons.tenant_billing.engine.exact import text
from odoo.addons.tenant_billing.engine.rating_input import Row

LEADS = Bracket([
    (5_000, 100), (10_000, 180), (20_000, 250), (50_000, 320), (100_000, 400), (None, 500)])


def prices(model, key='leads'):
    return RowPrices(Row(model, key=key))


@pytest.mark.parametrize(('value', 'amount', 'tier'), [
    ('0', '100', 'leads/0'),
    ('4999.99', '100', 'leads/0'),
    ('5000', '180', 'leads/1'),  # the lower bound belongs to its bracket
    ('9999.999999', '180', 'leads/1'),
    ('10000', '250', 'leads/2'),
    ('20000', '320', 'leads/3'),
    ('50000', '400', 'leads/4'),
    ('99999', '400', 'leads/4'),
    ('100000', '500', 'leads/5'),
    ('9999999999999999999', '500', 'leads/5'),
    (None, '100', 'leads/0'),  # an event that counts by itself counts one
])
def test_r23_the_bracket_of_the_own_value(value, amount, tier):
    assert prices(LEADS).of(value) == (amount, tier)


@pytest.mark.parametrize(('value', 'amount'), [('12.3456789', '12.3456789'), ('-3', '-3'),
                                               ('0', '0'), (None, '1')])
def test_r29c_the_amount_that_comes_with_the_event(value, amount):
    assert prices(Dynamic(), 'ads').of(value) == (amount, 'ads/')


def test_a_value_below_zero_lies_in_no_bracket():
    with pytest.raises(ValueError, match="A quantity cannot be negative: -0.01."):
        prices(LEADS).of('-0.01')


def test_bounds_that_decimals_cannot_say():
    third = prices(Bracket([(Fraction(1, 3), 1), (None, 2)]))
    assert [third.of(value)[0] for value in ('0.3333333333333333', '0.3333333333333334')] == [
        '1', '2']


bounds = st.sets(st.decimals('0.01', 100_000, places=2), max_size=6).map(sorted)
amounts = st.decimals(0, 1000, places=4)


@given(st.data(), bounds)
def test_r23_what_is_stored_is_the_price(data, uppers):
    model = Bracket([(upper, data.draw(amounts)) for upper in [*uppers, None]])
    value = data.draw(st.sampled_from(uppers) if uppers and data.draw(st.booleans())
                      else st.decimals(0, 110_000, places=4))
    row = Row(model, key='row')
    price = price_event(row, Fraction(value))
    assert RowPrices(row).of(text(Fraction(value))) == (
        text(price.amount), f'row/{price.bracket}')
    assert price_event(Row(Dynamic()), value).amount == Decimal(
        prices(Dynamic()).of(text(Fraction(value)))[0])


def test_r22_a_reversal_says_whose_bracket_it_was():
    assert reversal_of('180', 'leads/1') == ('-180', 'leads/1/reversed')
    assert reversal_of(None, '') == (None, '')
