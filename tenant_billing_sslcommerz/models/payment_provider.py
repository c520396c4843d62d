import logging
import re
from decimal import Decimal
from urllib.parse import urlsplit

import requests
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from odoo.addons.tenant_billing_sslcommerz import const, signature

_logger = logging.getLogger(__name__)


class HidePassword(logging.Filter):
    """The gateway wants its password in the address; urllib3 tells addresses when it debugs."""

    secret = re.compile(r'(store_passwd=)[^&\s"\']*')

    def filter(self, record):
        message = record.getMessage()
        if 'store_passwd=' in message:
            record.msg, record.args = self.secret.sub(r'\1***', message), ()
        return True


logging.getLogger('urllib3.connectionpool').addFilter(HidePassword())


class PaymentProvider(models.Model):
    _inherit = 'payment.provider'

    code = fields.Selection(
        selection_add=[(const.CODE, "SSLCommerz")], ondelete={const.CODE: 'set default'})
    sslcommerz_store_id = fields.Char(
        string="Store ID", required_if_provider=const.CODE, copy=False, groups='base.group_system',
        help="Of the API, as SSLCommerz mails it; not the login of the merchant panel.")
    sslcommerz_store_password = fields.Char(
        string="Store Password", required_if_provider=const.CODE, copy=False,
        groups='base.group_system')
    sslcommerz_session_minutes = fields.Integer(
        string="Payment Page Lives (Minutes)", default=30,
        help="A payment that the gateway does not know after this time counts as cancelled. Money "
             "that comes later is accepted all the same.")

    _sslcommerz_session_minutes_positive = models.Constraint(
        'CHECK (sslcommerz_session_minutes > 0)', "The payment page must live at least a minute.")

    # === COMPUTE METHODS === #

    def _compute_feature_support_fields(self):
        super()._compute_feature_support_fields()
        self.filtered(lambda provider: provider.code == const.CODE).support_refund = 'partial'

    def _get_supported_currencies(self):
        currencies = super()._get_supported_currencies()
        if self.code != const.CODE:
            return currencies
        return currencies.filtered(lambda currency: currency.name in const.SUPPORTED_CURRENCIES)

    def _get_default_payment_method_codes(self):
        self.ensure_one()
        if self.code != const.CODE:
            return super()._get_default_payment_method_codes()
        return const.DEFAULT_PAYMENT_METHOD_CODES

    def _get_reset_values(self):
        self.ensure_one()
        if self.code != const.CODE:
            return super()._get_reset_values()
        return {'sslcommerz_store_id': False, 'sslcommerz_store_password': False}

    # === BUSINESS METHODS === #

    def _should_build_inline_form(self, is_validation=False):
        """Nothing is filled in here: the page is the gateway's."""
        if self.code != const.CODE:
            return super()._should_build_inline_form(is_validation=is_validation)
        return False

    def _tenant_bounds(self, currency):
        """R34: the gateway's own bounds, where it states them for the currency."""
        least, most = super()._tenant_bounds(currency)
        if self.code != const.CODE or currency.name not in const.BOUNDS:
            return least, most
        lowest, highest = const.BOUNDS[currency.name]
        return max(least, lowest), min(most or highest, highest)

    @api.model
    def _sslcommerz_for_store(self, store_id):
        """The providers that work with a store.

        :param str store_id: as posted
        """
        return self.search([('code', '=', const.CODE), ('sslcommerz_store_id', '=', store_id)])

    def _sslcommerz_is_signed(self, form):
        """Whether one of these stores signed a posted form.

        :param dict form: names and raw values
        :rtype: bool
        """
        return any(
            form.get('store_id') == provider.sslcommerz_store_id
            and signature.is_valid(form, provider.sslcommerz_store_password)
            for provider in self)

    def _sslcommerz_credentials(self):
        self.ensure_one()
        return {
            'store_id': self.sslcommerz_store_id, 'store_passwd': self.sslcommerz_store_password}

    def _sslcommerz_is_payment_page(self, url):
        """Whether a tenant may be sent to this address.

        :param str url: the gateway's answer
        :rtype: bool
        """
        try:
            page = urlsplit(url)
            if page.username is not None:
                return False
            if self._sslcommerz_simulator_url():
                return page.scheme in ('http', 'https') and page.hostname in const.LOOPBACK
            return (
                page.scheme == 'https' and page.port in (None, 443)
                and (page.hostname or '').endswith(const.PAGE_HOST))
        except ValueError:
            return False

    # === REQUEST HELPERS === #

    def _sslcommerz_simulator_url(self):
        """The simulator that the server's configuration file names for the test state.

        :return: an address, empty where the gateway itself is asked
        :rtype: str
        :raise ValidationError: if the file names another machine
        """
        url = config.get(const.BASE_URL_OPTION) or ''
        if self.state != 'test' or not url:
            return ''
        if urlsplit(url).hostname not in const.LOOPBACK:
            raise ValidationError(self.env._(
                "%s in the server's configuration file must be an address of this machine.",
                const.BASE_URL_OPTION))
        return url.rstrip('/')

    def _build_request_url(self, endpoint, **kwargs):
        if self.code != const.CODE:
            return super()._build_request_url(endpoint, **kwargs)
        if self.state == 'disabled':
            raise ValidationError(self.env._(
                "%s is disabled: enable it to ask the gateway.", self.name))
        base = const.LIVE_URL if self.state == 'enabled' else (
            self._sslcommerz_simulator_url() or const.SANDBOX_URL)
        return base + endpoint

    def _send_api_request(
        self, method, endpoint, *, params=None, data=None, json=None, reference=None, **kwargs
    ):
        """The core method, but redirections are not followed and neither parameters nor answers
        are logged: the gateway wants its password in the address.

        :rtype: dict
        :raise ValidationError: if there is no answer that can be read
        """
        if self.code != const.CODE:
            return super()._send_api_request(
                method, endpoint, params=params, data=data, json=json, reference=reference,
                **kwargs)
        self.ensure_one()
        url = self._build_request_url(endpoint, **kwargs)
        status = answer = None
        try:
            response = requests.request(
                method, url, params=params, data=data, timeout=const.TIMEOUT,
                allow_redirects=False)
            status = response.status_code
            answer = self._parse_response_content(response)
        except requests.exceptions.RequestException as error:  # also for what is no JSON
            status = status or type(error).__name__
        _logger.info("%s %s for transaction %s: %s", method, url, reference, status)
        if status != requests.codes.ok or not isinstance(answer, dict):
            raise ValidationError(self.env._(
                "The payment service did not answer (%s). Please try again in a moment.",
                status)) from None
        return answer

    def _parse_response_content(self, response, **kwargs):
        if self.code != const.CODE:
            return super()._parse_response_content(response, **kwargs)
        return response.json(parse_float=Decimal)
