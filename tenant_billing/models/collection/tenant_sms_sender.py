import http.client
import ipaddress
import json
import socket
import ssl
from urllib.parse import quote, urlsplit

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.engine import phone

SECONDS = 10
MOST_ANSWER = 65_536  # bytes read of an answer


class PinnedConnection(http.client.HTTPSConnection):
    """HTTPS to an address that was looked at; the certificate is checked for the name."""

    def __init__(self, host, port, address):
        super().__init__(host, port, timeout=SECONDS, context=ssl.create_default_context())
        self.address = address

    def connect(self):
        raw = socket.create_connection((self.address, self.port), SECONDS)
        self.sock = self._context.wrap_socket(raw, server_hostname=self.host)


class TenantSmsSender(models.AbstractModel):
    """Sends a text message by the company's sender. What it is given is never logged, nor told
    in errors: addresses and bodies of gateways hold keys."""

    _name = 'tenant.sms.sender'
    _description = "Sender of Text Messages"

    # === BUSINESS METHODS === #

    @api.model
    def _send(self, company, partner, text):
        """Send a text message once.

        :raise UserError: when it did not go out, or nobody can say so
        """
        company = company.sudo()
        number = self._number(company, partner)
        if company.tenant_sms_sender == 'twilio':
            self._send_by_odoo(company, partner, number, text)
        elif company.tenant_sms_sender == 'http':
            self._send_by_http(company, number, text)
        else:
            raise UserError(self.env._(
                "No sender of text messages is chosen in the settings of Billing."))

    @api.model
    def _number(self, company, partner):
        country = partner.country_id or company.country_id
        number = phone.e164(partner.phone or '', country.code or '', country.phone_code or 0)
        if not number:
            raise UserError(self.env._(
                "%s has no phone number that takes text messages. Enter it with plus and country "
                "code.", partner.display_name))
        return number

    @api.model
    def _send_by_odoo(self, company, partner, number, text):
        """Odoo's own queue, when the company sends by Twilio."""
        if 'sms.sms' not in self.env or company.sms_provider != 'twilio':
            raise UserError(self.env._(
                "Choose Twilio in the settings of Odoo's app \"Twilio SMS\"."))
        self.env['sms.sms'].sudo().with_company(company).create(
            {'number': number, 'body': text, 'partner_id': partner.id})

    @api.model
    def _send_by_http(self, company, number, text):
        connection = None
        try:
            method, url, headers, body = self._request(
                company, phone.for_gateway(number, company.tenant_sms_number), text)
            connection = self._connection(url)
            path = url.path or '/'
            connection.request(
                method, f'{path}?{url.query}' if url.query else path, body, headers)
            response = connection.getresponse()
            answer = response.read(MOST_ANSWER).decode('utf-8', 'replace')
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UserError(self.env._(
                "The SMS gateway could not be reached (%s).", type(error).__name__)) from None
        finally:
            if connection:
                connection.close()
        if not 200 <= response.status < 300:
            raise UserError(self.env._("The SMS gateway answered %s.", response.status))
        if company.tenant_sms_answer and company.tenant_sms_answer not in answer:
            raise UserError(self.env._(
                "The SMS gateway answered, but did not say \"%s\".", company.tenant_sms_answer))

    # === HELPERS === #

    @api.model
    def _request(self, company, number, text):
        """Method, address, headers and body, with number and text put in as each asks."""
        def filled(template, encode):
            return template.replace('{number}', encode(number)).replace('{text}', encode(text))

        def in_json(value):
            return json.dumps(value)[1:-1]

        def in_form(value):
            return quote(value, safe='')

        headers = dict(
            (part.strip() for part in line.split(':', 1))
            for line in (company.tenant_sms_headers or '').splitlines() if ':' in line)
        url = urlsplit(filled(company.tenant_sms_url or '', in_form))
        if company.tenant_sms_method == 'GET':
            return 'GET', url, headers, None
        template = (company.tenant_sms_body or '').strip()
        is_json = template.startswith(('{"', '[', '{\n', '{ ', '{\r'))
        headers.setdefault('Content-Type', (
            'application/json' if is_json else 'application/x-www-form-urlencoded'))
        return 'POST', url, headers, filled(template, in_json if is_json else in_form).encode()

    @api.model
    def _connection(self, url):
        """A connection to the public address behind the gateway's name; redirects are answers
        like any other, and not followed."""
        if url.scheme != 'https' or not url.hostname:
            raise UserError(self.env._("The address of the SMS gateway begins with https://."))
        port = url.port or 443
        found = socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
        places = [place[0].split('%')[0] for *_rest, place in found]
        if not all(ipaddress.ip_address(place).is_global for place in places):
            raise UserError(self.env._(
                "The address of the SMS gateway leads into a private network."))
        return PinnedConnection(url.hostname, port, places[0])
