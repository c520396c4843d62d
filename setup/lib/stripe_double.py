"""The stand-in for Stripe: localstripe in an environment of its own, and our adapter before it."""

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from lib import instance, locks, places, postgres, processes, python_env, simulator

FOLDER = places.GENERATED / 'localstripe'
PROGRAM = FOLDER / 'bin' / 'localstripe'
REQUIREMENTS = places.ROOT / 'setup' / 'requirements-stripe-double.txt'
OFFER = Path(__file__).with_name('offer_stripe.py')
KEY = 'sk_test_standin'  # by which a database's Stripe is known to be the stand-in
ROUTE = '/api/billing/stripe/webhook'


def ensure():
    """Install localstripe if it is not there, and tell the tests where it is."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = FOLDER / 'pins'
    with locks.exclusive('install', "Waiting for another command that installs"):
        if not stamp.exists() or stamp.read_text() != pins:
            processes.step(
                "Making an environment for the Stripe stand-in",
                [python_env.PYTHON, '-m', 'venv', '--clear', '--without-pip', FOLDER],
                'localstripe-venv')
            processes.step(
                "Installing the Stripe stand-in",
                [python_env.PYTHON, '-m', 'pip', '--disable-pip-version-check', '--no-input',
                 '--python', FOLDER / 'bin' / 'python', 'install', '--requirement', REQUIREMENTS],
                'localstripe-pip')
            stamp.write_text(pins)
    os.environ['TENANT_BILLING_LOCALSTRIPE'] = str(PROGRAM)


@contextlib.contextmanager
def running(env, database, port):
    """The stand-in's address, while it runs and the database's Stripe leads there."""
    ensure()
    secret = f'whsec_{secrets.token_hex(16)}'
    shop = f'http://127.0.0.1:{port}{ROUTE}'
    with simulator.beside("Stripe stand-in", 'stripe_double', port, '--localstripe', PROGRAM,
                          '--shop', shop, '--secret', secret) as address:
        variables = {
            **os.environ, 'ODOO_RC': str(instance.configure(env, database)),
            'STRIPE_KEY': KEY, 'STRIPE_SECRET': secret}
        processes.step("Offering Stripe", [python_env.PYTHON, OFFER], f'stripe-{database}',
                       env=variables)
        yield address


def withdraw(database):
    """Without the stand-in nobody is offered to pay there."""
    with postgres.cursor(database) as cr:
        cr.execute(
            "UPDATE payment_provider SET state = 'disabled' WHERE code = 'stripe' "
            "AND stripe_secret_key = %s", [KEY])


def options(address):
    """What the server's configuration file says while the stand-in runs."""
    return {'tenant_billing_stripe_base_url': address, 'tenant_billing_allow_test_money': True}
