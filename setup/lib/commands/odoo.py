"""./setup/odoo: odoo-bin in this environment, by default on the database of ./setup/run."""

import os

from lib import environment, instance, processes, python_env


def main(arguments):
    with environment.ready() as env:
        # through the environment: a subcommand takes no -c before its own name
        os.environ.setdefault('ODOO_RC', str(instance.configure(env, env.prefix)))
        return processes.foreground([python_env.PYTHON, env.tree.start, *arguments])
