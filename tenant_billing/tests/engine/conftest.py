"""Lets the engine's tests run without a database: the addon's own `__init__` is never imported.

Where Odoo's addons path leads to the addon (pytest-odoo), nothing is done. Elsewhere, empty
packages stand in for the addon, whose `__init__` would load its models, and for the folders above
this one, which pytest imports before a test. This folder has no `__init__.py` for the same reason:
with one, pytest would import the addon before it reads this file.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

ADDON = Path(__file__).parents[2]


def _odoo_finds_addon():
    try:
        return find_spec('odoo.addons.tenant_billing') is not None
    except ModuleNotFoundError:  # no Odoo at all
        return False


def _stand_in(name, path):
    package = ModuleType(name)
    package.__path__ = [str(path)]
    sys.modules[name] = package


if not _odoo_finds_addon():
    _stand_in('odoo.addons.tenant_billing', ADDON)
    _stand_in('tenant_billing', ADDON)
    _stand_in('tenant_billing.tests', ADDON / 'tests')
