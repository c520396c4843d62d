import re
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import SslcommerzCase

ROUTES = (const.IPN_ROUTE, f'{const.RETURN_ROUTE}/success', f'{const.RETURN_ROUTE}/fail',
          f'{const.RETURN_ROUTE}/cancel')
LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.gateway_message'
NAMES = st.sampled_from((
    'self', 'tran_id', 'status', 'verify_key', 'verify_sign', 'store_id', 'debug', 'lang', 'db',
    'args', 'kwargs', 'kind', 'session_id', 'csrf_token')) | st.text(max_size=8)
FORMS = st.lists(st.tuples(NAMES, st.text(max_size=20)), max_size=6)
TOKEN = re.compile(r'[0-9a-f]{40}o[0-9]+')  # of the page, new each time
TYPES = st.sampled_from((
    'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json', 'text/plain',
    'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded; charset=utf-16', ''))


@tagged('post_install', '-at_install')
class TestCallbackRoutes(SslcommerzCase, HttpCase):
    """What gateways and browsers post to us."""

    def setUp(self):
        super().setUp()
        self.tx = self.start()

    def post(self, route, form, **options):
        return self.url_open(route, data=form, allow_redirects=False, method='POST', **options)

    def test_ipn_pays_and_is_acknowledged_each_time(self):
        self.answers_paid(self.tx)
        form = self.sign(self.facts(self.tx))
        for _time in range(3):
            answer = self.post(const.IPN_ROUTE, form)
            self.assertEqual((answer.status_code, answer.text), (200, "OK"))
            self.assertNotIn('Set-Cookie', answer.headers)
        self.assertEqual(self.tx.state, 'done')
        self.assertEqual(self.gateway.paths(), ['validation'])

    def test_browser_return_leads_to_the_status_page(self):
        self.answers_paid(self.tx)
        for route in ROUTES[1:]:
            answer = self.post(route, self.sign(self.facts(self.tx)))
            self.assertEqual(answer.status_code, 303)
            self.assertURLEqual(answer.headers['Location'], '/payment/status')
            self.assertNotIn('session_id', answer.cookies)
        self.assertEqual(self.tx.state, 'done')

    def test_a_visit_alone_does_nothing(self):
        form = self.sign(self.facts(self.tx, 'CANCELLED'))
        for route in ROUTES[1:]:
            answer = self.url_open(route, params=form, allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertURLEqual(answer.headers['Location'], '/payment/status')
        self.assertEqual(self.url_open(const.IPN_ROUTE, params=form).status_code, 405)
        self.assertEqual(self.tx.state, 'draft')
        self.assertFalse(self.env['tenant.gateway.message'].search([]))

    @mute_logger(LOGGER)
    def test_what_is_forged_is_turned_away_and_tells_nothing(self):
        facts = self.facts(self.tx)
        unknown = {**facts, 'tran_id': 'P260101-UNKNOWN'}
        for route in ROUTES:
            answers = {
                (answer.status_code, TOKEN.sub('', answer.text)) for answer in (
                    self.post(route, self.sign(form, 'guess')) for form in (facts, unknown))}
            with self.subTest(route):
                self.assertEqual({status for status, _content in answers}, {403})
                self.assertEqual(len(answers), 1)
        self.assertEqual((self.tx.state, self.gateway.paths()), ('draft', []))

    @mute_logger(LOGGER)
    def test_who_paid_is_not_left_with_an_error(self):
        answer = self.post(ROUTES[1], self.sign(self.facts(self.tx), 'guess'))
        self.assertIn("your payment is found within a few minutes", answer.text)
        self.assertIn('href="/payment/status"', answer.text)

    @mute_logger(LOGGER)
    def test_only_the_body_counts_and_each_name_once(self):
        self.answers_paid(self.tx)
        form = self.sign(self.facts(self.tx))
        for answer in (
            self.post(const.IPN_ROUTE, {}, params=form),
            self.post(const.IPN_ROUTE, [*form.items(), ('amount', form['amount'])]),
            self.post(const.IPN_ROUTE, {**form, 'verify_sign': ''}, params=form),
        ):
            self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.tx.state, 'draft')

    def test_what_could_not_be_worked_on_is_not_acknowledged(self):
        self.gateway.answers[const.VALIDATION_PATH] = {'APIConnect': 'FAILED'}
        form = self.sign(self.facts(self.tx))
        self.assertEqual(self.post(const.IPN_ROUTE, form).status_code, 503)
        self.assertEqual(self.post(ROUTES[1], form).status_code, 303)
        self.assertEqual(self.tx.state, 'pending')
        self.answers_paid(self.tx)
        self.assertEqual(self.post(const.IPN_ROUTE, form).status_code, 200)
        self.assertEqual(self.tx.state, 'done')

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_http')
    def test_a_bug_in_the_work_leaves_the_message(self):
        with patch.object(type(self.tx), '_sslcommerz_hear', side_effect=RuntimeError("Oh")):
            answer = self.post(const.IPN_ROUTE, self.sign(self.facts(self.tx)))
        self.assertEqual(answer.status_code, 500)
        self.assertEqual(self.env['tenant.gateway.message'].search([]).state, 'new')

    def test_a_flood_is_cut(self):
        for route in ROUTES:
            self.assertEqual(self.post(route, {'a': 'x' * const.BODY_LIMIT}).status_code, 413)

    @mute_logger('odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers')
    def test_a_person_is_asked_although_nobody_is_signed_in(self):
        self.answers_paid(self.tx, currency_amount='1.00')
        answer = self.post(const.IPN_ROUTE, self.sign(self.facts(self.tx)))
        self.assertEqual((answer.status_code, self.tx.state), (200, 'error'))
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])

    # === WHATEVER IS POSTED === #

    def turned_away(self, route, body, kind):
        answer = self.post(route, body, headers={'Content-Type': kind})
        self.assertIn(answer.status_code, (400, 403, 413), (body, kind))

    @mute_logger(LOGGER)
    def test_forms_of_any_kind(self):
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(ROUTES), FORMS, FORMS)
        def try_one(route, form, query):
            answer = self.post(route, form, params=query)
            self.assertEqual(answer.status_code, 403, (form, query))

        try_one()
        self.assertFalse(self.env['tenant.gateway.message'].search([]))

    @mute_logger(LOGGER)
    def test_bodies_of_any_kind(self):
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(ROUTES), st.binary(max_size=200), TYPES)
        def try_one(route, body, kind):
            self.turned_away(route, body, kind)

        try_one()

    @mute_logger(LOGGER, 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers')
    def test_signed_bodies_of_any_kind(self):
        """Whoever knows the password cannot make us stumble either."""
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(ROUTES), st.dictionaries(
            st.sampled_from(('status', 'val_id', 'error', 'amount', 'card_type', 'value_a')),
            st.text(max_size=60)))
        def try_one(route, changes):
            # a browser sends no half characters
            changes = {name: text.encode('utf-8', 'ignore').decode()
                       for name, text in changes.items()}
            answer = self.post(route, self.sign({**self.facts(self.tx), **changes}))
            self.assertIn(answer.status_code, (200, 303, 403))

        try_one()
        self.assertEqual(self.tx.state, 'draft')
