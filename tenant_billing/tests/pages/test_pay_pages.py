from unittest.mock import patch
from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from odoo import http
from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.controllers.portal.notice import KEY
from odoo.addons.tenant_billing.tests.collection.paying import PayCase

GATE = 'https://gate.example/pay'


class PayPagesCase(PayCase, HttpCase):
    """The tenant in a browser."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway()

    def setUp(self):
        super().setUp()
        self.sign_in('tenant')

    def sign_in(self, name):
        self.authenticate(f'{name}-paying', f'{name}-paying')

    def press(self, path, **values):
        """A form of the panel's page is sent."""
        return self.press_with(path, values)

    def press_with(self, path, values):
        return self.url_open(
            f'/billing/{self.panel.id}/{path}', allow_redirects=False,
            data={'csrf_token': http.Request.csrf_token(self), **values})

    def look(self, path):
        return self.url_open(f'/billing/{self.panel.id}/{path}', allow_redirects=False)

    def ask(self, route, **params):
        """A call as scripts make it: what is answered, in case of an error its message."""
        answer = self.url_open(route, json={'jsonrpc': '2.0', 'params': params}).json()
        if 'error' in answer:
            return answer['error']['code'], answer['error']['data']['message']
        return answer['result']

    def choose(self, scope='all', **values):
        """What core's payment form sends."""
        return self.ask(f'/billing/{self.panel.id}/transaction/{scope}', **{
            'provider_id': self.gate.id, 'payment_method_id': self.method.id, 'token_id': None,
            'flow': 'redirect', 'tokenization_requested': False, **values})

    def later(self, day):
        self.set_clock(day)
        self.sign_in('tenant')

    def payments(self):
        self.env.invalidate_all()
        return self.panel.demand_ids.move_id.transaction_ids.sorted('id')

    def notice(self):
        return http.root.session_store.get(self.session.sid).get(KEY, {}).get('text')

    def assertLeadsToPanel(self, response, notice=None):
        self.assertEqual(response.status_code, 303)
        self.assertEqual(
            urlsplit(response.headers['Location']).path, f'/my/panels/{self.panel.id}')
        self.assertEqual(self.notice(), notice)

    def assertLeadsToGate(self, response, amount=100):
        self.assertEqual(response.status_code, 200, response.text[-6000:])
        form = html.fromstring(response.content).find('.//form')
        self.assertEqual((form.get('action'), form.get('method')), (GATE, 'post'))
        self.assertEqual(form.find('.//button').get('type'), 'submit')
        self.assertEqual(self.payments()[-1].amount, amount)


