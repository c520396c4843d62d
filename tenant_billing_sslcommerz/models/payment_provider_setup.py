import ipaddress
import re
import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing_sslcommerz import acceptance, const

GATEWAYS = re.compile(r'[a-z0-9_]+(,[a-z0-9_]+)*')


class PaymentProvider(models.Model):
    """What an operator sets and tries out."""

    _inherit = 'payment.provider'

    sslcommerz_gateways = fields.Char(
        string="Offered Gateways", copy=False,
        help="Which ways to pay the payment page offers, as SSLCommerz names them, with commas: "
             "bkash, dbblmobilebanking, visacard, mobilebank, internetbank … Empty: all of the "
             "store.")
    sslcommerz_addresses = fields.Char(
        string="Allowed Addresses", copy=False,
        help="From which addresses or networks SSLCommerz's server may tell us of payments, with "
             "commas. Empty: from anywhere. The signature is checked all the same.")

    # === CONSTRAINT METHODS === #

    @api.constrains('sslcommerz_gateways')
    def _check_sslcommerz_gateways(self):
        for provider in self.filtered('sslcommerz_gateways'):
            names = provider.sslcommerz_gateways
            if len(names) > const.GATEWAYS_LENGTH or not GATEWAYS.fullmatch(names):
                raise ValidationError(self.env._(
                    "Offered gateways are names like bkash,visacard: small letters, with commas "
                    "and without spaces, %s characters at most.", const.GATEWAYS_LENGTH))

    @api.constrains('sslcommerz_addresses')
    def _check_sslcommerz_addresses(self):
        for provider in self:
            try:
                provider._sslcommerz_networks()
            except ValueError as error:
                raise ValidationError(self.env._(
                    "Allowed addresses are addresses or networks with commas, like 192.0.2.7, "
                    "198.51.100.0/24 (%s).", error)) from None

    # === ACTION METHODS === #

    def action_sslcommerz_test(self):
        """Ask the gateway something harmless, and look at what payments need besides.

        :return: a notification
        :rtype: dict
        """
        self.check_access('write')
        self.ensure_one()
        problems = [self._sslcommerz_try(), *self._sslcommerz_problems()]
        problems = [problem for problem in problems if problem]
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification', 'params': {
                'title': self.env._("SSLCommerz"),
                'type': 'warning' if problems else 'success',
                'message': ' '.join(problems) or self.env._(
                    "SSLCommerz knows this store and its password."),
                'sticky': bool(problems),
            },
        }

    # === BUSINESS METHODS === #

    def _sslcommerz_try(self):
        """Ask for a payment that there is not.

        :return: what is wrong with store or connection, empty where nothing is
        :rtype: str
        """
        if not (self.sslcommerz_store_id and self.sslcommerz_store_password):
            return self.env._("Enter Store ID and Store Password, and save.")
        asked = {**self._sslcommerz_credentials(), 'tran_id': secrets.token_hex(15),
                 'format': 'json'}
        try:
            answer = self._send_api_request(
                'GET', const.QUERY_PATH, params=asked, reference="connection test")
        except ValidationError as error:
            return str(error)
        said = acceptance.text(answer, 'APIConnect')
        return {
            'DONE': "",
            'FAILED': self.env._(
                "SSLCommerz refuses Store ID or Store Password: they are those of the API, not of "
                "the merchant panel, and differ between sandbox and live."),
            'INACTIVE': self.env._("SSLCommerz says that this store is not active. Ask there."),
        }.get(said, self.env._("SSLCommerz gave no usable answer (%s).", said[:30] or "-"))

    def _sslcommerz_problems(self):
        """What keeps payments from working although the gateway answers."""
        base = urlsplit(self.get_base_url())
        if self.state == 'enabled' and (base.scheme != 'https' or base.port not in (None, 443)):
            yield self.env._(
                "SSLCommerz reaches only https addresses on port 443; this server's is %s.",
                self.get_base_url())
        if not self.env.ref(f'base.{const.SETTLED_IN}').active:
            yield self.env._("The currency BDT is not active.")
        if not self.is_published:
            yield self.env._("Tenants do not see it: it is not published.")
        if not self.journal_id:
            yield self.env._("Choose the payment journal on the tab Configuration.")

    def _sslcommerz_networks(self):
        """:rtype: list[ipaddress.IPv4Network | ipaddress.IPv6Network]
        :raise ValueError: for what is none
        """
        words = (self.sslcommerz_addresses or '').replace(',', ' ').split()
        return [ipaddress.ip_network(word) for word in words]

    def _sslcommerz_allows(self, address):
        """Whether a server at an address may tell us of payments.

        :param str address: of who posts, as far as we know
        :rtype: bool
        """
        allowed = [network for provider in self for network in provider._sslcommerz_networks()]
        if not allowed:
            return True
        try:
            came_from = ipaddress.ip_address(address or '')
        except ValueError:
            return False
        return any(came_from in network for network in allowed)
