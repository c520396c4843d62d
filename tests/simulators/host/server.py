"""The host's addresses over HTTP, on this machine only."""

import time

import serving

from . import pages
from .signature import Forged

HOOK = '/webhooks'


def serve(platform, port=0):
    return serving.Server(Handler, port, platform=platform)


class Handler(serving.Handler):
    server_version = 'example-host'

    def do_GET(self):
        if self.path == '/':
            self.send(200, 'text/html', pages.overview(self.server.platform))
        elif self.path == '/control':
            self.send_json(self.server.platform.picture())
        else:
            self.send(404, 'text/plain', "There is no such page.")

    def do_POST(self):
        body = self.read_body()
        if self.path == HOOK:
            self._hear(body)
        elif self.path == '/control':
            self._control(body)
        else:
            self.send(404, 'text/plain', "There is no such page.")

    def _hear(self, body):
        platform = self.server.platform
        time.sleep(platform.faults.slow_seconds)
        if platform.faults.answer == 'error':
            return self.send(500, 'text/plain', "Out of order")
        if platform.faults.answer == 'redirect':
            return self.send(307, 'text/plain', "", Location=f'{self.server.base_url}/elsewhere')
        try:
            platform.hear(self.headers, body)
        except Forged as forged:
            return self.send(401, 'text/plain', str(forged))
        except (KeyError, TypeError, ValueError):
            return self.send(400, 'text/plain', "This is not a message.")
        return self.send(200, 'text/plain', "Heard")

    def _control(self, body):
        try:
            asked = self.fields(body)
            is_page = asked.pop('page', False)
            self.server.platform.faults.change(asked)
        except (AttributeError, TypeError, ValueError) as error:
            return self.send(400, 'text/plain', str(error))
        if is_page:
            return self.send(200, 'text/html', pages.overview(self.server.platform))
        return self.send_json(self.server.platform.picture())
