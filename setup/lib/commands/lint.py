"""./setup/lint: the linters, general ones and those that know Odoo."""

import argparse
import os

from lib import environment, places, processes, python_env


def main(arguments):
    parser = argparse.ArgumentParser(prog='./setup/lint', description="Runs ruff and pylint-odoo.")
    environment.add_options(parser)
    options = parser.parse_args(arguments)
    with environment.installed(options.newer_odoo):
        os.chdir(places.ROOT)
        return lint()


def lint():
    """Run all linters, so that one round shows everything; 0 if none found anything."""
    python = python_env.PYTHON
    found = processes.foreground([python, '-m', 'ruff', 'check', '--quiet', '.'])
    if addons := places.addons():
        found |= processes.foreground([python, '-m', 'pylint', *addons])
    return int(bool(found))
