"""The server is killed between a change and what hosts are told of it, for real."""

import contextlib
import time

import psycopg2
import pytest
from host import Platform as Host
from host import serve
from office import Operator, Platform
from product import DATABASE
from serving import serving
from standardwebhooks import Webhook

pytestmark = pytest.mark.server
WAITING = """
    SELECT event, attempts FROM tenant_webhook_delivery
     WHERE endpoint_id = %s AND state <> 'delivered' ORDER BY id"""
LIFE = [
    'panel.provision', 'panel.state_changed', 'panel.paid_through_changed', 'panel.closing',
    'panel.state_changed']


@pytest.fixture
def world(product):
    """A platform, and a host that outlives the server: (platform, host, id of its endpoint)."""
    operator = Operator(product.address)
    company_id = operator.company()
    platform = Platform(product.address, operator.make_key("Killed", company_id))
    with serving(serve(Host('', '', product.address))) as server:
        endpoint_id = operator.do('tenant.webhook.endpoint', 'create', {
            'name': "Outlives the server", 'company_id': company_id,
            'url': f'{server.base_url}/webhooks'})
        (server.platform.secret,), = product.ask(
            "SELECT secret FROM tenant_webhook_endpoint WHERE id = %s", endpoint_id)
        yield platform, server.platform, endpoint_id
        Operator(product.address).do(
            'tenant.webhook.endpoint', 'write', [endpoint_id], {'active': False})


@contextlib.contextmanager
def nothing_goes_out():
    """Scheduled actions that are locked are left alone: what is queued stays in the queue."""
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        connection.cursor().execute("""
            SELECT 1 FROM ir_cron c JOIN ir_model_data d ON d.res_id = c.id
             WHERE d.module = 'tenant_billing' AND d.name = 'cron_deliver'
               FOR NO KEY UPDATE OF c""")
        yield


def live(platform, name):
    """A whole life of a panel, told in five messages."""
    panel = platform.ask('/api/v1/panels', {
        'external_id': name, 'plan': 'free', 'tenant': {'email': 'accounts@jashore.example'}})
    platform.ask(f'/api/tenant/ext:{name}/provisioning', {'state': 'created'})
    platform.ask(f'/api/v1/panels/ext:{name}/close', {'reason': "A short life"})
    return panel['id']


def wait_for(true, seconds=90):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(.3)


def heard(host, panel_id):
    """What the host acted upon: each message checked by somebody else's code, repeats left out."""
    told = [one for one in host.told if one['panel'] == panel_id and not one['repeat']]
    assert all(one['in_order'] for one in told)
    return [Webhook(host.secret).verify(one['body'], one['headers'])['type'] for one in told]


def test_killed_between_a_change_and_its_delivery(product, world):
    platform, host, endpoint_id = world
    with nothing_goes_out():
        panel_id = live(platform, 'killed-1')
        assert product.ask(WAITING, endpoint_id) == [(event, 0) for event in LIFE]
        product.kill()
    assert host.told == []
    product.start()
    wait_for(lambda: not product.ask(WAITING, endpoint_id))
    assert heard(host, panel_id) == LIFE
    assert [one for one in host.told if one['repeat']] == []


def test_killed_while_a_host_listens(product, world):
    """It has taken the message and nobody is left to hear so: told again, and the same id says
    that nothing is to be done."""
    platform, host, endpoint_id = world
    host.faults.slow_seconds = 6
    panel_id = live(platform, 'killed-2')
    product.wait_for_row(f'SELECT 1 FROM ({WAITING}) AS queue WHERE attempts > 0', endpoint_id)
    time.sleep(1)  # it is on its way
    product.kill()
    wait_for(lambda: host.told)
    assert heard(host, panel_id) == LIFE[:1]
    host.faults.slow_seconds = 0
    product.start()
    # the killed server's lease on the message, two minutes, is over
    product.do("UPDATE tenant_webhook_delivery SET next_try = queued_on WHERE endpoint_id = %s",
               endpoint_id)
    Operator(product.address).run('cron_deliver')
    wait_for(lambda: not product.ask(WAITING, endpoint_id))
    assert heard(host, panel_id) == LIFE
    assert [one['type'] for one in host.told if one['repeat']] == LIFE[:1]
