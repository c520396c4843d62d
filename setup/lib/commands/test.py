"""./setup/test: install what is needed, lint, run all tests."""

import argparse
import contextlib
import os
import tempfile
from pathlib import Path

from lib import (
    databases,
    environment,
    instance,
    places,
    processes,
    programs,
    python_env,
    say,
    stripe_double,
)
from lib.commands import lint

ENGINE = 'tenant_billing/tests/engine'
# The half that runs beside, without a server: a test that needs one fails there.
BESIDE = [f'tenant_billing/tests/{room}' for room in (
    'catalog', 'invoicing', 'metering', 'oversight', 'panel')]
# Told to end, the shell ends the tests too; else it keeps their exit status.
KEPT_BY_SHELL = """
    trap 'kill "$tests"; exit' TERM
    "$@" > "$0/output" 2>&1 & tests=$!
    wait "$tests"; echo $? > "$0/status"
"""
MUTATIONS = places.ROOT / 'tests' / 'mutations' / 'run.py'


def main(arguments):
    options, rest = _parse(arguments)
    os.chdir(places.ROOT)
    if options.soak:
        os.environ['TENANT_BILLING_SOAK'] = '1'
    chosen = any(Path(argument.split('::')[0]).exists() for argument in rest)
    with environment.ready(options.newer_odoo) as env:
        if not options.fast:
            programs.ensure()
            stripe_double.ensure()
        if not chosen and not options.mutate:
            _before_odoo()
        with databases.copy(env, 'test', bundles=not options.fast) as database:
            configuration = instance.configure(env, database)
            environment.select(configuration, database)
            if options.mutate:
                return _mutate(rest)
            pytest = [*_database(database, configuration), *_speed(options), *rest]
            if chosen:
                return _pytest(*pytest)
            if rest:  # what was chosen may lie in one half only
                return _pytest(*pytest, *_folders())
            with _beside(env, options) as half:
                status = _pytest(
                    *pytest, *_folders(), *(f'--ignore={folder}' for folder in BESIDE))
                return status or _status_of(half)


def _before_odoo():
    """What needs no database goes first: it fails in seconds."""
    if lint.lint():
        raise say.Failure("The linters found something: no test was run.")
    if list(places.ROOT.glob(f'{ENGINE}/**/test_*.py')) and _pytest('-p', 'no:odoo', ENGINE):
        raise say.Failure("The engine's tests failed: the others were not run.")


def _folders():
    """Where tests lie; the engine's have run already."""
    folders = [f'{addon}/tests' for addon in places.addons()] + ['tests']
    there = [folder for folder in folders if (places.ROOT / folder).is_dir()]
    if not there:
        raise say.Failure("There are no tests.")
    return [*there, f'--ignore={ENGINE}']


def _pytest(*arguments):
    return processes.foreground(_command(*arguments))


def _command(*arguments):
    cache = places.GENERATED / 'cache' / 'pytest'
    return [python_env.PYTHON, '-m', 'pytest', '-o', f'cache_dir={cache}', *arguments]


def _database(name, configuration):
    return [f'--odoo-database={name}', f'--odoo-config={configuration}']


def _speed(options):
    return ['--fast'] if options.fast else ['--odoo-http']


@contextlib.contextmanager
def _beside(env, options):
    """Run half of the tests at the same time, on their own database.

    The last test of the half in the foreground, tests/halves, waits for it.
    """
    with (
        databases.copy(env, 'test_beside', bundles=False) as database,
        tempfile.TemporaryDirectory() as folder,
    ):
        command = _command(
            *_database(database, instance.configure(env, database)),
            *(['--fast'] if options.fast else []), *BESIDE,
        )
        os.environ['TENANT_BILLING_BESIDE'] = folder
        half = processes.start(
            ['sh', '-c', KEPT_BY_SHELL, folder, *command]
        )
        try:
            yield Path(folder)
        finally:
            processes.stop(half)


def _status_of(half):
    """How the half that ran beside ended; without an end of it nothing has passed."""
    status = half / 'status'
    if not status.exists():
        raise say.Failure("The half of the tests that ran beside was not waited for.")
    return int(status.read_text())


def _mutate(arguments):
    if not MUTATIONS.exists():
        raise say.Failure(f"There are no mutations: {MUTATIONS} is missing.")
    return processes.foreground([python_env.PYTHON, MUTATIONS, *arguments])


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog='./setup/test',
        description="Installs all that is needed, runs the linters and all tests. "
        "Every other argument goes to pytest; with a path only that is run.",
        allow_abbrev=False,
    )
    parser.add_argument(
        '--fast', action='store_true', help="leave out what needs a browser or a running server"
    )
    parser.add_argument('--soak', action='store_true', help="more seeds, more steps")
    parser.add_argument(
        '--mutate', action='store_true', help="break the code on purpose: do the tests notice?"
    )
    environment.add_options(parser)
    return parser.parse_known_args(arguments)
