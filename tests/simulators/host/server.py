"""The host's addresses over HTTP, on this machine only."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from . import pages
from .signature import Forged

HERE = '127.0.0.1'
BODY_LIMIT = 1 << 20
HOOK = '/webhooks'


def serve(platform, port=0):
    """A server on a loopback port, 0 for a free one; its caller lets it serve and closes it.

    :rtype: Server
    """
    return Server((HERE, port), platform)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, platform):
        super().__init__(address, Handler)
        self.platform = platform
        self.base_url = f'http://{HERE}:{self.server_port}'


class Handler(BaseHTTPRequestHandler):
    server_version = 'example-host'
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        if self.path == '/':
            self._send(200, 'text/html', pages.overview(self.server.platform))
        elif self.path == '/control':
            self._json(self.server.platform.picture())
        else:
            self._send(404, 'text/plain', "There is no such page.")

    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get('Content-Length') or 0), BODY_LIMIT))
        if self.path == HOOK:
            self._hear(body)
        elif self.path == '/control':
            self._control(body)
        else:
            self._send(404, 'text/plain', "There is no such page.")

    def _hear(self, body):
        platform = self.server.platform
        time.sleep(platform.faults.slow_seconds)
        if platform.faults.answer == 'error':
            return self._send(500, 'text/plain', "Out of order")
        if platform.faults.answer == 'redirect':
            return self._send(307, 'text/plain', "", Location=f'{self.server.base_url}/elsewhere')
        try:
            platform.hear(self.headers, body)
        except Forged as forged:
            return self._send(401, 'text/plain', str(forged))
        except (KeyError, TypeError, ValueError):
            return self._send(400, 'text/plain', "This is not a message.")
        return self._send(200, 'text/plain', "Heard")

    def _control(self, body):
        is_json = self.headers.get_content_type() == 'application/json'
        text = body.decode('utf-8', 'replace')
        try:
            asked = json.loads(text or '{}') if is_json else dict(parse_qsl(text))
            is_page = asked.pop('page', False)
            self.server.platform.faults.change(asked)
        except (AttributeError, TypeError, ValueError) as error:
            return self._send(400, 'text/plain', str(error))
        if is_page:
            return self._send(200, 'text/html', pages.overview(self.server.platform))
        return self._json(self.server.platform.picture())

    # Answers

    def _json(self, answer):
        self._send(200, 'application/json', json.dumps(answer))

    def _send(self, status, kind, text, **headers):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', f'{kind}; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Silent: the page tells what was heard."""
