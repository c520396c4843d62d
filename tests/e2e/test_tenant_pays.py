"""The tenant's way, on the product as a person starts it and in a real browser."""

import pytest
from axe_playwright_python import base
from product import DATABASE

AXE = base.AXE_FILE_PATH
pytestmark = [pytest.mark.browser, pytest.mark.server]
PAY = "button[type=submit][formaction$='/pay']"


def card(name):
    return f"""article[data-name={name!r}]"""


def key(name):
    return f'document.querySelector("{card(name)}")?.dataset.key'


class Clicks:
    """A tenant who counts how often a button must be pressed."""

    def __init__(self, tab):
        self.tab = tab
        self.count = 0

    def __call__(self, selector):
        self.count += 1
        self.tab.click(selector)


def open_panels(product, tab):
    tab.go(f'{product.address}/my/panels')
    tab.wait("!!document.querySelector('.o_tb[data-live] article')")


def state_of(product, name):
    return product.ask("SELECT state, money_state FROM tenant_panel WHERE name = %s", name)[0]


def extensions(product, name):
    """How often payments have renewed the panel, and how many payments there are."""
    return product.ask("""
        SELECT COUNT(*) FILTER (WHERE e.event = 'settle') FROM tenant_billing_event e
          JOIN tenant_panel p ON p.id = e.panel_id WHERE p.name = %s""", name)[0][0]


def test_a_stopped_panel_is_paid_with_two_clicks_and_a_tab_beside_turns_green(product, visit):
    name = 'Rangpur Cath Lab'
    assert state_of(product, name) == ('suspended', 'suspended')
    before = extensions(product, name)
    browser, tab = visit('rangpur')
    beside = browser.tab()
    open_panels(product, beside)
    beside.value('window.stays = true')
    assert beside.value(key(name)) == 'suspended'

    open_panels(product, tab)
    click = Clicks(tab)
    click(f'{card(name)} {PAY}')
    tab.wait_for_text("A simulator: no money moves.")
    assert '690.00 BDT' in tab.value("document.querySelector('#amount').innerText")
    click('button[value=pay]')
    tab.wait_for_text("Renewed. Thank you.")
    assert click.count == 2
    assert '/my/panels/' in tab.value('location.pathname')
    assert state_of(product, name) == ('active', 'active')
    assert extensions(product, name) == before + 1

    beside.to_front()
    beside.wait(f"{key(name)} === 'active'", seconds=45)
    assert beside.value('window.stays') is True
    assert beside.value('[...document.querySelectorAll("[data-told]")].map(e => e.innerText)')


def test_on_a_phone_by_keyboard_alone(product, visit):
    name = 'Rangpur Heart Centre'
    assert state_of(product, name)[0] == 'grace'
    _browser, tab = visit('rangpur', 390, 844)
    open_panels(product, tab)
    assert tab.value('document.documentElement.scrollWidth') <= 390
    tab_to(tab, f'{card(name)} {PAY}')
    tab.press('Enter')
    tab.wait_for_text("A simulator: no money moves.")
    tab_to(tab, 'button[value=pay]')
    tab.press('Enter')
    tab.wait_for_text("Renewed. Thank you.")
    assert tab.value('document.documentElement.scrollWidth') <= 390
    assert state_of(product, name) == ('active', 'active')


def tab_to(tab, selector):
    """Press Tab until the focus is there, where it must be seen."""
    for _press in range(80):
        tab.press('Tab')
        if tab.value(f'document.activeElement.matches({selector!r})'):
            style = 'getComputedStyle(document.activeElement)'
            assert tab.value(f"{style}.outlineStyle !== 'none' || {style}.boxShadow !== 'none'")
            return
    raise AssertionError(f"Tab never comes to {selector}")


@pytest.mark.parametrize(('press', 'told'), [
    ('fail', "The payment did not go through. Nothing was taken."),
    ('cancel', "Payment cancelled. The amount is still due."),
])
def test_what_went_wrong_is_told_and_can_be_tried_again(product, visit, press, told):
    name = {'fail': 'Jashore Appointments', 'cancel': 'Jashore Archive'}[press]
    before = state_of(product, name)
    _browser, tab = visit('jashore')
    open_panels(product, tab)
    tab.click(f'{card(name)} {PAY}')
    tab.click(f'button[value={press}]')
    tab.wait_for_text(told)
    assert state_of(product, name) == before
    tab.click(PAY)
    tab.click('button[value=pay]')
    product.wait_for_row(
        "SELECT 1 FROM tenant_billing_demand d JOIN tenant_panel p ON p.id = d.panel_id"
        " WHERE p.name = %s GROUP BY p.id HAVING BOOL_AND(d.status <> 'open')", name)
    tab.wait("location.pathname.startsWith('/my/panels/')")
    tab.wait(f"!document.querySelector({PAY!r})")


def serious(tab):
    """What axe-core finds on the page that keeps people from using it."""
    tab.value(AXE.read_text())
    return tab.value("""axe.run(document).then(found => found.violations
        .filter(v => ['serious', 'critical'].includes(v.impact))
        .map(v => v.id + ': ' + v.nodes.map(node => node.target).join(', ')))""")


@pytest.mark.parametrize('width', [1280, 390])
def test_axe_finds_nothing_serious(product, visit, width):
    _browser, tab = visit('rangpur', width)
    open_panels(product, tab)
    assert serious(tab) == []
    tab.click('article .o_tb_name a')
    tab.wait("!!document.querySelector('.o_tb_tabbed')")
    assert serious(tab) == []
    _browser, tab = visit('jashore', width)
    open_panels(product, tab)
    assert serious(tab) == []
    tab.go(f'{product.gateway}/')
    tab.wait("!!document.querySelector('form')")
    assert serious(tab) == []


def test_a_card_outlives_a_restart_of_the_server(product, visit):
    _browser, tab = visit('jashore')
    open_panels(product, tab)
    tab.value('window.stays = true')
    shown = tab.value("document.querySelectorAll('article').length")
    product.stop()
    tab.wait_for_text("Cannot reach the server. Showing the state of")
    assert tab.value("document.querySelectorAll('article').length") == shown
    product.start()
    tab.wait("document.querySelector('[data-away]').classList.contains('d-none')")
    assert tab.value('window.stays') is True
    assert DATABASE in product.ask('SELECT current_database()')[0]
