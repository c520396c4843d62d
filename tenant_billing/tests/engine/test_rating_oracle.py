"""Rating against an oracle of its own making: from plain events to cents, in exact fractions.

The oracle shares data classes with the engine and no arithmetic: it walks events and days, prices
by formulas of its own, and knows nothing of totals. TENANT_BILLING_SOAK=1 tries ten times as many.
"""

import os
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS, Event, Window
from odoo.addons.tenant_billing.engine.charge_models import (
    Bracket,
    Dynamic,
    Flat,
    Graduated,
    Package,
    Percentage,
    PerUnit,
    Volume,
)
from odoo.addons.tenant_billing.engine.event_prices import Values, event_totals
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.engine.rating_input import (
    CAP,
    TRUE_UP,
    Charge,
    Meter,
    Period,
    Row,
    Segment,
    Total,
    Version,
)

SOAK = os.environ.get('TENANT_BILLING_SOAK') == '1'
thorough = settings(deadline=None, max_examples=1000 if SOAK else 40)
briefly = settings(thorough, max_examples=500 if SOAK else 20)

WHOLE_START = date(2026, 3, 1)
WHOLE_END = date(2026, 4, 1)  # with the change of the clock in Berlin
ZONE_HOURS = 31 * 24 - 1
CENT = Decimal('0.01')
ONE_DAY = timedelta(days=1)
NAMES = ('a', 'b')
LEVEL = 500  # a level of so many holds for an hour, so that it is worth more than its allowance


# === PLANS === #

def money(top=20, places=3):
    return st.decimals(0, top, places=places)


@st.composite
def tier_rows(draw):
    uppers = sorted(draw(st.sets(st.integers(1, 60), max_size=2)))
    return tuple((upper, draw(money()), draw(money())) for upper in [*uppers, None])


MODELS = {
    'flat': st.builds(lambda amount: ('flat', amount), money()),
    'per_unit': st.builds(lambda price, per: ('per_unit', price, per), money(), st.integers(1, 7)),
    'graduated': st.builds(lambda rows: ('graduated', rows), tier_rows()),
    'volume': st.builds(lambda rows: ('volume', rows), tier_rows()),
    'package': st.builds(lambda price, size: ('package', price, size), money(), st.integers(1, 9)),
    'percentage': st.builds(
        lambda rate, fixed, low: ('percentage', rate, fixed, low, low + 3),
        money(), money(1), money(2)),
    'bracket': st.builds(lambda rows: ('bracket', rows), tier_rows()),
    'dynamic': st.just(('dynamic',)),
}
MAKE = {
    'flat': Flat, 'per_unit': PerUnit, 'graduated': Graduated, 'volume': Volume,
    'package': Package, 'percentage': Percentage, 'dynamic': Dynamic,
    'bracket': lambda rows: Bracket([(upper, flat) for upper, _price, flat in rows]),
}


@st.composite
def charges(draw, key):
    """A charge, and per row its terms in a plain tuple for the oracle."""
    code = draw(st.sampled_from(sorted(MODELS)))
    if code == 'flat':
        terms = [draw(MODELS[code])]
        return Charge(key, (Row(Flat(terms[0][1])),)), terms
    patterns = [((), date.min), *draw(st.lists(st.tuples(
        st.sampled_from([(), ('a',), ('a', 'b'), (None, 'b'), ('b', None)]),
        st.dates(WHOLE_START - 5 * ONE_DAY, WHOLE_END)), max_size=3, unique_by=lambda pair: (
            pair[0][:1] if pair[0][1:] == (None,) else pair[0], pair[1])))]
    terms = [draw(MODELS[code]) for _pattern in patterns]
    counts = code not in ('percentage', 'bracket', 'dynamic')
    rows = tuple(
        Row(MAKE[code](*term[1:]), pattern, draw(st.integers(0, 20)) if counts else 0, since,
            str(number))
        for number, ((pattern, since), term) in enumerate(zip(patterns, terms, strict=True)))
    meter = Meter(key, draw(st.sampled_from(sorted(AGGREGATIONS))) if counts else 'sum',
                  draw(st.sampled_from(['none', 'up', 'down', 'nearest'])), draw(st.integers(1, 3)))
    low = draw(st.none() | money(50, 2))
    return Charge(key, rows, meter, draw(st.sampled_from([0, 10, Decimal('12.5')])), low,
                  draw(st.none() | st.just((low or 0) + 60))), terms


