"""Our databases, each made from the one before by a quick copy:

base (core's modules, slow to make) → ready (with our addons) → a copy for each run of the tests;
and base with demo data → the database that is served.

A record is written before a database is made and completed after, so that an interrupted start is
seen by the next one, and nothing is ever dropped that we did not make.
"""

import contextlib
import hashlib
import json
import os
import shutil

from lib import instance, locks, places, postgres, say

BASE_MODULES = ('account', 'account_payment', 'mail', 'payment', 'portal')
# Providers of core that only tests use, and what these need; nothing of ours depends on them.
TEST_MODULES = ('payment_demo', 'payment_razorpay', 'phone_validation')
# Neither changes what a database holds.
UNINSTALLED = ('tests', '__pycache__')


def addons_digest():
    """A digest of all files that an installation of our addons depends on."""
    digest = hashlib.sha256()
    for addon in places.addons():
        for path in sorted((places.ROOT / addon).rglob('*')):
            name = path.relative_to(places.ROOT)
            if path.is_file() and not set(name.parts).intersection(UNINSTALLED):
                digest.update(f'{name}\0'.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def base(env, demo):
    """The name of the template with core's modules; call it while holding no lock on it."""
    identity = f'{env.tree.identity} {BASE_MODULES}'
    key = hashlib.sha256(identity.encode()).hexdigest()[:6]
    name = f"{env.prefix}_base{'_demo' if demo else ''}_{key}"
    with env.lock(name, f"Waiting for another command that makes {name}"):
        if not _state(env, name):
            with _making(env, name, {'odoo': env.tree.identity}):
                title = f"Installing Odoo's modules{' with demo data' if demo else ''}"
                instance.install(env, name, title, new=BASE_MODULES, demo=demo)
    return name


@contextlib.contextmanager
def ready(env, bundles):
    """The name of the template with our addons as their files are now, while it may be copied."""
    name = f'{env.prefix}_ready'
    template = base(env, demo=False)
    with env.lock(name, f"Waiting for another command that uses {name}"):
        wanted = {
            'base': template, 'addons': addons_digest(), 'providers': list(TEST_MODULES)}
        state = _state(env, name)
        if not wanted.items() <= state.items():
            with _making(env, name, wanted, template):
                _install_ours(env, name, beside=TEST_MODULES)
            state = wanted
        if bundles and not state.get('bundles'):
            instance.warm(env, name)
            _record(env, name).write_text(json.dumps(wanted | {'bundles': True}))
        yield name


@contextlib.contextmanager
def copy(env, purpose, bundles=True):
    """The name of a new copy of the ready template; a second one at the same time gets its own."""
    with contextlib.ExitStack() as stack:
        name = _first_free(env, stack, f'{env.prefix}_{purpose}')
        with ready(env, bundles) as template, _making(env, name, {'copy': template}, template):
            pass
        yield name


def _first_free(env, stack, name):
    for number in range(1, 100):
        candidate = name if number == 1 else f'{name}_{number}'
        with contextlib.suppress(locks.Busy):
            stack.enter_context(env.lock(candidate))
            return candidate
    raise say.Failure(f"A hundred databases {name} are in use: ./setup/stop ends what uses them.")


def served(env, name, demo):
    """Make the database that is served, or bring it up to date; the caller holds its lock."""
    wanted = {'odoo': env.tree.identity, 'demo': demo, 'addons': addons_digest()}
    state = _state(env, name)
    if not state:
        with _making(env, name, wanted | {'bundles': True}, base(env, demo)):
            _install_ours(env, name, demo)
            instance.warm(env, name)
        return
    if state['odoo'] != wanted['odoo']:
        other = f"made with Odoo {state['odoo']}, not {wanted['odoo']}"
    elif state['demo'] != demo:
        other = "made with demo data" if state['demo'] else "made without demo data (--no-demo)"
    else:
        other = None
    if other:
        raise say.Failure(f"The database {name} was {other}: give another name with --database.")
    if state['addons'] != wanted['addons']:
        _install_ours(env, name, demo)
        instance.warm(env, name)
        _record(env, name).write_text(json.dumps(wanted))


def _install_ours(env, name, demo=False, beside=()):
    ours = set(places.addons())
    if not ours:
        raise say.Failure(f"There is no addon in {places.ROOT}.")
    there = instance.modules(name)
    new, changed = sorted(ours - there), sorted(ours & there)
    title = f"{'Installing' if new else 'Updating'} {', '.join(new or changed)}"
    instance.install(env, name, title, new=[*new, *beside], changed=changed, demo=demo)


# Records


def _record(env, name):
    folder = env.data / 'records'
    folder.mkdir(exist_ok=True)
    return folder / f'{name}.json'


def recorded(env):
    """The names of all databases that we made on this server."""
    return sorted(path.stem for path in (env.data / 'records').glob('*.json'))


def _exists(name):
    with postgres.cursor() as cr:
        cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return bool(cr.fetchone())


def _state(env, name):
    """What a finished database was made from; empty if there is none."""
    record = _record(env, name)
    if not _exists(name):
        return {}
    if not record.exists():
        raise say.Failure(
            f"There is a database {name} that these commands did not make: "
            f"give another name with --database."
        )
    return json.loads(record.read_text() or '{}')


@contextlib.contextmanager
def _making(env, name, state, template='template0'):
    """Make a database anew from a template; its record is completed at the end of the block."""
    _state(env, name)  # refuses a database that is not ours
    record = _record(env, name)
    record.write_text('')
    drop(env, name)
    with postgres.cursor() as cr:
        cr.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    stores = env.data / 'filestore'
    if (stores / template).exists():
        shutil.copytree(stores / template, stores / name, copy_function=os.link)
    yield
    record.write_text(json.dumps(state))


def drop(env, name):
    """Our connections are ended first, not by FORCE, which PostgreSQL refuses while its autovacuum
    is at work in the database; what is left of that, a plain DROP ends itself."""
    with postgres.cursor() as cr:
        cr.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND usename = current_user", [name])
        cr.execute(f'DROP DATABASE IF EXISTS "{name}"')
    shutil.rmtree(env.data / 'filestore' / name, ignore_errors=True)
