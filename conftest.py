"""What all tests of this repository share: what --fast leaves out, and what is no success."""

import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
OTHER_HALF = 'test_other_half.py'
NO_BROWSER = "Chrome executable not found"


def pytest_addoption(parser):
    parser.addoption(
        '--fast', action='store_true', help="leave out what needs a browser or a running server"
    )


def pytest_configure(config):
    # end like Ctrl-C, tearing down: otherwise a browser that a test started would go on for ever
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not config.pluginmanager.hasplugin('odoo'):
        _open_addons()


def _open_addons():
    """Let tests without a database import our addons by the same names as all others do."""
    import odoo.modules.module
    import odoo.tools
    import pytest_odoo

    odoo.tools.config['addons_path'] = [str(ROOT)]
    odoo.modules.module.initialize_sys_path()
    pytest_odoo.monkey_patch_resolve_pkg_root_and_module_name()


def pytest_collection_modifyitems(config, items):
    _put_other_half_last(config, items)
    if config.getoption('--fast'):
        left_out = [item for item in items if _is_slow(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _put_other_half_last(config, items):
    """The test that waits for the half that runs beside; nothing without one."""
    waiting = [item for item in items if item.path.name == OTHER_HALF]
    items[:] = [item for item in items if item not in waiting]
    if os.environ.get('TENANT_BILLING_BESIDE'):
        items += waiting
    else:
        config.hook.pytest_deselected(items=waiting)


def _is_slow(item):
    """Whether a test needs a browser or a server; one without Odoo's HttpCase says so by a mark."""
    tests = sys.modules.get('odoo.tests.common')
    needs_http = tests and isinstance(item.cls, type) and issubclass(item.cls, tests.HttpCase)
    marks = ('browser', 'server')
    return needs_http or any(item.get_closest_marker(mark) for mark in marks)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Odoo skips a test that finds no browser; here that must not pass for success."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and NO_BROWSER in str(report.longrepr):
        report.outcome = 'failed'
