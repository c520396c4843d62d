"""Usage on the product as a person starts it: the demo's year, and what a client sends."""

import importlib.util
import json
import urllib.request
from datetime import datetime, timezone

import pytest
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from office import Operator
from product import ROOT

pytestmark = pytest.mark.server
PANEL = 'ext:jashore-kidney-centre'


def test_the_demo_has_a_year_of_usage_and_its_books_are_right(product):
    months, = product.ask("""
        SELECT COUNT(DISTINCT date_trunc('month', t.hour)) FROM tenant_usage_total t
          JOIN tenant_panel p ON p.id = t.panel_id WHERE p.name = 'Jashore Kidney Centre'""")
    assert months[0] >= 12
    lines, = product.ask("""
        SELECT COUNT(*) FILTER (WHERE m.move_type = 'out_invoice'),
               COUNT(*) FILTER (WHERE m.move_type = 'out_refund')
          FROM tenant_rated_line r JOIN account_move m ON m.id = r.move_id""")
    assert lines[0] >= 50 and lines[1] >= 1
    Operator(product.address).run('cron_fold_usage', 'cron_audit')
    assert product.ask("SELECT check_name, message FROM tenant_billing_audit") == []


def test_the_demo_has_usage_alerts_of_each_rule_and_some_are_unread(product):
    told = product.ask("""
        SELECT rule.name ->> 'en_US', COUNT(*), COUNT(*) FILTER (WHERE alert.read_at IS NULL)
          FROM tenant_usage_alert alert JOIN tenant_usage_alert_rule rule ON rule.id = alert.rule_id
         WHERE alert.state = 'fired' GROUP BY 1 ORDER BY 1""")
    assert [name for name, *_counts in told] == ["Dear for Pro", "Soon used up", "Used up"]
    assert sum(unread for _name, _all, unread in told) in range(1, 20)


@pytest.fixture
def key(product):
    operator = Operator(product.address)
    return operator.make_key("Usage", operator.company(), ['usage:write'])


def stored(product, source):
    return product.ask(
        "SELECT value, dimension_1 FROM tenant_usage_raw WHERE source = %s ORDER BY value", source)


def test_events_of_the_public_sdk(product, key):
    def event(name, value):
        return to_structured(CloudEvent(
            attributes={
                'specversion': '1.0', 'id': name, 'source': '/sdk', 'type': 'tokens',
                'subject': PANEL, 'time': datetime.now(timezone.utc),
                'datacontenttype': 'application/json'},
            data={'value': value, 'provider': 'openai'}), JSONFormat())

    def send(body, mimetype):
        request = urllib.request.Request(f'{product.address}/api/v1/events', body, {
            'Authorization': f'Bearer {key}', 'Content-Type': mimetype})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    single = event('one', 1)
    mimetype = {name.lower(): value for name, value in single.headers.items()}['content-type']
    assert send(single.body, mimetype)['accepted'] == 1
    assert send(single.body, mimetype)['duplicate'] == 1
    batch = b'[%s]' % b','.join(event(f'b{number}', number).body for number in (2, 3))
    assert send(batch, 'application/cloudevents-batch+json')['accepted'] == 2
    assert send(batch, 'application/json')['duplicate'] == 2
    assert stored(product, '/sdk') == [(1, 'openai'), (2, 'openai'), (3, 'openai')]


def test_the_example_client_sends(product, key):
    spec = importlib.util.spec_from_file_location(
        'usage_client', ROOT / 'tenant_billing/doc/examples/usage_client.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    client = module.UsageClient(product.address, key, 'e2e/client')
    client.record('tokens', PANEL, 7, provider='gemini')
    client.counted('tokens', PANEL, provider='anthropic')(len)("abc")
    client.close()
    assert stored(product, 'e2e/client') == [(1, 'anthropic'), (7, 'gemini')]
