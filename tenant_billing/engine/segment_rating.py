"""One charge in one segment of a period: exact amounts, each with its explanation (R29).

Nothing is rounded here but the metered quantity, as its meter says.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.adjustments import changes
from odoo.addons.tenant_billing.engine.adjustments.allowance import allow
from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS, round_quantity
from odoo.addons.tenant_billing.engine.exact import fraction, text
from odoo.addons.tenant_billing.engine.periods import midnight_utc
from odoo.addons.tenant_billing.engine.proration import by_days
from odoo.addons.tenant_billing.engine.rate_card import RateCard
from odoo.addons.tenant_billing.engine.rating_input import (
    Charge,
    EventTotal,
    Period,
    Row,
    Segment,
    Total,
)


class Part(NamedTuple):
    """An exact amount of a charge on the days `[start, end)`, and why it is that much.

    `kind` is 'usage' or the code of an adjustment. `why` is plain data with numbers as exact text.
    """

    kind: str
    start: date
    end: date
    exact: Fraction
    why: dict


def parts_of(
    charge: Charge, segment: Segment, period: Period, totals: Iterable[Total],
    events: Iterable[EventTotal], *, closed: bool = True,
) -> list[Part]:
    """What the charge costs in the segment: a part per row that was used, and per adjustment.

    :param totals: of the charge's meter; those of other segments are passed over
    :param events: of the charge, likewise
    :param closed: False while usage may still come: minimums then wait
    :raises ValueError: if no row of the rate card prices a total
    """
    if not charge.model.metered:
        parts = [_flat(charge, segment, period)]
    elif charge.model.per_event:
        parts = list(_by_events(charge, segment, period, events))
    else:
        parts = list(_by_quantities(charge, segment, period, totals))
    whole = _part_of(segment.start, segment.end, period)
    amount = sum((part.exact for part in parts), Fraction(0))
    for code, change in changes(amount, charge, whole, closed=closed):
        why = {'before': text(amount), 'discount': text(fraction(charge.discount)),
               'minimum': _limit(charge.minimum, whole), 'maximum': _limit(charge.maximum, whole)}
        parts.append(_part(code, charge, segment.start, segment.end, period, change, why))
        amount += change
    return parts


def _flat(charge, segment, period):
    model = charge.model.prorated(_part_of(segment.start, segment.end, period))
    return _part('usage', charge, segment.start, segment.end, period, model.price(),
                 {'model': model.code, 'steps': model.explain()})


def _by_quantities(charge, segment, period, totals):
    """A part per row: all that it prices is one aggregate with its own allowance (R27)."""
    card = RateCard(charge.rows, segment.start, segment.end, charge.key)
    used = {stay: [] for stay in card.stays}
    for total in totals:
        if segment.start <= total.day < segment.end:
            used[card.stay_on(total.dimensions, total.day)].append(total.total)
    for stay, some in used.items():
        if some:
            yield _quantity_part(charge, stay, period, some)


def _quantity_part(charge, stay, period, totals):
    """Aggregate, round, prorate, allow, price: in this order (R29, R29b, R29c)."""
    aggregation = AGGREGATIONS[charge.meter.aggregation]
    part = _part_of(stay.start, stay.end, period)
    measured = aggregation.quantity(aggregation.combine(totals), _whole_seconds(charge, period))
    rounded = round_quantity(measured, charge.meter.rounding, charge.meter.step)
    quantity = rounded * part if aggregation.by_days else rounded
    allowed = allow(quantity, fraction(stay.row.allowance), part)
    model = stay.row.model.prorated(part)
    return _part(
        'usage', charge, stay.start, stay.end, period, model.price(allowed.billable), {
            **_row_data(charge, stay.row),
            'aggregation': aggregation.code,
            'measured': text(measured),
            'rounded': text(rounded),
            'quantity': text(quantity),
            'included': text(allowed.included),
            'included_used': text(allowed.used),
            'billable': text(allowed.billable),
            'model': model.code,
            'steps': model.explain(allowed.billable),
        })


def _by_events(charge, segment, period, events):
    """A part per row, of the charge's own first; an amount below zero rates as 0 (R22). Events
    keep the price of a row that the charge does not have: of another version, at their time."""
    rows = {row.key: row for row in charge.rows}
    used = {key: [] for key in rows}
    for total in events:
        if segment.start <= total.day < segment.end:
            used.setdefault(total.row, []).append(total)
    for key, some in used.items():
        if some:
            row = rows.get(key) or Row(charge.model, key=key)
            amount = sum((fraction(total.amount) for total in some), Fraction(0))
            yield _part(
                'usage', charge, segment.start, segment.end, period, max(amount, Fraction(0)),
                {**_row_data(charge, row), 'model': row.model.code,
                 'steps': _event_steps(row if key in rows else None, some)})


def _event_steps(row, totals):
    """What the events cost by bracket, what was taken back in rows of its own (R22)."""
    groups = defaultdict(list)
    for total in totals:
        groups[total.bracket, total.reversed].append(total)
    steps = []
    for bracket, is_reversed in sorted(groups, key=lambda key: (key[0] or 0, key[1])):
        some = groups[bracket, is_reversed]
        lower, upper = row.model.bounds(bracket) if row and bracket is not None else (None, None)
        steps.append({
            'kind': 'reversed' if is_reversed else 'events',
            'count': sum(total.count for total in some),
            'value': text(sum((fraction(total.value) for total in some), Fraction(0))),
            'lower': text(lower),
            'upper': text(upper),
            'amount': text(sum((fraction(total.amount) for total in some), Fraction(0))),
        })
    return steps


def _row_data(charge, row):
    return {'meter': charge.meter.code, 'row': row.key, 'dimensions': list(row.dimensions)}


def _part(kind, charge, start, end, period, exact, why):
    return Part(kind, start, end, exact, {
        'charge': charge.key,
        'kind': kind,
        'from': start.isoformat(),
        'to': (end - timedelta(days=1)).isoformat(),
        'days': (end - start).days,
        'whole_days': (period.whole_end - period.whole_start).days,
        **why,
        'exact': text(exact),
    })


def _part_of(start, end, period):
    return by_days(start, end, period.whole_start, period.whole_end)


def _limit(number, part):
    return None if number is None else text(fraction(number) * part)


def _whole_seconds(charge, period):
    """The real length of the whole period: days at clock changes have 23 or 25 hours (R29b)."""
    if AGGREGATIONS[charge.meter.aggregation].by_batches:
        return 0
    start, end = (midnight_utc(day, period.zone) for day in (period.whole_start, period.whole_end))
    return int((end - start).total_seconds())
