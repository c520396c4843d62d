from urllib.parse import urlsplit

import stripe
from odoo import api, fields, models
from odoo.addons.payment.const import SENSITIVE_KEYS
from odoo.addons.payment_stripe import const as core_const
from odoo.addons.payment_stripe import utils as stripe_utils
from odoo.exceptions import ValidationError
from odoo.tools import config
from odoo.tools.urls import urljoin

from odoo.addons.tenant_billing_sslcommerz import const, stripe_acceptance, stripe_const

SENSITIVE_KEYS.add('secret')  # of a webhook endpoint, which Stripe tells once


class PaymentProvider(models.Model):
    """Stripe: what is still missing, where it is asked, and how."""

    _inherit = 'payment.provider'

    stripe_hold_on_chargeback = fields.Boolean(
        related='company_id.stripe_hold_on_chargeback', readonly=False)
    stripe_notice = fields.Text(
        string="Not Ready", compute='_compute_stripe_notice', compute_sudo=True,
        groups='base.group_system', help="What Stripe still lacks before it can be used.")

    # === COMPUTE METHODS === #

    @api.depends('code', 'state', 'stripe_publishable_key', 'stripe_secret_key',
                 'stripe_webhook_secret')
    def _compute_stripe_notice(self):
        for provider in self:
            ours = provider.code == stripe_const.CODE
            provider.stripe_notice = ours and "\n".join(provider._stripe_lacks()) or False

    def _stripe_lacks(self):
        """What is missing or does not fit, in words.

        :rtype: list[str]
        """
        missing = [label for label, value in (
            (self.env._("Publishable Key"), self.stripe_publishable_key),
            (self.env._("Secret Key"), self.stripe_secret_key),
            (self.env._("Webhook Signing Secret"), self.stripe_webhook_secret)) if not value]
        said = [self.env._(
            "Stripe is not configured: %s. Nothing can be paid with it until then.",
            ", ".join(missing))] if missing else []
        key, is_live = self.stripe_secret_key or '', self.state == 'enabled'
        if is_live and '_test_' in key[:8]:
            said.append(self.env._("The secret key is one for tests, but the provider is live."))
        if self.state == 'test' and '_live_' in key[:8]:
            said.append(self.env._("The secret key is live, but the provider is in test mode."))
        return said

    # === CONSTRAINT METHODS === #

    @api.constrains('code', 'state', 'stripe_webhook_secret')
    def _check_stripe_webhook_secret(self):
        for provider in self.filtered(lambda p: p.code == stripe_const.CODE):
            if provider.state != 'disabled' and not (provider.stripe_webhook_secret or '').strip():
                raise ValidationError(self.env._(
                    "Stripe needs its Webhook Signing Secret before it can be used: without it "
                    "anybody could say that a payment was made. Press \"Generate your webhook\", "
                    "or enter the secret of the endpoint %s.", provider._get_stripe_webhook_url()))

    # === ACTION METHODS === #

    def action_stripe_create_webhook(self):
        """Make the endpoint at Stripe for all events that are worked on, and keep its secret."""
        self.check_access('write')
        self.ensure_one()
        if self.stripe_webhook_secret or not self.stripe_secret_key:
            return super().action_stripe_create_webhook()  # says why not
        endpoint = self._send_api_request('POST', 'webhook_endpoints', data={
            'url': self._get_stripe_webhook_url(),
            'enabled_events[]': stripe_const.EVENTS,
            'api_version': core_const.API_VERSION,
        })
        self.stripe_webhook_secret = endpoint['secret']
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'message': self.env._("Stripe will tell this server what happens."),
                'type': 'success', 'next': {'type': 'ir.actions.act_window_close'}}}

    def _get_stripe_webhook_url(self):
        return urljoin(self.get_base_url(), stripe_const.WEBHOOK_ROUTE)

    # === BUSINESS METHODS === #

    def _stripe_is_ready(self):
        """Whether Stripe can be asked: in use, and with a key."""
        return self.code == stripe_const.CODE and self.state != 'disabled' and bool(
            self.sudo().stripe_secret_key)

    def _stripe_is_live(self):
        return self.state == 'enabled'

    @api.model
    def _stripe_database(self):
        return self.env['ir.config_parameter'].sudo().get_param('database.uuid')

    def _stripe_get(self, *parts, **params):
        """An object as Stripe has it now.

        :param str parts: of the address: a kind of object, and the id of one
        :param params: of the query
        :rtype: dict
        :raise ValidationError: if there is no answer that can be read
        """
        self.ensure_one()
        if not all(stripe_acceptance.is_id(part) for part in parts[1:]):
            raise ValidationError(self.env._("This is no id of Stripe's."))
        answer = self._send_api_request('GET', '/'.join(parts), params=params or None)
        if not isinstance(answer, dict):
            raise ValidationError(self._stripe_unreadable())
        return answer

    def _stripe_list(self, name, **params):
        """All rows of a list, page by page.

        :rtype: list[dict]
        """
        rows, more = [], {}
        while True:
            page = self._stripe_get(name, limit=stripe_const.PAGE, **params, **more)
            rows += page.get('data') or []
            if not page.get('has_more') or not page['data']:
                return rows
            more = {'starting_after': rows[-1]['id']}

    def _stripe_ask(self, call):
        """Ask Stripe by its SDK.

        :param call: gets the client's `v1`
        :return: the object, as a plain dict
        :rtype: dict
        :raise ValidationError: if Stripe refuses, or does not answer
        """
        self.ensure_one()
        options = {}
        stand_in = self._stripe_stand_in_url()
        if stand_in:
            options['base_addresses'] = {'api': stand_in}
        client = stripe.StripeClient(
            stripe_utils.get_secret_key(self.sudo()),
            http_client=stripe.RequestsClient(timeout=stripe_const.TIMEOUT),
            max_network_retries=stripe_const.NETWORK_RETRIES, **options)
        try:
            return call(client.v1).to_dict()
        except stripe.StripeError as error:
            raise ValidationError(self.env._(
                "Stripe did not do what it was asked: %s",
                error.user_message or type(error).__name__)) from None

    # === REQUEST HELPERS === #

    def _stripe_stand_in_url(self):
        """The stand-in for development that the server's configuration file names for the test
        state; there is no other.

        :return: an address, empty where Stripe itself is asked
        :rtype: str
        :raise ValidationError: if the file names another machine
        """
        url = config.get(stripe_const.BASE_URL_OPTION) or ''
        if self.state != 'test' or not url:
            return ''
        if urlsplit(url).hostname not in const.LOOPBACK:
            raise ValidationError(self.env._(
                "%s in the server's configuration file must be an address of this machine.",
                stripe_const.BASE_URL_OPTION))
        return url.rstrip('/')

    def _build_request_url(self, endpoint, *, is_proxy_request=False, **kwargs):
        stand_in = self.code == stripe_const.CODE and not is_proxy_request and (
            self._stripe_stand_in_url())
        if not stand_in:
            return super()._build_request_url(
                endpoint, is_proxy_request=is_proxy_request, **kwargs)
        return urljoin(f'{stand_in}/v1/', endpoint)

    def _parse_response_content(self, response, **kwargs):
        if self.code != stripe_const.CODE:
            return super()._parse_response_content(response, **kwargs)
        try:
            return super()._parse_response_content(response, **kwargs)
        except ValueError:
            raise ValidationError(self._stripe_unreadable()) from None

    def _parse_response_error(self, response):
        if self.code != stripe_const.CODE:
            return super()._parse_response_error(response)
        try:
            return response.json()['error']['message']
        except (KeyError, TypeError, ValueError):
            return response.status_code

    def _stripe_unreadable(self):
        return self.env._("Stripe's answer could not be read. Please try again in a moment.")
