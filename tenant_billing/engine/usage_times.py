"""When a usage event was: its instant, and the local hour in which that lies."""

import re
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo.addons.tenant_billing.engine.usage_events import text_of

QUARTER = 900  # seconds: no clock changes inside one
MINUTE = 60

_rfc3339 = re.compile(
    r'(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d\d:\d\d)', re.ASCII)
_rest_of_minute = re.compile(r'[0-5]\d(?:\.\d{1,6})?[Zz]', re.ASCII)


def read_time(text, now: float, minutes: dict) -> tuple[float | None, str, str | None]:
    """Seconds since 1970, UTC as text, and the local hour: the hour in place of the seconds where
    the minute is one that `minute_of` told before.

    :param text: as it was sent; None for the arrival
    :param now: the arrival, in seconds since 1970
    :param minutes: what `minute_of` told
    :raises ValueError, OverflowError: where it is no instant
    """
    if text is None:
        return now, text_of(now), None
    if not isinstance(text, str):
        raise ValueError(text)
    minute = minutes.get(text[:17])
    if minute and _rest_of_minute.fullmatch(text, 17):
        seconds = text[17:-1] if len(text) > 20 else f'{text[17:19]}.'
        return None, f'{minute[0]}{seconds:0<9}', minute[1]
    found = _rfc3339.fullmatch(text)
    if not found:
        raise ValueError(text)
    day, clock, fraction, zone = found.groups()
    local = f"{day} {clock}.{(fraction or '').ljust(6, '0')}"
    if zone in 'Zz':
        return datetime.fromisoformat(f'{local}+00:00').timestamp(), local, None
    instant = datetime.fromisoformat(local + zone).astimezone(timezone.utc)
    return instant.timestamp(), instant.isoformat(' ', 'microseconds')[:26], None


def local_hour(zone: str, seconds: float, hours: dict) -> str:
    """The local hour in which an instant lies.

    :param hours: what was found before, by zone and quarter of an hour
    """
    at = (zone, seconds // QUARTER)
    hour = hours.get(at)
    if hour is None:
        local = datetime.fromtimestamp(at[1] * QUARTER, ZoneInfo(zone))
        hour = hours[at] = f'{local:%Y-%m-%d %H}:00:00'
    return hour


def minute_of(text, seconds: float, time: str, hour: str, first: float, end: float) -> dict:
    """The minute of an instant, if all of it lies from the first instant on and before the end:
    UTC and the local hour, by how the minute was written; the next events of this minute need not
    be looked at again. Only UTC is written so that it says the same to everybody.
    """
    begin = seconds // MINUTE * MINUTE
    if text and text[-1] in 'Zz' and first <= begin and begin + MINUTE <= end:
        return {text[:17]: (time[:17], hour)}
    return {}
