from odoo import api, fields, models
from odoo.exceptions import ValidationError
from requests.exceptions import ConnectionError as NotReached
from requests.exceptions import HTTPError, Timeout

BROKEN = 500  # from this HTTP status on it is the server that failed


class PaymentTransaction(models.Model):
    """Saving a card, and charging one without its owner."""

    _inherit = 'payment.transaction'

    tenant_attempt_ids = fields.One2many(
        'tenant.payment.attempt', 'transaction_id', string="Automatic Payment", readonly=True)
    tenant_needs_payer = fields.Boolean(
        string="Payer Must Confirm", readonly=True, copy=False,
        help="The payer's bank takes the charge only when the payer confirms it (3-D Secure).")
    tenant_unanswered = fields.Boolean(
        string="No Answer", readonly=True, copy=False,
        help="The gateway did not answer a request: nobody knows yet whether it was done.")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        for tx in transactions.sudo():  # the payer does not see the provider
            if tx.operation == 'validation' and not self.env.user._is_internal():
                tx._check_saving()
        return transactions

    # === BUSINESS METHODS: guards === #

    def _check_saving(self):
        """A card is saved at a provider and by a method that the page offers, whoever sends it.

        :raise ValidationError: otherwise
        """
        self.ensure_one()
        self._check_own_page()
        offered = self.provider_id.browse().union(*(
            self.provider_id._get_compatible_providers(
                company.id, self.partner_id.id, 0, force_tokenization=True, is_validation=True)
            for company in self.env.user.company_ids))
        methods = self.payment_method_id._get_compatible_payment_methods(
            self.provider_id.ids, self.partner_id.id, force_tokenization=True)
        method = self.payment_method_id.primary_payment_method_id or self.payment_method_id
        if self.provider_id not in offered or method not in methods:
            raise ValidationError(self.env._(
                "%(method)s cannot be saved with %(provider)s. Reload the page.",
                method=self.payment_method_id.name, provider=self.provider_id.name))

    # === BUSINESS METHODS: under way === #

    def _blocks_charge(self):
        """Whether money for the same may come from here: then no saved card is charged."""
        self.ensure_one()
        return (
            self._is_on_its_way() or self._is_awaiting_answer() or self._has_open_page()
            or (self.state == 'done' and not self.is_post_processed))

    # === BUSINESS METHODS: what a gateway answers === #

    def _send_api_request(self, method, endpoint, **kwargs):
        """Keep why a request failed; providers turn it into a sentence."""
        try:
            return super()._send_api_request(method, endpoint, **kwargs)
        except ValidationError as error:
            self._hear_failure(error.__context__)
            raise

    def _hear_failure(self, cause):
        """What became of a request that failed. One that broke down at the gateway, or whose
        answer cannot be read, may have been done as well.

        :param cause: the exception of `requests`, or None
        """
        broke_down = isinstance(cause, HTTPError) and cause.response is not None and (
            cause.response.status_code >= BROKEN)
        if broke_down or isinstance(cause, (NotReached, Timeout, ValueError)):
            self.tenant_unanswered = True
