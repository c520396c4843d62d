"""The client of doc/examples, over HTTP against a server that is away, busy or strict."""

import asyncio
import contextlib
import gzip
import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ..simulators.serving import serving

CLIENT = Path(__file__).parents[2] / 'tenant_billing/doc/examples/usage_client.py'


@pytest.fixture
def module(monkeypatch):
    """The client, which does not really wait."""
    spec = importlib.util.spec_from_file_location('usage_client', CLIENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.pauses = []
    monkeypatch.setattr(module.time, 'sleep', module.pauses.append)
    monkeypatch.setattr(module, 'WAIT', .01)
    return module


@pytest.fixture
def server():
    """Takes what is sent, unless `answers` holds another answer: status, headers, body."""
    class Billing(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers['Content-Length']))
            server = self.server
            server.heads.append((self.path, dict(self.headers)))
            if server.answers:
                status, headers, text = server.answers.pop(0)
                if status == 'gone':
                    return
            else:
                events = json.loads(gzip.decompress(body))
                server.taken.append(events)
                status, headers = 200, {}
                text = json.dumps({'events': [
                    {'id': event['id'], 'verdict': 'accepted'} for event in events]})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(('127.0.0.1', 0), Billing)
    server.heads, server.taken, server.answers = [], [], []
    with serving(server):
        yield server


@contextlib.contextmanager
def client_of(module, server):
    client = module.UsageClient(f'http://127.0.0.1:{server.server_port}/', 'tbk_x', 'srv4')
    try:
        yield client
    finally:
        client.close()


def taken(server):
    return [event for batch in server.taken for event in batch]


def test_events_go_out_in_batches_with_the_key(module, server, monkeypatch):
    monkeypatch.setattr(module, 'BATCH', 7)
    with client_of(module, server) as client:
        for number in range(50):
            client.record('tokens', 'ext:p1', number, provider='openai')
    assert sorted(event['data']['value'] for event in taken(server)) == list(range(50))
    assert len({event['id'] for event in taken(server)}) == 50
    assert max(map(len, server.taken)) == 7 and not module.pauses
    event = taken(server)[0]
    assert (event['type'], event['subject'], event['source'], event['specversion']) == (
        'tokens', 'ext:p1', 'srv4', '1.0')
    path, head = server.heads[0]
    assert path == '/api/v1/events'
    assert head['Authorization'] == 'Bearer tbk_x'
    assert head['Content-Type'] == 'application/cloudevents-batch+json'


@pytest.mark.parametrize(('answers', 'pauses'), [
    ([(500, {}, ''), (502, {}, '<html>')], [1, 2]),
    ([(503, {'Retry-After': '7'}, '')], [7]),
    ([(503, {'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT'}, '')], [1]),
    ([(429, {'Retry-After': '900'}, '')], [60]),
    ([('gone', {}, '')], [1]),
    ([(200, {}, '<html>'), (200, {}, '{}'), (200, {}, '[]')], [1, 2, 4]),
])
def test_what_was_not_answered_is_sent_again(module, server, answers, pauses):
    server.answers = list(answers)
    with client_of(module, server) as client:
        client.record('tokens', 'ext:p1', 5)
    assert [event['data'] for event in taken(server)] == [{'value': 5}]
    assert module.pauses == pauses


def test_events_wait_for_a_server_that_is_away_for_long(module, server, monkeypatch, caplog):
    monkeypatch.setattr(module, 'TRIES', 2)
    server.answers = [(503, {}, '')] * 5
    with client_of(module, server) as client:
        client.record('tokens', 'ext:p1', 1)
        for _time in range(500):
            if server.taken:
                break
            threading.Event().wait(.01)
        client.record('tokens', 'ext:p1', 2)
    assert [event['data']['value'] for event in taken(server)] == [1, 2]
    assert "The server is away: 1 events wait" in caplog.text
    assert "Usage not sent" not in caplog.text


def test_what_is_lost_at_the_end_is_told(module, server, caplog):
    server.answers = [(503, {}, '')] * 999
    with client_of(module, server) as client:
        client.record('tokens', 'ext:p1', 1)
    assert "Usage not sent: 1 events" in caplog.text


@pytest.mark.parametrize('status', [401, 403, 422])
def test_what_is_refused_is_told_and_not_sent_again(module, server, caplog, status):
    server.answers = [(status, {}, '{"code": "no"}')]
    with client_of(module, server) as client:
        client.record('tokens', 'ext:p1', 1)
    assert server.taken == [] and len(server.heads) == 1
    assert f"Usage refused: {status}" in caplog.text


def test_a_rejected_event_is_told(module, server, caplog):
    server.answers = [(200, {}, json.dumps({'events': [
        {'id': 'x', 'verdict': 'rejected', 'code': 'unknown_meter'}]}))]
    with client_of(module, server) as client:
        client.record('toknes', 'ext:p1', 1)
    assert 'unknown_meter' in caplog.text


def test_a_batch_that_is_too_large_goes_in_halves(module, server, monkeypatch):
    monkeypatch.setattr(module, 'WAIT', 5)
    server.answers = [(413, {}, '')]
    with client_of(module, server) as client:
        for number in range(5):
            client.record('tokens', 'ext:p1', number)
    assert list(map(len, server.taken)) == [2, 3]


def test_the_decorator_counts_what_does_not_fail(module, server):
    with client_of(module, server) as client:
        @client.counted('calls', 'ext:p1', provider='gemini')
        def answer(question):
            """Docs stay."""
            return 42 / question

        @client.counted('calls', 'ext:p2')
        async def answer_later(question):
            return 42 / question

        assert answer(2) == 21 and answer.__doc__ == "Docs stay."
        assert asyncio.run(answer_later(1)) == 42
        for broken in (lambda: answer(0), lambda: asyncio.run(answer_later(0))):
            with pytest.raises(ZeroDivisionError):
                broken()
    assert sorted((event['subject'], json.dumps(event['data'])) for event in taken(server)) == [
        ('ext:p1', '{"value": 1, "provider": "gemini"}'), ('ext:p2', '{"value": 1}')]


def test_the_middleware_names_the_provider_from_the_host_that_is_called(module, server):
    async def gateway(scope, receive, send):
        if scope['type'] == 'http':
            await send({'type': 'http.response.start', 'status': scope['status'], 'headers': []})
            await send({'type': 'http.response.body', 'body': b'answer'})

    async def call(app, host, status=200, kind='http', panel='ext:p1'):
        sent = []

        async def send(message):
            sent.append(message)
        await app({'type': kind, 'headers': [(b'host', host)], 'status': status, 'panel': panel},
                  None, send)
        return sent

    async def calls(app):
        assert len(await call(app, b'api.openai.com')) == 2
        await call(app, b'Generativelanguage.googleapis.com:443')
        await call(app, b'api.anthropic.com', status=201)
        await call(app, b'api.anthropic.com', status=500)
        await call(app, b'api.openai.com', panel=None)
        await call(app, b'api.openai.com', kind='lifespan')
        await call(app, b'clinic.example')

    with client_of(module, server) as client:
        asyncio.run(calls(module.UsageMiddleware(
            gateway, client, 'calls', lambda scope: scope['panel'])))
    assert [event['data']['provider'] for event in taken(server)] == [
        'openai', 'gemini', 'anthropic', 'other']


def test_names_that_only_look_like_a_provider(module):
    assert [module.provider_of(host) for host in (
        'x.openai.azure.com', 'us-aiplatform.googleapis.com', 'api.openai.com.evil.example',
        'evilapi.openai.com', '')] == ['azure-openai', 'vertex', 'other', 'other', 'other']
