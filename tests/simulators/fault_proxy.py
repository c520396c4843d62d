"""A bad line to a server: python -m fault_proxy --to http://127.0.0.1:8071 --port 8074"""

import argparse
import http.client
import random
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import serving

# What may become of a request. "Before": the server never hears of it; "after": it has done it,
# and nobody hears of that.
FAULTS = ('dropped before', 'dropped after', 'error before', 'error after', 'garbage', 'late',
          'twice')
LATE = (.1, 1.)  # seconds
PATIENCE = 120  # seconds for the server's answer
KEPT_BACK = ('connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date', 'server')


class Line:
    """How bad the line is, until somebody says otherwise."""

    def __init__(self, target, rate=0., seed=None, faults=FAULTS):
        self.target = urlsplit(target)
        self.rate, self.faults = rate, faults
        self.is_dark = False  # nothing comes through
        self.happened = Counter()
        self._dice, self._lock = random.Random(seed), threading.Lock()

    def draw(self):
        """What becomes of the next request: a fault, 'dark', or nothing."""
        with self._lock:
            fault = ''
            if self.is_dark:
                fault = 'dark'
            elif self._dice.random() < self.rate:
                fault = self._dice.choice(self.faults)
            self.happened[fault] += 1
            return fault

    def pause(self):
        with self._lock:
            seconds = self._dice.uniform(*LATE)
        time.sleep(seconds)


def serve(line, port=0):
    return serving.Server(Handler, port, line=line)


class Handler(serving.Handler):

    def do_GET(self):
        body, fault = self.read_body(), self.server.line.draw()
        if fault in ('dark', 'dropped before'):
            self.close_connection = True
            return None
        if fault == 'error before':
            return self.send(502, 'text/html', "<h1>Bad Gateway</h1>")
        if fault == 'late':
            self.server.line.pause()
        if fault == 'twice':
            self._ask(body)
        status, headers, answer = self._ask(body)
        if fault == 'dropped after' or not status:
            self.close_connection = True
            return None
        if fault == 'error after':
            return self.send(502, 'text/html', "<h1>Bad Gateway</h1>")
        return self._pass_on(status, headers, answer[:9] if fault == 'garbage' else answer)

    do_POST = do_GET

    def _ask(self, body):
        """:return: status, headers and body of the server's answer; no status where it has none"""
        target = self.server.line.target
        server = http.client.HTTPConnection(target.hostname, target.port, timeout=PATIENCE)
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in KEPT_BACK}
        try:
            server.request(self.command, self.path, body or None, headers)
            answer = server.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, http.client.HTTPException):
            return None, [], b''
        finally:
            server.close()

    def _pass_on(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in KEPT_BACK:
                self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    parser = argparse.ArgumentParser(prog='fault_proxy', description=__doc__)
    parser.add_argument('--to', required=True, help="the server's address")
    parser.add_argument('--port', type=int, default=8074, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument('--rate', type=float, default=.1, help="of requests that go wrong, 0 to 1")
    parser.add_argument('--seed', help="for the same luck again")
    options = parser.parse_args()
    server = serve(Line(options.to, options.rate, options.seed), options.port)
    print(server.base_url, flush=True)  # noqa: T201 whoever started us reads it
    server.serve_forever()


if __name__ == '__main__':
    main()
