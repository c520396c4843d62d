"""The example host itself, over HTTP as the billing and a browser use it."""

import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from host import Platform, serve
from serving import serving
from standardwebhooks import Webhook

SECRET = 'whsec_' + 'A' * 43 + '='


@pytest.fixture
def billing():
    """What hears the reports."""
    class Billing(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
            self.server.heard.append((self.path, self.headers['Authorization'], body))
            self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(('127.0.0.1', 0), Billing)
    server.heard, server.answers = [], []
    with serving(server):
        yield server


@pytest.fixture
def host(billing):
    address = f'http://127.0.0.1:{billing.server_port}'
    with serving(serve(Platform(SECRET, 'key', address, pace=.01))) as server:
        yield server


def post(address, body, headers=None):
    request = urllib.request.Request(address, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def tell(host, event, number=1, *, message_id=None, secret=SECRET, at=None, **data):
    """A message signed by somebody else's code."""
    body = json.dumps({
        'type': event, 'sequence': number,
        'data': {'panel': {'id': 7, 'name': "Jashore <Kidney>"}, **data}})
    at = at or datetime.now(timezone.utc)
    message_id = message_id or f'msg_{number}'
    return post(f'{host.base_url}/webhooks', body.encode(), {
        'webhook-id': message_id, 'webhook-timestamp': str(int(at.timestamp())),
        'webhook-signature': f'v1,b3RoZXI= {Webhook(secret).sign(message_id, at, body)}'})


def picture(host):
    with urllib.request.urlopen(f'{host.base_url}/control', timeout=10) as response:
        return json.load(response)


def wait_for(true):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(.01)


def test_it_makes_a_panel_and_reports_each_step(host, billing):
    assert tell(host, 'panel.provision') == 200
    wait_for(lambda: len(billing.heard) == 4)
    assert billing.heard == [
        ('/api/tenant/7/provisioning', 'Bearer key', step) for step in (
            {'progress': 10}, {'progress': 60}, {'progress': 100}, {'state': 'created'})]


def test_a_report_is_repeated_until_it_is_taken(host, billing):
    billing.answers = [503]
    host.platform.faults.provisioning = 'fail'
    tell(host, 'panel.provision')
    wait_for(lambda: len(billing.heard) == 2)
    assert billing.heard[0] == billing.heard[1]
    assert billing.heard[0][2] == {'state': 'failed', 'message': "No room for this panel."}


def test_it_stops_and_starts_a_panel(host):
    for number, (before, after) in enumerate([
            ('creating', 'active'), ('active', 'grace'), ('grace', 'suspended'),
            ('suspended', 'active'), ('active', 'closed')], 1):
        data = {'from': before, 'to': after}
        assert tell(host, 'panel.state_changed', number, **data) == 200
    tell(host, 'panel.paid_through_changed', 6, paid_through='2026-01-31', previous=None)
    panel = picture(host)['panels']['7']
    assert panel['history'] == ['running', 'stopped', 'running', 'gone']
    assert panel['paid_through'] == '2026-01-31'
    assert [one['in_order'] for one in picture(host)['told']] == [True] * 6


def test_a_repeat_changes_nothing(host):
    for _time in range(2):
        assert tell(host, 'panel.state_changed', 1, **{'from': 'active', 'to': 'grace'}) == 200
    told = picture(host)['told']
    assert [(one['repeat'], one['in_order']) for one in told] == [(False, True), (True, True)]


def test_what_is_sent_again_late_stops_nothing(host):
    tell(host, 'panel.state_changed', 2, **{'from': 'suspended', 'to': 'active'})
    assert tell(host, 'panel.state_changed', 1, message_id='msg_late',
                **{'from': 'grace', 'to': 'suspended'}) == 200
    assert picture(host)['told'][-1]['in_order'] is False
    assert picture(host)['panels']['7']['history'] == ['running']


def test_what_it_does_not_believe(host):
    long_ago = datetime.fromtimestamp(time.time() - 400, timezone.utc)
    assert tell(host, 'panel.provision', at=long_ago) == 401
    assert tell(host, 'panel.provision', secret='whsec_' + 'B' * 43 + '=') == 401
    assert post(f'{host.base_url}/webhooks', b'{}') == 401
    assert picture(host)['told'] == []


def test_it_misbehaves_as_it_is_told(host):
    assert post(f'{host.base_url}/control', b'answer=error') == 200
    assert tell(host, 'panel.provision') == 500
    assert post(f'{host.base_url}/control', b'answer=redirect') == 200
    assert tell(host, 'panel.provision') == 307
    assert post(f'{host.base_url}/control', b'answer=odd') == 400
    assert post(f'{host.base_url}/control', b'secret=x') == 400
    assert picture(host)['told'] == []


def test_its_page_shows_what_it_was_told(host):
    tell(host, 'invoice.issued', 1, invoice={
        'number': 'SUB/1', 'amount': '1.00', 'currency': 'BDT'})
    with urllib.request.urlopen(host.base_url, timeout=10) as response:
        page = response.read().decode()
    for word in ("Jashore &lt;Kidney&gt;", 'invoice.issued', 'SUB/1, 1.00 BDT'):
        assert word in page
    assert SECRET not in page
