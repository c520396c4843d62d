"""What all simulators share: a small HTTP server on this machine only."""

import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

HERE = '127.0.0.1'
LOOPBACK = (HERE, 'localhost', '::1')
BODY_LIMIT = 1 << 20


class Server(ThreadingHTTPServer):
    """A server on a loopback port, 0 for a free one; its caller lets it serve and closes it. What
    its handler works on goes by a name of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler, port=0, **works_on):
        super().__init__((HERE, port), handler)
        vars(self).update(works_on)
        self.base_url = f'http://{HERE}:{self.server_port}'

    def handle_error(self, request, client_address):
        """Who asked may be gone: faults bring that with them, and it is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def read_body(self):
        return self.rfile.read(min(int(self.headers.get('Content-Length') or 0), BODY_LIMIT))

    def fields(self, body):
        """The names and values of a body: JSON where it says so, else a form.

        :raise ValueError: for what is neither
        """
        text = body.decode('utf-8', 'replace')
        if self.headers.get_content_type() != 'application/json':
            return dict(parse_qsl(text))
        asked = json.loads(text or '{}')
        if not isinstance(asked, dict):
            raise ValueError("an object is wanted")
        return asked

    def send_json(self, answer, status=200):
        self.send(status, 'application/json', json.dumps(answer))

    def send(self, status, kind, text, **headers):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', f'{kind}; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Silent: what is asked holds passwords and keys."""


@contextlib.contextmanager
def serving(server):
    """A server that serves while a test talks to it."""
    threading.Thread(target=server.serve_forever, args=(.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
