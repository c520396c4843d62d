"""What every command needs before its own work: Odoo, Python packages, a PostgreSQL server."""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from lib import locks, places, postgres, python_env, tree


class Environment(NamedTuple):
    """An Odoo tree and a database server, ready for use."""

    tree: tree.Tree
    server: postgres.Server

    @property
    def data(self):
        """Configuration files, filestores and records of the databases on this server."""
        name = 'data' if self.server.own else f'data-{self.server.label}'
        folder = places.GENERATED / name
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def prefix(self):
        """How our databases are called; on a shared server two checkouts must not collide."""
        return 'tenant_billing' if self.server.own else f'tenant_billing_{places.KEY}'

    def lock(self, database, waiting=None):
        return locks.exclusive(f'database-{self.server.label}-{database}', waiting)


@contextlib.contextmanager
def installed(newer=False):
    """Install what is missing, while one command at a time does so."""
    places.prepare()
    with locks.announced():
        with locks.exclusive('install', "Waiting for another command that installs"):
            odoo = tree.ensure(newer)
            python_env.ensure()
        os.environ.pop('PYTHONDONTWRITEBYTECODE', None)
        os.environ.pop('PGDATABASE', None)  # Odoo would prefer it to ours
        os.environ.update(
            PYTHONPATH=str(odoo.imports),
            TENANT_BILLING_GENERATED=str(places.GENERATED),
            TENANT_BILLING_ODOO=str(odoo.start),
            # tools keep their caches beside everything else that is generated
            PYTHONPYCACHEPREFIX=str(places.GENERATED / 'pycache'),
            RUFF_CACHE_DIR=str(places.GENERATED / 'cache/ruff'),
            PYLINTHOME=str(places.GENERATED / 'cache/pylint'),
            HYPOTHESIS_STORAGE_DIRECTORY=str(places.GENERATED / 'cache/hypothesis'),
            PATH=f"{python_env.PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        )
        yield odoo


@contextlib.contextmanager
def ready(newer=False):
    """All that is installed, and a server for as long as we need it."""
    with installed(newer) as odoo, postgres.serving() as server:
        yield Environment(odoo, server)


def select(configuration: Path, database):
    """Let every child work on one database."""
    os.environ.update(
        ODOO_RC=str(configuration), PGDATABASE=database, TENANT_BILLING_DATABASE=database
    )


def add_options(parser):
    """Options that all commands share which may install something."""
    parser.add_argument(
        '--newer-odoo',
        action='store_true',
        help="go on when the archive offers another version of Odoo than the one tried "
        f"(also {tree.NEWER}=1)",
    )