@st.composite
def stories(draw):
    """A period, the oracle's terms, and events as (segment, charge key, instant, names, value)."""
    cuts = sorted(draw(st.sets(st.integers(0, 31), min_size=2, max_size=4)))
    segments, terms, events = [], [], []
    for since, until in zip(cuts, cuts[1:], strict=False):
        pairs = [draw(charges(key)) for key in ('x', 'y')[:draw(st.integers(1, 2))]]
        low = draw(st.none() | st.integers(0, 100))
        version = Version(tuple(charge for charge, _terms in pairs), low,
                          draw(st.none() | st.just((low or 0) + 150)))
        version.validate()
        start, end = (WHOLE_START + days * ONE_DAY for days in (since, until))
        segments.append(Segment(start, end, version, draw(st.integers(0, 30))))
        terms.append({charge.key: rows for charge, rows in pairs})
        for number in range(draw(st.integers(0, 8))):
            day = start + draw(st.integers(0, until - since - 1)) * ONE_DAY
            events.append((
                len(segments) - 1, draw(st.sampled_from('xy')),
                datetime.combine(day, time(draw(st.integers(2, 20)))),
                (draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))),
                draw(st.integers(0, 40)), f'{number}'))
    return Period(WHOLE_START, WHOLE_END, tuple(segments), CENT, 'Europe/Berlin'), terms, events


# === THE ORACLE === #

def oracle(period, terms, events):
    """What each charge costs, exactly, by key."""
    exact = defaultdict(Fraction)
    for number, segment in enumerate(period.segments):
        for charge in segment.version.charges:
            mine = [e for e in events if e[0] == number and e[1] == charge.key]
            exact[charge.key] += segment_amount(
                charge, terms[number][charge.key], segment, mine)
    return dict(exact)


def share(start, end):
    return Fraction((end - start).days, 31)


def segment_amount(charge, terms, segment, events):
    code = terms[0][0]
    if code == 'flat':
        amount = Fraction(terms[0][1]) * share(segment.start, segment.end)
    else:
        by_row = defaultdict(list)
        for event in events:
            by_row[row_of(charge, code, segment, event)].append(event)
        amount = sum(
            (row_amount(charge, terms[row], row, segment, some) for row, some in by_row.items()),
            Fraction(0))
    amount -= amount * Fraction(charge.discount) / 100
    if charge.minimum is not None:
        amount = max(amount, Fraction(charge.minimum) * share(segment.start, segment.end))
    if charge.maximum is not None:
        amount = min(amount, Fraction(charge.maximum) * share(segment.start, segment.end))
    return amount


def full(pattern):
    return (*pattern, None, None)[:2]


def begins(charge, code, segment, row):
    """The first day of a row in a segment; None if it never begins there."""
    since = charge.rows[row].valid_from
    if since <= segment.start:
        return segment.start
    return None if code in ('graduated', 'volume') or since >= segment.end else since


def row_of(charge, code, segment, event):
    """The number of the row that prices an event."""
    day, best = event[2].date(), None
    for number, row in enumerate(charge.rows):
        first = begins(charge, code, segment, number)
        pattern = full(row.dimensions)
        fits = all(want in (None, have) for want, have in zip(pattern, event[3], strict=True))
        if fits and first is not None and first <= day:
            left = pattern[0] is not None
            rank = (sum(want is not None for want in pattern), left, row.valid_from)
            if best is None or rank > best[0]:
                best = (rank, number)
    return best[1]


