"""Breaks the addon in one small way after the other and sees that a test notices.

Usage: run.py [word ...]: only the mutations whose name holds one of the words.
Each mutation changes one line in a copy of the repository; the tests that keep its rule or law
must then fail. The exit status is the number of mutations that nobody noticed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from attack_mutations import ATTACK
from billing_mutations import BILLING
from card_mutations import CARD
from gateway_mutations import GATEWAY
from mutation_list import MUTATIONS
from rating_mutations import RATINGS
from stripe_mutations import STRIPE
from usage_mutations import USAGE
from webhook_mutations import WEBHOOKS

ROOT = Path(__file__).parents[2]
COPIED = ('tenant_billing', 'tenant_billing_sslcommerz', 'tests', 'conftest.py', 'pyproject.toml')


def main():
    words = sys.argv[1:]
    known = MUTATIONS + ATTACK + BILLING + CARD + GATEWAY + RATINGS + STRIPE + USAGE + WEBHOOKS
    chosen = [m for m in known if not words or any(word in m.name for word in words)]
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        configuration = _configure(copy)
        for mutation in chosen:
            noticed = _try(copy, configuration, mutation)
            print(f'{"noticed" if noticed else "NOT NOTICED":12} {mutation.name}', flush=True)
            if not noticed:
                unnoticed.append(mutation.name)
    print(f'{len(chosen) - len(unnoticed)} passed, {len(unnoticed)} failed')
    return min(len(unnoticed), 100)


def _configure(copy):
    """The prepared configuration, with the copied addons in the place of ours."""
    path = copy / 'odoo.conf'
    path.write_text(Path(os.environ['ODOO_RC']).read_text().replace(
        f'addons_path = {ROOT},', f'addons_path = {copy},'))
    if str(copy) not in path.read_text():
        raise SystemExit("The configuration does not name this repository first.")
    return path


def _try(copy, configuration, mutation):
    """Whether the tests fail with the mutation in place."""
    path = copy / mutation.addon / mutation.path
    right = path.read_text()
    if right.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.name}: {mutation.path} does not hold its line exactly once.")
    path.write_text(right.replace(mutation.old, mutation.new))
    try:
        tests = [f'{mutation.addon}/tests/{test}' for test in mutation.tests]
        run = subprocess.run(
            [sys.executable, '-m', 'pytest', f'--odoo-database={os.environ["PGDATABASE"]}',
             f'--odoo-config={configuration}', '--odoo-http', '-x', '-q',
             '-p', 'no:cacheprovider', *tests],
            cwd=copy, capture_output=True, text=True, check=False)
    finally:
        path.write_text(right)
    if run.returncode not in (0, 1):
        raise SystemExit(f"{mutation.name}: the tests did not run.\n{run.stdout}\n{run.stderr}")
    return run.returncode == 1


if __name__ == '__main__':
    sys.exit(main())
