"""The shape of the house: which room may use which, which doors there are, how large things get."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDON = ROOT / 'tenant_billing'
MODELS = ADDON / 'models'
# Each room may use those before it; oversight is written to by all and uses none.
ROOMS = ['oversight', 'catalog', 'panel', 'metering', 'invoicing', 'collection']
PANEL_STATES = {'active', 'grace', 'suspended', 'failed', 'closed'}
# Who may write what only a door may write: the key of a dict, and the functions that hold it.
DOORS = {
    'money_state': set(),
    'suspension_category': {'_show_state'},
    'status': set(),
    'amount_open': {'_demand_vals', '_opening_demand_vals'},
    'settled': {'_after_flip', '_void', '_settle_started'},
}


def sources(folder, pattern='**/*.py'):
    return sorted(path for path in folder.glob(pattern) if '__pycache__' not in path.parts)


def name_of(path):
    return str(path.relative_to(ROOT))


CODE = [path for path in sources(ADDON) if 'tests' not in path.parts]
OURS = CODE + sources(ROOT / 'tenant_billing_sslcommerz')


@pytest.fixture(scope='module')
def room_of_model():
    found = {}
    for path in sources(MODELS):
        for name in re.findall(r"^    _name = '([\w.]+)'", path.read_text(), re.MULTILINE):
            found[name] = path.parent.name
    return found


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def used_rooms(path, room_of_model):
    text = path.read_text()
    rooms = set(re.findall(r'tenant_billing\.models\.(\w+)', text))
    rooms |= {room_of_model[name] for name in re.findall(r"'(tenant\.[\w.]+)'", text)
              if name in room_of_model}
    return rooms


@pytest.mark.parametrize('path', sources(MODELS), ids=name_of)
def test_rooms_use_only_the_rooms_before_them(path, room_of_model):
    room = path.parent.name
    if room not in ROOMS:
        assert path.parent == MODELS and path.name == '__init__.py', "the root holds no model"
        return
    allowed = set(ROOMS[:ROOMS.index(room) + 1])
    # the test of the law reads names of tables; fields that point the other way do not exist
    assert used_rooms(path, room_of_model) <= allowed


@pytest.mark.parametrize('path', sources(ADDON / 'engine'), ids=name_of)
def test_engine_knows_no_orm(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        for name in names:
            assert name.split('.')[0] in {
                'base64', 'bisect', 'calendar', 'collections', 'csv', 'datetime', 'decimal',
                'fractions', 'hashlib', 'hmac', 'io', 'ipaddress', 'itertools', 'json', 'math',
                're', 'typing', 'zoneinfo',
            } or name.startswith(('odoo.tools', 'odoo.addons.tenant_billing.engine')), name


@pytest.mark.parametrize('path', CODE, ids=name_of)
def test_doors_are_the_only_writers(path):
    tree = ast.parse(path.read_text())
    for function in functions(tree):
        for node in ast.walk(function):
            for key, value in written(node):
                if key in DOORS:
                    assert function.name in DOORS[key], f'{function.name} writes {key}'
                if key == 'state' and isinstance(value, ast.Constant):
                    is_panel = value.value in PANEL_STATES
                    assert not is_panel or function.name == '_show_state', function.name


def written(node):
    """Names and values that a node writes: assigned attributes and the keys of dicts."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                yield target.attr, node.value
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield target.slice.value, node.value
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield key.value, value


@pytest.mark.parametrize('path', CODE, ids=name_of)
def test_clock_is_the_billing_clock(path):
    text = path.read_text()
    for word in ('Date.today(', 'context_today', 'CURRENT_DATE', 'date.today(', 'datetime.now(',
                 'now()  AT', 'NOW()', 'create_date <', 'create_date >'):
        assert word not in text, f'{word}: business days come from _today()'


@pytest.mark.parametrize('path', OURS + sources(ROOT, 'tenant_billing*/**/*.xml'), ids=name_of)
def test_money_is_written_one_way(path):
    text = path.read_text()
    for word in ('currency.format(', 'currency_id.format(', 'format_amount(', 'currency_obj=',
                 "'widget': 'monetary'"):
        assert word not in text, f'{word}: people read what currency._text() writes'


@pytest.mark.parametrize('path', OURS, ids=name_of)
def test_nobody_commits_but_the_runs(path):
    may = path.name == 'tenant_usage_store.py'  # before anything was written, for a new snapshot
    assert may or 'cr.commit(' not in path.read_text()


@pytest.mark.parametrize(
    'path', sources(MODELS) + sources(ADDON / 'wizards'), ids=name_of)
def test_public_methods_check_access_first(path):
    core = {'create', 'write', 'unlink', 'init', 'button_draft', 'button_cancel'}
    for function in functions(ast.parse(path.read_text())):
        if function.name.startswith('_') or function.name in core:
            continue
        body = [node for node in function.body if not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
        first = ast.unparse(body[0]) + (ast.unparse(body[1]) if len(body) > 1 else '')
        assert 'check_access' in first or '_check_manager' in first, function.name


def models(path):
    """The classes of a file that make or extend a model, by the model's name."""
    for node in ast.parse(path.read_text()).body:
        named = re.search(r"^    _(?:name|inherit) = '([\w.]+)'", ast.unparse(node), re.MULTILINE)
        if isinstance(node, ast.ClassDef) and named:
            yield named[1], node


def is_hook(function):
    """Whether it says only what a later room does there."""
    return len(function.body) == 1 and ast.get_docstring(function) is not None


def test_no_method_hides_another():
    """Rooms extend a model in many files: a name that is there twice without a call of the other
    is an accident."""
    found = Counter(
        (name, function.name)
        for path in OURS for name, node in models(path) for function in functions(node)
        if 'super(' not in ast.unparse(function) and not is_hook(function))
    assert [key for key, count in found.items() if count > 1] == []


def test_base_names_of_tests_are_unique():
    names = Counter(path.name for path in sources(ROOT, '**/test_*.py')
                    if '.generated' not in path.parts)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_odoo_test_is_loaded():
    for folder in {path.parent for path in sources(ADDON / 'tests', '**/test_*.py')}:
        if folder.name == 'engine':
            continue
        loaded = (folder / '__init__.py').read_text()
        for path in folder.glob('test_*.py'):
            assert f'import {path.stem}' in loaded, path.name


@pytest.mark.parametrize('path', OURS, ids=name_of)
def test_sizes_stay_small(path):
    lines = len(path.read_text().splitlines())
    assert lines <= (200 if 'engine' in path.relative_to(ROOT).parts else 280), f'{lines} lines'
    for function in functions(ast.parse(path.read_text())):
        length = function.end_lineno - function.lineno + 1
        assert length <= 60, f'{function.name} has {length} lines'


@pytest.mark.parametrize('path', sources(ADDON / 'tests'), ids=name_of)
def test_tests_stay_readable(path):
    assert len(path.read_text().splitlines()) <= 500


@pytest.mark.parametrize('folder', [MODELS / room for room in ROOMS], ids=lambda p: p.name)
def test_a_room_has_few_models_and_says_what_it_owns(folder, room_of_model):
    assert sum(1 for room in room_of_model.values() if room == folder.name) <= 8
    assert (folder / 'README.md').exists()


def test_each_model_that_has_dates_says_what_they_mean():
    for path in sources(MODELS):
        text = path.read_text()
        for field in re.findall(r'fields\.Date\((.*?)\n    \w|fields\.Date\(([^\n]*)\)\n', text,
                                re.DOTALL):
            assert 'help=' in ''.join(field), f'{path.name}: a date without help'