def days_of(charge, code, segment, row):
    """The part of the whole period in which the row, and no successor, is in force."""
    own = charge.rows[row]
    ends = [begins(charge, code, segment, number)
            for number, other in enumerate(charge.rows)
            if full(other.dimensions) == full(own.dimensions)
            and other.valid_from > own.valid_from]
    return share(begins(charge, code, segment, row),
                 min((end for end in ends if end), default=segment.end))


def row_amount(charge, term, row, segment, events):
    code = term[0]
    if code in ('percentage', 'bracket', 'dynamic'):
        return sum((event_amount(term, event[4]) for event in events), Fraction(0))
    part = days_of(charge, code, segment, row)
    quantity = measured(charge.meter.aggregation, events)
    step = charge.meter.step
    quantity = {
        'none': lambda n: n,
        'up': lambda n: Fraction(ceil(n / step) * step),
        'down': lambda n: Fraction(floor(n / step) * step),
        'nearest': lambda n: Fraction(floor(n / step + Fraction(1, 2)) * step),
    }[charge.meter.rounding](quantity)
    if charge.meter.aggregation in ('max', 'last', 'unique'):
        quantity *= part
    quantity = max(Fraction(0), quantity - charge.rows[row].allowance * part)
    return quantity_amount(term, quantity, part)


def measured(aggregation, events):
    values = [Fraction(event[4]) for event in events]
    if aggregation == 'count':
        return Fraction(len(values))
    if aggregation == 'sum':
        return sum(values, Fraction(0))
    if aggregation == 'max':
        return max(values)
    if aggregation == 'unique':
        return Fraction(len(set(values)))
    if aggregation == 'last':
        return Fraction(max(events, key=lambda event: (event[2], event[5]))[4])
    return sum(values, Fraction(0)) * LEVEL / ZONE_HOURS


def quantity_amount(term, quantity, part):
    code = term[0]
    if not quantity:
        return Fraction(0)
    if code == 'per_unit':
        return quantity * Fraction(term[1]) / term[2]
    if code == 'package':
        return ceil(quantity / term[2]) * Fraction(term[1])
    amount, lower = Fraction(0), Fraction(0)
    for upper, price, flat in term[1]:
        price, flat = Fraction(price), Fraction(flat) * part
        inside = quantity <= upper * part if upper else True
        if code == 'volume' and inside:
            return quantity * price + flat
        if code == 'graduated':
            amount += (quantity if inside else upper * part) * price - lower * price + flat
            if inside:
                return amount
            lower = upper * part
    raise AssertionError("no tier")


def event_amount(term, value):
    value = Fraction(value)
    if term[0] == 'dynamic':
        return value
    if term[0] == 'bracket':
        return [Fraction(flat) for upper, _price, flat in term[1]
                if upper is None or value < upper][0]
    _code, percent, fixed, low, high = (term[0], *map(Fraction, term[1:]))
    return sorted((low, fixed + value * percent / 100, high))[1]


def cents(amount):
    """Half away from zero; amounts are not negative."""
    return Decimal(floor(amount * 100 + Fraction(1, 2))) / 100


# === COMPARED === #

def the_totals(period, events, random):
    """What the tables hold: totals of random batches; levels of an hour for weighted meters."""
    totals = []
    for number, segment in enumerate(period.segments):
        for charge in segment.version.charges:
            if not charge.meter or charge.model.per_event:
                continue
            kind = AGGREGATIONS[charge.meter.aggregation]
            groups = defaultdict(list)
            for at, key, instant, names, value, name in events:
                if (at, key) == (number, charge.key):
                    event = Event(
                        instant, 'story', name, value if kind.by_batches else value * LEVEL)
                    batch = random.randrange(3) if kind.by_batches else len(groups)
                    groups[names, instant.date(), batch].append(event)
            for (names, day, _batch), some in groups.items():
                first = some[0].instant
                window = Window(first, first + timedelta(hours=1))
                totals.append(Total(charge.key, names, day, kind.total(some, window)))
    random.shuffle(totals)
    return totals


def the_events(period, events):
    return [total for number, segment in enumerate(period.segments)
            for total in event_totals(segment, [
                Values(key, names, instant.date(), value)
                for at, key, instant, names, value, _name in events if at == number])]


