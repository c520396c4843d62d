"""Which events of a call still find room: under hard limits, under a cap in money (R24, R26)."""

from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from typing import NamedTuple

from odoo.addons.tenant_billing.engine.usage_events import Event, Refused

LIMIT_REACHED = Refused(
    'limit_reached', "The plan's limit for this period leaves no room for it.")
CAP_REACHED = Refused(
    'cap_reached', "The tenant's cap on the cost of this period leaves no room for it.")
WARNING = 80  # percent
_EXACT = Context(prec=100)  # values have up to 49 digits


class Limit(NamedTuple):
    """What a panel may use in a period, and how much of it is left. Numbers are exact."""

    code: str
    name: str
    unit: str
    kind: str  # hard, soft, included (in the price of a charge), feature
    used: Decimal | None  # None, as all figures, of a feature
    limit: Decimal | None
    remaining: Decimal | None  # never below 0
    percent: int | None  # of the limit, cut to a whole number
    status: str  # active, warning, limit_reached
    resets_at: object  # the instant at which it begins anew, as naive UTC; None of a feature
    value: str | None = None  # of a feature
    allowed: bool = True  # what was asked for


def limit_of(
    code: str, name: str, unit: str, kind: str, used: Decimal, limit: Decimal, resets_at: object,
) -> Limit:
    """The Limit with these figures; its status is a warning from 80 % on."""
    percent = int(used * 100 / limit) if limit else 100
    status = 'limit_reached' if used >= limit else (
        'warning' if percent >= WARNING else 'active')
    return Limit(
        code, name, unit, kind, used, limit, max(limit - used, Decimal(0)), percent, status,
        resets_at)


class Days(NamedTuple):
    """Local days `[start, end)`, as text."""

    start: str
    end: str

    def hold(self, event: Event) -> bool:
        """Whether the event lies on one of them: only what does is limited."""
        return self.start <= event.hour < self.end


class Room(NamedTuple):
    """What a panel may use of a meter in its current period."""

    days: Days
    most: Decimal
    used: Decimal


def quantity_of(event: Event) -> Decimal:
    """How much an event adds to the running total of its meter."""
    return Decimal(1) if event.value is None else Decimal(event.value)


def total_with(used: Decimal, event: Event) -> Decimal:
    """The running total of its meter with an event, without any loss."""
    return _EXACT.add(used, quantity_of(event))


def without_room(
    events: Iterable[Event], rooms: dict[tuple[int, int], Room],
) -> list[Event]:
    """Of events in their order those for which their meters have no room left.

    What adds nothing is never refused.

    :param dict rooms: by panel and meter
    """
    used = {place: room.used for place, room in rooms.items()}
    refused = []
    for event in events:
        place = event.panel_id, event.meter_id
        if place not in rooms or not rooms[place].days.hold(event):
            continue
        after = total_with(used[place], event)
        if after > rooms[place].most and after > used[place]:
            refused.append(event)
        else:
            used[place] = after
    return refused


def too_dear(
    events: list[Event], cost: Callable[[list[Event]], Decimal], cap: Decimal,
) -> list[Event]:
    """Of a panel's events in their order those that would take its cost above its cap.

    What costs nothing is never refused, also where the cap is exceeded already. Many are asked
    for at once as long as they fit; what is like an event that did not fit is not asked for.

    :param cost: what the period costs with these events besides what is recorded
    """
    if not events or cost(events) <= cap:
        return []
    bound = max(cap, cost([]))
    taken, refused, lost = [], [], {}  # lost: by what is alike, the least that did not fit
    at, step = 0, max(len(events) // 2, 1)
    while at < len(events):
        some = events[at:at + step]
        like = _like(some[0])
        if len(some) == 1 and like in lost and quantity_of(some[0]) >= lost[like]:
            refused += some
            at += 1
        elif cost(taken + some) <= bound:
            taken += some
            lost.clear()
            at, step = at + len(some), step * 2
        elif len(some) > 1:
            step = len(some) // 2
        else:
            refused += some
            lost[like] = min(quantity_of(some[0]), lost.get(like, quantity_of(some[0])))
            at += 1
    return refused


def _like(event):
    return event.meter_id, event.dimension_1, event.dimension_2, event.dimension_3
