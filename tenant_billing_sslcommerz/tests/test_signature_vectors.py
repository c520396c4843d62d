import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from odoo.tests import BaseCase

from odoo.addons.tenant_billing_sslcommerz import signature

VECTORS = json.loads((Path(__file__).parent / 'ipn_vectors.json').read_text())
FIELDS = ('verify_key', 'verify_sign', 'verify_sign_sha2', 'status', 'tran_id', 'val_id')


class TestSignatureVectors(BaseCase):
    """Payloads with the verdict that the gateway's own libraries and our rules give."""

    def test_every_vector(self):
        for vector in VECTORS:
            with self.subTest(vector['name']):
                self.assertEqual(
                    signature.is_valid(vector['form'], vector['password']), vector['accept'])

    def test_another_password_is_never_right(self):
        for vector in VECTORS:
            with self.subTest(vector['name']):
                self.assertFalse(signature.is_valid(vector['form'], vector['password'] + 'x'))
                self.assertFalse(signature.is_valid(vector['form'], ''))
                self.assertFalse(signature.is_valid(vector['form'], None))

    def test_any_changed_signed_value_is_seen(self):
        vector = next(one for one in VECTORS if one['name'] == 'valid_bangla_unicode')
        for name in vector['form']['verify_key'].split(','):
            changed = {**vector['form'], name: vector['form'][name] + '0'}
            with self.subTest(name):
                self.assertFalse(signature.is_valid(changed, vector['password']))

    @given(st.dictionaries(st.sampled_from(FIELDS) | st.text(), st.text()))
    def test_whatever_is_posted_is_no_error(self, form):
        self.assertFalse(signature.is_valid(form, 'password'))

    @given(st.dictionaries(
        st.sampled_from(FIELDS), st.none() | st.integers() | st.binary() | st.lists(st.text())))
    def test_what_is_no_text_is_no_error(self, form):
        self.assertFalse(signature.is_valid(form, 'password'))

    @given(st.data())
    def test_any_change_of_name_value_order_or_encoding_is_seen(self, data):
        vector = data.draw(st.sampled_from([one for one in VECTORS if one['accept']]))
        form, password = dict(vector['form']), vector['password']
        names = [name for name in form['verify_key'].split(',')
                 if name in form and name != 'store_passwd']  # which is never a posted one
        name = data.draw(st.sampled_from(names))
        value = data.draw(st.sampled_from((
            form[name] + ' ', ' ' + form[name], form[name].upper() + '_', form[name][:-1] + '~',
            form[name].encode().decode('latin-1') + '\N{COMBINING ACUTE ACCENT}', '%20',
            form[name] + '\0')) | st.text(max_size=20))
        if value != form[name] and value.rstrip('&') != form[name].rstrip('&'):
            self.assertFalse(signature.is_valid({**form, name: value}, password))
        # two values change places
        other = data.draw(st.sampled_from(names))
        if form[name] != form[other]:
            swapped = {**form, name: form[other], other: form[name]}
            self.assertFalse(signature.is_valid(swapped, password))
        # a signed field is left out of the list
        fewer = ','.join(one for one in names if one != name)
        self.assertFalse(signature.is_valid({**form, 'verify_key': fewer}, password))
