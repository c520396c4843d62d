import logging
from decimal import Decimal

from odoo import models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing_sslcommerz import acceptance, const
from odoo.addons.tenant_billing_sslcommerz.acceptance import Verdict

_logger = logging.getLogger(__name__)

KEPT = ('amount', 'store_amount', 'currency', 'currency_rate', 'tran_date', 'card_type',
        'card_brand', 'card_issuer', 'card_issuer_country', 'risk_level', 'risk_title')
VALIDATED = ('paid', 'held', 'mismatch')  # verdicts on an answer of the order validation


class PaymentTransaction(models.Model):
    """What the gateway says, and what follows. Only its own answers are believed."""

    _inherit = 'payment.transaction'

    # === BUSINESS METHODS - ASKING === #

    def _sslcommerz_hear(self, status, val_id, reason=''):
        """Look into what a signed message says.

        :param str status: as posted, a hint
        :param str val_id: as posted
        :param str reason: as posted, for people
        :rtype: Verdict
        :raise ValidationError: if the gateway gives no answer
        """
        if not self._sslcommerz_lock():
            return Verdict('finished')
        if status in const.PAID and acceptance.VAL_ID.fullmatch(val_id):
            return self._sslcommerz_conclude(*self._sslcommerz_validate(val_id))
        verdict, answer = self._sslcommerz_query()
        if verdict.kind == 'unknown' and status in const.FAILED:
            verdict = Verdict('failed', reason)
        elif verdict.kind == 'unknown' and status in const.CANCELLED:
            verdict = Verdict('cancelled')
        return self._sslcommerz_conclude(verdict, answer)

    def _sslcommerz_ask(self):
        """Ask the gateway what became of this payment.

        :raise ValidationError: if it gives no answer
        """
        if self._sslcommerz_lock():
            self._sslcommerz_conclude(*self._sslcommerz_query())
            self._sslcommerz_ask_later()

    def _sslcommerz_wait(self, status):
        """A signed message could not be looked into: say so where it spoke of success."""
        if status in const.PAID and self.state == 'draft':
            self._process(const.CODE, {'verdict': Verdict('pending')})

    def _sslcommerz_query(self):
        """Look for a payment by our reference, and validate what is found.

        :rtype: tuple[Verdict, dict]
        """
        answer = self._sslcommerz_call('GET', const.QUERY_PATH, {
            'tran_id': self.reference, 'format': 'json'})
        verdict, val_id = self._sslcommerz_usable(
            acceptance.find_payment, answer, self.reference)
        self._mark_answered()
        return self._sslcommerz_validate(val_id) if val_id else (verdict, {})

    def _sslcommerz_validate(self, val_id):
        """Let the gateway prove a payment.

        :rtype: tuple[Verdict, dict]
        """
        answer = self._sslcommerz_call('GET', const.VALIDATION_PATH, {
            'val_id': val_id, 'format': 'json', 'v': '1'})
        verdict = self._sslcommerz_usable(
            acceptance.judge, answer, val_id, self._sslcommerz_expected())
        self._mark_answered()
        if verdict.kind in VALIDATED and self._sslcommerz_is_used(answer):
            verdict = Verdict('refused', "money that another payment has")
        return verdict, answer

    def _sslcommerz_usable(self, read, *arguments):
        try:
            return read(*arguments)
        except acceptance.Unreachable as error:
            raise ValidationError(self.env._(
                "The payment service gave no usable answer (%s).", error)) from None

    def _sslcommerz_expected(self):
        """Our record, the yardstick for every answer."""
        return acceptance.Expected(
            reference=self.reference,
            amount=Decimal(self._sslcommerz_amount()),
            currency=self.currency_id.name,
            store_id=self.provider_id.sslcommerz_store_id,
            stamps=(self.sslcommerz_stamp, self._sslcommerz_database()),
            is_risk_accepted=self.sslcommerz_is_risk_accepted,
        )

    def _sslcommerz_is_used(self, answer):
        """Whether another payment has been paid with the same money."""
        val_id = acceptance.text(answer, 'val_id')
        bank_tran_id = acceptance.text(answer, 'bank_tran_id')
        domain = ['|', ('sslcommerz_val_id', '=', val_id),
                  ('sslcommerz_bank_tran_id', '=', bank_tran_id or None)]
        if not bank_tran_id:
            domain = domain[1:2]
        return bool(self.search_count([('id', '!=', self.id), *domain], limit=1))

    # === BUSINESS METHODS - PROCESSING === #

    def _sslcommerz_conclude(self, verdict, answer):
        """Bring the payment to what the gateway's answer means.

        :return: the verdict
        :rtype: Verdict
        """
        if verdict.kind == 'unknown':
            self._sslcommerz_expire()
        elif verdict.kind != 'refused':
            self._process(const.CODE, {**answer, 'verdict': verdict})
        if verdict.kind in ('held', 'mismatch', 'refused'):
            self._sslcommerz_ask_person(verdict)
        elif verdict.kind == 'paid':
            self.env.ref('payment.cron_post_process_payment_tx')._trigger()
        return verdict

    def _sslcommerz_expire(self):
        """The gateway does not know this payment: after a time it counts as cancelled."""
        is_over = self._sslcommerz_age() > self._sslcommerz_page_life()
        if self.state in ('draft', 'pending') and is_over:
            self._process(const.CODE, {'verdict': Verdict('cancelled')})

    def _extract_reference(self, provider_code, payment_data):
        if provider_code != const.CODE:
            return super()._extract_reference(provider_code, payment_data)
        return payment_data.get('tran_id')

    def _extract_amount_data(self, payment_data):
        """What the order validation says; other answers name no amount."""
        if self.provider_code != const.CODE:
            return super()._extract_amount_data(payment_data)
        verdict = payment_data.get('verdict')
        if isinstance(verdict, Verdict) and verdict.kind not in VALIDATED:
            return None
        return {
            'amount': float(acceptance.amount(payment_data, 'currency_amount') or 0),
            'currency_code': acceptance.text(payment_data, 'currency_type'),
        }

    def _apply_updates(self, payment_data):
        """Do what the verdict says, which only our own asking can give."""
        if self.provider_code != const.CODE:
            return super()._apply_updates(payment_data)
        verdict = payment_data.get('verdict')
        if not isinstance(verdict, Verdict) or self.state in ('authorized', 'done'):
            _logger.warning("Transaction %s: nothing is taken from these data.", self.reference)
            return None
        if verdict.kind in ('paid', 'held'):
            self._sslcommerz_remember(payment_data, verdict)
        steps = {
            'paid': self._sslcommerz_become_done,
            'held': self._sslcommerz_become_held,
            'pending': self._sslcommerz_become_pending,
            'mismatch': self._sslcommerz_become_wrong,
            'failed': self._sslcommerz_become_failed,
            'cancelled': self._sslcommerz_become_cancelled,
            'refunded': self._sslcommerz_become_done,
            'refund_cancelled': self._sslcommerz_become_unrefunded,
            'refund_refused': self._sslcommerz_become_unrefunded,
        }
        return steps[verdict.kind](verdict)

    def _sslcommerz_remember(self, answer, verdict):
        """Keep what identifies the money, and what refunds and bookkeeping need later."""
        bank_tran_id = acceptance.text(answer, 'bank_tran_id')[:80]
        card_type = acceptance.text(answer, 'card_type').upper()
        brand = next((code for start, code in const.BRANDS if card_type.startswith(start)), None)
        method = brand and self.env['payment.method']._get_from_code(brand)
        self.write({
            'provider_reference': bank_tran_id or acceptance.text(answer, 'val_id'),
            'sslcommerz_val_id': acceptance.text(answer, 'val_id'),
            'sslcommerz_bank_tran_id': bank_tran_id or False,
            'sslcommerz_settlement': {name: acceptance.text(answer, name)[:100] for name in KEPT},
            'sslcommerz_currency_id': self.env.ref(f'base.{const.SETTLED_IN}').id,
            'sslcommerz_amount': float(acceptance.amount(answer, 'amount') or 0),
            'sslcommerz_store_amount': float(acceptance.amount(answer, 'store_amount') or 0),
            'sslcommerz_card_brand': acceptance.text(answer, 'card_brand')[:50],
            'sslcommerz_risk': f'{acceptance.text(answer, "risk_level")[:5]} '
                               f'{acceptance.text(answer, "risk_title")[:50]}'.strip(),
            'sslcommerz_is_held': verdict.kind == 'held',
            'payment_method_id': (method or self.payment_method_id).id,
        })

    def _sslcommerz_become_done(self, _verdict):
        """Money is money, also after a cancelled or failed attempt on the same page."""
        self._set_done(extra_allowed_states=('cancel',))

    def _sslcommerz_become_held(self, _verdict):
        self._set_pending(
            state_message=self.env._("Your payment arrived and is being checked by our staff."),
            extra_allowed_states=('cancel', 'error'))

    def _sslcommerz_become_pending(self, _verdict):
        self._set_pending(state_message=self.env._("We are confirming your payment."))

    def _sslcommerz_become_wrong(self, verdict):
        _logger.error("Transaction %s: the gateway took other money: %s",
                      self.reference, verdict.reason)
        self._set_error(
            self.env._("The amount that arrived is not the one that was asked for. Please "
                       "contact us."),
            extra_allowed_states=('cancel',))

    def _sslcommerz_become_failed(self, verdict):
        self._set_error(self.env._(
            "The payment failed: %s. You were not charged; you can try again.",
            verdict.reason or self.env._("no reason was given")))

    def _sslcommerz_become_cancelled(self, _verdict):
        self._set_canceled(self.env._("The payment was cancelled. You can try again."))

    # === HELPERS === #

    def _sslcommerz_ask_person(self, verdict):
        """A payment that the gateway took and we do not book needs a person; asked once."""
        remark = f'{verdict.kind}: {verdict.reason}'
        if not self or remark == self.sslcommerz_remark:
            return
        self.sslcommerz_remark = remark
        _logger.warning("Transaction %s needs a person: %s", self.reference, remark)
        self._ask_about(self.env._(
            "SSLCommerz's answer for this payment does not fit our record (%s). Compare it with "
            "the merchant panel; then accept the risk on the payment's form, or refund it.",
            remark))
