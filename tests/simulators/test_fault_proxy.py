"""The bad line itself."""

import http.client
import urllib.error
import urllib.request

import fault_proxy
import pytest
import serving


class Shop(serving.Handler):
    def do_POST(self):
        self.server.heard.append((self.path, self.headers['X-Word'], self.read_body()))
        self.send(201, 'text/plain', "A long answer", Location='/there')


@pytest.fixture
def shop():
    with serving.serving(serving.Server(Shop, heard=[])) as server:
        yield server


def ask(shop, fault=None, is_dark=False):
    """Status and text of what comes back over a line with this one fault, None where nothing."""
    line = fault_proxy.Line(shop.base_url, rate=bool(fault), faults=(fault,))
    line.is_dark = is_dark
    with serving.serving(fault_proxy.serve(line)) as proxy:
        request = urllib.request.Request(f'{proxy.base_url}/a?b=1', b'body', {'X-Word': "c"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.headers['Location'] == '/there'
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except http.client.RemoteDisconnected:
            return None


@pytest.mark.parametrize(('fault', 'heard', 'answer'), [
    (None, 1, (201, "A long answer")),
    ('late', 1, (201, "A long answer")),
    ('twice', 2, (201, "A long answer")),
    ('garbage', 1, (201, "A long an")),
    ('error before', 0, (502, "<h1>Bad Gateway</h1>")),
    ('error after', 1, (502, "<h1>Bad Gateway</h1>")),
    ('dropped before', 0, None),
    ('dropped after', 1, None),
])
def test_what_becomes_of_a_request(shop, fault, heard, answer):
    assert ask(shop, fault) == answer
    assert shop.heard == [('/a?b=1', "c", b'body')] * heard


def test_darkness(shop):
    assert ask(shop, is_dark=True) is None
    assert shop.heard == []


def test_the_same_seed_is_the_same_luck():
    one, other = (fault_proxy.Line('', .5, seed=7) for _time in range(2))
    assert [one.draw() for _n in range(50)] == [other.draw() for _n in range(50)]
    assert 10 < one.happened[''] < 40
