"""Reading the file of panels to adopt: bytes in, rows with their problems out.

A problem is a code and the facts to tell it with; who calls puts it into words. Whatever the bytes
are, `read` returns rows or raises FileProblem.
"""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import NamedTuple

MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
LONGEST = 200  # characters of a cell
# The names that a column may have, without spaces, case and signs.
COLUMNS = {
    'external_id': {'externalid', 'id'},
    'name': {'panelname', 'panel', 'name'},
    'tenant': {'tenant', 'customer', 'email', 'tenantemail'},
    'plan': {'plancode', 'plan'},
    'paid_through': {'paidthroughdate', 'paidthrough', 'paiduntil'},
    'owed': {'amountowed', 'owed', 'amount'},
}
REQUIRED = ('external_id', 'tenant', 'plan', 'paid_through')
ORDERS = ('ymd', 'dmy', 'mdy')
GROUP_SIGNS = frozenset(",.' _\u2019\u00a0\u202f")


class Problem(NamedTuple):
    """What is wrong: a code, and the facts of the sentence that tells it."""

    code: str
    facts: dict


class FileProblem(ValueError):
    """The file as a whole cannot be read."""

    def __init__(self, code: str, **facts):
        super().__init__(code)
        self.problem = Problem(code, facts)


class Row(NamedTuple):
    """A line of the file; `paid_through` and `owed` are None where they could not be read."""

    line: int
    external_id: str
    name: str
    tenant: str
    plan: str
    paid_through: date | None
    owed: Decimal | None
    problems: tuple


def read(content: bytes, *, order: str = 'ymd', decimal: str = '.') -> list[Row]:
    """The rows of a CSV file in UTF-8, separated by comma, semicolon or tab.

    :param order: of day, month and year in dates that are not ISO: one of ORDERS
    :param decimal: the sign before the decimals of amounts, `.` or `,`
    :raises FileProblem: if the file as a whole cannot be read
    """
    lines = _lines(_text(content))
    header = next(lines, None)
    if not header:
        raise FileProblem('empty')
    places = _places(header[1])
    rows, seen = [], {}
    for line, cells in lines:
        if len(rows) == MOST_ROWS:
            raise FileProblem('too_many', most=MOST_ROWS)
        rows.append(_row(line, cells, len(header[1]), places, seen, order, decimal))
    if not rows:
        raise FileProblem('empty')
    return rows


def parse_date(text: str, order: str = 'ymd') -> date | None:
    """The day that a text names, None if it names none; ISO is understood in every order."""
    head, _sign, clock = text.replace('T', ' ').partition(' ')
    sign = next((sign for sign in '-/.' if sign in head), '-')
    parts = head.split(sign)
    if clock.strip('0:. ') or len(parts) != 3 or not all(
            part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    names = 'ymd' if len(parts[0]) == 4 else order
    found = dict(zip(names, parts, strict=True))
    if len(found['y']) != 4:
        return None
    try:
        return date(int(found['y']), int(found['m']), int(found['d']))
    except ValueError:
        return None


def parse_amount(text: str, decimal: str = '.') -> Decimal | None:
    """The amount that a text names, None if it names none; an empty text is zero.

    Before the decimals, groups of digits may be parted by commas, points, spaces or apostrophes:
    1,234,567.50, also 12,34,567.50; with a decimal comma 1.234.567,50.
    """
    body = text.removeprefix('-').strip()
    whole, sign, fraction = body.partition(decimal)
    for other in GROUP_SIGNS - {decimal}:
        whole = whole.replace(other, ' ')
    groups = whole.split(' ')
    if not text:
        return Decimal(0)
    if not all(part.isdecimal() for part in (*groups, *([fraction] if sign else []))):
        return None
    if len(groups) > 1 and not (
            len(groups[0]) <= 3 and len(groups[-1]) == 3
            and all(len(group) in (2, 3) for group in groups[1:-1])):
        return None
    digits = ''.join(groups)
    if len(digits) > 12 or len(fraction) > 6:
        return None
    amount = Decimal(f'{digits}.{fraction or 0}')
    return -amount if text.startswith('-') else amount


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise FileProblem('too_large', most=MOST_BYTES // 1_000_000)
    try:
        text = content.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise FileProblem('encoding', line=content.count(b'\n', 0, error.start) + 1) from error
    if '\0' in text:
        raise FileProblem('encoding', line=text.count('\n', 0, text.index('\0')) + 1)
    return text


def _lines(text: str):
    """(first line number, cells) of every record that is not blank."""
    first = next((line for line in text.splitlines() if line.strip()), '')
    reader = csv.reader(
        io.StringIO(text, newline=''), delimiter=max(',;\t', key=first.count), strict=True)
    line = 1
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileProblem('csv', line=line) from error


def _places(header: list[str]) -> dict[str, int]:
    """Which cell holds which column."""
    plain = [''.join(sign for sign in cell.lower() if sign.isalnum()) for cell in header]
    places = {}
    for name, spellings in COLUMNS.items():
        found = [place for place, cell in enumerate(plain) if cell in spellings]
        if len(found) > 1:
            raise FileProblem('column_twice', column=header[found[1]])
        if found:
            places[name] = found[0]
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise FileProblem('columns', missing=missing)
    return places


def _row(line, cells, width, places, seen, order, decimal) -> Row:
    texts = {name: cells[place] if place < len(cells) else '' for name, place in places.items()}
    problems = list(_cell_problems(cells, width, texts))
    key = texts['external_id']
    if key in seen:
        problems.append(Problem('duplicate', {'line': seen[key]}))
    elif key:
        seen[key] = line
    paid_through = parse_date(texts['paid_through'], order)
    if texts['paid_through'] and not paid_through:
        problems.append(Problem('date', {'text': texts['paid_through'][:LONGEST]}))
    owed = parse_amount(texts.get('owed', ''), decimal)
    if owed is None:
        problems.append(Problem('amount', {'text': texts['owed'][:LONGEST]}))
    elif owed < 0:
        problems.append(Problem('negative', {'text': texts['owed']}))
    return Row(
        line, key[:LONGEST], (texts.get('name') or key)[:LONGEST], texts['tenant'][:LONGEST],
        texts['plan'][:LONGEST], paid_through, owed, tuple(problems))


def _cell_problems(cells, width, texts):
    """What can be said of the cells without reading them."""
    if len(cells) < width or any(cells[width:]):
        yield Problem('cells', {'found': len(cells), 'expected': width})
    for name, text in texts.items():
        if len(text) > LONGEST:
            yield Problem('too_long', {'column': name, 'most': LONGEST})
    for name in REQUIRED:
        if not texts[name]:
            yield Problem('missing', {'column': name})
