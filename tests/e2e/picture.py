"""Takes the READMEs' pictures from a running demo: picture.py [address] [file] [name].

The name is one of PICTURES; without one the operator's panels are taken. Start `./setup/run` first.
Needs Chromium and the websocket-client of the environment.
"""

import base64
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from websocket import create_connection

ROOT = Path(__file__).parents[2]
ADDRESS = 'http://127.0.0.1:8069'
PICTURE = ROOT / 'tenant_billing/static/description/panels.png'
PORT = 9377
CARDS = "!!document.querySelector('.o_tb[data-live] article')"


class Page(NamedTuple):
    """What is taken: who looks at which page, when it is ready, and how large the screen is."""

    login: str
    path: str
    ready: str
    width: int = 1280
    height: int = 900
    click: str = ''


PICTURES = {
    'panels': Page(
        'admin', '/odoo/action-tenant_billing.action_tenant_panel',
        "document.querySelectorAll('.o_data_row, .o_kanban_record').length > 3", 1400, 820),
    'portal': Page('rangpur', '/my/panels', CARDS),
    'portal_phone': Page('rangpur', '/my/panels', CARDS, 390, 844),
    'panel': Page(
        'rangpur', '/my/panels', "!!document.querySelector('.o_tb_tabbed')",
        click='article .o_tb_name a'),
}


class Browser:
    """A headless Chromium, spoken to over its debugging port."""

    def __init__(self, folder, width=1280, height=900):
        self.process = subprocess.Popen(
            ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
             '--disable-background-networking', '--no-first-run', '--remote-allow-origins=*',
             f'--remote-debugging-port={PORT}', f'--user-data-dir={folder}',
             f'--window-size={width},{height}', 'about:blank'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = create_connection(self._wait_for_page(), timeout=60)
        self.number = 0
        if width < 500:  # narrower than a window can be
            self.send('Emulation.setDeviceMetricsOverride', width=width, height=height,
                      deviceScaleFactor=1, mobile=True)

    def _wait_for_page(self):
        for _attempt in range(100):
            try:
                with urllib.request.urlopen(f'http://127.0.0.1:{PORT}/json') as answer:
                    pages = [p for p in json.load(answer) if p['type'] == 'page']
                    if pages:
                        return pages[0]['webSocketDebuggerUrl']
            except OSError:
                pass
            time.sleep(0.2)
        raise SystemExit("Chromium does not answer.")

    def send(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps(
            {'id': self.number, 'method': method, 'params': parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get('id') == self.number:
                return message.get('result', {})

    def value(self, expression):
        answer = self.send('Runtime.evaluate', expression=expression, awaitPromise=True,
                           returnByValue=True)
        return answer.get('result', {}).get('value')

    def wait(self, expression):
        for _attempt in range(300):
            if self.value(expression):
                return
            time.sleep(0.2)
        raise SystemExit(f"The page never came so far: {expression}")

    def picture(self, path):
        data = self.send('Page.captureScreenshot', format='png')['data']
        Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()


def log_in(browser, address, login='admin'):
    browser.send('Page.navigate', url=f'{address}/web/login')
    browser.wait("!!document.querySelector('input[name=login]')")
    browser.value(f"""
        document.querySelector('input[name=login]').value = '{login}';
        document.querySelector('input[name=password]').value = '{login}';
        document.querySelector('form.oe_login_form button[type=submit]').click();
    """)
    browser.wait("!!document.querySelector('.o_web_client, .o_action_manager, .o_portal_my_home')")


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else ADDRESS
    target = sys.argv[2] if len(sys.argv) > 2 else PICTURE
    page = PICTURES[sys.argv[3] if len(sys.argv) > 3 else 'panels']
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder, page.width, page.height)
        try:
            log_in(browser, address, page.login)
            browser.send('Page.navigate', url=address + page.path)
            if page.click:
                browser.wait(f"!!document.querySelector('{page.click}')")
                browser.value(f"document.querySelector('{page.click}').click()")
            browser.wait(page.ready)
            time.sleep(1.5)  # pictures of people come last
            browser.picture(target)
        finally:
            browser.close()


if __name__ == '__main__':
    main()
