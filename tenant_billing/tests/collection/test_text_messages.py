import json
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing import outbound
from odoo.addons.tenant_billing.tests.common import BillingCase

RUN = 'odoo.addons.tenant_billing.models.invoicing.tenant_billing_run'


class Gateway(BaseHTTPRequestHandler):
    """Remembers what it was asked, and answers as it is told."""

    asked, status, answer = [], 200, b'OK'

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
        self.asked.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.send_header('Location', 'http://127.0.0.1/')
        self.send_header('Content-Length', str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    do_GET = do_POST

    def log_message(self, *_args):
        pass


@tagged('post_install', '-at_install')
class TestTextMessages(BillingCase):
    """Text messages: once each, in the gateway's own form, and no word of its keys anywhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = HTTPServer(('127.0.0.1', 0), Gateway)
        Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.port = server.server_port

    def setUp(self):
        super().setUp()
        Gateway.asked, Gateway.status, Gateway.answer = [], 200, b'OK'
        post = outbound.post
        self.startPatcher(patch.object(
            outbound, 'post', lambda url, *args, **kwargs: post(
                url.replace('https://sms.example', f'http://127.0.0.1:{self.port}'), *args,
                allow_private=True, **kwargs)))
        self.tenant.write({'phone': '01712-345678', 'country_id': self.env.ref('base.bd').id})
        self.configure()
        self.env['tenant.message'].search(
            [('company_id', '=', self.company.id), ('kind', '=', 'received')]).by_sms = True

    def configure(self, **values):
        self.company.write({
            'tenant_sms_sender': 'http', 'tenant_sms_url': 'https://sms.example/send',
            'tenant_sms_headers': "Authorization: Bearer s3cret\nX-Store: 7",
            'tenant_sms_body': 'key=s3cret&to={number}&message={text}', **values})

    def sms(self, panel):
        return self.env['tenant.reminder'].search(
            [('panel_id', '=', panel.id), ('channel', '=', 'sms'), ('kind', '=', 'received')])

    def pay_one(self):
        panel = self.running(self.make_plan(1000))
        self.run_crons()
        return panel

    def test_once_by_each_channel(self):
        panel = self.pay_one()
        self.run_crons()
        rows = self.env['tenant.reminder'].search(
            [('panel_id', '=', panel.id), ('kind', '=', 'received')])
        self.assertEqual(
            sorted(zip(rows.mapped('channel'), rows.mapped('state'), strict=True)),
            [('mail', 'sent'), ('sms', 'sent')])
        [(method, path, headers, body)] = Gateway.asked
        invoice = panel.demand_ids.move_id
        self.assertEqual((method, path, headers['Authorization'], headers['X-Store']),
                         ('POST', '/send', "Bearer s3cret", '7'))
        self.assertEqual(headers['Content-Type'], 'application/x-www-form-urlencoded')
        said = parse_qs(body)
        self.assertEqual((said['key'], said['to']), (['s3cret'], ['+8801712345678']))
        self.assertEqual(said['message'], [
            f"Payment received for {invoice.name}. "
            f"{invoice.get_base_url()}{invoice.get_portal_url()}"])
        self.assertNothingLeft()
        self.assertEqual(len(Gateway.asked), 1)

    def test_only_kinds_that_are_switched_on(self):
        panel = self.pay_one()
        panel.action_hold('abuse', "Spam")
        self.run_crons()
        self.assertEqual(len(Gateway.asked), 1)

    def test_off_by_default(self):
        self.company.tenant_sms_sender = False
        panel = self.pay_one()
        self.assertFalse(self.sms(panel))
        self.assertEqual(Gateway.asked, [])

    def test_json_and_get(self):
        send = self.env['tenant.sms.sender']._send
        text = 'He said "no" & left\n{number}'
        self.configure(
            tenant_sms_body='{"to": "{number}", "text": "{text}"}', tenant_sms_number='digits')
        send(self.company, self.tenant, text)
        *_rest, headers, body = Gateway.asked[-1]
        self.assertEqual(headers['Content-Type'], 'application/json')
        self.assertEqual(json.loads(body), {'to': '8801712345678', 'text': text})
        self.configure(
            tenant_sms_method='GET', tenant_sms_number='local',
            tenant_sms_url='https://sms.example/send?api_key=s3cret&to={number}&m={text}')
        send(self.company, self.tenant, text)
        method, path, _headers, body = Gateway.asked[-1]
        said = parse_qs(urlsplit(path).query)
        self.assertEqual((method, said['to'], said['m'], body),
                         ('GET', ['01712345678'], [text], ''))

    def test_refusals_are_set_aside_and_tell_no_keys(self):
        for status, answer, expected, error in (
            (500, b'key s3cret is wrong', None, "The SMS gateway answered 500."),
            (302, b'', None, "The SMS gateway answered 302."),
            (200, b'{"error": "no money"}', 'SUCCESS',
             'The SMS gateway answered, but did not say "SUCCESS".'),
        ):
            with self.subTest(status=status):
                Gateway.asked, Gateway.status, Gateway.answer = [], status, answer
                self.configure(tenant_sms_answer=expected)
                panel = self.pay_one()
                row = self.sms(panel)
                self.assertEqual((row.state, row.error), ('error', error))
                self.assertEqual(panel.activity_ids.mapped('summary'),
                                 ["A text message could not be sent"])
                self.run_crons()
                self.assertEqual(len(Gateway.asked), 1)

    def test_a_gateway_that_is_not_there(self):
        with patch.object(socket.socket, 'connect', side_effect=ConnectionRefusedError("s3cret")):
            row = self.sms(self.pay_one())
        self.assertEqual(row.error, "The SMS gateway could not be reached.")
        row.action_queue_again()
        self.run_crons()
        self.assertEqual(row.state, 'sent')

    def test_cut_off_while_sending_it_is_never_sent_again_by_itself(self):
        panel = self.running(self.make_plan(1000))
        with patch.object(self.env.registry['tenant.reminder'], '_send_sms', lambda *_args: None):
            self.run_crons()
        row = self.sms(panel)
        self.assertEqual(row.state, 'sending')
        self.run_crons()
        self.assertEqual((row.state, row.error), ('error', "Nobody knows whether it went out."))
        self.assertEqual(Gateway.asked, [])
        self.assertNothingLeft()

    def test_what_cannot_be_said_was_not_sent(self):
        """A broken template is told as such, not as a message that may be lost."""
        panel = self.running(self.make_plan(1000))
        with patch.object(
                self.env.registry['tenant.reminder'], '_render',
                side_effect=ValueError("no such field")), mute_logger(RUN):
            self.run_crons()
        row = self.sms(panel)
        self.assertEqual((row.state, row.error), ('error', "ValueError: no such field"))
        self.assertEqual(Gateway.asked, [])
        row.action_queue_again()
        self.run_crons()
        self.assertEqual((row.state, len(Gateway.asked)), ('sent', 1))

    def test_a_mail_that_fails_beside_it_sends_it_no_second_time(self):
        self.tenant.email = False
        panel = self.pay_one()
        self.assertEqual(self.sms(panel).state, 'sent')
        self.assertEqual(len(Gateway.asked), 1)
        self.assertNothingLeft()

    def test_no_number(self):
        self.tenant.phone = 'ask at the desk'
        self.assertEqual(
            self.sms(self.pay_one()).error,
            "Jashore Kidney Centre has no phone number that takes text messages. Enter it with "
            "plus and country code.")

    def test_settings_are_the_administrators(self):
        manager = new_test_user(
            self.env, 'sms-manager', groups='tenant_billing.group_manager',
            company_id=self.company.id, company_ids=self.company.ids)
        for name in ('tenant_sms_url', 'tenant_sms_headers', 'tenant_sms_body'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                self.company.with_user(manager).read([name])
        with self.assertRaisesRegex(ValidationError, "begins with https://"):
            self.company.tenant_sms_url = 'http://sms.example/'
        if 'sms_provider' not in self.company._fields:
            with self.assertRaisesRegex(ValidationError, "Install Odoo's app"):
                self.company.tenant_sms_sender = 'twilio'


@tagged('post_install', '-at_install')
class TestGatewayAddress(BillingCase):
    """What is asked of an address before anything is sent to it."""

    def refusal(self, url, *addresses):
        self.company.write({'tenant_sms_sender': 'http', 'tenant_sms_url': 'https://sms.example/'})
        self.tenant.phone = '+8801712345678'
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, '', (place, 443)) for place in addresses]
        sender = self.env['tenant.sms.sender']
        request = ('POST', url, {}, b'')
        with patch.object(socket, 'getaddrinfo', return_value=found), patch.object(
                self.env.registry['tenant.sms.sender'], '_request', lambda *_args: request), (
                self.assertRaises(UserError)) as raised:
            sender._send(self.company, self.tenant, "Hello")
        return str(raised.exception)

    def test_no_private_network(self):
        for place in ('127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1', '::1',
                      'fe80::1%eth0', '0.0.0.0', '100.64.0.1', '::ffff:127.0.0.1'):
            for places in ((place,), ('93.184.215.14', place)):
                with self.subTest(places=places):
                    self.assertEqual(
                        self.refusal('https://sms.example/', *places),
                        "The address of the SMS gateway leads into a private network.")

    def test_https_only(self):
        self.assertEqual(self.refusal('http://sms.example/', '93.184.215.14'),
                         "The address of the SMS gateway begins with https://.")
        for url in ('ftp://sms.example/', '/send', '', 'https://a:b@sms.example/'):
            with self.subTest(url=url):
                self.assertEqual(self.refusal(url, '93.184.215.14'),
                                 "The address of the SMS gateway is no address.")
