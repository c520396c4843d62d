"""What tests use of the machine: its own, or Debian's packages where we may install them."""

import os
import shutil

from lib import locks, processes, say

# Packages, and the names under which their programs are looked for: the browser by Odoo's test
# class, curl by the developer's guide.
PROGRAMS = {
    'chromium': ('google-chrome', 'chromium', 'chromium-browser', 'google-chrome-stable'),
    'curl': ('curl',),
}


def ensure():
    """Odoo skips browser tests where there is no browser, which must not pass for success."""
    lacking = [
        package for package, names in PROGRAMS.items() if not any(map(shutil.which, names))]
    if not lacking:
        return
    if os.geteuid() or not shutil.which('apt-get'):
        raise say.Failure(
            f"Some tests need what is not here: install {' and '.join(lacking)}, "
            f"or leave them out with --fast."
        )
    with locks.exclusive('install', "Waiting for another command that installs"):
        quiet = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
        apt = ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300']
        processes.step("Reading the package index", [*apt, 'update'], 'programs', env=quiet)
        install = [*apt, 'install', '--yes', '--no-install-recommends', *lacking]
        # an interrupted dpkg leaves the system half configured: let it finish
        title = f"Installing {' and '.join(lacking)}"
        processes.step(title, install, 'programs', env=quiet, patience=180)
