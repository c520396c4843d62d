"""A headless Chromium, spoken to over its debugging port."""

import base64
import json
import resource
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from websocket import create_connection

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
PATIENCE = 60
KEYS = {
    'Tab': {'key': 'Tab', 'code': 'Tab', 'windowsVirtualKeyCode': 9},
    'Enter': {'key': 'Enter', 'code': 'Enter', 'windowsVirtualKeyCode': 13, 'text': '\r'},
}


class Never(AssertionError):
    """What was waited for did not come."""


def _lift_limit():
    """Odoo limits the memory of the process that runs the tests; a browser wants more."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


class Browser:
    """A browser with a profile of its own: nobody is signed in. Close it, or use `with`."""

    def __init__(self, width=1280, height=900):
        self.size = width, height
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [self._program(), '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
             '--disable-background-networking', '--no-first-run', '--remote-allow-origins=*',
             '--remote-debugging-port=0', f'--user-data-dir={self.folder}',
             f'--window-size={width},{height}', 'about:blank'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_lift_limit)
        self.tabs = []

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def tab(self, address='about:blank'):
        """A new tab that shows an address.

        :rtype: Tab
        """
        request = urllib.request.Request(f'{self._port()}/json/new?about:blank', method='PUT')
        with urllib.request.urlopen(request) as answer:
            tab = Tab(json.load(answer)['webSocketDebuggerUrl'], *self.size)
        self.tabs.append(tab)
        tab.go(address)
        return tab

    def log_in(self, address, login):
        """A tab in which a person of the demo is signed in."""
        tab = self.tab(f'{address}/web/login')
        tab.wait("!!document.querySelector('input[name=login]')")
        tab.value(f"""
            document.querySelector('input[name=login]').value = '{login}';
            document.querySelector('input[name=password]').value = '{login}';
            document.querySelector('form.oe_login_form button[type=submit]').click();
        """)
        tab.wait("!!document.querySelector('.o_web_client, .o_action_manager, .o_portal_my_home')")
        # Odoo keeps translations in the browser: who leaves while it does so finds a dead page
        tab.wait("!document.querySelector('.o_portal_doc_spinner')")
        time.sleep(1)
        return tab

    def close(self):
        for tab in self.tabs:
            tab.socket.close()
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _program(self):
        found = next(filter(None, map(shutil.which, NAMES)), None)
        if not found:
            raise SystemExit("There is no Chromium: install it, or leave browser tests out.")
        return found

    def _port(self):
        path = Path(self.folder, 'DevToolsActivePort')
        for _attempt in range(PATIENCE * 10):
            if path.exists() and len(path.read_text().splitlines()) > 1:
                return f'http://127.0.0.1:{path.read_text().splitlines()[0]}'
            time.sleep(0.1)
        raise Never("Chromium does not answer.")


class Tab:
    def __init__(self, address, width, height):
        self.socket = create_connection(address, timeout=PATIENCE)
        self.number = 0
        if width < 500:  # narrower than a window can be
            self.send('Emulation.setDeviceMetricsOverride', width=width, height=height,
                      deviceScaleFactor=1, mobile=True)

    def send(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps(
            {'id': self.number, 'method': method, 'params': parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get('id') == self.number:
                return message.get('result', {})

    def go(self, address):
        self.to_front()
        self.send('Page.navigate', url=address)

    def to_front(self):
        """Show the tab: a page that nobody sees does less."""
        self.send('Page.bringToFront')

    def value(self, expression):
        """What an expression is in the page; None while there is no page."""
        answer = self.send('Runtime.evaluate', expression=expression, awaitPromise=True,
                           returnByValue=True)
        return answer.get('result', {}).get('value')

    def wait(self, expression, seconds=PATIENCE):
        """Wait until an expression holds.

        :raise Never: when it does not in time; the message shows what the page says
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.value(expression)
            if found:
                return found
            time.sleep(0.2)
        raise Never(f"Not within {seconds} seconds: {expression}\n{self.value('location.href')}\n"
                    f"{self.value('document.body.innerText')}")

    def wait_for_text(self, text, seconds=PATIENCE):
        self.wait(f'document.body?.innerText.includes({json.dumps(text)})', seconds)

    def click(self, selector):
        """A press of the mouse where the element is, as a person does it."""
        where = self.wait(f"""(() => {{
            const el = document.querySelector({json.dumps(selector)});
            el?.scrollIntoView({{block: 'center', behavior: 'instant'}});
            const box = el?.getBoundingClientRect();
            return box?.width && {{x: box.x + box.width / 2, y: box.y + box.height / 2}};
        }})()""")
        for kind in ('mousePressed', 'mouseReleased'):
            self.send('Input.dispatchMouseEvent', type=kind, button='left', clickCount=1, **where)

    def press(self, name):
        """A key: Tab or Enter."""
        key = KEYS[name]
        self.send('Input.dispatchKeyEvent', type='keyDown', **key)
        self.send('Input.dispatchKeyEvent', type='keyUp',
                  **{name: value for name, value in key.items() if name != 'text'})

    def picture(self, path):
        data = self.send('Page.captureScreenshot', format='png')['data']
        Path(path).write_bytes(base64.b64decode(data))
