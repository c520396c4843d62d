"""People who pay in a browser, and not always straight."""

import random
import re
import time
from urllib.parse import urljoin, urlsplit

import requests
from lxml import etree, html

PASSWORD = 'a tenant in a hurry'
# What a tenant does with one panel: the buttons on the gateway's pages, in turn; 'leave'
# presses none, 'first' pays on the first page, which is still open in another tab.
STORIES = (
    *[('pay',)] * 6, ('cancel', 'pay'), ('fail', 'pay'), ('leave', 'pay'), ('leave',), ('cancel',),
    ('cancel', 'pay', 'first'),
)
COMES_BACK = .8  # of browsers
TRIES = 3
PAUSE = .5  # seconds
TIMEOUT = 120
LINE = 502  # says the line, not our server


class Tenant:
    """One browser of one tenant.

    :param str address: of our server
    :param str login: of the tenant
    :param list panels: ids of what is to be paid
    :param seed: of what this tenant does
    :param threading.Semaphore may_pay: taken for each panel
    """

    def __init__(self, address, login, panels, seed, may_pay):
        self.address, self.login, self.panels = address, login, panels
        self.may_pay = may_pay
        self.dice = random.Random(f'{seed} {login}')
        self.browser = requests.Session()
        self.gateway = requests.Session()  # another site: our cookies do not go there
        self.browser.trust_env = self.gateway.trust_env = False  # no proxy of the machine
        self.token = None
        self.finished = 0
        self.broken = []  # answers that no visitor may get

    def live(self, database):
        self.sign_in(database)
        for panel_id in self.panels:
            self.may_pay.acquire()
            try:
                self.pay(panel_id, self.dice.choice(STORIES))
            finally:
                self.finished += 1

    def sign_in(self, database):
        while True:
            self.ask('/web/session/authenticate', json={'params': {
                'db': database, 'login': self.login, 'password': PASSWORD}})
            page = self.ask(f'/my/panels/{self.panels[0]}')
            found = page is not None and re.search(r'name="csrf_token" value="(\w+)"', page.text)
            if found:
                self.token = found[1]
                return
            time.sleep(PAUSE)

    def pay(self, panel_id, story):
        pages = []
        for step in story:
            pages.append(pages[0] if step == 'first' else self.press_pay(panel_id))
            if not pages[-1]:
                return
            form = step != 'leave' and self.press_there(
                pages[-1], 'pay' if step == 'first' else step)
            if form and self.dice.random() < COMES_BACK:
                self.come_back(*form)

    # === STEPS === #

    def press_pay(self, panel_id):
        """The address of the gateway's page; None where there is nothing to pay, or no way."""
        for _try in range(TRIES):
            answer = self.ask(
                f'/billing/{panel_id}/pay', data={'csrf_token': self.token}, method='POST')
            if answer is not None and answer.status_code == 200:
                form = html.fromstring(answer.content).find('.//form[@id="tenant_pay_form"]')
                if form is not None:
                    return form.get('action')
            elif answer is not None:  # led to a page that is open already, or to the panel's
                place = answer.headers.get('Location', '')
                if urlsplit(place).netloc not in ('', urlsplit(self.address).netloc):
                    return place
            time.sleep(PAUSE)
        return None

    def press_there(self, page, button):
        """Press a button on the gateway's page.

        :return: the address to which the browser is led and what it posts there, or None
        """
        try:
            shown = html.fromstring(self.gateway.get(page, timeout=TIMEOUT).content)
            if not shown.forms:
                return None  # it is paid
            form = shown.forms[0]
            pressed = next(
                one for one in form.iter('button', 'input') if one.get('value') == button)
            answer = self.gateway.post(
                urljoin(page, form.action), timeout=TIMEOUT,
                data=[*form.form_values(), (pressed.get('name'), button)])
            back = html.fromstring(answer.content).forms
        except (requests.RequestException, etree.LxmlError):
            return None
        return (back[0].action, dict(back[0].form_values())) if back else None

    def come_back(self, address, form):
        """As a browser from another site does it; then the page of the payment's state."""
        try:
            self.note(self.gateway.post(
                address, data=form, timeout=TIMEOUT, allow_redirects=False))
        except requests.RequestException:
            return  # the line; the tenant gives up
        for _time in range(2):
            self.ask('/payment/status/poll', json={'params': {}})

    # === HELPERS === #

    def ask(self, path, method=None, **options):
        """What our server answers; None where it does not."""
        method = method or ('POST' if 'json' in options else 'GET')
        try:
            answer = self.browser.request(
                method, self.address + path, timeout=TIMEOUT, allow_redirects=False, **options)
        except requests.RequestException:
            time.sleep(PAUSE)
            return None
        return self.note(answer)

    def note(self, answer):
        if answer.status_code >= 500 and answer.status_code != LINE:
            self.broken.append((answer.status_code, answer.url, answer.text[:500]))
        return answer
