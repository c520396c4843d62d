"""The example host on the product as a person starts it: it makes, stops and starts a panel."""

import time
from datetime import datetime, timezone

import pytest
from freezegun import freeze_time
from office import Operator, Platform, exchange
from standardwebhooks import Webhook

pytestmark = pytest.mark.server
DAILY = ('cron_settle', 'cron_enforce', 'cron_renew')
PAY = "button[type=submit][formaction$='/pay']"
# Keeps a card fresh as an open page does it, only sooner, and notes each state of its bar.
WATCH = """
    window.seen = [];
    setInterval(() => {
        document.dispatchEvent(new Event('visibilitychange'));
        const card = document.querySelector('article[data-panel="%s"]');
        const percent = card?.querySelector('[role=progressbar]')?.ariaValueNow;
        const now = card ? `${card.dataset.key} ${percent}` : '';
        if (now && now !== window.seen.at(-1)) { window.seen.push(now); }
    }, 200);
"""


def wait_for_host(product, panel_id, state):
    """What the host knows, once a panel is in a state there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        _status, picture = exchange(f'{product.host}/control')
        panel = picture['panels'].get(str(panel_id), {})
        if panel.get('state') == state:
            return picture
        time.sleep(.3)
    raise AssertionError(f"Not {state} within a minute: {panel} {picture['reports']}")


def wait_for_told(product, panel_id, count):
    """What the host was told of a panel, once it is so much: each message checked by somebody
    else's code, in order and none twice.

    :return: list of (event, what it says beside the panel)
    """
    (secret,), = product.ask(
        "SELECT secret FROM tenant_webhook_endpoint WHERE name = 'Example host'")
    deadline = time.monotonic() + 60
    told = []
    while len(told) < count and time.monotonic() < deadline:
        time.sleep(.3)
        _status, picture = exchange(f'{product.host}/control')
        told = [one for one in picture['told'] if one['panel'] == panel_id]
    assert all(one['in_order'] and not one['repeat'] for one in told)
    assert [one['sequence'] for one in told] == list(range(1, len(told) + 1))
    assert len({one['id'] for one in told}) == len(told)
    return [in_short(verified(secret, one)) for one in told]


def verified(secret, one):
    sent = int(one['headers']['webhook-timestamp'])
    with freeze_time(datetime.fromtimestamp(sent, timezone.utc).replace(tzinfo=None)):
        return Webhook(secret).verify(one['body'], one['headers'])


def in_short(message):
    data = message['data']
    if 'to' in data:
        return message['type'], f'{data["from"]} → {data["to"]}'
    return message['type'], data.get('paid_through') or data.get('invoice', {}).get('amount')


def pay(product, tab, panel_id):
    """The tenant presses Pay, and pays at the gateway."""
    tab.go(f'{product.address}/my/panels/{panel_id}')
    tab.wait("!!document.querySelector('.o_tb_tabbed')")
    tab.click(PAY)
    tab.wait_for_text("A simulator: no money moves.")
    tab.click('button[value=pay]')


def test_a_panel_ordered_by_api_lives_through_stop_and_return(product, visit):
    operator = Operator(product.address)
    platform = Platform(product.address, operator.make_key("Platform", operator.company()))
    panel = platform.ask('/api/v1/panels', {
        'external_id': 'story-1', 'plan': 'basic', 'name': "Jashore Eye Care",
        'tenant': {'email': 'accounts@jashore.example'}})
    panel_id = panel['id']
    story = [('invoice.issued', '690.00')]
    assert (panel['state'], panel['progress'], panel['billing']['amount_due']) == (
        'creating', 10, '690.00')
    assert wait_for_told(product, panel_id, 1) == story

    # paid, and made while the tenant looks on
    browser, tab = visit('jashore')
    card = browser.tab(f'{product.address}/my/panels')
    card.wait(f"!!document.querySelector('.o_tb[data-live] article[data-panel=\"{panel_id}\"]')")
    card.value(WATCH % panel_id)
    pay(product, tab, panel_id)
    card.to_front()
    card.wait("window.seen.at(-1)?.startsWith('active')")
    bars = [now for now in card.value('window.seen') if now.startswith('creating')]
    # at 10 before and after the payment, which is shown while it is being confirmed
    assert list(dict.fromkeys(bars)) == ['creating 10', 'creating 60', 'creating 100']
    picture = wait_for_host(product, panel_id, 'running')
    reports = [one for one in picture['reports'] if one['panel'] == panel_id]
    assert [one.get('progress', one.get('state')) for one in reports] == [10, 60, 100, 'created']
    assert {one['answer'] for one in reports} == {200}
    running = platform.ask('/api/tenant/ext:story-1/status')
    assert (running['state'], running['billing']['amount_due']) == ('active', '0.00')
    story += [
        ('invoice.paid', '690.00'), ('panel.provision', None),
        ('panel.state_changed', 'creating → active'),
        ('panel.paid_through_changed', running['paid_through'])]
    assert wait_for_told(product, panel_id, 5) == story

    # time passes: the next invoice, the day to pay it, the end of grace
    for days, told, stands in (
        (running['days_left'] - 5, ('invoice.issued', '690.00'), 'running'),
        (8, ('panel.state_changed', 'active → grace'), 'running'),
        (8, ('panel.state_changed', 'grace → suspended'), 'stopped'),
    ):
        product.let_days_pass(panel_id, days)
        operator.run(*DAILY)
        story += [told]
        assert wait_for_told(product, panel_id, len(story)) == story
        wait_for_host(product, panel_id, stands)
    stopped = platform.ask('/api/v1/panels/ext:story-1')
    assert (stopped['state'], stopped['status_text']) == (
        'suspended', "Billing expired. Please renew.")

    pay(product, tab, panel_id)
    wait_for_host(product, panel_id, 'running')
    running = platform.ask('/api/tenant/ext:story-1/status')
    story += [
        ('invoice.paid', '690.00'), ('panel.state_changed', 'suspended → active'),
        ('panel.paid_through_changed', running['paid_through'])]
    assert wait_for_told(product, panel_id, len(story)) == story
    operator.run(*DAILY, 'cron_deliver')  # nothing is left to do, and nothing is told twice
    assert wait_for_told(product, panel_id, len(story)) == story
    assert wait_for_host(product, panel_id, 'running')['panels'][str(panel_id)]['history'] == [
        'making', 'running', 'stopped', 'running']


def test_the_host_stops_for_maintenance(product):
    operator = Operator(product.address)
    plan, = operator.do('tenant.plan', 'search_read', [('code', '=', 'free')], fields=[
        'company_id'])
    company = plan['company_id'][0]
    partner = operator.do('res.partner', 'search', [('company_id', '=', company)], limit=1)
    panel_id = operator.do('tenant.panel', 'create', {
        'name': "Jashore Laboratory", 'plan_id': plan['id'], 'partner_id': partner[0],
        'company_id': company})
    operator.do('tenant.panel', 'action_order', [panel_id])
    wait_for_host(product, panel_id, 'running')
    operator.do('tenant.panel', 'action_hold', [panel_id], 'maintenance', "New disks")
    wait_for_host(product, panel_id, 'stopped')
    operator.do('tenant.panel', 'action_lift', [panel_id])
    picture = wait_for_host(product, panel_id, 'running')
    assert picture['panels'][str(panel_id)]['history'] == [
        'making', 'running', 'stopped', 'running']
    told = wait_for_told(product, panel_id, 5)
    assert [says for event, says in told if event == 'panel.state_changed'] == [
        'creating → active', 'active → suspended', 'suspended → active']
