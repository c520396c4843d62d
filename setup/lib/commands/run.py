"""./setup/run: install what is needed, make the database, serve it."""

import argparse
import contextlib
import re

from lib import databases, environment, locks, say, server, simulator, stripe_double


def main(arguments):
    options = _parse(arguments)
    server.check_port(options.port)
    with environment.ready(options.newer_odoo) as env:
        database = options.database or env.prefix
        try:
            with env.lock(database):
                demo = not options.no_demo
                databases.served(env, database, demo)
                with contextlib.ExitStack() as beside:
                    pays = hosts = stripe = None
                    if demo:
                        pays = beside.enter_context(simulator.running(options.port))
                        hosts = beside.enter_context(simulator.hosting(database, options.port))
                    if options.with_stripe_double:
                        stripe = beside.enter_context(
                            stripe_double.running(env, database, options.port))
                    else:
                        stripe_double.withdraw(database)
                    server.serve(
                        env, database, options.port, options.workers, pays, hosts, stripe)
        except locks.Busy:
            raise say.Failure(
                f"The database {database} is already being served: "
                f"give another name with --database, or stop that with ./setup/stop."
            ) from None


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog='./setup/run',
        description="Installs all that is needed, makes a database with both addons and demo "
        "data, serves it on http://127.0.0.1:8069 and prints the logins. Ctrl-C stops everything.",
    )
    parser.add_argument('--port', type=_port, default=8069, help="port of the web server (8069)")
    parser.add_argument('--database', type=_name, help="name of the database (tenant_billing)")
    parser.add_argument('--no-demo', action='store_true', help="make it without demo data")
    parser.add_argument(
        '--workers', type=int, default=0, metavar='N', help="processes (0: one, with threads)"
    )
    parser.add_argument(
        '--with-stripe-double', action='store_true',
        help="run a stand-in for Stripe beside it, and offer to pay there with test money",
    )
    environment.add_options(parser)
    return parser.parse_args(arguments)


def _port(text):
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("a number from 1 to 65535")
    return int(text)


def _name(text):
    """A name that fits PostgreSQL, a file and the filter by which Odoo finds the database."""
    if not re.fullmatch(r'[a-z][a-z0-9_]{0,50}', text):
        raise argparse.ArgumentTypeError("lower-case letters, digits and _ only, at most 51")
    return text
