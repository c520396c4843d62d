import gzip
import json
import os
import zlib
from datetime import timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.controllers.api.base import MAX_BODY, MAX_UNPACKED
from odoo.addons.tenant_billing.tests.api.api_case import ApiCase

EXAMPLES = 600 if os.environ.get('TENANT_BILLING_SOAK') else 80
PATH = '/api/v1/events'
LIST, ONE, MANY = (
    'application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json')
WORDS = ('specversion', 'id', 'source', 'type', 'subject', 'time', 'data', 'reverses', 'value')
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
        st.sampled_from(['1.0', 'calls', 'tokens', 'ext:clinic-7', 'e1', '2026-01-20T05:00:00Z',
                         '\0', '\ud800', ''])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=9)),
    max_leaves=12)


@tagged('post_install', '-at_install')
class TestUsageRoute(ApiCase):
    """`POST /api/v1/events`: 25 January, noon in Dhaka."""

    def make_world(self):
        super().make_world()
        self.meter = self.env['tenant.meter'].create({
            'name': "Tokens", 'code': 'tokens', 'company_id': self.company.id})
        self.env['tenant.meter'].create({
            'name': "Calls", 'code': 'calls', 'aggregation': 'count',
            'company_id': self.company.id})
        self.platform = self.secret('usage:write')

    def event(self, name, value=1, **attributes):
        return {
            'specversion': '1.0', 'id': name, 'source': 'app', 'type': 'tokens',
            'subject': 'ext:clinic-7', 'time': '2026-01-20T05:00:00Z', 'data': {'value': value},
            **attributes}

    def send(self, body, mimetype=LIST, key=None, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(
            PATH, key=key or self.platform, method='POST', data=data,
            headers={'Content-Type': mimetype, **headers})

    def used(self):
        rows = self.env['tenant.usage.total']._of(
            self.panel, self.day('2026-01-01'), self.day('2027-01-01'), self.meter)
        return sum(row['value'] for row in rows)

    # === WHAT IS TAKEN === #

    def test_one_many_and_a_plain_list(self):
        for mimetype, body in (
            (ONE, self.event('e1')), (MANY, [self.event('e2'), self.event('e3')]),
            (LIST, [self.event('e4')]), (f'{MANY}; charset=utf-8', [self.event('e5')]),
        ):
            response = self.send(body, mimetype)
            self.assertEqual(response.status_code, 200, response.text)
            count = 1 if mimetype == ONE else len(body)
            self.assertEqual(response.json()['accepted'], count)
        self.assertEqual(self.used(), 5)

    def test_verdicts_stand_in_the_order_of_the_request(self):
        body = [self.event('e1'), 7, self.event('e2', 'much'), self.event('e1'), {'id': 'x'}]
        told = self.send(body).json()
        self.assertEqual(
            [(event['id'], event['verdict'], event.get('code')) for event in told['events']], [
                ('e1', 'accepted', None), (None, 'rejected', 'invalid_event'),
                ('e2', 'rejected', 'invalid_value'), ('e1', 'duplicate', None),
                ('x', 'rejected', 'invalid_event')])
        self.assertEqual(
            (told['accepted'], told['duplicate'], told['rejected']), (1, 1, 3))

    def test_the_same_call_twice_changes_nothing(self):
        body = [self.event(f'e{number}', number) for number in range(50)]
        first = self.send(body).json()
        again = self.send(body).json()
        self.assertEqual((first['accepted'], again['duplicate']), (50, 50))
        self.assertEqual(self.used(), sum(range(50)))

    def test_numbers_are_exact(self):
        body = b'[{"id":"e1","source":"a","type":"tokens","subject":"ext:clinic-7",' \
               b'"data":{"value":0.100000000000000000001}}]'
        self.assertEqual(self.send(body).json()['accepted'], 1)
        self.assertEqual(str(self.used()), '0.100000000000000000001')

    def test_packed(self):
        body = gzip.compress(json.dumps([self.event('e1')]).encode())
        for encoding in ('gzip', 'GZIP'):
            response = self.send(body, **{'Content-Encoding': encoding})
            self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(self.used(), 1)

    def test_a_key_of_one_panel_needs_no_subject(self):
        key = self.secret('usage:write', panel=self.panel)
        event = self.event('e1')
        del event['subject']
        self.assertEqual(self.send([event], key=key).json()['accepted'], 1)
        self.assertEqual(self.send([event]).json()['duplicate'], 1)  # the company's only panel
        self.order(self.plan)
        told, = self.send([event]).json()['events']
        self.assertEqual(told['code'], 'unknown_panel')

    def test_nothing_in_a_list(self):
        self.assertEqual(self.send([]).json()['events'], [])

    # === WHAT IS NOT === #

    def test_neighbours_panels_are_unknown(self):
        keys = {
            "another panel": self.secret('usage:write', panel=self.order(self.plan)),
            "another company": self.secret(
                'usage:write', company=self.make_company("Meghna Hosting")),
        }
        for who, key in keys.items():
            for subject in ('ext:clinic-7', str(self.panel.id)):
                with self.subTest(who, subject=subject):
                    event, = self.send([self.event('e1', subject=subject)], key=key).json()[
                        'events']
                    self.assertEqual(event['code'], 'unknown_panel')
        self.assertEqual(self.used(), 0)

    def test_who_may_not(self):
        self.assertProblem(self.ask(PATH, method='POST', json=[]), 401)
        self.assertProblem(self.send([], key='tbk_nonsense'), 401)
        self.assertProblem(
            self.send([], key=self.secret('usage:read')), 403,
            "This key lacks the scope usage:write.")
        self.assertProblem(self.send([], key=self.key_of(self.login)), 403)

    def test_types_that_are_not_taken(self):
        for mimetype in ('text/plain', 'application/x-www-form-urlencoded', 'application/xml'):
            self.assertProblem(self.send([self.event('e1')], mimetype), 415)
        self.assertProblem(
            self.send([self.event('e1')], **{'Content-Encoding': 'br'}), 415,
            "A body is sent as it is, or packed with gzip.")

    def test_one_is_no_list_and_a_list_is_not_one(self):
        for body, mimetype, sentence in (
            ([self.event('e1')], ONE, "The body must be one event."),
            (self.event('e1'), MANY, "The body must be a list of events."),
            (self.event('e1'), LIST, "The body must be a list of events."),
            ('e1', LIST, "The body must be array or object."),
        ):
            self.assertProblem(self.send(body, mimetype), 400, sentence)

    def test_too_much(self):
        response = self.send([self.event(f'e{number}') for number in range(1001)])
        self.assertProblem(response, 422, "Send up to 1000 events in a request.")
        self.assertEqual(response.json()['code'], 'too_many_events')
        self.assertProblem(self.send(b' ' * MAX_BODY), 413)
        packed = gzip.compress(b' ' * MAX_UNPACKED)
        self.assertLess(len(packed), MAX_BODY)
        self.assertProblem(self.send(packed, **{'Content-Encoding': 'gzip'}), 413)
        self.assertEqual(self.used(), 0)

    def test_what_is_packed_wrongly(self):
        whole = gzip.compress(json.dumps([self.event('e1')]).encode())
        for data in (whole[:-9], b'[]', b'', zlib.compress(b'[]')):
            self.assertProblem(self.send(data, **{'Content-Encoding': 'gzip'}), 400)

    def test_deep_bodies(self):
        for data in (b'[' * 900 + b']' * 900, b'[{"data":' * 400 + b'{}' + b'}]' * 400):
            with self.subTest(data[:12]):
                self.assertLess(self.send(data).status_code, 500)

    # === WHAT IS LEFT === #

    def test_what_is_left(self):
        plan = self.make_plan(0, entitlement_ids=[
            Command.create({'name': "Tokens", 'code': 'tokens', 'kind': 'hard', 'quantity': 10,
                            'meter_id': self.meter.id}),
            Command.create({'name': "Sign-on", 'code': 'sso', 'value': "SAML"})])
        panel = self.running(plan, external_id='limited')
        told = self.send([
            self.event('e1', 8, subject='ext:limited', time='2026-01-25T05:00:00Z'),
            self.event('e2', '2.5', subject='ext:limited', time='2026-01-25T05:00:00Z')]).json()
        self.assertEqual([event.get('code') for event in told['events']], [None, 'limit_reached'])
        path, key = '/api/v1/panels/ext:limited/entitlements', self.secret('usage:read')
        self.assertEqual(self.ask(f'{path}/tokens?quantity=2.5', key=key).json(), {
            'code': 'tokens', 'name': "Tokens", 'unit': '', 'kind': 'hard', 'used': '8',
            'limit': '10', 'remaining': '2', 'percent': 80, 'status': 'warning',
            'resets_at': f'{panel._usage_window().end - timedelta(days=1)}T18:00:00Z',
            'value': None, 'allowed': False})
        self.assertTrue(self.ask(f'{path}/tokens?quantity=2', key=key).json()['allowed'])
        feature = self.ask(f'{path}/sso', key=key).json()
        self.assertEqual(
            (feature['allowed'], feature['value'], feature['used'], feature['resets_at']),
            (True, "SAML", None, None))
        self.assertProblem(
            self.ask(f'{path}/nonsense', key=key), 404, "The panel's plan says nothing of this.")
        for quantity in ('-1', 'much', '1e9', ''):
            self.assertProblem(self.ask(f'{path}/tokens?quantity={quantity}', key=key), 400)
        self.assertProblem(
            self.ask(f'{path}/tokens', key=self.platform), 403,
            "This key lacks the scope usage:read.")
        neighbour = self.secret('usage:read', panel=self.panel)
        self.assertProblem(self.ask(f'{path}/tokens', key=neighbour), 404)
        self.make_login('neighbour', self.make_tenant("Rangpur"))
        for name, status in (('tenant', 200), ('neighbour', 404)):
            with self.subTest(name):
                self.sign_in(name)
                self.assertEqual(self.ask(f'{path}/tokens').status_code, status)

    def test_when_others_are_in_the_way(self):
        with patch.object(
                self.registry['tenant.usage.event'], '_ingest', side_effect=ConcurrencyError), \
                patch('time.sleep'), mute_logger('odoo.http', 'odoo.service.model'):
            response = self.send([self.event('e1')])
        self.assertProblem(response, 503)
        self.assertEqual(response.headers['Retry-After'], '2')

    def test_no_body_breaks_it(self):
        packed = st.binary(max_size=60).map(lambda data: (data, 'gzip'))
        written = values.map(lambda body: (json.dumps(body).encode(), 'identity'))
        listed = st.lists(values, max_size=4).map(
            lambda body: (gzip.compress(json.dumps(body).encode()), 'gzip'))
        fitting = st.dictionaries(st.sampled_from(WORDS), values, max_size=9).map(
            lambda change: (json.dumps([{**self.event('e1'), **change}]).encode(), 'identity'))

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck))
        @given(sent=packed | written | listed | fitting,
               mimetype=st.sampled_from([LIST, ONE, MANY]))
        def throw(sent, mimetype):
            data, encoding = sent
            response = self.send(data, mimetype, **{'Content-Encoding': encoding})
            self.assertLess(response.status_code, 500, response.text)

        with mute_logger('odoo.http'):
            throw()
        self.assertEqual(self.env['tenant.usage.total']._different(), [])
