"""Signatures of webhooks, as Standard Webhooks describes them."""

import base64
import hashlib
import hmac

PREFIX = 'whsec_'
SHORTEST, LONGEST = 24, 64  # bytes of a key


def secret_of(key):
    """A key as people hand it on.

    :param bytes key: random bytes
    :rtype: str
    """
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret):
    """The bytes that a secret stands for.

    :param str secret: `whsec_` and base64
    :rtype: bytes
    :raise ValueError: when it is no such secret
    """
    if not secret.startswith(PREFIX):
        raise ValueError(f'no {PREFIX} in front')
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f'{len(key)} bytes')
    return key


def sign(message_id, timestamp, body, secrets):
    """The header `webhook-signature`: one signature for each secret that counts now.

    :param str message_id: the header `webhook-id`
    :param int timestamp: seconds since 1970, the header `webhook-timestamp`
    :param bytes body: exactly as it is sent
    :param list secrets: the newest first
    :rtype: str
    """
    signed = b'%s.%d.%s' % (message_id.encode(), timestamp, body)
    digests = [hmac.new(key_of(secret), signed, hashlib.sha256).digest() for secret in secrets]
    return ' '.join(f'v1,{base64.b64encode(digest).decode()}' for digest in digests)
