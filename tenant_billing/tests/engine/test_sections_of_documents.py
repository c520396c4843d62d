from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine.sections import apportion

CENT = Decimal('0.01')


def test_the_largest_remainder_gets_the_cent():
    parts = [Fraction('10.384'), Fraction('20.333'), Fraction('30.283')]
    assert apportion(Decimal('61.00'), parts, CENT) == [
        Decimal('10.39'), Decimal('20.33'), Decimal('30.28')]


def test_r41_three_sections_of_a_document_that_was_rounded_by_tax():
    assert apportion(Decimal('115.13'), [Fraction('38.38')] * 3, CENT) == [
        Decimal('38.37'), Decimal('38.38'), Decimal('38.38')][::-1]


@given(st.lists(st.fractions(0, 10000), min_size=1, max_size=5), st.integers(-7, 7))
def test_parts_add_up_to_any_total_that_is_near(parts, cents):
    total = Decimal(round(sum(parts) * 100) + cents) / 100
    found = apportion(total, parts, CENT)
    assert sum(found) == total
    assert all(abs(Fraction(part) - exact) < Fraction(8, 100) + Fraction(1, 100)
               for part, exact in zip(found, parts, strict=True))
