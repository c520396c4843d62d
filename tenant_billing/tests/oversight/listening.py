import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo.tools import config
from standardwebhooks import Webhook

from odoo.addons.tenant_billing.tests.common import BillingCase


class Listener(ThreadingHTTPServer):
    """A host on this machine: keeps what it hears, and answers as it is told."""

    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.address = f'http://127.0.0.1:{self.server_port}/hook?a=1'
        self.heard = []  # (path, headers, body)
        self.status = 200
        self.headers = {}
        self.text = "ok"
        self.before_answer = lambda: None
        threading.Thread(target=self.serve_forever, args=(.02,), daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()

    def ids(self):
        return [headers['webhook-id'] for _path, headers, _body in self.heard]


class Handler(BaseHTTPRequestHandler):

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.server.before_answer()
        answer = self.server.text.encode()
        self.send_response(self.server.status)
        self.send_header('Content-Length', str(len(answer)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


class WebhookCase(BillingCase):
    """A world with a host that listens on this machine."""

    def setUp(self):
        super().setUp()
        self.allow_private(True)
        self.host = self.make_host()
        self.endpoint = self.make_endpoint(self.host)

    def allow_private(self, allowed):
        allowing = patch.dict(
            config.options, tenant_billing_allow_private_webhooks=str(allowed))
        allowing.start()
        self.addCleanup(allowing.stop)

    def make_host(self):
        host = Listener()
        self.addCleanup(host.close)
        return host

    def make_endpoint(self, host, name="Host", **values):
        return self.env['tenant.webhook.endpoint'].create({
            'name': name, 'company_id': self.company.id, 'url': host.address, **values})

    def tell(self, *panels, endpoint=None, event='panel.state_changed'):
        """Something happens to each of these made-up panels, in this order."""
        queued = self.env['tenant.webhook.delivery']
        for panel in panels:
            queued |= (endpoint or self.endpoint)._queue(event, panel, {'panel': panel})
        return queued

    def deliver(self):
        self.run_cron('cron_deliver')

    def messages(self, host=None, endpoint=None):
        """What a host heard, each message checked by somebody else's code."""
        secret = (endpoint or self.endpoint).sudo().secret
        return [
            Webhook(secret).verify(body, headers)
            for _path, headers, body in (host or self.host).heard]

    def heard(self, host=None, endpoint=None):
        return [(message['data'].get('panel'), message['sequence'])
                for message in self.messages(host, endpoint)]
