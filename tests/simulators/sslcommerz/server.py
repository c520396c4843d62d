"""The gateway's addresses over HTTP, on this machine only."""

import threading
import time
import urllib.error
import urllib.request
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode, urlsplit

import serving

from . import pages
from .sandbox import Faults

SERVICES = {
    '/gwprocess/v4/api.php': 'session',
    '/validator/api/validationserverAPI.php': 'validation',
    '/validator/api/merchantTransIDvalidationAPI.php': 'query',
}
PAGE = '/EasyCheckOut/testcde'
PATIENCE = 60  # seconds for the shop's answer to an IPN


def serve(sandbox, port=0):
    return Server(Handler, port, sandbox=sandbox)


class Server(serving.Server):
    def deliver(self):
        """Send every IPN that waits, now or late as the faults say."""
        if self.sandbox.faults.ipn == 'late':
            timer = threading.Timer(self.sandbox.faults.late_seconds, self.deliver_now)
            timer.daemon = True
            timer.start()
        else:
            self.deliver_now()

    def deliver_now(self):
        for address, form in self.sandbox.take_waiting():
            self.sandbox.told(form, _post(address, form))


def _post(address, form):
    """:return: the HTTP status of the shop, or why there is none"""
    if urlsplit(address).hostname not in serving.LOOPBACK:
        return "not on this machine"
    request = urllib.request.Request(address, urlencode(form).encode())
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return type(error).__name__


class Handler(serving.Handler):
    server_version = 'sslcommerz-simulator'

    def do_GET(self):
        parts = urlsplit(self.path)
        sandbox = self.server.sandbox
        if parts.path in SERVICES:
            self._service(SERVICES[parts.path], dict(parse_qsl(parts.query)))
        elif parts.path.startswith(PAGE):
            self._payment_page(parts.path)
        elif parts.path == '/':
            self._html(pages.control(sandbox))
        elif parts.path == '/control':
            self.send_json(sandbox.picture())
        else:
            self._nothing()

    def do_POST(self):
        parts = urlsplit(self.path)
        body = self.read_body()
        if parts.path in SERVICES:
            is_form = self.headers.get_content_type() == 'application/x-www-form-urlencoded'
            form = dict(parse_qsl(body.decode('utf-8', 'replace'))) if is_form else {}
            self._service(SERVICES[parts.path], form | dict(parse_qsl(parts.query)))
        elif parts.path.startswith(PAGE) and parts.path.endswith('/act'):
            self._act(parts.path, dict(parse_qsl(body.decode('utf-8', 'replace'))))
        elif parts.path.startswith(PAGE):
            self._payment_page(parts.path)
        elif parts.path == '/control':
            self._control(body)
        else:
            self._nothing()

    # The shop's server

    def _service(self, service, form):
        sandbox, faults = self.server.sandbox, self.server.sandbox.faults
        if {'refund_amount', 'refund_ref_id'} & form.keys():
            service = 'refund'
        if faults.where in ('all', service):
            time.sleep(faults.slow_seconds)
            if faults.error:
                return self.send(500, 'text/html', "<h1>Internal Server Error</h1>")
            if faults.garbage:
                return self.send(200, 'application/json', '{"status": "VALID", "amo')
        if service == 'session':
            answer = sandbox.open_session(form, self.server.base_url)
        elif service == 'validation':
            answer = sandbox.validate(form)
        else:
            answer = sandbox.look_up(form)
        if faults.refund == 'unanswered' and 'refund_amount' in form:
            return self.send(502, 'text/html', "<h1>Bad Gateway</h1>")
        return self.send_json(answer)

    # The customer's browser

    def _session(self, path):
        key = path.removeprefix(PAGE).removesuffix('/act').upper()
        return self.server.sandbox.sessions.get(key)

    def _payment_page(self, path):
        session = self._session(path)
        if not session:
            return self._nothing()
        return self._html(pages.payment(session, self.server.sandbox.shop))

    def _act(self, path, form):
        session = self._session(path)
        if not session or form.get('action') not in ('pay', 'fail', 'cancel'):
            return self._nothing()
        method = form.get('method', 'card')
        try:
            address, signed = self.server.sandbox.attempt(
                session.key, form['action'], method if method in pages.METHODS else 'card')
        except ValueError:
            return self._html(pages.payment(session, self.server.sandbox.shop))
        self.server.deliver()  # before the browser is sent back, as the gateway does
        return self._html(pages.back(address, signed))

    # Control

    def _control(self, body):
        try:
            asked = self.fields(body)
            is_page = asked.pop('page', False)
            deliver = asked.pop('deliver', False)
            if is_page:  # a box that is not ticked is not sent
                asked = {one.name: '' for one in fields(Faults) if one.type in (bool, 'bool')
                         } | asked
            self.server.sandbox.faults.change(asked)
        except (AttributeError, ValueError) as error:
            return self.send(400, 'text/plain', str(error))
        if deliver:
            self.server.deliver_now()
        return self._html(pages.control(self.server.sandbox)) if is_page else self.send_json(
            self.server.sandbox.picture())

    # Answers

    def _html(self, text):
        self.send(200, 'text/html', text)

    def _nothing(self):
        self.send(404, 'text/html', pages.page("Not found", "<h1>There is no such page</h1>"))
