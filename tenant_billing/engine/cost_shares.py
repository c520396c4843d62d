"""What of a rated charge falls to each value by which its meter groups: to each provider, say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS
from odoo.addons.tenant_billing.engine.exact import fraction
from odoo.addons.tenant_billing.engine.proration import split
from odoo.addons.tenant_billing.engine.rate_card import RateCard
from odoo.addons.tenant_billing.engine.rating import RatedCharge
from odoo.addons.tenant_billing.engine.rating_input import Charge, EventTotal, Segment, Total


def shares(
    rated: RatedCharge, charge: Charge, segment: Segment, totals: Iterable[Total],
    events: Iterable[EventTotal], place: int, rounding: Decimal,
) -> dict[str, Decimal]:
    """The amount of a charge by the values of one of its meter's dimensions.

    What a row of the rate card costs is divided by quantities, amounts of single events as they
    are; what adjustments change is divided like all of it. The shares add up to the amount.

    :param segment: the only one of its period
    :param place: of the dimension, from 0
    """
    weigh = _of_events if charge.model.per_event else _of_quantities
    weights = weigh(rated, charge, segment, totals, events, place)
    return divide(rated.amount, weights, rounding)


def divide(
    amount: Decimal, weights: Mapping[Any, Fraction | Decimal | int], rounding: Decimal,
) -> dict[Any, Decimal]:
    """An amount by weights, as multiples of `rounding` that add up to it; nothing where no weight
    is above 0."""
    weights = {key: fraction(weight) for key, weight in weights.items() if weight > 0}
    whole = sum(weights.values())
    parts: Sequence[Fraction] = [
        fraction(amount) * weight / whole for weight in weights.values()]
    return dict(zip(weights, split(amount, parts, rounding), strict=True)) if weights else {}


def _of_events(_rated, charge, _segment, _totals, events, place):
    weights = defaultdict(Fraction)
    for total in events:
        if total.charge == charge.key:
            weights[total.dimensions[place]] += fraction(total.amount)
    return weights


def _of_quantities(rated, charge, segment, totals, _events, place):
    """The exact amount of each row of the rate card, divided by what each value used of it."""
    aggregation = AGGREGATIONS[charge.meter.aggregation]
    card = RateCard(charge.rows, segment.start, segment.end, charge.key)
    used = defaultdict(lambda: defaultdict(list))
    for total in totals:
        if total.meter == charge.meter.code:
            stay = card.stay_on(total.dimensions, total.day)
            used[stay.row.dimensions, stay.start][total.dimensions[place]].append(total.total)
    weights = defaultdict(Fraction)
    for line in rated.lines:
        if line.kind == 'usage':
            quantities = {
                value: aggregation.quantity(aggregation.combine(some), 1)
                for value, some in used[tuple(line.why['dimensions']), line.start].items()}
            whole = sum(quantities.values())
            for value, quantity in quantities.items() if whole else ():
                weights[value] += Fraction(line.why['exact']) * quantity / whole
    return weights
