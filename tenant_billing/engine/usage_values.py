"""The data of usage events: numbers, what events are grouped by, and JSON that can be kept."""

import re
from decimal import Decimal
from json import encoder

LONGEST = 255  # characters of an id, a source, a value to group by
LONGEST_DATA = 8192
TOO_LARGE = 10**19
PARTS = 500  # objects and lists in the data of one event

_number = re.compile(r'-?\d{1,19}(?:\.\d{1,30})?', re.ASCII)
_nul = re.compile(r'(?<!\\)(?:\\\\)*\\u0000')


class Unreadable(Exception):
    """A code and a sentence."""


def _refuse(value):
    raise TypeError(f"{type(value)} is no JSON")


# What json.dumps makes for each call anew, with sorted keys, letters as they are, and no NaN.
_encode = encoder.c_make_encoder(
    None, _refuse, encoder.encode_basestring, None, ':', ',', True, False, False)


def json_text(data: dict) -> str:
    """Properties as JSON, the same for the same properties.

    :raises Unreadable: where they are too large or hold what PostgreSQL cannot keep
    :raises ValueError, TypeError, RecursionError: where they are no JSON
    """
    text = ''.join(_encode(data, 0))
    is_long = len(text) > PARTS
    if is_long and (len(text) > LONGEST_DATA or text.count('{') + text.count('[') > PARTS):
        raise Unreadable('invalid_value', "data is too large.")
    if '\\u0000' in text and _nul.search(text):
        raise Unreadable('invalid_value', "data holds a character that is no text.")
    return text


def number(value, name: str) -> str:
    """A number as exact text: 1, 1.0 and "1.0" alike.

    :raises Unreadable: where it is none
    """
    if type(value) is int and -TOO_LARGE < value < TOO_LARGE:
        return str(value)
    if isinstance(value, (float, str, Decimal)):
        text = _plain_decimal(getattr(value, 'text', str(value)))
    else:
        text = ''
    if not _number.fullmatch(text):
        raise Unreadable('invalid_value', f"{name} must be a number.")
    return text


def _plain_decimal(text):
    """Without exponent and without zeros at the end; empty where it is no number."""
    try:
        value = Decimal(text) if len(text) <= 60 and text.isascii() and '_' not in text else None
    except ArithmeticError:
        return ''
    if value is None or not value.is_finite() or not -31 < value.adjusted() < 19:
        return ''
    text = f'{value:f}'
    if '.' in text:
        text = text.rstrip('0').rstrip('.')
    return text if value else '0'


def plain(value, name: str) -> str:
    """What events are grouped by, as text; nothing is the empty text.

    :raises Unreadable: where it is a list, an object, or too long
    """
    if isinstance(value, str) and len(value) <= LONGEST:  # what it may hold, `json_text` checks
        return value
    if value is None:
        return ''
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (int, float, Decimal)):
        return number(value, name)
    raise Unreadable('invalid_value', f"{name} must be a text of up to {LONGEST} characters.")
