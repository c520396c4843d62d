"""The browser of the tests: the machine's, or Debian's package where we may install it."""

import os
import shutil

from lib import locks, processes, say

# The names under which Odoo's test class looks for it.
NAMES = ('google-chrome', 'chromium', 'chromium-browser', 'google-chrome-stable')


def ensure():
    """Odoo skips browser tests where there is no browser, which must not pass for success."""
    if any(shutil.which(name) for name in NAMES):
        return
    if os.geteuid() or not shutil.which('apt-get'):
        raise say.Failure(
            "The browser tests need Chromium: install the package chromium, "
            "or leave them out with --fast."
        )
    with locks.exclusive('install', "Waiting for another command that installs"):
        quiet = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
        apt = ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300']
        processes.step("Reading the package index", [*apt, 'update'], 'chromium', env=quiet)
        install = [*apt, 'install', '--yes', '--no-install-recommends', 'chromium']
        # an interrupted dpkg leaves the system half configured: let it finish
        processes.step("Installing Chromium", install, 'chromium', env=quiet, patience=180)
