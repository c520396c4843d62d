"""What is known of usage events: who may send them, how they are read, what they say (R20, R22)."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1)
_new = tuple.__new__  # what a NamedTuple's own way costs three times


class Number(float):
    """A number of JSON that remembers how it was written, for `json.loads(parse_float=…)`."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self


class Panel(NamedTuple):
    """What a panel takes. Instants are seconds since 1970."""

    id: int
    company_id: int
    zone: str
    begins: float
    ends: float
    oldest: float  # the earliest instant that is still accepted
    is_limited: bool = False  # whether a limit or a cap may refuse its events


class Meter(NamedTuple):
    """How the events of one type are read."""

    id: int
    aggregation: str
    value_property: str | None
    dimensions: tuple = ()  # up to three names of properties
    allow_negative: bool = False
    is_active: bool = True
    is_priced: bool = False  # whether a charge prices its events one by one


class Sender(NamedTuple):
    """What events that name the same source, type and panel share."""

    panel: Panel
    meter: Meter | None
    minutes: dict  # UTC and local hour, by how a minute is written in which the panel takes events


class Refused(NamedTuple):
    """Why an event is not taken, unless its key says that it was taken before."""

    code: str
    message: str
    digest: bytes | None = None  # None: its key cannot be told
    content: bytes | None = None


class Event(NamedTuple):
    """What is stored of an event. Instants are UTC, hours are local, both as text."""

    digest: bytes  # of panel, source and id
    content: bytes | None  # digest of type, instant and data
    panel_id: int
    meter_id: int
    time: str
    hour: str
    value: str | None
    member: str  # of a unique meter: stands for the value
    dimension_1: str
    dimension_2: str
    dimension_3: str
    source: str
    external_id: str
    data: str | None  # JSON: the properties without the value
    sign: int = 1  # -1: takes back what an earlier event counted
    corrects: int | None = None  # the row of that event
    amount: str | None = None  # where the price hangs on the single event
    tier: str = ''  # the bracket that the amount comes from
    correction: str | None = None  # reverses, replaces
    original: bytes | None = None  # the digest of the corrected event's key
    refused: Refused | None = None  # what is wrong with it, if its original is there

    def priced(self, amount: str | None, tier: str) -> 'Event':
        """With a price of its own."""
        return _new(Event, (*self[:_AMOUNT], amount, tier, *self[_AMOUNT + 2:]))


_AMOUNT = Event._fields.index('amount')


def digest_of(panel_id: int, source: str, external_id: str) -> bytes:
    """The key of an event (R20), 16 bytes.

    :raises UnicodeEncodeError: for what is no text
    """
    return sha256(f'{panel_id}\0{source}\0{external_id}'.encode()).digest()[:16]


def seconds_of(instant: datetime) -> float:
    """Seconds since 1970 of naive UTC."""
    return (instant - _EPOCH).total_seconds()


def text_of(seconds: float) -> str:
    """UTC as text of an instant."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat(' ', 'microseconds')
