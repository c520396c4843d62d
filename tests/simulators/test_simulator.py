"""The simulator itself, over HTTP as a shop and a browser use it."""

import json
import re
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from serving import serving
from sslcommerz import Sandbox, serve, sign

VECTORS = Path(__file__).parents[2] / 'tenant_billing_sslcommerz' / 'tests' / 'ipn_vectors.json'
STORE = {'store_id': 'store', 'store_passwd': 'pass & word'}
ASKED = {
    **STORE, 'total_amount': '1150.00', 'currency': 'BDT', 'tran_id': 'P1',
    'success_url': 'http://127.0.0.1/ok', 'fail_url': 'http://127.0.0.1/no',
    'cancel_url': 'http://127.0.0.1/back', 'cus_name': "Jashore <Kidney>", 'cus_email': 'a@b.c',
    'cus_add1': "Road 1", 'cus_city': "Jashore", 'cus_country': "Bangladesh",
    'cus_postcode': '7400', 'cus_phone': '01700000000', 'shipping_method': 'NO',
    'num_of_item': '1', 'product_name': "INV/1", 'product_category': "Hosting",
    'product_profile': 'non-physical-goods', 'value_a': 'stamp', 'value_b': 'base',
}
SESSION = '/gwprocess/v4/api.php'
VALIDATE = '/validator/api/validationserverAPI.php'
QUERY = '/validator/api/merchantTransIDvalidationAPI.php'


@pytest.fixture
def gateway():
    with serving(serve(Sandbox(STORE['store_id'], STORE['store_passwd'], "Padma"))) as server:
        yield server


