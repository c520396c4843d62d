"""The tables attack → test in the payment addon's README: each test that they name is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ADDON = ROOT / 'tenant_billing_sslcommerz'
COLLECTION = ROOT / 'tenant_billing/tests/collection'
README = (ADDON / 'README.md').read_text()
FILES = {
    'words': COLLECTION / 'test_gateway_words.py',
    'guards': COLLECTION / 'test_payment_guards.py',
    'races': ROOT / 'tests/chaos/test_gateway_races.py',
    'A': ADDON / 'tests/test_stripe_attacks.py',
    'G': ADDON / 'tests/test_stripe_guards.py',
    'R': ADDON / 'tests/routes/test_stripe_routes.py',
    'S': ADDON / 'tests/test_stripe_signature.py',
    'test_payment_guards.py': COLLECTION / 'test_payment_guards.py',
}
HERE = ADDON / 'tests/routes/test_attack_list.py'


def rows(title):
    """The rows of a table: the numbers of attacks, and what its last column says."""
    section = README.split(title)[1].split('\n#')[0]
    for line in section.splitlines():
        if re.match(r'\| \d', line):
            cells = [cell.strip() for cell in line.strip('|').split('|')]
            yield [int(number) for number in re.findall(r'\d+', cells[0])], cells[-1]


def names_in(path):
    tree = ast.parse(path.read_text())
    return [node.name for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith('test_')]


def files_of(cell, default):
    """The files that a cell names, by path, base name or letter."""
    words = re.findall(r'[\w./]+', cell.replace('`', ' '))
    for word in words:
        if word in FILES:
            yield FILES[word]
        elif word.endswith('.py'):
            found = [path for path in (ROOT / word, ADDON / word, ADDON / 'tests' / word,
                                       ADDON / 'tests/routes' / word) if path.exists()]
            assert found, f'{word}, which a table names, is not there'
            yield found[0]
    if default:
        yield default


def check(title, default=None, elsewhere=()):
    named, numbers = 0, []
    before = None
    for attacks, cell in rows(title):
        numbers += attacks
        if cell == 'the same':
            cell = before
        files = list(files_of(cell, default))
        if not set(attacks) & set(elsewhere):
            assert files, f'{attacks}: no file is named'
        known = [name for path in files for name in names_in(path)]
        for name in re.findall(r'`(test_\w+?…?)`', cell):
            start = name.rstrip('…').rstrip('_')
            assert any(one.startswith(start) for one in known), f'{attacks}: {name} is not there'
            named += 1
        before = cell
    assert sorted(numbers) == list(range(1, 21)), "the list has 20 attacks"
    return named


def test_sslcommerz():
    assert check('## Attacks, and the test for each', HERE, elsewhere=(13, 14)) > 15
    told = names_in(HERE)
    for number in set(range(1, 21)) - {10, 13, 14}:
        assert any(name.startswith(f'test_attack_{number}_') for name in told), number


def test_stripe():
    assert check('### Attacks, and the tests that try them') > 12
