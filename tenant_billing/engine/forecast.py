"""What a running period will cost, and which plan would have been cheapest for the same usage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS
from odoo.addons.tenant_billing.engine.event_prices import Values, event_totals
from odoo.addons.tenant_billing.engine.exact import fraction, text
from odoo.addons.tenant_billing.engine.money import round_half_up
from odoo.addons.tenant_billing.engine.periods import midnight_utc, today_in
from odoo.addons.tenant_billing.engine.rating import Rating, rate
from odoo.addons.tenant_billing.engine.rating_input import (
    EventTotal,
    Number,
    Period,
    Segment,
    Total,
    Version,
)

PER_DAY, AS_IT_STANDS, LEVEL_HOLDS = 'per_day', 'as_it_stands', 'level_holds'
_PLACES = Decimal('0.000001')  # of an estimate
_DAY_SECONDS = 86400


class Projection(NamedTuple):
    """The rating expected at the period's end, and how it was made.

    `how` has a row of plain data per meter and dimensions, or charge: the method (PER_DAY: the
    average of the days so far goes on; LEVEL_HOLDS: the level stays; AS_IT_STANDS: nothing is
    added), what was measured, what is added. `days` have passed and `days_left` are left, of
    those served; with no day passed nothing is added. `totals` are those that were rated.
    """

    rating: Rating
    how: list[dict]
    days: Fraction
    days_left: Fraction
    totals: list[Total]

    @property
    def growth(self) -> Fraction:
        """How many times as much the whole period has as the days so far."""
        return (self.days + self.days_left) / self.days if self.days else Fraction(1)


class PlanCost(NamedTuple):
    """What a plan version would have cost; `unpriced` meters were used but cost nothing under it.
    """

    key: str
    fee: Decimal
    total: Decimal
    unpriced: tuple[str, ...]
    rating: Rating


class Candidate(NamedTuple):
    """A plan version with its advance fee."""

    key: str
    version: Version
    fee: Decimal | int  # of the days that are compared


# === THE PERIOD'S END === #

def project(
    period: Period, totals: Iterable[Total], events: Iterable[EventTotal], as_of: datetime,
    levels: Mapping[tuple[str, tuple], Number] | None = None,
) -> Projection:
    """Rate the period as if usage went on as it did.

    What is expected of each day that is left goes to the segment and rate-card row of that day,
    so that allowances and tiers fill as they will.

    :param as_of: naive UTC; the totals are those up to it
    :param levels: of time-weighted meters at that instant, by (meter, dimensions); where one is
        missing the average goes on
    """
    totals, events = list(totals), list(events)
    passed, left = _days(period, as_of)
    how = []
    more = _more_totals(period, totals, passed, left, levels or {}, how)
    more_events = _more_events(events, passed, left, how)
    rating = rate(period, totals + more, events + more_events)
    return Projection(
        rating, how, passed, sum(left.values(), Fraction(0)), totals + more)


def _days(period, as_of):
    """Served days that have passed, today in part, and those that are left with their part."""
    today = today_in(as_of, period.zone)
    midnight, next_midnight = (
        midnight_utc(day, period.zone) for day in (today, today + timedelta(days=1)))
    part = Fraction((as_of - midnight) // timedelta(minutes=1),
                    max((next_midnight - midnight) // timedelta(minutes=1), 1))
    passed, left = Fraction(0), {}
    for segment in period.segments:
        for number in range((segment.end - segment.start).days):
            day = segment.start + timedelta(days=number)
            done = Fraction(day < today) if day != today else part
            passed += done
            if done < 1:
                left[day] = 1 - done
    return passed, left


def _more_totals(period, totals, passed, left, levels, how):
    meters = {charge.meter.code: charge.meter for segment in period.segments
              for charge in segment.version.charges if charge.meter}
    series = defaultdict(list)
    for total in totals:
        if total.meter in meters:
            series[total.meter, total.dimensions].append(total.total)
    more = []
    for (code, dimensions), values in sorted(series.items()):
        kind = AGGREGATIONS[meters[code].aggregation]
        level = levels.get((code, dimensions)) if not kind.by_batches else None
        method, daily = _daily(kind, kind.combine(values), passed, level)
        added = {day: daily * part for day, part in left.items()} if daily else {}
        more += [Total(code, dimensions, day, amount) for day, amount in added.items()]
        how.append({'meter': code, 'dimensions': list(dimensions), 'method': method,
                    'daily': text(daily), 'added': text(sum(added.values(), Fraction(0)))})
    return more


def _daily(kind, so_far, passed, level):
    """The method, and what each whole day that is left adds to the total."""
    if kind.by_days:  # max, last, unique: more days do not add up to more
        return AS_IT_STANDS, Fraction(0)
    if level is not None:
        return LEVEL_HOLDS, fraction(level) * _DAY_SECONDS
    return PER_DAY, _average(so_far, passed)


def _more_events(events, passed, left, how):
    series = defaultdict(list)
    for total in events:
        series[total.charge].append(total)
    more = []
    for charge, some in sorted(series.items()):
        daily = _average(sum(fraction(total.amount) for total in some), passed)
        if daily > 0:
            row = some[-1].row
            more += [EventTotal(charge, day, daily * part, 0, row=row)
                     for day, part in left.items()]
        how.append({'charge': charge, 'method': PER_DAY, 'daily': text(daily),
                    'added': text(sum(daily * part for part in left.values()))})
    return more


def _average(so_far, passed):
    if not passed:
        return Fraction(0)
    return Fraction(round_half_up(fraction(so_far) / passed, _PLACES))


# === THE CHEAPEST PLAN === #

def compare(
    candidates: Iterable[Candidate], period: Period, totals: Iterable[Total],
    values: Iterable[Values] = (),
) -> list[PlanCost]:
    """Re-rate one usage under several plan versions, the cheapest first.

    Each is rated as the only version of all days of the period; of two that cost the same, the
    one that was given earlier goes first.

    :param values: events that a version may price one by one
    :raises ValueError: as `rate`
    """
    totals, values = list(totals), list(values)
    used = {some.meter for some in (*totals, *values)}
    start, end = period.segments[0].start, period.segments[-1].end
    found = []
    for candidate in candidates:
        segment = Segment(start, end, candidate.version, candidate.fee)
        rating = rate(
            period._replace(segments=(segment,)), totals, event_totals(segment, values))
        priced = {c.meter.code for c in candidate.version.charges if c.meter}
        fee = Decimal(candidate.fee)
        found.append(PlanCost(
            candidate.key, fee, fee + rating.amount, tuple(sorted(used - priced)), rating))
    return sorted(found, key=lambda cost: cost.total)
