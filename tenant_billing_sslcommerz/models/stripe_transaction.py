import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.payment import utils as payment_utils
from odoo.addons.payment_stripe import const as core_const
from odoo.tools import SQL
from requests.exceptions import HTTPError

from odoo.addons.tenant_billing_sslcommerz import stripe_acceptance, stripe_const
from odoo.addons.tenant_billing_sslcommerz.stripe_acceptance import Verdict

_logger = logging.getLogger(__name__)

ASK_FOR = timedelta(days=2)  # Stripe itself repeats its events for three days


class PaymentTransaction(models.Model):
    """What must hold before Stripe's word moves a payment, whichever way it comes: an event, the
    browser's return, or the answer to a request of ours."""

    _inherit = 'payment.transaction'

    stripe_intent = fields.Char(
        readonly=True, copy=False,
        help="The PaymentIntent that was made for this payment; no other one settles it.")
    stripe_remark = fields.Char(
        string="Why a Person Was Asked about Stripe", readonly=True, copy=False,
        help="What Stripe said last that did not fit our record.")

    _stripe_intent_once = models.UniqueIndex(
        '(stripe_intent) WHERE stripe_intent IS NOT NULL',
        "This PaymentIntent belongs to another payment.")

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_stripe_ask(self):
        """Ask what became of payments that no event finished."""
        since = fields.Datetime.now() - ASK_FOR
        self.env['tenant.billing.run']._run_each(self._name, [
            ('provider_id.code', '=', stripe_const.CODE), ('provider_id.state', '!=', 'disabled'),
            ('stripe_intent', '!=', False), ('operation', '!=', 'refund'),
            ('state', 'in', ('draft', 'pending', 'cancel', 'error')),
            ('create_date', '>', since),
        ], lambda tx: tx._stripe_hear())

    # === BUSINESS METHODS - ASKING === #

    def _stripe_create_intent(self):
        """Remember the intent: from now on only this one is about this payment."""
        intent = super()._stripe_create_intent()
        if intent:
            self.stripe_intent = intent['id']
        return intent

    def _stripe_prepare_payment_intent_payload(self):
        payload = super()._stripe_prepare_payment_intent_payload()
        return payload | {'metadata[odoo_database]': self.provider_id._stripe_database()}

    def _stripe_prepare_setup_intent_payload(self):
        payload = super()._stripe_prepare_setup_intent_payload()
        return payload | {'metadata[odoo_database]': self.provider_id._stripe_database()}

    def _stripe_hear(self, hint=None):
        """Something may have happened: look at the intent of this payment.

        :param str hint: the id that somebody named, which counts only where we know none
        :rtype: Verdict
        :raise ValidationError: if Stripe gives no answer
        """
        self._stripe_lock()
        if self.state == 'done':
            return Verdict('finished')
        if self.stripe_intent and hint and hint != self.stripe_intent:
            _logger.warning("Transaction %s: another intent was named.", self.reference)
            return Verdict('foreign', "another intent was named")
        intent_id = self.stripe_intent or hint
        if not stripe_acceptance.is_id(intent_id):
            return Verdict('foreign', "no intent was made for this payment")
        kind = 'setup_intent' if self.operation == 'validation' else 'payment_intent'
        intent = self.provider_id._stripe_get(
            f'{kind}s', intent_id, **{'expand[]': 'payment_method'})
        verdict = stripe_acceptance.judge(intent, self._stripe_expected(intent))
        if verdict.kind != 'foreign':
            self._process(stripe_const.CODE, {
                'reference': self.reference, kind: intent,
                'payment_method': intent.get('payment_method')})
            self._mark_answered()
        return verdict

    def _stripe_wait(self):
        """Stripe could not be asked what became of it."""
        if self.state == 'draft':
            self._set_pending(state_message=self.env._("We are confirming your payment."))

    def _stripe_lock(self):
        """Wait for whoever works on this payment, so that only one asks Stripe."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(SQL(
            "SELECT id FROM payment_transaction WHERE id = %s FOR NO KEY UPDATE", self.id))
        self.invalidate_recordset()

    def _hear_failure(self, cause):
        """Whether the card needs its owner: core keeps only the sentence of Stripe's answer."""
        super()._hear_failure(cause)
        if self.provider_code != stripe_const.CODE or not isinstance(cause, HTTPError):
            return
        error = stripe_acceptance.error_of(cause.response)
        if error.get('code') == stripe_const.NEEDS_PAYER:
            self.tenant_needs_payer = True
        intent = error.get('payment_intent')
        intent_id = intent.get('id') if isinstance(intent, dict) else None
        if stripe_acceptance.is_id(intent_id) and not self.stripe_intent:
            self.stripe_intent = intent_id  # from now on only this one is about this payment

    # === BUSINESS METHODS - PROCESSING === #

    def _extract_amount_data(self, payment_data):
        """Of a payment more is compared than its amount, and whose it is comes first: all of that
        in `_apply_updates`, each time."""
        if self.provider_code != stripe_const.CODE or self.operation == 'refund':
            return super()._extract_amount_data(payment_data)
        return None

    def _apply_updates(self, payment_data):
        """Core's way, once what Stripe says is about this payment, in full and in our money.

        By itself core takes any intent for any payment, and a captured part for the whole.
        """
        if self.provider_code != stripe_const.CODE or self.operation == 'refund':
            return super()._apply_updates(payment_data)
        kind = 'setup_intent' if self.operation == 'validation' else 'payment_intent'
        intent = payment_data.get(kind) or {}
        verdict = stripe_acceptance.judge(intent, self._stripe_expected(intent))
        if verdict.kind == 'foreign':
            _logger.warning("Transaction %s: refused what is about another payment (%s).",
                            self.reference, verdict.reason)
            return None
        if verdict.kind == 'mismatch':
            return self._stripe_become_wrong(verdict)
        if intent.get('status') == stripe_const.UNTRIED and not intent.get('last_payment_error'):
            return None  # the payer has not finished yet: nothing has failed
        if not self.source_transaction_id:
            self.stripe_intent = intent['id']
        if self.operation == 'offline' and stripe_acceptance.needs_payer(intent):
            self.tenant_needs_payer = True
            return self._set_error(self.env._("The payer's bank asks the payer to confirm."))
        if intent.get('status') == stripe_const.CANCELED and self.state == 'error':
            self._set_canceled(extra_allowed_states=('error',))  # in whichever order they came
        return super()._apply_updates(payment_data)

    def _stripe_expected(self, intent):
        """Our record, the yardstick. A card that is only saved costs nothing."""
        source = self.source_transaction_id  # of a capture
        is_saved = self.operation == 'validation'
        return stripe_acceptance.Expected(
            reference=source.reference or self.reference,
            intent=(source.stripe_intent or source.provider_reference) if source
            else self.stripe_intent,
            amount=intent.get('amount') if is_saved else self._stripe_minor(self.amount),
            currency=str(intent.get('currency') or '').upper() if is_saved
            else self.currency_id.name,
            is_live=self.is_live,
            database=self.provider_id._stripe_database(),
        )

    def _stripe_become_wrong(self, verdict):
        _logger.error("Transaction %s: Stripe took other money: %s",
                      self.reference, verdict.reason)
        self._set_error(
            self.env._("The amount that arrived is not the one that was asked for. Please "
                       "contact us."),
            extra_allowed_states=('cancel',))
        self._stripe_ask_person(verdict.reason, self.env._(
            "What Stripe took for this payment is not what was asked for (%s). Compare it in "
            "Stripe's dashboard; then refund it there, or book it by hand.", verdict.reason))

    # === HELPERS === #

    @api.model
    def _stripe_find(self, provider, *, intent=None, reference=None):
        """The payment that an event is about.

        :param provider: whose secret signed the event
        :param str intent: id of a PaymentIntent or SetupIntent
        :param str reference: the description of the object
        :return: at most one payment, refunds and captures left out
        """
        own = [('provider_id', '=', provider.id), ('operation', '!=', 'refund'),
               ('source_transaction_id', '=', False)]
        tx = self.browse()
        if isinstance(intent, str):
            tx = self.search([*own, ('stripe_intent', '=', intent)]) or self.search(
                [*own, ('provider_reference', '=', intent)], limit=1)
        if not tx and isinstance(reference, str):
            tx = self.search([*own, ('reference', '=', reference)])
        return tx

    def _stripe_minor(self, amount):
        """An amount as Stripe counts it: in the smallest unit of its currency.

        :rtype: int
        """
        return payment_utils.to_minor_currency_units(
            amount, self.currency_id,
            arbitrary_decimal_number=core_const.CURRENCY_DECIMALS.get(self.currency_id.name))

    def _stripe_ask_person(self, remark, note):
        """Ask the responsible of billing, once for each thing that is odd."""
        if remark != self.stripe_remark:
            self.stripe_remark = remark
            _logger.warning("Transaction %s needs a person: %s", self.reference, remark)
            self._ask_about(note)
