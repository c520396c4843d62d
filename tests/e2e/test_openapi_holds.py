"""Somebody else's program reads the OpenAPI document, and tries whether the server keeps it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from office import Operator, Platform

pytestmark = pytest.mark.server
SOAK = bool(os.environ.get('TENANT_BILLING_SOAK'))
EXAMPLES = 400 if SOAK else 15  # for each operation, beside those at the bounds of each schema
# What is right by its schema may still be refused by the books: positive_data_acceptance knows
# no 422 for that.
COMMAND = [
    Path(sys.executable).with_name('st'), '--no-color', '--config-file', 'schemathesis.toml', 'run',
    '--phases', 'examples,coverage,fuzzing', '--checks', 'all',
    '--exclude-checks', 'positive_data_acceptance',
    '--max-examples', str(EXAMPLES), '--continue-on-failure',
    *(['--generation-database', 'none'] if SOAK else ['--generation-deterministic'])]
# Most addresses name panels that there are, most orders what can be ordered.
CONFIGURATION = """
[dictionaries]
panels = {{ values = {panels} }}
plans = {{ values = ["pro", "free"] }}
tenants = {{ values = ["tenant@tried.example"] }}

[parameters]
"path.ref" = {{ dictionary = "panels", probability = 0.8 }}
"body.plan" = {{ dictionary = "plans", probability = 0.8 }}
"body.tenant.email" = {{ dictionary = "tenants", probability = 0.8 }}
"""


@pytest.fixture
def platform(product):
    """A platform in a company of its own, so that the demo stays as it is."""
    operator = Operator(product.address)
    country, = operator.do('res.country', 'search', [('code', '=', 'US')])
    company_id = operator.do('res.company', 'create', {
        'name': "Tried Hosting", 'country_id': country, 'tenant_tz': 'Asia/Dhaka'})
    operator.do('account.chart.template', 'try_loading', [], 'generic_coa', company_id)
    cycle, = operator.do('ir.model.data', 'search_read', [
        ('module', '=', 'tenant_billing'), ('name', '=', 'cycle_month')], fields=['res_id'])
    currency, = operator.do('res.company', 'read', [company_id], ['currency_id'])
    for code, price in (('pro', 1000), ('free', 0)):
        plan_id = operator.do('tenant.plan', 'create', {
            'name': code, 'code': code, 'company_id': company_id})
        version_id = operator.do('tenant.plan.version', 'create', {
            'plan_id': plan_id, 'price': price, 'currency_id': currency['currency_id'][0],
            'cycle_id': cycle['res_id']})
        operator.do('tenant.plan.version', 'action_publish', [version_id])
    return Platform(product.address, operator.make_key("Tried", company_id))


def panels(platform):
    """Panels in several states, by both of their names."""
    names = []
    for number in range(8):
        name = f'tried-{number}'
        panel = platform.ask('/api/v1/panels', {
            'external_id': name, 'plan': 'free' if number % 2 else 'pro',
            'tenant': {'email': 'tenant@tried.example', 'name': "Tenant"}})
        names += [str(panel['id']), f'ext:{name}']
    for ref, path, body in (
        ('ext:tried-3', 'api/tenant/{}/provisioning', {'state': 'created'}),
        ('ext:tried-5', 'api/tenant/{}/provisioning', {'state': 'failed', 'message': "No room"}),
        ('ext:tried-7', 'api/v1/panels/{}/close', {'reason': "Gone"}),
    ):
        platform.ask('/' + path.format(ref), body)
    return names


def test_the_server_keeps_its_document(platform, tmp_path):
    """No 5xx, no answer that is not in the document, none off its schema; what the document
    forbids is refused."""
    known = str(panels(platform)).replace("'", '"')
    Path(tmp_path, 'schemathesis.toml').write_text(CONFIGURATION.format(panels=known))
    done = subprocess.run(
        [*COMMAND, '-H', f'Authorization: Bearer {platform.key}',
         f'{platform.address}/api/openapi.json'],
        cwd=tmp_path, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    tried, = re.findall(r'(\d+) generated', done.stdout)
    assert int(tried) > 300, done.stdout
    assert re.search(r'Tested: (\d+)\n', done.stdout)[1] == re.search(
        r'Selected: \d+/(\d+)', done.stdout)[1], done.stdout
