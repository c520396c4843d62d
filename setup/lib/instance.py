"""Odoo on one database: its configuration file, installing, updating, ready-made bundles."""

import configparser
import os
from pathlib import Path

from lib import places, postgres, processes, python_env, say

WARM = Path(__file__).with_name('warm.py')


def configure(env, database, more=None):
    """Write the configuration file of a database, by which any tool finds all the rest.

    `more` are options of our addons; without them those of the last time stay, so that a shell
    beside the server goes by the same rules.
    """
    path = env.data / f'{database}.conf'
    addons = (places.ROOT, *env.tree.addons) if places.addons() else env.tree.addons
    options = {
        'addons_path': ','.join(map(str, addons)),
        'data_dir': env.data,
        'db_name': database,  # and no dbfilter: with one, Odoo lists all databases at each call
        'list_db': False,
        'http_interface': '127.0.0.1',
        # in threaded mode all jobs together count against it, then the server restarts
        'limit_time_real_cron': 3600,
    }
    options |= _ours(path) if more is None else more
    if env.server.own:
        options |= {'db_host': os.environ['PGHOST'], 'db_user': os.environ['PGUSER']}
    configuration = configparser.ConfigParser(interpolation=None)
    configuration['options'] = {key: str(value) for key, value in options.items()}
    with path.open('w') as handle:
        configuration.write(handle)
    return path


def _ours(path):
    """The options of our addons in a configuration file, if it is there."""
    configuration = configparser.ConfigParser(interpolation=None)
    configuration.read(path)
    options = configuration['options'] if configuration.has_section('options') else {}
    return {key: options[key] for key in options if key.startswith('tenant_billing_')}


def command(env, database, *arguments, more=None):
    return [python_env.PYTHON, env.tree.start, '-c', configure(env, database, more), *arguments]


def install(env, database, title, *, new=(), changed=(), demo=False):
    """Install new modules and update changed ones. Odoo only warns of a module that it cannot
    install, so the database is asked afterwards.
    """
    arguments = ['--stop-after-init', '--no-http', '--skip-auto-install']
    arguments += ['--init', ','.join(new)] if new else []
    arguments += ['--update', ','.join(changed)] if changed else []
    arguments += ['--with-demo'] if demo else []
    log = f'install-{database}'
    processes.step(title, command(env, database, *arguments), log)
    lacking = sorted({*new, *changed} - modules(database))
    if lacking:
        raise say.Failure(f"{', '.join(lacking)} could not be installed: {places.log(log)}.")


def modules(database):
    """The modules that are installed in a database."""
    with postgres.cursor(database) as cr:
        cr.execute("SELECT name FROM ir_module_module WHERE state = 'installed'")
        return {name for (name,) in cr.fetchall()}


def tell_address(database, address):
    """Where gateways and mails send people; left alone if it was set to another machine."""
    with postgres.cursor(database) as cr:
        cr.execute(
            "UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url' "
            "AND value ~ '^http://(localhost|127.0.0.1)(:|$)'",
            [address],
        )


def warm(env, database):
    """Build the asset bundles, so that neither the first visitor nor every test waits for it."""
    variables = {**os.environ, 'ODOO_RC': str(configure(env, database))}
    script = [python_env.PYTHON, WARM]
    processes.step("Building asset bundles", script, f'bundles-{database}', env=variables)
