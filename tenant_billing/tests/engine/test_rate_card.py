"""Which row of a rate card prices what (R27), and what makes no charge."""

from datetime import date

import pytest

from odoo.addons.tenant_billing.engine.charge_models import (
    Bracket,
    Dynamic,
    Flat,
    Graduated,
    PerUnit,
)
from odoo.addons.tenant_billing.engine.rate_card import RateCard
from odoo.addons.tenant_billing.engine.rating_input import Charge, Meter, Row, Version

START, END = date(2026, 1, 1), date(2026, 2, 1)
CALLS = Meter('calls')


def row(price, *dimensions, since=START, tiers=False):
    model = Graduated([(10, price, 0), (None, 0, 0)]) if tiers else PerUnit(price)
    return Row(model, dimensions, valid_from=since, key=str(price))


CARD = (
    row(1),
    row(2, 'openai'),
    row(3, None, 'mini'),
    row(4, 'openai', 'mini'),
    row(5, None, None, 'in'),
    row(6, 'openai', None, 'in'),
    row(7, since=date(2026, 1, 20)),
)


@pytest.mark.parametrize(('dimensions', 'day', 'price'), [
    (('meta', 'llama', 'out'), 1, '1'),
    (('openai', 'large', 'out'), 1, '2'),
    (('meta', 'mini', 'out'), 1, '3'),
    (('openai', 'mini', 'out'), 1, '4'),
    (('meta', 'llama', 'in'), 1, '5'),
    (('openai', 'large', 'in'), 1, '6'),
    # two of two values each: the one whose values stand further left
    (('openai', 'mini', 'in'), 1, '4'),
    # one value each: the leftmost
    (('meta', 'mini', 'in'), 1, '3'),
    # a newer row prices only what it is most specific for, from its first local day on
    (('meta', 'llama', 'out'), 19, '1'),
    (('meta', 'llama', 'out'), 20, '7'),
    (('openai', 'large', 'out'), 20, '2'),
])
def test_r27_most_specific_before_newest(dimensions, day, price):
    for rows in (CARD, CARD[::-1]):
        stay = RateCard(rows, START, END).stay_on(dimensions, date(2026, 1, day))
        assert stay.row.key == price


def test_r27_rows_follow_each_other():
    rows = (row(3, since=date(2026, 1, 20)), row(1, since=date(2025, 1, 1)),
            row(2, since=date(2026, 1, 10)), row(0, since=date(2024, 1, 1)),
            row(4, since=END))
    assert [(stay.row.key, stay.start.day, stay.end) for stay in RateCard(
        rows, START, END).stays] == [
            ('1', 1, date(2026, 1, 10)), ('2', 10, date(2026, 1, 20)), ('3', 20, END)]


def test_r27_a_row_with_tiers_waits_for_the_next_period():
    rows = (row(1, tiers=True), row(2, since=date(2026, 1, 10), tiers=True))
    assert [stay.row.key for stay in RateCard(rows, START, END).stays] == ['1']
    assert [stay.row.key for stay in RateCard(rows, END, date(2026, 3, 1)).stays] == ['2']
    # a change of version inside the period begins a segment of its own
    assert [stay.row.key for stay in RateCard(rows, date(2026, 1, 10), END).stays] == ['2']


def test_wildcards_on_the_right_may_be_left_out():
    rows = (row(1, None, None), row(2, 'openai', None, since=date(2026, 1, 5)),
            row(3, 'openai', since=date(2026, 1, 6)))
    card = RateCard(rows, START, END)
    assert card.stay_on(('openai', 'x'), date(2026, 1, 6)).row.key == '3'
    assert card.stay_on(('meta',), date(2026, 1, 6)).row.key == '1'


def test_usage_without_a_price_is_told():
    card = RateCard((row(1, 'openai'), row(2, since=END)), START, END, 'tokens')
    with pytest.raises(ValueError) as error:
        card.stay_on(('meta', 'llama'), START)
    assert str(error.value) == "The charge tokens has no price for meta, llama on 2026-01-01."


# === WHAT MAKES NO CHARGE === #

LEADS = Row(Bracket([(None, 1)]))


@pytest.mark.parametrize(('charge', 'message'), [
    (Charge('c', (row(1, 'openai'),), CALLS),
     "A rate card needs a row for any value, so that everything that is used has a price."),
    (Charge('c', (row(1), row(2, tiers=True, since=END)), CALLS),
     "All rows of a rate card use the same charge model."),
    (Charge('c', (row(1), row(2, 'a', None), row(3, 'a')), CALLS),
     "Two rows of the rate card have the same values and the same first day: a."),
    (Charge('c', (row(-1),), CALLS), "The unit price cannot be negative: -1."),
    (Charge('c', (row(1)._replace(allowance=-1),), CALLS), "An allowance cannot be negative: -1."),
    (Charge('c', (LEADS._replace(allowance=1),), CALLS),
     "A charge by bracket has no allowance: it counts no quantity."),
    (Charge('c', (Row(Flat(1), allowance=1),)),
     "A charge by flat has no allowance: it counts no quantity."),
    (Charge('c', (row(1),)), "A flat charge has no meter, and every other charge has one."),
    (Charge('c', (Row(Flat(1)),), CALLS),
     "A flat charge has no meter, and every other charge has one."),
    (Charge('c', (Row(Flat(1)), Row(Flat(2), ('a',)))),
     "A flat charge has one amount and no rate card."),
    (Charge('c', (row(1),), CALLS, discount=101), "A discount is 0 to 100 percent, not 101."),
    (Charge('c', (row(1),), CALLS, minimum=-1), "The minimum cannot be negative: -1."),
    (Charge('c', (row(1),), CALLS, minimum=2, maximum=1),
     "The maximum, 1, cannot be lower than the minimum, 2."),
    (Charge('c', (row(1),), Meter('calls', 'median')),
     "The meter calls aggregates by median, which is none of "
     "count, sum, max, last, unique, weighted."),
    (Charge('c', (row(1),), Meter('calls', rounding='up', step=0)),
     "A meter is rounded to a step greater than 0, not 0."),
])
def test_what_makes_no_charge(charge, message):
    with pytest.raises(ValueError) as error:
        Version((charge,)).validate()
    assert str(error.value) == message


def test_what_makes_no_version():
    one = Charge('c', (row(1),), CALLS)
    with pytest.raises(ValueError, match="Each charge has a code of its own"):
        Version((one, one)).validate()
    with pytest.raises(ValueError, match="this one is taken: 'cap'"):
        Version((one._replace(key='cap'),)).validate()
    with pytest.raises(ValueError, match="The maximum, 1, cannot be lower than the minimum, 2."):
        Version((one,), minimum=2, maximum=1).validate()


def test_what_makes_a_version():
    Version((
        Charge('base', (Row(Flat(10)),)),
        Charge('leads', (LEADS,), CALLS, discount=10),
        Charge('spend', (Row(Dynamic()),), CALLS, maximum=100),
        Charge('tokens', CARD, Meter('tokens', 'sum', 'up', 1000), minimum=0, maximum=0),
    ), minimum=5, maximum=5).validate()
