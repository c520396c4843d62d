"""Whether a message really comes from the billing: Standard Webhooks, read by hand."""

import base64
import hashlib
import hmac
import time

TOLERANCE = 300  # seconds between its clock and ours


class Forged(Exception):
    """Not from the billing, or from another time; the text says why."""


def verify(secret, headers, body, now=None):
    """Check id, time and signature of a message.

    :param str secret: `whsec_` and base64
    :param headers: a mapping of the request's headers
    :param bytes body: exactly as it came
    :param float now: seconds since 1970; the clock's by default
    :return: the message's id
    :rtype: str
    :raise Forged: when it is not to be believed
    """
    message_id = headers.get('webhook-id') or ''
    timestamp = headers.get('webhook-timestamp') or ''
    if not message_id or not timestamp.isdigit():
        raise Forged("no webhook-id or webhook-timestamp")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        raise Forged("from another time")
    key = base64.b64decode(secret.removeprefix('whsec_'))
    signed = f'{message_id}.{timestamp}.'.encode() + body
    expected = b'v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = (headers.get('webhook-signature') or '').encode().split(b' ')
    if not any([hmac.compare_digest(expected, one) for one in given]):
        raise Forged("wrong signature")
    return message_id