@thorough
@given(stories(), st.randoms(use_true_random=False))
def test_rating_agrees_with_the_oracle(story, random):
    period, terms, events = story
    rating = rate(period, the_totals(period, events, random), the_events(period, events))
    exact = oracle(period, terms, events)
    rated = {charge.key: charge for charge in rating.charges}
    assert {key: charge.exact for key, charge in rated.items()
            if key not in (TRUE_UP, CAP)} == exact
    for key, amount in exact.items():
        assert rated[key].amount == cents(amount)
        assert sum(line.amount for line in rated[key].lines) == rated[key].amount
        for line in rated[key].lines:
            assert abs(Fraction(line.amount) - Fraction(line.why['exact'])) < Fraction(CENT)
    assert_plan_limits(period, rated)


def assert_plan_limits(period, rated):
    """R28, each limit told from the rounded lines."""
    fees = sum(segment.fee for segment in period.segments)
    usage = sum(charge.amount for key, charge in rated.items() if key not in (TRUE_UP, CAP))
    low = cents(sum((Fraction(segment.version.minimum or 0) * share(segment.start, segment.end)
                     for segment in period.segments), Fraction(0)))
    true_up = rated[TRUE_UP].amount if TRUE_UP in rated else 0
    assert true_up == max(low - (fees + usage), 0)
    if all(segment.version.maximum is not None for segment in period.segments):
        high = cents(sum(Fraction(segment.version.maximum) * share(segment.start, segment.end)
                         for segment in period.segments))
        cap = rated[CAP].amount if CAP in rated else 0
        assert cap == min(high - (fees + usage), 0)


@briefly
@given(stories(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_r21_documents_sum_to_the_rating_in_any_order(story, random, documents):
    """Events come in some order, an invoice is made now and then; the sum is that of the end."""
    period, _terms, events = story
    arrived = list(events)
    random.shuffle(arrived)
    invoiced, seen = defaultdict(Decimal), []
    for batch in [arrived[i::documents + 1] for i in range(documents + 1)]:
        seen += batch
        rating = rate(period, the_totals(period, seen, random), the_events(period, seen), invoiced)
        for key, delta in rating.deltas.items():
            invoiced[key] += delta
    whole = rate(period, the_totals(period, events, random), the_events(period, events))
    assert {key: amount for key, amount in invoiced.items() if amount} == {
        charge.key: charge.amount for charge in whole.charges if charge.amount}
    assert not any(rate(period, the_totals(period, events, random), the_events(period, events),
                        invoiced).deltas.values())


def mistakes(period, events):
    """Totals of events that were wrong and of their reversals, each in a batch of its own."""
    totals, amounts = [], []
    for at, key, instant, names, value, name in events:
        for charge in period.segments[at].version.charges:
            if charge.key != key or not charge.meter:
                continue
            kind = AGGREGATIONS[charge.meter.aggregation]
            if charge.model.per_event:
                [wrong] = event_totals(
                    period.segments[at], [Values(key, names, instant.date(), value + 7)])
                amounts += [wrong, wrong._replace(
                    amount=-wrong.amount, count=-1, value=-wrong.value, reversed=True)]
            elif kind.reversible:
                totals += [Total(key, names, instant.date(), kind.total([event])) for event in (
                    Event(instant, 'story', f'wrong {name}', value + 7),
                    Event(instant, 'story', f'back {name}', value + 7, ('story', name)))]
    return totals, amounts


@briefly
@given(stories(), st.randoms(use_true_random=False))
def test_r22_what_was_taken_back_was_never_there(story, random):
    period, _terms, events = story
    totals, amounts = the_totals(period, events, random), the_events(period, events)
    wrong_totals, wrong_amounts = mistakes(period, events)
    clean = rate(period, totals, amounts)
    mended = rate(period, totals + wrong_totals, amounts + wrong_amounts)
    assert {charge.key: charge.exact for charge in mended.charges} == {
        charge.key: charge.exact for charge in clean.charges}
