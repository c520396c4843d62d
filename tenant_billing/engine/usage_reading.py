"""Reading usage events (R29a): what each says, or why it is refused.

An event is a CloudEvent 1.0 as JSON gives it: `id` and `source` are its key within the panel that
`subject` names, `type` is the code of a meter, `time` says when (the arrival without it), `data`
holds the value and what it is grouped by. `reverses` or `replaces` is the id of an earlier event of
the same source.
"""

from hashlib import sha256

from odoo.addons.tenant_billing.engine.usage_events import (
    Event,
    Refused,
    Sender,
    digest_of,
)
from odoo.addons.tenant_billing.engine.usage_times import local_hour, minute_of, read_time
from odoo.addons.tenant_billing.engine.usage_values import (
    LONGEST,
    Unreadable,
    json_text,
    number,
    plain,
)

FUTURE = 300  # seconds that a sender's clock may be ahead
CORRECTIONS = ('reverses', 'replaces')
NO_GROUPS = ('', '', '')
_new = tuple.__new__  # what a NamedTuple's own way costs three times


class Reader:
    """Reads the events of one call.

    :param dict panels: Panel by the text of `subject`; by None whose those without one are
    :param dict meters: Meter by company and code
    :param float now: the instant of arrival, in seconds since 1970
    """

    def __init__(self, panels, meters, now):
        self.panels = panels
        self.meters = meters
        self.now = now
        self.senders = {}
        self.hours = {}

    def read_event(self, event):
        """:rtype: Event or Refused"""
        try:
            (panel, meter, minutes), digest = self._key(event)
        except Unreadable as error:
            return Refused(*error.args)
        if not meter:
            return Refused('unknown_meter', "There is no meter of this type.", digest)
        try:
            seconds, time, hour = read_time(event.get('time'), self.now, minutes)
        except (ValueError, OverflowError):
            return Refused('invalid_time', "time is an instant as RFC 3339 writes it.", digest)
        value, member, groups, data, content, wrong = self._content(event, meter, panel, time)
        correction = original = None
        if 'reverses' in event or 'replaces' in event:
            correction, original = self._correction(event, panel)
        if not hour:
            late = self._untimely(meter, panel, seconds)
            if late:
                return late._replace(digest=digest, content=content)
            if not correction and not panel.begins <= seconds < panel.ends:
                wrong = wrong or Refused(
                    'no_service', "The panel was not in service at this time.")
            hour = local_hour(panel.zone, seconds, self.hours)
            minutes.update(minute_of(
                event.get('time'), seconds, time, hour, max(panel.begins, panel.oldest),
                min(panel.ends, self.now + FUTURE)))
        if wrong and not correction:
            return wrong._replace(digest=digest, content=content)
        return _new(Event, (
            digest, content, panel.id, meter.id, time, hour, value, member, *groups,
            event['source'], event['id'], data, 1, None, None, '', correction, original, wrong))

    # === PARTS === #

    def _key(self, event):
        """The Sender, and the digest of the key."""
        try:
            told = (event['source'], event['type'], event.get('subject'),
                    event.get('specversion', '1.0'))
            sender, name = self.senders.get(told), event['id']
        except (TypeError, KeyError):
            sender = None
        if not sender:
            sender, name = self._sender(event), event['id']
            self.senders[told] = sender
        elif not _is_name(name):
            raise _unnamed()
        try:
            return sender, digest_of(sender.panel.id, told[0], name)
        except UnicodeEncodeError:
            raise Unreadable('invalid_event', "id and source must be texts.") from None

    def _sender(self, event):
        if not isinstance(event, dict):
            raise Unreadable('invalid_event', "An event is an object.")
        if not all(_is_name(event.get(name)) for name in ('id', 'source', 'type')):
            raise _unnamed()
        if event.get('specversion', '1.0') != '1.0':
            raise Unreadable('invalid_event', "specversion must be 1.0.")
        subject = event.get('subject')
        panel = self.panels.get(subject) if subject is None or isinstance(subject, str) else None
        if not panel:
            raise Unreadable('unknown_panel', "There is no such panel, or it is not yours.")
        return Sender(panel, self.meters.get((panel.company_id, event['type'])), {})

    def _content(self, event, meter, panel, time):
        """Value, member, groups, data as text, digest of the content, and what is wrong."""
        try:
            data = event.get('data')
            if type(data) is not dict:
                data = self._properties(event)
            groups = self._groups(data, meter)
            value, member = None, ''
            if meter.value_property and 'reverses' not in event:
                value, member, data = self._value(data, meter, panel)
            text = json_text(data)
            sent = time if event.get('time') is not None else ''
            told = f"{event['type']}\n{sent}\n{value}\n{member}\n{text}"
            if 'reverses' in event or 'replaces' in event:
                told += f"\n{event.get('reverses')}\n{event.get('replaces')}"
            content = sha256(told.encode()).digest()[:16]
        except Unreadable as error:
            return None, '', NO_GROUPS, None, None, Refused(*error.args)
        except (ValueError, TypeError, RecursionError):
            wrong = Refused('invalid_value', "data holds what is no JSON.")
            return None, '', NO_GROUPS, None, None, wrong
        wrong = None
        if value and value[0] == '-' and not meter.allow_negative:
            wrong = Refused('negative_value', "This meter takes no negative values.")
        return value, member, groups, text, content, wrong

    def _properties(self, event):
        data = event.get('data')
        if data is None and 'data_base64' not in event:
            return {}
        if not isinstance(data, dict):
            raise Unreadable('invalid_value', "data must be an object.")
        return data

    def _value(self, data, meter, panel):
        """The number as text, what stands for it among unique ones, and the other properties."""
        name = meter.value_property
        if name not in data:
            raise Unreadable('invalid_value', f"data lacks {name}.")
        if meter.aggregation == 'unique':
            text = plain(data[name], name)
            if not text:
                raise Unreadable('invalid_value', f"{name} is empty.")
            return None, sha256(f'{panel.id}\0{text}'.encode()).hexdigest()[:16], data
        rest = data.copy()
        return number(rest.pop(name), name), '', rest

    def _groups(self, data, meter):
        if not meter.dimensions:
            return NO_GROUPS
        found = []
        for name in meter.dimensions:
            text = data.get(name)
            is_text = type(text) is str and len(text) <= LONGEST
            found.append(text if is_text else plain(text, name))
        return (*found, *NO_GROUPS[len(found):])

    def _untimely(self, meter, panel, seconds):
        if not meter.is_active:
            return Refused('unknown_meter', "This meter is not used any more.")
        if seconds > self.now + FUTURE:
            return Refused('in_the_future', f"time lies more than {FUTURE} seconds ahead.")
        if seconds < panel.oldest:
            return Refused('too_old', "time lies too far back.")
        return None

    def _correction(self, event, panel):
        """Which way, and the digest of the earlier event's key; of one that cannot be, None."""
        way = 'reverses' if 'reverses' in event else 'replaces'
        try:
            is_text = isinstance(event[way], str)
            return way, digest_of(panel.id, event['source'], event[way]) if is_text else None
        except UnicodeEncodeError:
            return way, None


def _is_name(text):
    return isinstance(text, str) and 0 < len(text) <= LONGEST and '\0' not in text


def _unnamed():
    return Unreadable(
        'invalid_event', f"id, source and type are texts of 1 to {LONGEST} characters.")
