"""Whether Stripe signed an event. Plain Python; the official SDK has the last word."""

import json
import re
import time

import stripe

from odoo.addons.tenant_billing_sslcommerz import stripe_const

SIGNATURE = re.compile(r'[0-9a-f]{64}')
TIMESTAMP = re.compile(r'[0-9]{1,12}')


class Unsigned(Exception):
    """Nobody who knows a secret of ours signed this body, or not just now."""


class Malformed(Exception):
    """Signed, but no event that we could read."""


def read_event(body, header, secrets):
    """The event in a body that Stripe signed.

    :param bytes body: raw, as it came
    :param header: the value of `Stripe-Signature`, None where there was none
    :param iterable secrets: of our endpoints
    :return: the event, and the secrets that signed it
    :rtype: tuple[dict, set]
    :raise Unsigned: if none of them did, or too long ago, or in the future
    :raise Malformed: if the body is no event
    """
    signers = {secret for secret in secrets if is_signed(body, header, secret)}
    if not signers:
        raise Unsigned("No signature of this body by the endpoint's secret, or not of now.")
    try:
        event = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Malformed("The body is no JSON.") from None
    if not _is_event(event):
        raise Malformed("The body is no event.")
    return event, signers


def is_signed(body, header, secret):
    """Whether one of the header's signatures is right and of the last minutes.

    :param bytes body: raw, as it came
    :param header: the value of `Stripe-Signature`, or None
    :param str secret: of the endpoint; without one nothing is signed
    :rtype: bool
    """
    items = [item.partition('=') for item in (header or '').split(',')]
    times = [value for name, _equals, value in items if name == 't']
    signatures = [value for name, _equals, value in items if name == 'v1']
    signatures = [value for value in signatures if SIGNATURE.fullmatch(value)]
    if not signatures or len(times) != 1 or not TIMESTAMP.fullmatch(times[0]):
        return False
    if int(times[0]) - time.time() > stripe_const.TOLERANCE:  # the SDK looks at the past only
        return False
    strict = ','.join([f't={times[0]}', *(f'v1={value}' for value in signatures)])
    try:
        return stripe.WebhookSignature.verify_header(
            body, strict, secret, stripe_const.TOLERANCE)
    except (stripe.SignatureVerificationError, ValueError):  # also what is no UTF-8
        return False


def _is_event(event):
    """Whether it has what every event has."""
    if not isinstance(event, dict) or event.get('object', 'event') != 'event':
        return False
    data = event.get('data')
    return (
        _fits(stripe_const.EVENT_ID, event.get('id'))
        and _fits(stripe_const.EVENT_TYPE, event.get('type'))
        and isinstance(data, dict) and isinstance(data.get('object'), dict))


def _fits(pattern, value):
    return isinstance(value, str) and bool(pattern.fullmatch(value))
