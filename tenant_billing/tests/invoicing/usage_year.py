"""A year of random usage, and an oracle that says what it costs: from plain events to cents in
exact fractions. It shares nothing with the product but the terms below."""

from collections import defaultdict
from datetime import datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

FEE = 100
BRACKETS = ((5_000, 100), (10_000, 180), (20_000, 250), (50_000, 320), (100_000, 400), (None, 500))
LAST = datetime(2027, 1, 15, tzinfo=timezone.utc)  # correction
MODELS = ('mini', 'pro', 'vision')


class Terms(NamedTuple):
    """What a plan version asks for usage; numbers as people write them."""

    first_day: str
    included: int  # calls
    tiers: tuple  # of calls beyond: up to how many, price of each
    tokens: dict  # by model, None for any other: tokens included, price of a thousand
    peak: str  # price of each user of the greatest number at once
    storage: str  # price of a GB held for a whole period
    factor: str  # of the amounts of brackets
    minimum: int = 0
    maximum: int = 0


VERSIONS = (
    Terms('2026-01-01', 1, ((3, '0.5'), (None, '0.333')),
          {'pro': (0, '1.237'), None: (1000, '0.811')}, '1.75', '0.77', '1'),
    Terms('2026-05-01', 2, ((5, '0.45'), (None, '0.307')),
          {'pro': (500, '1.333'), 'mini': (0, '0.125'), None: (0, '0.9')}, '2.05', '0.613', '1',
          minimum=600),
    Terms('2026-09-01', 0, ((1, '0.7'), (3, '0.35'), (None, '0.101')),
          {'pro': (0, '1.1'), None: (2000, '0.999')}, '1.5', '0.999', '1.1', maximum=700),
)


class Used(NamedTuple):
    """An event of a panel, as its sender means it."""

    name: str
    code: str
    at: datetime
    data: dict
    kind: str = ''  # 'reverses' or 'replaces'
    original: str = ''


# === WHAT HAPPENS === #

def year_of(chance, zone, first, count):
    """A panel's year in the order in which it happened: usage, much of it about the midnights at
    which periods meet, and corrections of it, some of them months later.

    :param random.Random chance: decides
    :param date first: of service; periods begin on its day of the month
    :return: list of Used, corrections after what they correct
    """
    told = [_used(chance, zone, first, number) for number in range(count)]
    open_ = list(told)
    for number in range(count // 6):
        original = open_.pop(chance.randrange(len(open_)))
        at = min(LAST, original.at + timedelta(hours=chance.choice([0, 5, 300, 1500, 4000])))
        kind = chance.choice(['reverses', 'replaces'])
        data = {} if kind == 'reverses' else _data(chance, original.code)
        told.append(Used(f'c{number}', original.code, at, data, kind, original.name))
        if kind == 'replaces':
            open_.append(told[-1])
    return told


def _used(chance, zone, first, number):
    start = _midnight(first, zone)
    end = _midnight(first.replace(month=12, day=31), zone) + timedelta(days=1)
    if chance.random() < .4:
        edge = first + relativedelta(months=chance.randrange(1, 12))
        at = _midnight(edge, zone) + timedelta(seconds=chance.randrange(-9_000, 9_000))
    else:
        at = start + (end - start) * chance.random()
    # no two at one instant: levels at one time have an order of their own
    at = at.replace(microsecond=0) + timedelta(microseconds=number)
    code = chance.choice(['calls', 'calls', 'tokens', 'tokens', 'leads', 'peak', 'storage'])
    return Used(f'e{number}', code, at, _data(chance, code))


def _data(chance, code):
    return {
        'calls': lambda: {},
        'tokens': lambda: {'value': str(chance.randrange(200_000) / Decimal(4)),
                           'model': chance.choice(MODELS)},
        'leads': lambda: {'value': chance.choice(
            [chance.randrange(200_000), *(bound for bound, _amount in BRACKETS[:-1])])},
        'peak': lambda: {'value': chance.randrange(60)},
        'storage': lambda: {'value': str(chance.randrange(4_000) / Decimal(10))},
    }[code]()


# === WHAT IT COSTS === #

def costs(events, zone, first, months):
    """What a panel's first periods cost by charge, zeros left out.

    :return: dict of Decimal by (first day of the period as text, charge)
    """
    standing = _standing(events)
    found = {}
    for number in range(months):
        start, end = (first + relativedelta(months=number + more) for more in (0, 1))
        terms = [terms for terms in VERSIONS if terms.first_day <= str(start)][-1]
        for charge, amount in _period(standing, terms, *(
                _midnight(day, zone) for day in (start, end))).items():
            if amount:
                found[str(start), charge] = amount
    return found


def _standing(events):
    """By name, (code, instant, data) of what counts in the end."""
    found = {}
    for event in events:
        if not event.kind:
            found[event.name] = (event.code, event.at, event.data)
            continue
        code, at, _data = found.pop(event.original)
        if event.kind == 'replaces':
            found[event.name] = (code, at, event.data)
    return found.values()


def _period(standing, terms, start, end):
    values = defaultdict(list)
    for code, at, data in sorted(standing, key=lambda found: found[1]):
        if start <= at < end:
            group = data.get('model') if code == 'tokens' else None
            values[code, group].append(Fraction(data.get('value', 1)))
    amounts = {
        'calls': _calls(len(values['calls', None]), terms),
        'tokens': _tokens(values, terms),
        'leads': sum(_bracket(value) * Fraction(terms.factor) for value in values['leads', None]),
        'peak': max(values['peak', None], default=0) * Fraction(terms.peak),
        'storage': _level(standing, start, end) * Fraction(terms.storage),
    }
    found = {charge: _cents(amount) for charge, amount in amounts.items()}
    cost = FEE + sum(found.values())
    if terms.minimum > cost:
        found['true_up'] = terms.minimum - cost
    if terms.maximum and cost > terms.maximum:
        found['cap'] = terms.maximum - cost
    return found


def _calls(count, terms):
    amount, lower = Fraction(0), 0
    for upper, price in terms.tiers:
        inside = max(min(count - terms.included, upper or count) - lower, 0)
        amount += inside * Fraction(price)
        lower = upper
    return amount


def _tokens(values, terms):
    used = defaultdict(Fraction)  # what one price is for has one allowance
    for model in MODELS:
        used[model if model in terms.tokens else None] += sum(values['tokens', model])
    return sum(max(quantity - terms.tokens[row][0], 0) * Fraction(terms.tokens[row][1]) / 1000
               for row, quantity in used.items())


def _bracket(value):
    return next(amount for bound, amount in BRACKETS if bound is None or value < bound)


def _level(standing, start, end):
    """The mean level of a period: each holds until the next, from period to period."""
    area, level, since = Fraction(0), Fraction(0), start
    for code, at, data in sorted(standing, key=lambda found: found[1]):
        if code != 'storage' or at >= end:
            continue
        if at > start:
            area += level * _microseconds(at - since)
            since = at
        level = Fraction(data['value'])
    return (area + level * _microseconds(end - since)) / _microseconds(end - start)


def _microseconds(span):
    return span // timedelta(microseconds=1)


def _cents(amount):
    """Half away from zero; nothing here is below zero."""
    cents = Fraction(amount) * 100
    exact = Decimal(cents.numerator // cents.denominator)
    if (cents - int(exact)) * 2 >= 1:
        exact += 1
    return (exact / 100).quantize(Decimal('0.01'), ROUND_HALF_UP)


def _midnight(day, zone):
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(timezone.utc)
