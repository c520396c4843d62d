import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from odoo.addons.tenant_billing.engine import webhook_signature

KEY = bytes(range(32))
SECRET = webhook_signature.secret_of(KEY)
OTHER = webhook_signature.secret_of(bytes(32))


def headers(signature, timestamp, message_id='msg_1'):
    return {
        'webhook-id': message_id, 'webhook-timestamp': str(timestamp),
        'webhook-signature': signature}


def test_one_signature_in_full():
    """printf 'msg_1.1700000000.{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f"""
    assert webhook_signature.sign('msg_1', 1_700_000_000, b'{}', [SECRET]) == (
        'v1,fhksJF5ElKjlPoT/jtefCO5XjQPvhf7Dhf/8R1ad9yU=')


@given(
    text=st.text(st.characters(exclude_categories=['Cs'])),
    message_id=st.uuids().map(lambda number: f'msg_{number.hex}'),
    key=st.binary(min_size=24, max_size=64))
def test_others_read_our_signatures(text, message_id, key):
    now = int(time.time())
    body = text.encode()
    secret = webhook_signature.secret_of(key)
    signature = webhook_signature.sign(message_id, now, body, [secret])
    Webhook(secret).verify(body, headers(signature, now, message_id), json_parse=False)


@pytest.mark.parametrize('broken', [
    {'body': b'{"a": 2}'}, {'message_id': 'msg_2'}, {'later': 1}, {'secret': OTHER}])
def test_others_refuse_what_was_changed(broken):
    now = int(time.time())
    signature = webhook_signature.sign('msg_1', now, b'{"a": 1}', [SECRET])
    with pytest.raises(WebhookVerificationError):
        Webhook(broken.get('secret', SECRET)).verify(
            broken.get('body', b'{"a": 1}'),
            headers(signature, now + broken.get('later', 0), broken.get('message_id', 'msg_1')))


def test_both_secrets_count_while_one_is_changed_for_the_other():
    now = int(time.time())
    signature = webhook_signature.sign('msg_1', now, b'{}', [SECRET, OTHER])
    assert signature.count('v1,') == 2
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(b'{}', headers(signature, now)) == {}


def test_a_secret_is_the_base64_of_its_key():
    assert SECRET == 'whsec_' + base64.b64encode(KEY).decode()
    assert webhook_signature.key_of(SECRET) == KEY


@pytest.mark.parametrize('secret', [
    '', 'whsec_', 'whsec_!!!!', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    webhook_signature.secret_of(bytes(23)), webhook_signature.secret_of(bytes(65)),
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS'])
def test_what_is_no_secret(secret):
    with pytest.raises(ValueError):
        webhook_signature.key_of(secret)
