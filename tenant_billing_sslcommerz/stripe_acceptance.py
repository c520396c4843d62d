"""What a PaymentIntent means for a payment of ours. Plain Python, without the ORM."""

from typing import NamedTuple

from odoo.addons.tenant_billing_sslcommerz import stripe_const


class Expected(NamedTuple):
    """Our own record of a payment, the yardstick."""

    reference: str
    intent: str  # its id, empty where it is not known yet
    amount: int  # in the currency's smallest unit, as Stripe counts
    currency: str
    is_live: bool
    database: str


class Verdict(NamedTuple):
    """What follows: accepted, mismatch (the money is not ours to book) or foreign."""

    kind: str
    reason: str = ''


def judge(intent, expected):
    """Compare a PaymentIntent with our record.

    :param dict intent: as Stripe's API gave it
    :param Expected expected: our record
    :rtype: Verdict
    """
    foreign = foreign_part(intent, expected)
    if foreign:
        return Verdict('foreign', foreign)
    wrong = _wrong_money(intent, expected)
    return Verdict('mismatch', wrong) if wrong else Verdict('accepted')


def foreign_part(intent, expected):
    """What shows that an intent belongs to another payment; empty where nothing does.

    :rtype: str
    """
    if not is_id(intent.get('id')):
        return "no id"
    if expected.intent:
        if intent['id'] != expected.intent:
            return f"{intent['id']} in place of {expected.intent}"
    elif intent.get('description') != expected.reference:
        return "another description"
    database = (intent.get('metadata') or {}).get('odoo_database')
    if database and database != expected.database:
        return "another database"
    if isinstance(intent.get('livemode'), bool) and intent['livemode'] != expected.is_live:
        return "test money for a live payment" if expected.is_live else "live money for a test"
    return ""


def _wrong_money(intent, expected):
    """Which figure is not ours; no tolerance. A part that was captured is not the whole."""
    figures = ['amount']
    if intent.get('status') == stripe_const.SUCCEEDED:
        figures.append('amount_received')
    wrong = [name for name in figures if not is_amount(intent.get(name), expected.amount)]
    if str(intent.get('currency') or '').upper() != expected.currency:
        wrong.append('currency')
    return ', '.join(f'{name} {str(intent.get(name))[:30]}' for name in wrong)


def error_of(response):
    """What Stripe says in an answer that refuses a request.

    :param response: of `requests`
    :rtype: dict
    """
    try:
        error = response.json()['error']
    except (KeyError, TypeError, ValueError):
        return {}
    return error if isinstance(error, dict) else {}


def needs_payer(intent):
    """Whether the payer's bank takes it only when the payer confirms it."""
    error = intent.get('last_payment_error')
    return intent.get('status') == stripe_const.WAITS_FOR_PAYER or (
        isinstance(error, dict) and error.get('code') == stripe_const.NEEDS_PAYER)


def is_amount(value, expected):
    """Whether a figure is exactly the one that we expect; true and false are no figures."""
    return isinstance(value, int) and not isinstance(value, bool) and value == expected


def is_id(value):
    """Whether a value may go into the address of a request.

    :rtype: bool
    """
    return isinstance(value, str) and bool(stripe_const.OBJECT_ID.fullmatch(value))
