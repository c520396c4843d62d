"""What a service period costs: a pure function of terms and totals, with its explanation.

Inside a charge all is exact; one rounding per charge and service period, half away from zero; its
lines are split by largest remainder (R30). What was invoiced already is subtracted (R21).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.exact import fraction, text
from odoo.addons.tenant_billing.engine.money import round_half_up
from odoo.addons.tenant_billing.engine.proration import by_days, split
from odoo.addons.tenant_billing.engine.rating_input import (
    CAP,
    TRUE_UP,
    EventTotal,
    Period,
    Total,
)
from odoo.addons.tenant_billing.engine.segment_rating import parts_of


class Line(NamedTuple):
    """A rated line: days `[start, end)`, its share of the charge's amount, and why.

    `kind` is 'usage', the code of an adjustment, TRUE_UP or CAP. `why` can be kept as JSON.
    """

    charge: str
    kind: str
    start: date
    end: date
    amount: Decimal
    why: dict


class RatedCharge(NamedTuple):
    """A charge over all rows and segments of the period; its lines add up to its amount."""

    key: str
    exact: Fraction
    amount: Decimal
    lines: tuple[Line, ...]


class Rating(NamedTuple):
    """What the period costs, and by charge what is still to be invoiced, or credited if negative.

    `deltas` also names charges that were invoiced and cost nothing now.
    """

    charges: tuple[RatedCharge, ...]
    deltas: dict[str, Decimal]

    @property
    def amount(self) -> Decimal:
        """Of all charges with true-up and cap, without the advance fee."""
        return sum((charge.amount for charge in self.charges), Decimal(0))

    @property
    def lines(self) -> list[Line]:
        """Of all charges."""
        return [line for charge in self.charges for line in charge.lines]


def rate(
    period: Period, totals: Iterable[Total] = (), events: Iterable[EventTotal] = (),
    invoiced: Mapping[str, Decimal | int] | None = None, *, closed: bool = True,
) -> Rating:
    """Rate a service period.

    :param totals: of what meters counted, in any order
    :param events: amounts of events that are priced one by one, in any order
    :param invoiced: what documents carry for this period already, by key of the charge
    :param closed: False for the cost so far: minimums wait for the period's end
    :raises ValueError: if segments overlap, or usage lies on a day of none or has no price
    """
    _check_segments(period)
    by_meter, by_charge = _sorted_out(period, totals, events)
    parts = defaultdict(list)
    for segment in period.segments:
        for charge in segment.version.charges:
            meter = charge.meter.code if charge.meter else ''
            parts[charge.key] += parts_of(
                charge, segment, period, by_meter[meter], by_charge[charge.key], closed=closed)
    charges = [_rounded(key, parts[key], period.rounding) for key in parts]
    charges += _plan_limits(period, charges, closed)
    return Rating(tuple(charges), _deltas(charges, invoiced or {}))


def _rounded(key, parts, rounding):
    exact = sum((part.exact for part in parts), Fraction(0))
    amount = round_half_up(exact, rounding)
    amounts = split(amount, [part.exact for part in parts], rounding)
    return RatedCharge(key, exact, amount, tuple(
        Line(key, part.kind, part.start, part.end, share, {**part.why, 'amount': str(share)})
        for part, share in zip(parts, amounts, strict=True)))


def _plan_limits(period, charges, closed):
    """The plan's minimum and maximum as lines of their own, from rounded amounts (R28).

    The minimum is compared with the whole service period, the maximum with those segments whose
    version has one: elsewhere nothing was promised.
    """
    lines = [line for charge in charges for line in charge.lines]
    found = []
    floor, cost = _promised(period, 'minimum'), _cost(period.segments, lines)
    if closed and floor is not None and floor > cost:
        found.append(_plan_line(TRUE_UP, period, floor - cost, 'minimum', floor, cost))
    ceiling = _promised(period, 'maximum')
    bound = [segment for segment in period.segments if segment.version.maximum is not None]
    if ceiling is not None and _cost(bound, lines) > ceiling:
        cost = _cost(bound, lines)
        found.append(_plan_line(CAP, period, ceiling - cost, 'maximum', ceiling, cost))
    return found


def _promised(period, name):
    """A plan's minimum or maximum by served days, rounded; None where no segment has one."""
    shares = [
        fraction(getattr(segment.version, name))
        * by_days(segment.start, segment.end, period.whole_start, period.whole_end)
        for segment in period.segments if getattr(segment.version, name) is not None]
    return round_half_up(sum(shares), period.rounding) if shares else None


def _cost(segments, lines):
    """Advance fees and rated lines of segments."""
    fees = sum((Decimal(segment.fee) for segment in segments), Decimal(0))
    return fees + sum((line.amount for line in lines if any(
        segment.start <= line.start < segment.end for segment in segments)), Decimal(0))


def _plan_line(key, period, amount, name, limit, cost):
    start, end = period.segments[0].start, period.segments[-1].end
    why = {
        'charge': key, 'kind': key, 'from': start.isoformat(),
        'to': (end - timedelta(days=1)).isoformat(),
        'days': sum((segment.end - segment.start).days for segment in period.segments),
        'whole_days': (period.whole_end - period.whole_start).days,
        name: str(limit), 'cost': str(cost), 'exact': text(fraction(amount)),
        'amount': str(amount),
    }
    return RatedCharge(key, fraction(amount), amount, (Line(key, key, start, end, amount, why),))


def _deltas(charges, invoiced):
    amounts = {charge.key: charge.amount for charge in charges}
    return {key: amounts.get(key, Decimal(0)) - Decimal(invoiced.get(key, 0))
            for key in (*amounts, *(key for key in invoiced if key not in amounts))}


def _check_segments(period):
    if not period.segments:
        raise ValueError("A period that is rated has at least one segment.")
    for segment in period.segments:
        by_days(segment.start, segment.end, period.whole_start, period.whole_end)
    for before, after in pairwise(period.segments):
        if after.start < before.end:
            raise ValueError(f"Segments of a period follow each other: {after.start} is before "
                             f"{before.end}.")


def _sorted_out(period, totals, events):
    """Totals by meter, events by charge."""
    by_meter, by_charge = defaultdict(list), defaultdict(list)
    for total in totals:
        by_meter[total.meter].append(total)
    for total in events:
        by_charge[total.charge].append(total)
    for total in (*(t for some in by_meter.values() for t in some),
                  *(t for some in by_charge.values() for t in some)):
        if not any(segment.start <= total.day < segment.end for segment in period.segments):
            raise ValueError(f"Usage of {total.day} lies in no segment of the period.")
    return by_meter, by_charge
