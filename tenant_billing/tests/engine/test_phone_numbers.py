"""Numbers as people write them, and as gateways for text messages want them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine import phone

BD = ('BD', 880)


@pytest.mark.parametrize(('written', 'country', 'found'), [
    ('01712345678', BD, '+8801712345678'),
    ('01712-345 678', BD, '+8801712345678'),
    ('8801712345678', BD, '+8801712345678'),
    ('+880 1712 345678', BD, '+8801712345678'),
    ('008801712345678', BD, '+8801712345678'),
    ('০১৭১২৩৪৫৬৭৮', BD, '+8801712345678'),
    ('1712345678', BD, '+8801712345678'),
    ('01212345678', BD, None),  # no operator
    ('029876543', BD, None),  # a landline
    ('0171234567', BD, None),
    ('+8802987654', BD, None),
    ('030 123456', ('DE', 49), '+4930123456'),
    ('06 1234 5678', ('IT', 39), '+390612345678'),
    ('(415) 555-0100', ('US', 1), '+14155550100'),
    ('1 415 555 0100', ('US', 1), '+14155550100'),
    ('+44 20 7946 0000', BD, '+442079460000'),
    ('020 7946 0000', ('', 0), None),
    ('call me', BD, None),
    ('', BD, None),
    ('+12', BD, None),
    ('+1234567890123456', BD, None),
])
def test_e164(written, country, found):
    assert phone.e164(written, *country) == found


@pytest.mark.parametrize(('number', 'style', 'found'), [
    ('+8801712345678', 'plus', '+8801712345678'),
    ('+8801712345678', 'digits', '8801712345678'),
    ('+8801712345678', 'local', '01712345678'),
    ('+4930123456', 'local', '4930123456'),
])
def test_for_gateway(number, style, found):
    assert phone.for_gateway(number, style) == found


@given(st.text(), st.sampled_from([BD, ('DE', 49), ('US', 1), ('', 0)]))
def test_whatever_is_written_it_is_a_number_or_none(written, country):
    found = phone.e164(written, *country)
    assert found is None or (found[0] == '+' and found[1:].isascii() and found[1:].isdigit()
                             and phone.e164(found, *country) == found)
