"""Benchmarks: one JSON line per case, ours against a floor that runs in turn with it.

Usage: run.py [case ...] [--n N ...] [--runs R]. The exit status says only whether it ran.
"""

import argparse
import json
import logging
import os

import odoo.init  # noqa: F401 Odoo is a namespace package: this makes it whole
from cost import cost
from ingest import ingest, ingest_http
from keys import keys
from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools import config
from renewal import renewal
from status import status

# name: what to call, and the sizes unless --n says otherwise
CASES = {
    'renewal': (renewal, (200, 1000)), 'status': (status, (300,)), 'keys': (keys, (300,)),
    'ingest': (ingest, (100_000,)), 'ingest_http': (ingest_http, (20_000,)),
    'cost': (cost, (5_000_000,)),
}


def main():
    parser = argparse.ArgumentParser(prog='./setup/bench', description=__doc__)
    parser.add_argument('case', nargs='*', choices=[*CASES, []], help="all by default")
    parser.add_argument('--n', type=int, action='append', help="the size; may be repeated")
    parser.add_argument('--runs', type=int, default=3, help="at least three")
    options = parser.parse_args()
    config.parse_config(['-c', os.environ['ODOO_RC'], '--no-http'])
    logging.getLogger().setLevel(logging.WARNING)
    registry = Registry(os.environ['PGDATABASE'])
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        for name in options.case or CASES:
            case, sizes = CASES[name]
            for n in options.n or sizes:
                for line in case(env, n, max(3, options.runs)):
                    print(json.dumps(line), flush=True)


if __name__ == '__main__':
    main()
