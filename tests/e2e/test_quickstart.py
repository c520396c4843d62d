"""Every command of the developer's guide, run as it stands on the page."""

import json
import os
import re
import subprocess
import time

import pytest
from office import Operator
from product import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.server]
GUIDE = ROOT / 'tenant_billing/doc/quickstart.md'
BLOCKS = re.compile(r'^```(sh|json)\n(.*?)^```$|^<!-- (the tenant pays) -->$', re.S | re.M)
PAY = "article[data-name='My first panel'] button[type=submit][formaction$='/pay']"


def blocks():
    """The commands, what they answer, and what people do in between, in the page's order."""
    return [(kind or 'people', text or person)
            for kind, text, person in BLOCKS.findall(GUIDE.read_text())]


def holds(told, found):
    """Whether an answer holds what the page tells of it: parts of objects, lists in their order."""
    if isinstance(told, dict):
        return isinstance(found, dict) and all(
            name in found and holds(part, found[name]) for name, part in told.items())
    if isinstance(told, list):
        rest = iter(found)
        return all(any(holds(part, one) for one in rest) for part in told)
    return told == found


class Reader:
    """A newcomer at a shell, who goes by the page."""

    def __init__(self, values):
        self.values = values
        self.exports = ''

    def run(self, commands):
        """Run commands; what they export stays.

        :return: the last answer
        """
        for name, value in self.values.items():
            commands = re.sub(f'^export {name}=.*$', f'export {name}={value}', commands, flags=re.M)
        done = subprocess.run(
            ['sh', '-euc', self.exports + commands], cwd=ROOT, capture_output=True, text=True,
            timeout=60, check=False, env={**os.environ, 'no_proxy': '127.0.0.1'})
        assert done.returncode == 0, f'{commands}\n{done.stdout}{done.stderr}'
        self.exports += ''.join(re.findall(r'^export .*\n', commands, re.M))
        answers = answers_of(done.stdout)
        assert not any('code' in answer for answer in answers), answers  # no problem
        return answers[-1] if answers else None

    def run_until(self, commands, told):
        """Run commands that only ask until they answer what the page tells."""
        deadline = time.monotonic() + (0 if '-d' in commands.split() else 60)
        while not holds(told, answer := self.run(commands)):
            assert time.monotonic() < deadline, f'{commands}\n{told}\n{answer}'
            time.sleep(.5)


def answers_of(output):
    """The answers of several commands: nothing stands between them."""
    decoder, answers = json.JSONDecoder(), []
    while output:
        answer, end = decoder.raw_decode(output)
        answers.append(answer)
        output = output[end:].lstrip()
    return answers


def pay(product, visit):
    _browser, tab = visit('jashore')
    tab.go(f'{product.address}/my/panels')
    tab.wait("!!document.querySelector('.o_tb[data-live] article')")
    tab.click(PAY)
    tab.wait_for_text("A simulator: no money moves.")
    tab.click('button[value=pay]')
    tab.wait("location.pathname.startsWith('/my/panels/')")


def test_the_guide_from_key_to_first_paid_panel(product, visit):
    page = blocks()
    assert page.pop(0) == ('sh', './setup/run\n')  # which is what serves the product here
    operator = Operator(product.address)
    reader = Reader({
        'BILLING': product.address, 'HOST': product.host,
        'KEY': operator.make_key("My platform", operator.company())})
    assert [kind for kind, _text in page].count('people') == 1
    for number, (kind, text) in enumerate(page):
        if kind == 'people':
            pay(product, visit)
        elif kind == 'sh' and page[number + 1][0] == 'json':
            reader.run_until(text, json.loads(page[number + 1][1]))
        elif kind == 'sh':
            reader.run(text)
    assert reader.exports.count('export ') == 3


def test_each_answer_on_the_page_is_held_against_a_command():
    kinds = [kind for kind, _text in blocks()]
    assert kinds.count('sh') == 9
    assert all(kinds[place - 1] == 'sh' for place, kind in enumerate(kinds) if kind == 'json')
