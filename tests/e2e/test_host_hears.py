"""The example host on the product as a person starts it: it makes, stops and starts a panel."""

import json
import time
import urllib.request

import pytest
from product import DATABASE

pytestmark = pytest.mark.server


class Operator:
    """The operator, over JSON-RPC."""

    def __init__(self, address):
        self.address = address
        self.uid = self._call('common', 'login', DATABASE, 'admin', 'admin')

    def do(self, model, method, *arguments, **options):
        return self._call(
            'object', 'execute_kw', DATABASE, self.uid, 'admin', model, method, arguments, options)

    def _call(self, service, method, *arguments):
        body = {'jsonrpc': '2.0', 'method': 'call', 'params': {
            'service': service, 'method': method, 'args': arguments}}
        request = urllib.request.Request(
            f'{self.address}/jsonrpc', json.dumps(body).encode(),
            {'Content-Type': 'application/json'})
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)
        assert 'error' not in answer, answer
        return answer.get('result')


def wait_for_host(product, panel_id, state):
    """What the host knows of a panel, once it is in a state."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f'{product.host}/control') as answer:
            picture = json.load(answer)
        panel = picture['panels'].get(str(panel_id), {})
        if panel.get('state') == state:
            return picture
        time.sleep(.3)
    raise AssertionError(f"Not {state} within a minute: {panel} {picture['reports']}")


def test_the_host_makes_stops_and_starts_a_panel(product):
    operator = Operator(product.address)
    plan, = operator.do('tenant.plan', 'search_read', [('code', '=', 'free')], fields=[
        'company_id'])
    company = plan['company_id'][0]
    partner = operator.do('res.partner', 'search', [('company_id', '=', company)], limit=1)
    panel_id = operator.do('tenant.panel', 'create', {
        'name': "Jashore Laboratory", 'plan_id': plan['id'], 'partner_id': partner[0],
        'company_id': company})
    operator.do('tenant.panel', 'action_order', [panel_id])
    picture = wait_for_host(product, panel_id, 'running')
    assert [(report['progress'], report['answer']) for report in picture['reports']
            if report['panel'] == panel_id] == [(10, 200), (60, 200), (100, 200)]
    operator.do('tenant.panel', 'action_hold', [panel_id], 'maintenance', "New disks")
    wait_for_host(product, panel_id, 'stopped')
    operator.do('tenant.panel', 'action_lift', [panel_id])
    picture = wait_for_host(product, panel_id, 'running')
    told = [one for one in picture['told'] if one['panel'] == panel_id]
    assert [(one['type'], one['says']) for one in told if one['type'] != (
        'panel.paid_through_changed')] == [
        ('panel.provision', ''), ('panel.state_changed', 'creating → active'),
        ('panel.state_changed', 'active → suspended'),
        ('panel.state_changed', 'suspended → active')]
    assert all(one['in_order'] and not one['repeat'] for one in told)
    assert picture['panels'][str(panel_id)]['history'] == [
        'making', 'running', 'stopped', 'running']
