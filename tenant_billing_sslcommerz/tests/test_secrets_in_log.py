import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from odoo.tests import tagged

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import PASSWORD, SslcommerzCase


class Everything(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


class Answer(BaseHTTPRequestHandler):
    """Says of itself what it was asked, as a careless gateway might."""

    def do_GET(self):
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps({
            'APIConnect': 'DONE', 'status': 'FAILED', 'asked': self.path}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps({'status': 'FAILED', 'asked': body}).encode())

    def log_message(self, *arguments):
        pass


@tagged('post_install', '-at_install')
class TestSecretsInLog(SslcommerzCase):
    """The store's password is in no log, whatever its level."""

    def _play_gateway(self):
        """A real server."""

    def setUp(self):
        super().setUp()
        self.server = HTTPServer(('127.0.0.1', 0), Answer)
        self.server.status = 200
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.configure(**{
            const.BASE_URL_OPTION: f'http://127.0.0.1:{self.server.server_port}'})
        self.log = Everything()
        self.listen('', 'urllib3.connectionpool', 'odoo.addons.tenant_billing_sslcommerz',
                    'odoo.addons.payment', 'odoo.addons.tenant_billing')

    def listen(self, *names):
        for name in names:
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        logging.getLogger().addHandler(self.log)
        self.addCleanup(logging.getLogger().removeHandler, self.log)

    def test_no_password_in_any_line(self):
        tx = self.start(open_page=False)
        for status in (200, 500, 302):
            self.server.status = status
            tx._get_processing_values()
            self.hear(self.facts(tx, tran_date=str(status)))
            self.hear(self.facts(tx, 'CANCELLED', tran_date=str(status)))
        self.configure(**{const.BASE_URL_OPTION: 'http://127.0.0.1:9'})
        self.hear(self.facts(tx, tran_date='nobody there'))
        self.work()
        self.ask()
        text = '\n'.join(self.log.lines)
        self.assertIn('store_passwd=***', text)  # urllib3 did speak
        self.assertIn(f'for transaction {tx.reference}: 200', text)
        for secret in (PASSWORD, PASSWORD.replace('@', '%40')):
            self.assertNotIn(secret, text)
        for message in self.env['tenant.gateway.message'].search([]):
            self.assertNotIn(PASSWORD, f'{message.outcome} {message.payload}')
        self.assertNotIn(PASSWORD, tx.state_message or '')
