import json
from urllib.parse import quote

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing import outbound
from odoo.addons.tenant_billing.engine import phone


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
        number = phone.for_gateway(number, company.tenant_sms_number)
        answer = self._call(*self._request(company, number, text))
        if answer.problem:
            raise UserError(self._problem(answer.problem))
        if not answer.is_success:
            raise UserError(self.env._("The SMS gateway answered %s.", answer.status))
        if company.tenant_sms_answer and company.tenant_sms_answer not in answer.text:
            raise UserError(self.env._(
                "The SMS gateway answered, but did not say \"%s\".", company.tenant_sms_answer))

    @api.model
    def _call(self, method, url, headers, body):
        """:rtype: odoo.addons.tenant_billing.outbound.Answer"""
        return outbound.post(url, body, headers, method=method)

    # === HELPERS === #

    @api.model
    def _request(self, company, number, text):
        """Method, address, headers and body, with number and text put in as each asks."""
        headers = dict(
            (part.strip() for part in line.split(':', 1))
            for line in (company.tenant_sms_headers or '').splitlines() if ':' in line)
        url = self._filled(company.tenant_sms_url or '', self._in_form, number, text)
        if company.tenant_sms_method == 'GET':
            return 'GET', url, headers, None
        template = (company.tenant_sms_body or '').strip()
        is_json = template.startswith('[') or template[:1] == '{' and (
            not template.startswith(('{number}', '{text}')))
        headers.setdefault('Content-Type', (
            'application/json' if is_json else 'application/x-www-form-urlencoded'))
        encode = self._in_json if is_json else self._in_form
        return 'POST', url, headers, self._filled(template, encode, number, text).encode()

    @api.model
    def _filled(self, template, encode, number, text):
        parts = template.split('{text}')  # first of all, for the text may hold a brace itself
        return encode(text).join(part.replace('{number}', encode(number)) for part in parts)

    @api.model
    def _in_json(self, value):
        return json.dumps(value)[1:-1]

    @api.model
    def _in_form(self, value):
        return quote(value, safe='')

    @api.model
    def _problem(self, problem):
        return {
            'url': self.env._("The address of the SMS gateway is no address."),
            'https': self.env._("The address of the SMS gateway begins with https://."),
            'name': self.env._("The address of the SMS gateway is unknown."),
            'private': self.env._(
                "The address of the SMS gateway leads into a private network."),
            'certificate': self.env._("The certificate of the SMS gateway is not valid."),
            'timeout': self.env._(
                "The SMS gateway did not answer in time. Nobody knows whether it went out."),
            'connection': self.env._("The SMS gateway could not be reached."),
            'answer': self.env._("The SMS gateway gave an answer that is no HTTP."),
        }[problem]
