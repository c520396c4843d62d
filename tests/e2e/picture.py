"""Takes the READMEs' pictures from a running demo: picture.py [address] [file] [name].

The name is one of PICTURES; without one the operator's panels are taken. Start `./setup/run` first.
Needs Chromium and the websocket-client of the environment.
"""

import sys
import time
from pathlib import Path
from typing import NamedTuple

from browser import Browser

ROOT = Path(__file__).parents[2]
ADDRESS = 'http://127.0.0.1:8069'
PICTURE = ROOT / 'tenant_billing/static/description/panels.png'
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
    'usage': Page(
        'jashore', '/my/panels', "!!document.querySelector('.o_tb_tabbed')", 1280, 1480,
        click='article .o_tb_name a'),
}


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else ADDRESS
    target = sys.argv[2] if len(sys.argv) > 2 else PICTURE
    page = PICTURES[sys.argv[3] if len(sys.argv) > 3 else 'panels']
    with Browser(page.width, page.height) as browser:
        tab = browser.log_in(address, page.login)
        tab.go(address + page.path)
        if page.click:
            tab.click(page.click)
        tab.wait(page.ready)
        time.sleep(1.5)  # pictures of people come last
        tab.picture(target)


if __name__ == '__main__':
    main()
