"""The virtual environment with what Odoo, the tests and the linters import."""

import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path

from lib import places, processes, say, tree

REQUIREMENTS = places.ROOT / 'setup' / 'requirements.txt'
ALONE = places.ROOT / 'setup' / 'requirements-alone.txt'
FOLDER = places.GENERATED / 'venv'
PYTHON = FOLDER / 'bin' / 'python'
# a quiet pip that neither looks for a newer self nor asks anything
PIP = (PYTHON, '-m', 'pip', '--disable-pip-version-check', '--no-input')


def ensure():
    """Make the environment, or bring it up to the pins; a stamp written last says it is whole."""
    version = '.'.join(map(str, sys.version_info[:3]))
    pins = hashlib.sha256(REQUIREMENTS.read_bytes() + ALONE.read_bytes()).hexdigest()
    stamp = FOLDER / 'pins'
    installed = stamp.read_text().split() if stamp.exists() else ['', '']
    if installed != [version, pins]:
        places.check_room(1)
        if installed[0] != version:
            _make()
        stamp.unlink(missing_ok=True)
        install = [*PIP, 'install', '--requirement', REQUIREMENTS]
        processes.step("Installing Python packages (300 MB)", install, 'pip')
        alone = [*PIP, 'install', '--no-deps', '--requirement', ALONE]
        processes.step("Installing a package without its own", alone, 'pip-alone')
        stamp.write_text(f'{version}\n{pins}\n')
    # the driver for PostgreSQL is all that these commands import from it
    sys.path.extend(map(str, FOLDER.glob('lib/python3.*/site-packages')))


def _make():
    shutil.rmtree(FOLDER, ignore_errors=True)
    wheel = tree.pip_wheel()
    without_pip = importlib.util.find_spec('ensurepip') is None
    if without_pip and not wheel:
        raise say.Failure("Python's ensurepip is missing: install the package python3-venv.")
    options = ['--without-pip'] if without_pip else []
    create = [sys.executable, '-m', 'venv', *options, FOLDER]
    processes.step("Making a Python environment", create, 'venv')
    if without_pip:
        bootstrap = [PYTHON, Path(wheel, 'pip'), 'install', wheel]
        processes.step("Installing pip", bootstrap, 'venv-pip')