@tagged('post_install', '-at_install')
class TestPayPages(PayPagesCase):
    """R33 at the routes."""

    def test_one_provider_is_one_click(self):
        self.assertLeadsToGate(self.press('pay'))
        tx = self.payments()
        self.assertEqual(
            (tx.state, tx.provider_id, tx.partner_id, tx.landing_route),
            ('draft', self.gate, self.tenant, f'/billing/{self.panel.id}/return'))

    def test_forged_values_change_nothing(self):
        self.assertLeadsToGate(self.press(
            'pay', amount=1, currency_id=1, landing_route='https://evil.example',
            partner_id=1, provider='9' * 40, method='x', scope=['a', 'b']))
        tx = self.payments()
        self.assertEqual(
            (tx.amount, tx.partner_id, tx.landing_route),
            (100, self.tenant, f'/billing/{self.panel.id}/return'))

    def test_after_a_new_login_the_panel_is_shown(self):
        for path in ('pay', 'renew'):
            self.assertLeadsToPanel(self.look(path))
        self.assertFalse(self.payments())

    def test_signed_out_leads_to_the_login_and_back(self):
        self.authenticate(None, None)
        response = self.press('pay')
        self.assertEqual(response.status_code, 303)
        self.assertIn(f'/web/login?redirect=%2Fbilling%2F{self.panel.id}%2Fpay',
                      response.headers['Location'])

    def test_without_a_token_nothing_is_done(self):
        for path in ('pay', 'renew'):
            with mute_logger('odoo.http'):
                response = self.press(path, csrf_token='')
            self.assertEqual(response.status_code, 400)
        self.assertFalse(self.payments())

    def test_neighbour_finds_nothing(self):
        neighbour = self.make_tenant("Rangpur Heart Centre")
        self.make_login('neighbour', neighbour)
        self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        for name in ('neighbour', 'clerk'):
            self.sign_in(name)
            for path in ('pay', 'renew'):
                with self.subTest(path, by=name):
                    self.assertEqual(self.press(path).status_code, 404)
                    self.assertEqual(self.look(path).status_code, 404)
            self.assertEqual(self.look('return').status_code, 404)
            with mute_logger('odoo.http'):
                self.assertEqual(self.choose()[0], 404)
        self.assertFalse(self.payments())

    def test_what_does_not_exist(self):
        for number in (0, 2147483647, 2147483648, 10 ** 30):
            self.assertEqual(self.url_open(f'/billing/{number}/pay').status_code, 404)

    def test_operator_may_press_for_the_tenant(self):
        self.make_login('operator', self.make_tenant("Op"), 'tenant_billing.group_user')
        self.sign_in('operator')
        self.assertLeadsToGate(self.press('pay'))
        self.assertEqual(self.payments().partner_id, self.tenant)

    def test_a_colleague_pays(self):
        colleague = self.make_tenant("Accountant", parent_id=self.tenant.id)
        self.make_login('colleague', colleague)
        self.sign_in('colleague')
        self.assertLeadsToGate(self.press('pay'))
        self.assertEqual(self.payments().partner_id, colleague)

    def test_nothing_open(self):
        self.pay(self.panel)
        self.assertLeadsToPanel(self.press('pay'), "Nothing is open: it is paid already.")

    def test_under_way(self):
        self.start(self.gate)._set_pending()
        self.assertLeadsToPanel(self.press('pay'), "We are confirming your payment.")
        self.assertEqual(len(self.payments()), 1)

    def test_no_way_to_pay(self):
        self.gate.state = 'disabled'
        self.assertLeadsToPanel(
            self.press('pay'),
            "No way to pay online is set up for Padma Hosting. Contact us, please.")

    def test_gateway_that_fails(self):
        message = "Gate could not be reached. Nothing was taken. Try again or choose another way."

        def fail(tx, values):
            tx._set_error("Timeout")
            return {}
        with patch.object(self.env.registry['payment.transaction'],
                          '_get_specific_rendering_values', fail):
            self.assertLeadsToPanel(self.press('pay'), message)
        self.assertEqual(self.payments().mapped('state'), ['error'])
        self.assertLeadsToGate(self.press('pay'))

    def test_no_body_is_an_error_of_ours(self):
        self.gateway(name="Other gate")
        words = st.text(max_size=20) | st.integers().map(str)
        names = st.sampled_from(('scope', 'provider', 'method', 'amount', 'panel_id')) | words
        simple = st.none() | st.booleans() | st.integers() | words
        fields = st.sampled_from((
            'provider_id', 'payment_method_id', 'token_id', 'flow', 'tokenization_requested'))

        @settings(max_examples=25, deadline=None)
        @given(st.sampled_from(('pay', 'renew')), st.dictionaries(names, words, max_size=5))
        def send_form(path, values):
            values.pop('self', None)
            self.assertLess(self.press_with(path, values).status_code, 500)

        @settings(max_examples=25, deadline=None)
        @given(st.dictionaries(fields, simple | st.lists(simple) | st.dictionaries(words, simple)))
        def send_json(values):
            answer = self.choose(**values)
            if isinstance(answer, tuple):
                self.assertEqual(answer, (0, "Choose one of the ways to pay."))

        with mute_logger('odoo.http', 'werkzeug'):
            send_form()
            send_json()
        self.assertEqual(set(self.payments().mapped('amount')) | {100}, {100})

    # === PRESSED TWICE === #

    def test_r33_pressed_twice_leads_back_to_the_young_page(self):
        self.at('2026-01-25', '12:00')
        self.press('pay')
        first = self.payments()
        first.tenant_page_url = f'{GATE}/1'
        first.tenant_page_until = Datetime.add(Datetime.now(), minutes=30)
        response = self.press('pay')
        self.assertEqual((response.status_code, response.headers['Location']),
                         (303, f'{GATE}/1'))
        self.assertEqual(self.payments(), first)

    def test_r33_an_old_page_is_left(self):
        self.press('pay')
        first = self.payments()
        first.tenant_page_url = f'{GATE}/1'
        first.tenant_page_until = Datetime.now()
        self.assertLeadsToGate(self.press('pay'))
        self.assertEqual(len(self.payments()), 2)
        self.assertEqual(len(set(self.payments().mapped('reference'))), 2)

    def test_r33_a_page_of_another_amount_is_left(self):
        self.press('pay')
        first = self.payments()
        first.tenant_page_url = f'{GATE}/1'
        first.tenant_page_until = Datetime.add(Datetime.now(), minutes=30)
        self.pay_invoice(self.invoice, 40)
        self.assertLeadsToGate(self.press('pay'), 60)

    # === CHOOSING === #

    def test_two_providers_are_a_page(self):
        other = self.gateway(name="Other gate")
        page = self.press('pay')
        self.assertEqual(page.status_code, 200)
        form = html.fromstring(page.content).get_element_by_id('o_payment_form')
        self.assertEqual(
            (form.get('data-transaction-route'), float(form.get('data-amount'))),
            (f'/billing/{self.panel.id}/transaction/all', 100))
        self.assertFalse(self.payments())
        values = self.choose(provider_id=other.id, amount=1, landing_route='//evil.example')
        self.assertIn(GATE, values['redirect_form_html'])
        tx = self.payments()
        self.assertEqual(
            (tx.provider_id, tx.amount, tx.landing_route),
            (other, 100, f'/billing/{self.panel.id}/return'))

    def test_what_is_not_offered_cannot_be_chosen(self):
        hidden = self.gateway(name="Hidden", is_published=False)
        for values in ({'provider_id': hidden.id}, {'payment_method_id': 0},
                       {'provider_id': [1]}, {'flow': 'validation'},
                       {'flow': 'token', 'token_id': 1}):
            with self.subTest(values), mute_logger('odoo.http'):
                self.assertEqual(self.choose(**values)[1], "Choose one of the ways to pay.")
        self.assertFalse(self.payments())

    def test_paid_while_the_page_was_open(self):
        self.gateway(name="Other gate")
        self.press('pay')
        self.pay(self.panel)
        with mute_logger('odoo.http'):
            self.assertEqual(self.choose()[1], "Nothing is open: it is paid already.")

    def test_r33_only_what_is_due_now(self):
        self.assertLeadsToPanel(self.press('pay', scope='due'), "Nothing is due now.")
        self.later('2026-02-22')
        self.panel._renew()
        page = self.press('pay')
        self.assertIn("Only what is due now", page.text)
        self.assertFalse(self.payments())
        self.assertLeadsToGate(self.press('pay', scope='due'), 100)
        self.assertLeadsToGate(self.press('pay', scope='all'), 200)

    def test_r34_a_part_is_shown_first(self):
        self.gate.maximum_amount = 70
        page = self.press('pay')
        self.assertIn("Pay this part now and the rest afterwards.", page.text)
        self.assertFalse(self.payments())
        self.assertLeadsToGate(self.press(
            'pay', scope='all', provider=self.gate.id, method=self.method.id), 70)

    def test_r34_too_little(self):
        self.gate.tenant_minimum_amount = 500
        self.assertLeadsToPanel(
            self.press('pay'),
            "BDT 500.00 is the least that can be paid online. "
            "What is open is asked for together with your next invoice.")

    def test_bank_transfer_shows_the_instructions(self):
        self.gate.state = 'disabled'
        self.transfer()
        page = html.fromstring(self.press('pay').content)
        tx = self.payments()
        form = page.find('.//form')
        self.assertEqual(form.get('action'), '/payment/custom/process')
        self.url_open('/payment/custom/process', data={'reference': tx.reference},
                      allow_redirects=False)
        self.assertEqual(self.payments().state, 'pending')
        shown = self.look('return')
        self.assertEqual(shown.status_code, 200)
        self.assertIn("Padma Bank 4711", shown.text)
        self.assertIn(self.invoice.payment_reference or tx.reference, shown.text)
        self.assertEqual(
            urlsplit(self.press('pay').headers['Location']).path, '/payment/status')
        self.assertEqual(self.payments(), tx)

    # === RENEW EARLY === #

    def test_r33_renew_early(self):
        self.pay(self.panel)
        self.later('2026-02-03')
        self.assertLeadsToGate(self.press('renew'))
        self.assertLeadsToGate(self.press('renew'))
        self.assertEqual(len(self.open_demands(self.panel)), 1)
        self.pay(self.panel)
        self.assertLeadsToPanel(
            self.press('renew'), "Panel is renewed to 31 Mar 2026 already. Renew again once its "
            "next period has begun.")

    def test_r33_renew_early_paid_by_credit(self):
        self.pay(self.panel)
        self.later('2026-02-03')
        self.receive(100)
        self.assertLeadsToPanel(self.press('renew'), "Renewed. Thank you.")

    # === COMING BACK === #

    def come_back(self, *notice):
        self.assertLeadsToPanel(self.look('return'), *notice)

    def test_paid(self):
        self.press('pay')
        self.payments()._set_done()
        self.come_back("We are confirming your payment.")
        status = self.ask('/payment/status/poll')
        self.assertEqual(
            (status['state'], status['landing_route']),
            ('done', f'/billing/{self.panel.id}/return'))
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.come_back("Renewed. Thank you.")

    def test_other_ends(self):
        for method, text in (
            ('_set_pending', "We are confirming your payment."),
            ('_set_canceled', "Payment cancelled. The amount is still due."),
            ('_set_error', "The payment did not go through. Nothing was taken. "
             "Try again or choose another way."),
        ):
            self.press('pay')
            tx = self.payments()[-1]
            getattr(tx, method)(**({'state_message': "No"} if method == '_set_error' else {}))
            self.come_back(text)
            tx.state = 'error'  # out of the way of the next one

    def test_held_for_abuse(self):
        self.press('pay')
        self.panel.action_hold('abuse', "Spam")
        self.finish(self.payments())
        self.come_back("Payment received. Thank you. Paying does not lift the stop.")

    def test_nothing_to_say(self):
        self.come_back(None)

    # === CORE'S OWN ROUTE === #

    def core(self, **values):
        return self.ask(f'/invoice/transaction/{self.invoice.id}', **{
            'access_token': self.invoice._portal_ensure_token(), 'provider_id': self.gate.id,
            'payment_method_id': self.method.id, 'token_id': None, 'amount': 100,
            'flow': 'redirect', 'tokenization_requested': False, 'is_validation': False,
            'landing_route': self.invoice.get_portal_url(), **values})

    def test_cores_route_takes_what_is_asked(self):
        self.core()
        self.assertEqual(self.payments().landing_route, f'/billing/{self.panel.id}/return')

    def test_cores_route_takes_nothing_forged(self):
        hidden = self.gateway(name="Hidden", is_published=False)
        for values, message in (
            ({'amount': 1}, "is to be paid, not"),
            ({'landing_route': 'https://evil.example'}, "must be one of this site"),
            ({'provider_id': hidden.id}, "cannot be paid with Hidden"),
        ):
            with self.subTest(values), mute_logger('odoo.http'):
                self.assertIn(message, self.core(**values)[1])
        self.assertFalse(self.payments())

    def test_cores_route_without_login_returns_to_the_invoice(self):
        self.authenticate(None, None)
        self.core()
        self.assertEqual(self.payments().landing_route, self.invoice.get_portal_url())
