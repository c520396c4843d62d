"""Serving a database over HTTP, and telling a person where and how to log in."""

import contextlib
import errno
import http.client
import shutil
import socket
import time

from lib import instance, places, processes, say, simulator, stripe_double

# Login, password, what it is for: what `./setup/run` prints.
LOGINS = (('admin', 'admin', "the operator"),)
DEMO_LOGINS = (('jashore', 'jashore', "a tenant"), ('rangpur', 'rangpur', "a tenant in arrears"))
PATIENCE = 120


def check_port(port):
    """A taken port should be told before anything else is done. A server that is just ending
    gets a moment.
    """
    deadline = time.monotonic() + 5
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.1', port))
                return
            except OSError as error:
                taken = error.errno == errno.EADDRINUSE
                if not taken or time.monotonic() > deadline:
                    cause = "is taken" if taken else f"may not be used ({error.strerror.lower()})"
                    raise say.Failure(f"Port {port} {cause}: give another with --port.") from error
        time.sleep(0.2)


def serve(env, database, port, workers, gateway=None, host=None, stripe=None):
    """Serve until Ctrl-C; an end of the server before that is a failure. `gateway` is the address
    of the payment simulator, `host` that of the example host: both run with the demo data; `stripe`
    that of the stand-in for Stripe.
    """
    log = places.log(f'odoo-{database}')
    instance.tell_address(database, f'http://127.0.0.1:{port}')
    more = simulator.options(gateway) if gateway else {}
    more |= stripe_double.options(stripe) if stripe else {}
    options = ['--http-port', port, '--logfile', log]
    if workers:
        options += ['--workers', workers, '--gevent-port', port + 1]
    log.unlink(missing_ok=True)
    command = instance.command(env, database, *options, more=more)
    process = processes.start(command, stdout=log.open('a'), stderr=log.open('a'))
    try:
        _await(process, port, log)
        _tell(database, port, workers, log, gateway, host, stripe)
        process.wait()
        raise say.Failure(f"Odoo ended by itself: {processes.reason(log)} (log: {log}).")
    finally:
        processes.stop(process)


def _await(process, port, log):
    with say.progress("Starting Odoo") as tick:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            tick()
            if process.poll() is not None:
                cause = processes.reason(log)
                raise say.Failure(f"Odoo did not start: {cause} (log: {log}).")
            if time.monotonic() > deadline:
                raise say.Failure(f"Odoo did not answer in {PATIENCE} s (log: {log}).")
            time.sleep(0.1)


def _answers(port):
    """Whether the login page comes; it also loads the registry for the first visitor."""
    with contextlib.closing(http.client.HTTPConnection('127.0.0.1', port, timeout=60)) as visit:
        try:
            visit.request('GET', '/web/login')
            return visit.getresponse().status == 200
        except OSError:
            return False


def _tell(database, port, workers, log, gateway, host, stripe):
    say.line(f"\n  http://127.0.0.1:{port}   database {database}")
    for login, password, purpose in (*LOGINS, *(DEMO_LOGINS if gateway else ())):
        say.line(f"  log in as {login} / {password} ({purpose})")
    if gateway:
        say.line(f"  {gateway}   the payment gateway's simulator, which pays with test money")
    if host:
        say.line(f"  {host}   the example host, which makes, stops and starts the demo's panels")
    if stripe:
        say.line(f"  {stripe}   the stand-in for Stripe; {stripe}/control says what it told")
    say.line(f"  log: {log}")
    if not shutil.which('wkhtmltopdf'):
        say.line("  wkhtmltopdf is not installed: invoices go out without a PDF.")
    if workers:
        say.line("  Workers without a proxy: the browser reports a lost real-time connection.")
    say.line("\n  Ctrl-C stops everything.")
