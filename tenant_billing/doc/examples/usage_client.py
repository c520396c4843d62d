"""A small client for sending usage: batches, sends again what may be sent again, counts calls.

    pip install cloudevents==2.2.0
    BILLING_URL=https://billing.example BILLING_KEY=tbk_… python3 usage_client.py ext:srv4-1102

As a library:

    usage = UsageClient('https://billing.example', 'tbk_…', source='srv4/gateway')
    usage.record('tokens', 'ext:srv4-1102', 1840, provider='openai', direction='input')
    usage.close()  # sends what is left

    @usage.counted('calls', 'ext:srv4-1102')
    def answer(question): …

    app = UsageMiddleware(app, usage, 'calls', panel_of=lambda scope: 'ext:srv4-1102')
"""

import functools
import gzip
import inspect
import json
import logging
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone
from http.client import HTTPException

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

_logger = logging.getLogger(__name__)

BATCH = 500  # events in a request; the server takes up to 1,000
WAIT = 5.0  # seconds after which a batch that is not full goes out too
TRIES = 6
PROVIDERS = {  # by the end of the name of the host that is called
    'api.openai.com': 'openai',
    'openai.azure.com': 'azure-openai',
    'api.anthropic.com': 'anthropic',
    'generativelanguage.googleapis.com': 'gemini',
    'aiplatform.googleapis.com': 'vertex',
    'api.mistral.ai': 'mistral',
    'api.cohere.com': 'cohere',
    'api.groq.com': 'groq',
    'api.deepseek.com': 'deepseek',
}


def provider_of(host):
    """The provider behind the name of a host, or `other`."""
    name = host.lower().partition(':')[0]
    for end, provider in PROVIDERS.items():
        if name == end or name.endswith(f'.{end}') or name.endswith(f'-{end}'):
            return provider
    return 'other'


class UsageClient:
    """Collects events and sends them from a thread of its own. Every event has an id from the
    beginning, so that sending it again never counts it twice. While the server is away events wait
    in memory; what cannot be sent when it is closed is lost, and told in the log."""

    def __init__(self, url, key, source):
        self.url = f'{url.rstrip("/")}/api/v1/events'
        self.key = key
        self.source = source
        self.waiting = []
        self.changed = threading.Condition()
        self.is_open = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def record(self, meter, panel, value=1, **properties):
        """Note that a panel used something now."""
        event = CloudEvent(
            attributes={
                'specversion': '1.0', 'id': str(uuid.uuid4()), 'source': self.source,
                'type': meter, 'subject': panel,
                'time': datetime.fromtimestamp(time.time(), timezone.utc),
                'datacontenttype': 'application/json'},
            data={'value': value, **properties})
        with self.changed:
            self.waiting.append(event)
            self.changed.notify()

    def counted(self, meter, panel, **properties):
        """A decorator, also of coroutines: each call that does not fail is one event."""
        def decorate(function):
            @functools.wraps(function)
            def call(*arguments, **options):
                result = function(*arguments, **options)
                self.record(meter, panel, 1, **properties)
                return result

            @functools.wraps(function)
            async def call_later(*arguments, **options):
                result = await function(*arguments, **options)
                self.record(meter, panel, 1, **properties)
                return result
            return call_later if inspect.iscoroutinefunction(function) else call
        return decorate

    def close(self):
        """Send what is left, and end."""
        with self.changed:
            self.is_open = False
            self.changed.notify()
        self.thread.join()

    # === SENDING === #

    def _run(self):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting or not self.is_open)
                if self.is_open:
                    self.changed.wait_for(
                        lambda: len(self.waiting) >= BATCH or not self.is_open, WAIT)
                batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
                if not batch:
                    return
            left = self._send(batch)
            with self.changed:
                if self.is_open:
                    self.waiting[:0] = left
                elif left:
                    _logger.error("Usage not sent: %s events", len(left))

    def _send(self, batch):
        """Again while the server is away or busy; what it refuses is told in the log.

        :return: what is still to be sent
        """
        form = JSONFormat()
        body = gzip.compress(b'[' + b','.join(form.write(event) for event in batch) + b']')
        for number in range(TRIES):
            pause = 2.0 ** number
            try:
                for told in self._post(body)['events']:
                    if told['verdict'] == 'rejected':
                        _logger.error("Usage refused: %s", told)
                return []
            except urllib.error.HTTPError as error:
                if error.code == 413 and len(batch) > 1:
                    half = len(batch) // 2
                    return self._send(batch[:half]) + self._send(batch[half:])
                if error.code < 500 and error.code != 429:
                    _logger.error("Usage refused: %s %s", error.code, error.read(500))
                    return []
                asked = error.headers.get('Retry-After', '')
                pause = float(asked) if asked.isdecimal() else pause
            except (OSError, HTTPException, ValueError, LookupError, TypeError):
                pass  # no answer of ours; if all was recorded before, its ids make it harmless
            time.sleep(min(pause, 60))
        _logger.warning("The server is away: %s events wait", len(batch))
        return batch

    def _post(self, body):
        request = urllib.request.Request(self.url, body, {
            'Authorization': f'Bearer {self.key}', 'Content-Encoding': 'gzip',
            'Content-Type': 'application/cloudevents-batch+json'})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class UsageMiddleware:
    """ASGI middleware of a gateway: counts each request that is answered well, by the provider
    whose host was called.

    :param panel_of: callable that gives the panel of a request's scope, or None
    """

    def __init__(self, app, usage, meter, panel_of):
        self.app, self.usage, self.meter, self.panel_of = app, usage, meter, panel_of

    async def __call__(self, scope, receive, send):
        panel = self.panel_of(scope) if scope['type'] == 'http' else None
        if not panel:
            return await self.app(scope, receive, send)
        host = dict(scope['headers']).get(b'host', b'').decode('latin-1')
        status = 500

        async def note(message):
            nonlocal status
            if message['type'] == 'http.response.start':
                status = message['status']
            await send(message)

        await self.app(scope, receive, note)
        if status < 400:
            self.usage.record(self.meter, panel, 1, provider=provider_of(host))


def main():
    logging.basicConfig(level=logging.INFO)
    usage = UsageClient(os.environ['BILLING_URL'], os.environ['BILLING_KEY'], 'example')
    for number in range(10):
        usage.record('tokens', sys.argv[1], 100 + number, provider='openai', direction='input')
    usage.close()


if __name__ == '__main__':
    main()
