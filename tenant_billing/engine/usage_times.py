"""When usage events happened: instants as senders write them, and the local hours they lie in."""

import re
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo.addons.tenant_billing.engine.usage_events import text_of

FUTURE = 300  # seconds that a sender's clock may be ahead
QUARTER = 900  # seconds: no clock changes inside one
MINUTE = 60

_rfc3339 = re.compile(
    r'(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d\d:\d\d)', re.ASCII)
_rest_of_minute = re.compile(r'[0-5]\d(?:\.\d{1,6})?[Zz]', re.ASCII)


class Times:
    """The instants of one call's events.

    :param float now: the instant of arrival, in seconds since 1970
    """

    def __init__(self, now):
        self.now = now
        self.hours = {}

    def read(self, text, minutes):
        """Seconds since 1970, UTC as text, and the local hour; the hour instead of the seconds
        where the minute is one in which the panel takes events, as was seen before."""
        if text is None:
            return self.now, text_of(self.now), None
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

    def hour(self, panel, seconds, text, time, minutes):
        """The local hour in which an instant lies. Where all of its minute is in service and
        neither too old nor ahead, the next events of this minute need not be looked at again."""
        at = (panel.zone, seconds // QUARTER)
        hour = self.hours.get(at)
        if hour is None:
            local = datetime.fromtimestamp(at[1] * QUARTER, ZoneInfo(panel.zone))
            hour = self.hours[at] = f'{local:%Y-%m-%d %H}:00:00'
        begin = seconds // MINUTE * MINUTE
        if (text and text[-1] in 'Zz' and max(panel.begins, panel.oldest) <= begin
                and begin + MINUTE <= min(panel.ends, self.now + FUTURE)):
            minutes[text[:17]] = time[:17], hour
        return hour