@pytest.fixture
def shop():
    """What hears the IPNs."""
    class Shop(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers['Content-Length'])).decode()
            self.server.heard.append(dict(parse_qsl(body, keep_blank_values=True)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(('127.0.0.1', 0), Shop)
    server.heard = []
    with serving(server):
        yield server


def fetch(gateway, path, form=None, kind='application/x-www-form-urlencoded'):
    body = None if form is None else (
        json.dumps(form) if 'json' in kind else urlencode(form)).encode()
    request = urllib.request.Request(gateway.base_url + path, body, {'Content-Type': kind})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
        return json.loads(text) if 'json' in answer.headers['Content-Type'] else text


def open_session(gateway, **changes):
    return fetch(gateway, SESSION, {**ASKED, **changes})


def press(gateway, session, action, method='bkash'):
    """A button on the page; what the browser then posts to the shop."""
    page = session['GatewayPageURL'].removeprefix(gateway.base_url)
    text = fetch(gateway, f'{page}/act', {'action': action, 'method': method})
    address = re.search(r'<form method="post" action="([^"]*)"', text).group(1)
    return address, dict(re.findall(r'name="([^"]*)" value="([^"]*)"', text))


def validate(gateway, val_id):
    return fetch(gateway, f'{VALIDATE}?{urlencode({**STORE, "val_id": val_id})}')


def query(gateway, **asked):
    return fetch(gateway, f'{QUERY}?{urlencode({**STORE, **asked})}')


def test_signer_by_the_vectors():
    vectors = [one for one in json.loads(VECTORS.read_text())
               if one['accept'] and one['form'].get('verify_sign_sha2')]
    assert len(vectors) > 5
    for vector in vectors:
        keys = vector['form']['verify_key'].split(',')
        fields = {name: vector['form'][name] for name in keys if name in vector['form']}
        signed = sign(fields, vector['password'])
        for name in ('verify_sign', 'verify_sign_sha2'):
            assert signed[name] == vector['form'][name], vector['name']


def test_a_payment_from_session_to_refund(gateway):
    session = open_session(gateway)
    assert session['status'] == 'SUCCESS'
    assert query(gateway, tran_id='P1')['no_of_trans_found'] == 0
    page = fetch(gateway, session['GatewayPageURL'].removeprefix(gateway.base_url), {})
    assert '1150.00 BDT' in page and 'Padma' in page and 'Jashore &lt;Kidney&gt;' in page
    address, form = press(gateway, session, 'pay')
    assert (address, form['status'], form['card_type']) == (
        ASKED['success_url'], 'VALID', 'BKASH-BKash')
    names = form['verify_key'].split(',')
    assert sign({name: form[name] for name in names}, STORE['store_passwd']) == form
    first, second = validate(gateway, form['val_id']), validate(gateway, form['val_id'])
    assert [first['status'], second['status']] == ['VALID', 'VALIDATED']
    assert {first[name] for name in ('amount', 'currency_amount')} == {'1150.00'}
    assert (first['value_a'], first['value_b'], first['APIConnect']) == ('stamp', 'base', 'DONE')
    found = query(gateway, tran_id='P1')
    assert (found['no_of_trans_found'], found['element'][0]['val_id']) == (1, form['val_id'])
    assert query(gateway, sessionkey=session['sessionkey'])['val_id'] == form['val_id']
    refund = {'bank_tran_id': form['bank_tran_id'], 'refund_trans_id': 'R1',
              'refund_amount': '1000.00', 'refund_remarks': "Sorry"}
    given = query(gateway, **refund)
    assert given['status'] == 'success'
    assert query(gateway, **refund)['status'] == 'processing'
    assert query(gateway, **refund | {'refund_trans_id': 'R2'})['status'] == 'failed'
    states = [query(gateway, refund_ref_id=given['refund_ref_id'])['status'] for _n in (1, 2)]
    assert states == ['processing', 'refunded']


def test_fail_and_cancel_leave_the_page_open(gateway):
    session = open_session(gateway)
    address, failed = press(gateway, session, 'fail')
    assert (address, failed['status'], failed['val_id']) == (ASKED['fail_url'], 'FAILED', '')
    address, cancelled = press(gateway, session, 'cancel')
    assert (address, cancelled['status']) == (ASKED['cancel_url'], 'CANCELLED')
    assert 'card_no' not in cancelled
    _address, paid = press(gateway, session, 'pay', 'card')
    statuses = [one['status'] for one in query(gateway, tran_id='P1')['element']]
    assert (paid['status'], statuses) == ('VALID', ['FAILED', 'CANCELLED', 'VALID'])
    page = session['GatewayPageURL'].removeprefix(gateway.base_url)
    assert "This payment is done" in fetch(gateway, f'{page}/act', {'action': 'pay'})
    assert query(gateway, tran_id='P1')['no_of_trans_found'] == 3


@pytest.mark.parametrize('changes', [
    {'store_passwd': 'wrong'}, {'total_amount': '9.99'}, {'total_amount': '500000.01'},
    {'total_amount': 'x'}, {'currency': 'XXX'}, {'tran_id': 'x' * 31}, {'cus_email': ''},
    {'success_url': 'http://' + 'x' * 255},
])
def test_sessions_that_are_refused(gateway, changes):
    answer = open_session(gateway, **changes)
    assert (answer['status'], answer['GatewayPageURL']) == ('FAILED', '')
    assert answer['failedreason']


def test_only_urlencoded_sessions_and_the_right_password(gateway):
    answer = fetch(gateway, SESSION, ASKED, kind='multipart/form-data')
    assert "Store Credential Error" in answer['failedreason']
    wrong = urlencode({'store_id': 'store', 'store_passwd': 'x', 'val_id': 'v', 'tran_id': 'P1'})
    for path in (VALIDATE, QUERY):
        assert fetch(gateway, f'{path}?{wrong}') == {'APIConnect': 'FAILED'}
    assert validate(gateway, 'unknown')['status'] == 'INVALID_TRANSACTION'
    assert validate(gateway, '') == {'APIConnect': 'INVALID_REQUEST'}


def test_other_currencies_are_settled_in_taka(gateway):
    session = open_session(gateway, currency='USD', total_amount='10.00')
    _address, form = press(gateway, session, 'pay')
    answer = validate(gateway, form['val_id'])
    assert [answer[name] for name in ('currency_type', 'currency_amount', 'currency', 'amount')
            ] == ['USD', '10.00', 'BDT', '1200.00']


# Faults


def misbehave(gateway, **faults):
    return fetch(gateway, '/control', faults, kind='application/json')


@pytest.mark.parametrize('ipn, heard', [('normal', 1), ('none', 0), ('duplicate', 2), ('late', 0)])
def test_ipn(gateway, shop, ipn, heard):
    misbehave(gateway, ipn=ipn, late_seconds=60)
    session = open_session(gateway, ipn_url=f'http://127.0.0.1:{shop.server_port}/ipn')
    _address, form = press(gateway, session, 'pay')
    assert shop.heard == [form] * heard
    picture = misbehave(gateway, deliver=1)
    assert len(shop.heard) == max(heard, 1 if ipn == 'late' else 0)
    assert [one['answer'] for one in picture['sent']] == [200] * len(shop.heard)


def test_nothing_is_sent_to_another_machine(gateway):
    press(gateway, open_session(gateway, ipn_url='http://192.0.2.1/ipn'), 'pay')
    assert fetch(gateway, '/control')['sent'][0]['answer'] == "not on this machine"


def test_wrong_amount_risk_and_signature(gateway):
    misbehave(gateway, wrong_amount=True, risk=True, bad_signature=True)
    _address, form = press(gateway, open_session(gateway), 'pay')
    answer = validate(gateway, form['val_id'])
    assert (answer['currency_amount'], answer['amount'], answer['risk_level']) == (
        '1149.00', '1149.00', '1')
    names = form['verify_key'].split(',')
    right = sign({name: form[name] for name in names}, STORE['store_passwd'])
    assert form['verify_sign'] == right['verify_sign'][::-1]


def test_errors_at_one_service(gateway):
    misbehave(gateway, error=True, where='validation')
    assert open_session(gateway)['status'] == 'SUCCESS'
    with pytest.raises(urllib.error.HTTPError) as caught:
        validate(gateway, 'v')
    assert caught.value.code == 500
    misbehave(gateway, error=False)
    assert validate(gateway, 'v')['APIConnect'] == 'DONE'


def refund(gateway, form, number, amount='100.00'):
    return query(gateway, bank_tran_id=form['bank_tran_id'], refund_trans_id=f'R{number}',
                 refund_amount=amount, refund_remarks="Sorry")


def state_of(gateway, refund_ref_id):
    return query(gateway, refund_ref_id=refund_ref_id)['status']


def test_refunds_that_go_wrong(gateway):
    _address, form = press(gateway, open_session(gateway), 'pay')
    misbehave(gateway, refund='refused')
    assert refund(gateway, form, 1)['status'] == 'failed'
    misbehave(gateway, refund='cancelled')
    answer = refund(gateway, form, 2, '1150.00')
    assert [state_of(gateway, answer['refund_ref_id']) for _n in (1, 2)] == ['cancelled'] * 2
    misbehave(gateway, refund='stuck')
    answer = refund(gateway, form, 3, '1000.00')  # what was cancelled is free again
    assert {state_of(gateway, answer['refund_ref_id']) for _n in range(4)} == {'processing'}
    misbehave(gateway, refund='unanswered')
    with pytest.raises(urllib.error.HTTPError) as caught:
        refund(gateway, form, 4, '150.00')
    assert caught.value.code == 502
    misbehave(gateway, refund='normal')
    answer = refund(gateway, form, 4, '150.00')  # done already: the same one
    assert answer['status'] == 'processing'
    assert refund(gateway, form, 5, '0.01')['status'] == 'failed'
    assert [state_of(gateway, answer['refund_ref_id']) for _n in (1, 2)] == [
        'processing', 'refunded']
    ledger = fetch(gateway, '/control')['ledger']
    assert [(row['kind'], row['tran_id'], row['settled']) for row in ledger] == [
        ('capture', 'P1', '1150.00'), ('refund', 'R4', '150.00')]


def test_answers_that_nobody_can_read(gateway):
    misbehave(gateway, garbage=True, where='refund')
    assert validate(gateway, 'v')['APIConnect'] == 'DONE'
    with pytest.raises(ValueError):
        query(gateway, refund_ref_id='x')
    misbehave(gateway, where='session')
    with pytest.raises(ValueError):
        open_session(gateway)


def test_control_page_and_what_it_refuses(gateway):
    page = fetch(gateway, '/')
    assert '<html lang="en">' in page and "Wrong signature" in page
    fetch(gateway, '/control', {'page': 1, 'ipn': 'none', 'risk': 1, 'slow_seconds': 0})
    fetch(gateway, '/control', {'page': 1, 'ipn': 'normal'})  # the box is not ticked any more
    faults = fetch(gateway, '/control')['faults']
    assert (faults['ipn'], faults['risk']) == ('normal', False)
    for wrong in ({'no_such': 1}, {'slow_seconds': 'x'}):
        with pytest.raises(urllib.error.HTTPError) as caught:
            misbehave(gateway, **wrong)
        assert caught.value.code == 400
    assert STORE['store_passwd'] not in json.dumps(fetch(gateway, '/control'))


def test_unknown_pages(gateway):
    for path in ('/x', '/EasyCheckOut/testcdexyz', '/EasyCheckOut/testcdexyz/act'):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetch(gateway, path)
        assert caught.value.code == 404
