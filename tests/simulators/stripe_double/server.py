"""The adapter's addresses over HTTP, on this machine only."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = '127.0.0.1'
HOOK = '/hook'  # where localstripe tells its events
BODY_LIMIT = 1 << 20


def serve(double, port=0):
    """A server on a loopback port, 0 for a free one; its caller lets it serve and closes it.

    :rtype: Server
    """
    return Server((HERE, port), double)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, double):
        super().__init__(address, Handler)
        self.double = double
        self.base_url = f'http://{HERE}:{self.server_port}'


class Handler(BaseHTTPRequestHandler):
    server_version = 'stripe-double'
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        if self.path == '/control':
            self._json(200, self._picture())
        else:
            self._ask()

    def do_POST(self):
        if self.path == HOOK:
            self.server.double.heard(json.loads(self._body()))
            self._json(200, {})
        elif self.path == '/control':
            self._control(json.loads(self._body()))
        else:
            self._ask()

    def do_DELETE(self):
        self._ask()

    def _ask(self):
        if not self.path.startswith('/v1/'):
            return self._json(404, {'error': {'message': "Not found"}})
        return self._json(*self.server.double.ask(
            self.command, self.path, self._body(), dict(self.headers)))

    def _control(self, asked):
        """What a person does: shop (url, secret), pay (an intent), dispute (an intent)."""
        double, answer = self.server.double, (200, {})
        if 'shop' in asked:
            double.shop = asked['shop']
        if 'pay' in asked:
            answer = double.pay(asked['pay'], asked.get('method', 'pm_card_visa'))
        if 'dispute' in asked:
            answer = double.dispute(asked['dispute'], asked.get('status', 'needs_response'))
        self._json(*answer)

    def _picture(self):
        double = self.server.double
        return {
            'shop': double.shop['url'], 'disputes': double.disputes,
            'told': [{'id': event['id'], 'type': event['type'], 'status': status}
                     for event, status in double.told]}

    def _body(self):
        length = min(int(self.headers.get('Content-Length') or 0), BODY_LIMIT)
        return self.rfile.read(length).decode()

    def _json(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Silent: requests carry keys."""
