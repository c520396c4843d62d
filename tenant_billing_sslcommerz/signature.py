"""Whether a posted form was signed by somebody who knows the store's password.

Plain Python. The signature is a filter, not a proof: nothing is decided from posted fields.
"""

import hashlib
import hmac

# What must be signed, or the form could be completed by anybody.
NEEDED = ('tran_id', 'status', 'amount', 'currency_amount', 'currency_type', 'store_id')
NEEDED_WHEN_PAID = (*NEEDED, 'val_id')


def is_valid(form, password):
    """Whether the form carries a right signature over all that matters.

    :param dict form: names and raw values, as posted
    :param str password: the store's password; without one nothing is valid
    :rtype: bool
    """
    try:
        return bool(password) and _is_complete(form) and _is_signed(form, password)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False  # whatever is odd about it: it is not from the gateway


def signed_fields(form):
    """The part of a form that its signature covers.

    :rtype: dict[str, str]
    """
    return {name: form[name] for name in form['verify_key'].split(',') if name in form}


def _is_complete(form):
    fields = signed_fields(form)
    needed = NEEDED_WHEN_PAID if fields.get('status') in ('VALID', 'VALIDATED') else NEEDED
    return bool(form['verify_sign']) and all(name in fields for name in needed)


def _is_signed(form, password):
    fields = signed_fields(form)
    if not _same(form['verify_sign'], digest(fields, password, hashlib.md5)):
        return False
    sha2 = form.get('verify_sign_sha2')
    return not sha2 or _same(sha2, digest(fields, password, hashlib.sha256))


def digest(fields, password, algorithm):
    """The hexadecimal digest of the fields and the password.

    :param dict fields: names and values that are signed
    :param str password: the store's password
    :param algorithm: a constructor of `hashlib`
    :rtype: str
    """
    pairs = {**fields, 'store_passwd': algorithm(password.encode()).hexdigest()}
    text = '&'.join(f'{name}={pairs[name]}' for name in sorted(pairs))
    return algorithm(text.rstrip('&').encode()).hexdigest()  # the reference code trims as well


def _same(posted, expected):
    return hmac.compare_digest(posted.encode(), expected.encode())
