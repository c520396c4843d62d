"""Who works with the product by programs: the operator over JSON-RPC, a platform by its key."""

import json
import urllib.error
import urllib.request

from product import DATABASE

PATIENCE = 300  # seconds: a chart of accounts takes its time
SCOPES = (
    'status:read', 'panels:write', 'provisioning', 'usage:read', 'monitoring:read')


class Operator:
    """The operator, over JSON-RPC."""

    def __init__(self, address):
        self.address = address
        self.uid = self._call('common', 'login', DATABASE, 'admin', 'admin')

    def do(self, model, method, *arguments, **options):
        return self._call(
            'object', 'execute_kw', DATABASE, self.uid, 'admin', model, method, arguments, options)

    def run(self, *names):
        """Run scheduled actions of ours, as "Run Manually" does it."""
        for name in names:
            cron, = self.do('ir.model.data', 'search_read', [
                ('module', '=', 'tenant_billing'), ('name', '=', name)], fields=['res_id'])
            self.do('ir.cron', 'method_direct_trigger', [cron['res_id']])

    def company(self):
        """The id of the demo's company."""
        plan, = self.do('tenant.plan', 'search_read', [('code', '=', 'basic')], fields=[
            'company_id'])
        return plan['company_id'][0]

    def make_key(self, name, company_id, scopes=SCOPES):
        """The secret of a new API key."""
        key_id = self.do('tenant.api.key', 'create', {
            'name': name, 'company_id': company_id,
            'scope_ids': [(5, 0, 0), *((0, 0, {'scope': scope}) for scope in scopes)]})
        return self.do('tenant.api.key', 'action_issue', [key_id])['context']['default_secret']

    def _call(self, service, method, *arguments):
        status, answer = exchange(f'{self.address}/jsonrpc', {
            'jsonrpc': '2.0', 'method': 'call',
            'params': {'service': service, 'method': method, 'args': arguments}})
        assert status == 200 and 'error' not in answer, answer
        return answer.get('result')


class Platform:
    """A hosting platform that knows nothing but the product's address and its key."""

    def __init__(self, address, key):
        self.address, self.key = address, key

    def ask(self, path, body=None):
        """What is answered, where it is no problem; with a body it is a POST."""
        status, answer = exchange(
            self.address + path, body, {'Authorization': f'Bearer {self.key}'})
        assert status in (200, 201), answer
        return answer


def exchange(address, body=None, headers=()):
    """The status and the JSON of an answer; with a body it is a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        address, data, {**({'Content-Type': 'application/json'} if data else {}), **dict(headers)})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
