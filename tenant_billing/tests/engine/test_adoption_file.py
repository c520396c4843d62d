"""The file of panels to adopt: what is read, what is explained, and that nothing ever breaks."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.tenant_billing.engine import adoption_file
from odoo.addons.tenant_billing.engine.adoption_file import FileProblem, parse_amount, parse_date

HEADER = 'external id,panel name,tenant,plan code,paid-through date,amount owed'
GOOD = 'E1,Shop,a@example.com,pro,2026-12-31,"1,234.50"'


def read(*lines, **choices):
    return adoption_file.read('\n'.join(lines).encode(), **choices)


def problem(content, **choices):
    with pytest.raises(FileProblem) as raised:
        adoption_file.read(content, **choices)
    return raised.value.problem


def codes(row):
    return [found.code for found in row.problems]


# === THE FILE === #

def test_a_good_row():
    [row] = read(HEADER, GOOD)
    assert row == (
        2, 'E1', 'Shop', 'a@example.com', 'pro', date(2026, 12, 31), Decimal('1234.50'), ())


@pytest.mark.parametrize('sign', [',', ';', '\t'])
def test_separators(sign):
    [row] = read(*(line.replace(',', sign) for line in (
        HEADER, 'E1,Shop,a@example.com,pro,2026-12-31,7')))
    assert (row.tenant, row.owed, row.problems) == ('a@example.com', Decimal(7), ())


@pytest.mark.parametrize('content', [
    b'\xef\xbb\xbf' + f'{HEADER}\r\n{GOOD}\r\n'.encode(),  # Excel's "CSV UTF-8"
    f'\n\n{HEADER}\n\n  ,,,,,\n{GOOD}\n\n'.encode(),  # blank lines
    f'{HEADER.upper().replace(" ", "_")}\r{GOOD}'.encode(),  # other spelling, other line ends
])
def test_the_same_row_in_other_dress(content):
    [row] = adoption_file.read(content)
    assert (row.external_id, row.owed, row.problems) == ('E1', Decimal('1234.50'), ())


def test_columns_in_any_order_and_some_more():
    [row] = read('Plan;Notes;Paid until;E-Mail;ID', 'pro;hello;2026-12-31;a@example.com;E1')
    assert (row.external_id, row.name, row.owed, row.problems) == ('E1', 'E1', Decimal(0), ())


def test_text_over_several_lines_keeps_line_numbers():
    rows = read(HEADER, '"E\n1",Shop,a,pro,2026-12-31,', 'E2,Shop,a,pro,2026-12-31,')
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(('content', 'code', 'facts'), [
    (b'', 'empty', {}),
    (b' \n \n', 'empty', {}),
    (HEADER.encode(), 'empty', {}),
    (f'{HEADER}\n'.encode() + 'E1,Café'.encode('latin-1'), 'encoding', {'line': 2}),
    (f'{HEADER}\n{GOOD}'.encode('utf-16'), 'encoding', {'line': 1}),
    (b'PK\x03\x04\x00\x00', 'encoding', {'line': 1}),
    (f'{HEADER}\n{GOOD}\n"E2,Shop'.encode(), 'csv', {'line': 3}),
    (f'{HEADER}\n"E"2,Shop,a,pro,2026-12-31,'.encode(), 'csv', {'line': 2}),
    (b'id,plan\n1,pro', 'columns', {'missing': ['tenant', 'paid_through']}),
    (b'id;plan;tenant;paid until;Plan code\n', 'column_twice', {'column': 'Plan code'}),
    (b'x' * (adoption_file.MOST_BYTES + 1), 'too_large', {'most': 5}),
], ids=lambda value: value if isinstance(value, str) else '')
def test_files_that_cannot_be_read(content, code, facts):
    assert problem(content) == (code, facts)


def test_too_many_rows():
    line = 'E{},Shop,a,pro,2026-12-31,\n'
    body = ''.join(line.format(number) for number in range(adoption_file.MOST_ROWS + 1))
    assert problem(f'{HEADER}\n{body}'.encode()).code == 'too_many'


# === THE ROWS === #

@pytest.mark.parametrize(('line', 'expected'), [
    (',Shop,a,pro,2026-12-31,', ['missing']),
    ('E1,Shop,,,,', ['missing', 'missing', 'missing']),
    ('E1,Shop,a,pro,31/12/2026,', ['date']),
    ('E1,Shop,a,pro,2026-02-30,', ['date']),
    ('E1,Shop,a,pro,2026-12-31,much', ['amount']),
    ('E1,Shop,a,pro,2026-12-31,-5', ['negative']),
    ('E1,Shop,a,pro,2026-12-31', ['cells']),
    ('E1,Shop,a,pro,2026-12-31,1,234.50', ['cells']),
    ('E1,Shop,a,pro,2026-12-31,5,,', []),
    (f'E1,{"x" * 201},a,pro,2026-12-31,', ['too_long']),
])
def test_rows_that_are_left_out(line, expected):
    [row] = read(HEADER, line)
    assert codes(row) == expected


def test_the_second_of_a_pair_is_left_out():
    first, second = read(HEADER, GOOD, GOOD)
    assert codes(first) == []
    assert second.problems == (('duplicate', {'line': 2}),)


# === DATES AND AMOUNTS === #

@pytest.mark.parametrize(('text', 'order', 'found'), [
    ('2026-12-31', 'ymd', date(2026, 12, 31)),
    ('2026-12-31', 'mdy', date(2026, 12, 31)),
    ('2026/1/5', 'dmy', date(2026, 1, 5)),
    ('2026-12-31 00:00:00', 'ymd', date(2026, 12, 31)),
    ('2026-12-31T00:00', 'ymd', date(2026, 12, 31)),
    ('31/12/2026', 'dmy', date(2026, 12, 31)),
    ('31.12.2026', 'dmy', date(2026, 12, 31)),
    ('12-31-2026', 'mdy', date(2026, 12, 31)),
    ('05/04/2026', 'dmy', date(2026, 4, 5)),
    ('05/04/2026', 'mdy', date(2026, 5, 4)),
    ('৩১/১২/২০২৬', 'dmy', date(2026, 12, 31)),
    ('31/12/2026', 'mdy', None),
    ('31/12/26', 'dmy', None),
    ('31/12/2026', 'ymd', None),
    ('2026-12-31 13:30', 'ymd', None),
    ('46387', 'ymd', None),
    ('0000-01-01', 'ymd', None),
    ('', 'ymd', None),
])
def test_dates(text, order, found):
    assert parse_date(text, order) == found


@pytest.mark.parametrize(('text', 'decimal', 'found'), [
    ('', '.', '0'),
    ('0', '.', '0'),
    ('1234.5', '.', '1234.5'),
    ('1,234.50', '.', '1234.50'),
    ('12,34,567.50', '.', '1234567.50'),
    ("1'234'567", '.', '1234567'),
    ('1 234 567', '.', '1234567'),
    ('1\u00a0234,50', ',', '1234.50'),
    ('1.234,50', ',', '1234.50'),
    ('1.234', ',', '1234'),
    ('1.234', '.', '1.234'),
    ('১২৩৪', '.', '1234'),
    ('-5', '.', '-5'),
    ('1.234,50', '.', None),
    ('12,34', '.', None),
    ('1,2345', '.', None),
    ('5.', '.', None),
    ('.5', '.', None),
    ('1e3', '.', None),
    ('NaN', '.', None),
    ('৳ 500', '.', None),
    ('1234567890123', '.', None),
    ('--5', '.', None),
])
def test_amounts(text, decimal, found):
    amount = parse_amount(text, decimal)
    assert amount == (None if found is None else Decimal(found))


# === NEVER A TRACEBACK === #

pieces = st.sampled_from([
    HEADER, GOOD, '\n', '\r\n', ',', ';', '\t', '"', "'", '\ufeff', '2026-12-31', '31/12/2026',
    '1,234.5', '-', '.', ' ', '\u00a0', '٣', '²', 'E1', 'T00:00', '0' * 30, 'é', '\x00', '\x85'])


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.binary(),
        st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=40).map(
            lambda parts: ''.join(parts).encode('utf-8', 'surrogatepass')),
        st.lists(pieces, max_size=20).map(
            lambda parts: f'{HEADER}\n{"".join(parts)}'.encode())),
    st.sampled_from(adoption_file.ORDERS), st.sampled_from(['.', ',']))
def test_any_bytes_are_rows_or_a_problem(content, order, decimal):
    try:
        rows = adoption_file.read(content, order=order, decimal=decimal)
    except FileProblem:
        return
    for row in rows:
        assert row.problems or (row.external_id and row.tenant and row.plan and row.owed >= 0
                                and isinstance(row.paid_through, date))
