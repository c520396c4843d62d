"""The gateway's signature on what it posts."""

import hashlib


def sign(fields, password):
    """The fields with the gateway's signature over all of them.

    :param dict fields: names and values, as they will be posted
    :param str password: of the store
    :rtype: dict[str, str]
    """
    return {
        **fields,
        'verify_key': ','.join(sorted(fields)),
        'verify_sign': _hash(fields, password, hashlib.md5),
        'verify_sign_sha2': _hash(fields, password, hashlib.sha256),
    }


def _hash(fields, password, algorithm):
    signed = dict(fields, store_passwd=algorithm(password.encode('utf-8')).hexdigest())
    joined = '&'.join(key + '=' + signed[key] for key in sorted(signed))
    while joined.endswith('&'):
        joined = joined[:-1]
    return algorithm(joined.encode('utf-8')).hexdigest()
