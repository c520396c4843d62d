"""What the gateway's answers mean for a payment of ours. Plain Python, without the ORM.

Only `judge` lets a payment through, and only where every rule holds.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.tenant_billing_sslcommerz import const

REFERENCE = re.compile(r'[A-Za-z0-9_-]{1,30}')
VAL_ID = re.compile(r'\w{1,50}', re.ASCII)
AMOUNT = re.compile(r'[0-9]{1,12}(\.[0-9]{1,6})?')


class Expected(NamedTuple):
    """Our own record of a payment, the yardstick."""

    reference: str
    amount: Decimal
    currency: str
    store_id: str
    stamps: tuple  # tenant and database, sent as value_a and value_b
    is_risk_accepted: bool = False


class Verdict(NamedTuple):
    """What follows: paid, held, pending, failed, cancelled, mismatch, refused or unknown."""

    kind: str
    reason: str = ''


class Unreachable(Exception):
    """The gateway gave no answer that could be used; it has to be asked again."""


def judge(answer, val_id, expected):
    """Compare the answer of the order validation with our record.

    :param dict answer: as the gateway sent it
    :param str val_id: the one that was asked for
    :param Expected expected: our record
    :rtype: Verdict
    :raise Unreachable: if the gateway did not do what it was asked
    """
    require_done(answer)
    status = text(answer, 'status')
    if status in const.PENDING:
        return Verdict('pending')
    if status not in const.PAID:
        return Verdict('refused', f'status {status or "is missing"}')
    foreign = _foreign(answer, val_id, expected)
    if foreign:
        return Verdict('refused', foreign)
    wrong = _wrong_money(answer, expected)
    if wrong:
        return Verdict('mismatch', wrong)
    if text(answer, 'risk_level') != '0' and not expected.is_risk_accepted:
        title = text(answer, 'risk_title')[:100]
        return Verdict('held', f'risk level {text(answer, "risk_level") or "missing"} {title}')
    return Verdict('paid')


def _foreign(answer, val_id, expected):
    """What shows that the answer is about another payment; empty where nothing does."""
    needed = {
        'val_id': val_id, 'tran_id': expected.reference,
        'value_a': expected.stamps[0], 'value_b': expected.stamps[1]}
    if 'store_id' in answer:
        needed['store_id'] = expected.store_id
    wrong = [name for name, value in needed.items() if text(answer, name) != value]
    return f'other {", ".join(wrong)}' if wrong else ''


def _wrong_money(answer, expected):
    """Which figure is not ours; no tolerance."""
    needed = {'currency_type': expected.currency}
    amounts = ['currency_amount']
    if expected.currency == 'BDT':  # else these two are the settlement in BDT
        needed['currency'] = 'BDT'
        amounts.append('amount')
    wrong = [name for name, value in needed.items() if text(answer, name) != value]
    wrong += [name for name in amounts if amount(answer, name) != expected.amount]
    return ', '.join(f'{name} {text(answer, name)[:30] or "missing"}' for name in wrong)


def find_payment(answer, reference):
    """What a transaction query says about all attempts of one reference.

    :param dict answer: as the gateway sent it
    :param str reference: of the transaction
    :return: the verdict, and for the kind `paid` the val_id that is still to be validated
    :rtype: tuple[Verdict, str]
    :raise Unreachable: if the gateway did not do what it was asked
    """
    require_done(answer)
    elements = answer.get('element')
    if not isinstance(elements, list):
        elements = [answer]
    ours = [
        element for element in elements
        if isinstance(element, dict) and text(element, 'tran_id') in ('', reference)]
    by_status = {text(element, 'status'): element for element in reversed(ours)}
    for status in const.PAID:
        val_id = text(by_status.get(status, {}), 'val_id')
        if VAL_ID.fullmatch(val_id):
            return Verdict('paid'), val_id
    for kind, statuses in (('pending', const.PENDING), ('failed', const.FAILED),
                           ('cancelled', const.CANCELLED[:1])):
        for status in statuses:
            if status in by_status:
                return Verdict(kind, text(by_status[status], 'error')[:200]), ''
    return Verdict('unknown'), ''


def judge_refund_request(answer, bank_tran_id):
    """What the answer to a refund request means.

    :param dict answer: as the gateway sent it
    :param str bank_tran_id: of the payment that is paid back
    :return: accepted, refused or unknown, and for the first the gateway's reference of the refund
    :rtype: tuple[Verdict, str]
    :raise Unreachable: if the gateway did not do what it was asked
    """
    _require_about(answer, bank_tran_id)
    status = text(answer, 'status')
    refund_ref_id = text(answer, 'refund_ref_id')
    if status in const.REFUND_ACCEPTED and VAL_ID.fullmatch(refund_ref_id):
        return Verdict('accepted'), refund_ref_id
    if status in const.REFUND_REFUSED:
        return Verdict('refund_refused', text(answer, 'errorReason')[:200]), ''
    return Verdict('unknown'), ''


def judge_refund(answer, bank_tran_id):
    """What became of a refund.

    :return: refunded, refund_cancelled or unknown
    :rtype: Verdict
    :raise Unreachable: if the gateway did not do what it was asked
    """
    _require_about(answer, bank_tran_id)
    status = text(answer, 'status')
    if status in const.REFUNDED:
        return Verdict('refunded')
    if status in const.REFUND_CANCELLED:
        return Verdict('refund_cancelled', text(answer, 'errorReason')[:200])
    return Verdict('unknown')


def _require_about(answer, bank_tran_id):
    require_done(answer)
    if text(answer, 'bank_tran_id') not in ('', bank_tran_id):
        raise Unreachable("it is about another payment")


def require_done(answer):
    """Let only answers through that the gateway calls done.

    :raise Unreachable: for all others
    """
    if not isinstance(answer, dict):
        raise Unreachable("no answer that could be read")
    if text(answer, 'APIConnect') != 'DONE':
        raise Unreachable(f'APIConnect {text(answer, "APIConnect")[:30] or "is missing"}')


def text(answer, name):
    """A field as text: numbers come with and without quotes.

    :rtype: str
    """
    value = answer.get(name)
    return str(value) if isinstance(value, (str, int, Decimal)) else ''


def amount(answer, name):
    """A field as an exact amount, None where it is none.

    :rtype: Decimal | None
    """
    value = text(answer, name)
    return Decimal(value) if AMOUNT.fullmatch(value) else None
