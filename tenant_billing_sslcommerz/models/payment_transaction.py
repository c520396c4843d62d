import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.urls import urljoin

from odoo.addons.tenant_billing_sslcommerz import const

_logger = logging.getLogger(__name__)

ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'  # 20 of them are 100 bits
ASK_FOR = timedelta(days=7)  # so long a payment may still turn up
YOUNG = timedelta(hours=1)  # so long it is asked for in every round
SELDOM = timedelta(days=1)
FINISHED = ('authorized', 'done')


class PaymentTransaction(models.Model):
    """A payment on its way to the gateway: reference, session, and asking what became of it."""

    _inherit = 'payment.transaction'

    sslcommerz_session_key = fields.Char(readonly=True, copy=False, groups='base.group_system')
    sslcommerz_opened_on = fields.Datetime(
        string="Asked On", readonly=True, copy=False,
        help="When the gateway was asked for the payment page, or a person asked for the refund.")
    sslcommerz_stamp = fields.Char(
        readonly=True, copy=False, groups='base.group_system',
        help="A secret of this payment that the gateway gives back; an answer without it is about "
             "another one.")
    sslcommerz_val_id = fields.Char(string="Validation ID", readonly=True, copy=False)
    sslcommerz_bank_tran_id = fields.Char(
        string="Bank Transaction ID", readonly=True, copy=False)
    sslcommerz_settlement = fields.Json(
        readonly=True, copy=False,
        help="What the gateway says about the money it pays out: amounts, fee, rate, card.")
    sslcommerz_currency_id = fields.Many2one(
        'res.currency', string="Settled In", readonly=True, copy=False)
    sslcommerz_amount = fields.Monetary(
        string="Captured Amount", currency_field='sslcommerz_currency_id', readonly=True,
        copy=False, help="What the gateway took, or pays back for a refund.")
    sslcommerz_store_amount = fields.Monetary(
        string="Paid Out", currency_field='sslcommerz_currency_id', readonly=True, copy=False,
        help="What the gateway says that it pays to the store.")
    sslcommerz_fee = fields.Monetary(
        string="Gateway Fee", currency_field='sslcommerz_currency_id', store=True,
        compute='_compute_sslcommerz_fee')
    sslcommerz_card_brand = fields.Char(string="Card Brand", readonly=True, copy=False)
    sslcommerz_risk = fields.Char(string="Risk", readonly=True, copy=False)
    sslcommerz_remark = fields.Char(
        string="Why a Person Was Asked", readonly=True, copy=False,
        help="The last answer of the gateway that did not fit our record.")
    sslcommerz_is_held = fields.Boolean(string="Held for Risk", readonly=True, copy=False)
    sslcommerz_is_risk_accepted = fields.Boolean(readonly=True, copy=False)
    sslcommerz_ask_again_on = fields.Datetime(
        readonly=True, copy=False, index='btree_not_null',
        help="When the scheduled action asks the gateway next.")

    _sslcommerz_val_id_once = models.UniqueIndex(
        '(sslcommerz_val_id) WHERE sslcommerz_val_id IS NOT NULL',
        "This validation ID belongs to another payment.")
    _sslcommerz_bank_tran_id_once = models.UniqueIndex(
        '(sslcommerz_bank_tran_id) WHERE sslcommerz_bank_tran_id IS NOT NULL',
        "This bank transaction ID belongs to another payment.")

    # === COMPUTE METHODS === #

    @api.depends('sslcommerz_amount', 'sslcommerz_store_amount')
    def _compute_sslcommerz_fee(self):
        """Never a percentage of ours: what the gateway keeps is what it says."""
        for tx in self:
            tx.sslcommerz_fee = tx.sslcommerz_store_amount and (
                tx.sslcommerz_amount - tx.sslcommerz_store_amount)

    # === ACTION METHODS === #

    def action_sslcommerz_accept_risk(self):
        """Take the money of payments that the gateway found risky: the customer was verified."""
        self.check_access('write')
        for tx in self.sudo().filtered('sslcommerz_is_held'):
            tx.sslcommerz_is_risk_accepted = True
            tx._sslcommerz_ask()

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_sslcommerz_ask(self):
        """Ask what became of payments that no message finished; each takes as long as the gateway
        likes."""
        self.env['tenant.billing.run']._run_each(
            self._name, self._sslcommerz_domain_waiting(), lambda tx: tx._sslcommerz_ask())

    @api.model
    def _sslcommerz_domain_waiting(self):
        now = fields.Datetime.now()
        return [
            ('provider_id.code', '=', const.CODE),
            ('provider_id.state', '!=', 'disabled'),
            ('operation', '!=', 'refund'),
            ('state', 'in', ('draft', 'pending', 'cancel', 'error')),
            ('sslcommerz_opened_on', '>', now - ASK_FOR),
            ('sslcommerz_ask_again_on', '<=', now),
        ]

    def _set_aside(self, error):
        """The gateway could not be asked: the next rounds do it."""
        _logger.warning("Transaction %s could not be asked for: %s", self.reference, error)
        self._sslcommerz_ask_later()

    def _sslcommerz_ask_later(self):
        age = self._sslcommerz_age()
        self.sslcommerz_ask_again_on = fields.Datetime.now() + (
            min(age / 4, SELDOM) if age >= YOUNG else timedelta())

    # === BUSINESS METHODS - PRE-PROCESSING === #

    @api.model
    def _compute_reference(self, provider_code, prefix=None, separator='-', **kwargs):
        """Nobody can guess it, and the gateway takes each only once: new for every attempt."""
        if provider_code != const.CODE:
            return super()._compute_reference(
                provider_code, prefix=prefix, separator=separator, **kwargs)
        kind = 'R' if (prefix or '').startswith('R-') else 'P'
        tail = ''.join(secrets.choice(ALPHABET) for _place in range(20))
        return f'{kind}{fields.Datetime.now():%y%m%d}-{tail}'

    def _get_specific_rendering_values(self, processing_values):
        """Open a payment page at the gateway.

        :rtype: dict
        """
        if self.provider_code != const.CODE:
            return super()._get_specific_rendering_values(processing_values)
        try:
            return {'api_url': self._sslcommerz_open_page()}
        except ValidationError as error:
            self._set_error(str(error))
            return {}

    def _sslcommerz_open_page(self):
        """Open a session.

        :return: the address of the payment page
        :rtype: str
        :raise ValidationError: if the gateway offers none
        """
        self._sslcommerz_check_bounds()
        now = fields.Datetime.now()
        self.sslcommerz_stamp = secrets.token_hex(16)
        answer = self._sslcommerz_call('POST', const.SESSION_PATH, self._sslcommerz_session())
        page = answer.get('GatewayPageURL')
        if answer.get('status') != 'SUCCESS' or not isinstance(page, str):
            raise ValidationError(self.env._(
                "The payment service opened no payment page: %s. Please contact us.",
                str(answer.get('failedreason') or "-")[:200]))
        if not self.provider_id._sslcommerz_is_payment_page(page):
            _logger.error("The gateway sends %s to a foreign page: %s", self.reference, page[:255])
            raise ValidationError(self.env._(
                "The payment service named a page that is not its own. Please contact us."))
        self.write({
            'sslcommerz_session_key': str(answer.get('sessionkey') or '')[:50],
            'sslcommerz_opened_on': now,
            'sslcommerz_ask_again_on': now,
            'tenant_page_url': page,
            'tenant_page_until': now + self._sslcommerz_page_life(),
        })
        return page

    def _sslcommerz_check_bounds(self):
        low, high = self.provider_id._tenant_bounds(self.currency_id)
        if self.amount < low or high and self.amount > high:
            raise ValidationError(self.env._(
                "SSLCommerz takes payments from %(low)s to %(high)s. Please pay by bank transfer, "
                "or contact us.",
                low=self.currency_id._text(low), high=self.currency_id._text(high)))

    def _sslcommerz_session(self):
        """The fields of a session request.

        :rtype: dict[str, str]
        """
        base_url = self.provider_id.get_base_url()
        names = ', '.join(self.invoice_ids.mapped('name')) or self.reference
        company = self.company_id
        asked = {
            'total_amount': self._sslcommerz_amount(),
            'currency': self.currency_id.name,
            'tran_id': self.reference,
            **{f'{outcome}_url': urljoin(base_url, f'{const.RETURN_ROUTE}/{outcome}')
               for outcome in ('success', 'fail', 'cancel')},
            'ipn_url': urljoin(base_url, const.IPN_ROUTE),
            'product_name': _cut(names, 255),
            'product_category': "Hosting",
            'product_profile': 'non-physical-goods',
            'shipping_method': 'NO',
            'num_of_item': '1',
            'emi_option': '0',
            'value_a': self.sslcommerz_stamp,
            'value_b': self._sslcommerz_database(),
        }
        # the gateway wants each of these; what the customer lacks is the company's
        customer = {
            'cus_name': (50, self.partner_name),
            'cus_email': (50, self.partner_email, company.email),
            'cus_add1': (50, self.partner_address, company.street),
            'cus_city': (50, self.partner_city, company.city),
            'cus_postcode': (30, self.partner_zip, company.zip),
            'cus_country': (50, self.partner_country_id.name, company.country_id.name),
            'cus_phone': (20, self.partner_phone, company.phone),
        }
        if self.provider_id.sslcommerz_gateways:
            asked['multi_card_name'] = self.provider_id.sslcommerz_gateways
        return asked | {
            name: next((_cut(value, limit) for value in values if value), "N/A")
            for name, (limit, *values) in customer.items()}

    # === HELPERS === #

    def _sslcommerz_amount(self):
        """Our amount as the gateway writes it."""
        return f'{self.amount:.{self.currency_id.decimal_places}f}'

    @api.model
    def _sslcommerz_database(self):
        return self.env['ir.config_parameter'].sudo().get_param('database.uuid')

    def _sslcommerz_call(self, method, path, fields_sent):
        """Ask the gateway.

        :param str method: POST sends the fields as a form, GET in the address
        :param str path: of the service
        :param dict fields_sent: without the credentials
        :rtype: dict
        :raise ValidationError: if there is no answer
        """
        provider = self.provider_id
        if self.is_live != (provider.state == 'enabled'):
            raise ValidationError(self.env._(
                "Payment %(reference)s belongs to the other mode of %(provider)s (test or live).",
                reference=self.reference, provider=provider.name))
        sent = provider._sslcommerz_credentials() | fields_sent
        where = {'data': sent} if method == 'POST' else {'params': sent}
        return self._send_api_request(method, path, **where)

    def _sslcommerz_age(self):
        """How long ago the tenant was sent to the gateway, or the refund asked for."""
        return fields.Datetime.now() - (self.sslcommerz_opened_on or self.create_date)

    def _sslcommerz_page_life(self):
        return timedelta(minutes=self.provider_id.sslcommerz_session_minutes)

    def _sslcommerz_lock(self):
        """Wait for whoever works on this payment, so that only one asks the gateway.

        :return: whether it is still open; what is finished is never touched again
        :rtype: bool
        """
        self.ensure_one()
        self.env.cr.execute(SQL(
            "SELECT id FROM payment_transaction WHERE id = %s FOR NO KEY UPDATE", self.id))
        self.invalidate_recordset()
        return self.state not in FINISHED


def _cut(text, limit):
    return ' '.join(text.split())[:limit]
