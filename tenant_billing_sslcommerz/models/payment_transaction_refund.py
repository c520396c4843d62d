import logging
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.tenant_billing_sslcommerz import acceptance, const
from odoo.addons.tenant_billing_sslcommerz.acceptance import Verdict

_logger = logging.getLogger(__name__)

TOO_LONG = timedelta(days=14)  # then a person is asked
PAISA = Decimal('0.01')


class PaymentTransaction(models.Model):
    """Refunds. The gateway is asked by the scheduled action only: the refund and its reference are
    in the database before, so that whatever fails is asked for again with the same reference."""

    _inherit = 'payment.transaction'

    sslcommerz_refund_ref_id = fields.Char(
        string="Refund Reference", readonly=True, copy=False,
        help="The gateway's own, by which it is asked what became of the refund.")

    # === ACTION METHODS === #

    def action_sslcommerz_refund_held(self):
        """Pay back payments that the gateway found risky. They are booked, for the money did come,
        but pay no invoice."""
        self.check_access('write')
        for tx in self.sudo().filtered('sslcommerz_is_held'):
            tx._sslcommerz_refund_held()

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_sslcommerz_refund(self):
        """Ask for refunds, and what became of them."""
        self.env['tenant.billing.run']._run_each(
            self._name, [
                ('provider_id.code', '=', const.CODE),
                ('provider_id.state', '!=', 'disabled'),
                ('operation', '=', 'refund'),
                ('state', '=', 'pending'),
                ('sslcommerz_ask_again_on', '<=', fields.Datetime.now()),
            ], lambda refund: refund._sslcommerz_pursue_refund())

    # === BUSINESS METHODS: asking for it === #

    def _check_refundable(self, amount):
        """Pressed twice is once: one refund of a payment after the other."""
        if self.provider_code == const.CODE and self.child_transaction_ids.filtered(
                lambda tx: tx.operation == 'refund' and tx.state in ('draft', 'pending')):
            raise ValidationError(self.env._(
                "A refund of payment %s is under way. Wait until it is done.", self.reference))
        return super()._check_refundable(amount)

    def _send_refund_request(self):
        """Keep what is to be paid back; the scheduled action, woken at once, asks the gateway."""
        if self.provider_code != const.CODE:
            return super()._send_refund_request()
        paid = self.source_transaction_id
        if not paid.sslcommerz_bank_tran_id:
            raise ValidationError(self.env._(
                "The gateway named no bank transaction for payment %s. Refund it in the merchant "
                "panel.", paid.reference))
        if paid.is_live != self.is_live:
            raise ValidationError(self.env._(
                "Payment %(reference)s belongs to the other mode of %(provider)s (test or live).",
                reference=paid.reference, provider=self.provider_id.name))
        self.write({
            'sslcommerz_currency_id': paid.sslcommerz_currency_id.id,
            'sslcommerz_amount': paid._sslcommerz_settled_part(-self.amount),
            'sslcommerz_opened_on': fields.Datetime.now(),
            'sslcommerz_ask_again_on': fields.Datetime.now(),
        })
        self._set_pending(state_message=self.env._("The gateway is asked to pay it back."))
        self.env.ref('tenant_billing_sslcommerz.cron_refund')._trigger()
        return None

    def _sslcommerz_settled_part(self, amount):
        """What paying back an amount is in the currency of the settlement, at the payment's own
        rate; all refunds of a payment together are what was captured.

        :param float amount: in the payment's currency
        :rtype: float
        """
        refunds = self.child_transaction_ids.filtered(
            lambda tx: tx.operation == 'refund' and tx.state in ('pending', 'done'))
        captured, total = (Decimal(str(value)) for value in (self.sslcommerz_amount, self.amount))
        before = Decimal(str(sum(refunds.mapped('amount')))) * -1 + Decimal(str(amount))
        reached = (captured * before / total).quantize(PAISA, ROUND_HALF_UP)
        if not self.currency_id.compare_amounts(float(before), self.amount):
            reached = captured
        return round(float(reached) - sum(refunds.mapped('sslcommerz_amount')), 2)

    # === BUSINESS METHODS: pursuing it === #

    def _sslcommerz_pursue_refund(self):
        """Ask for the refund until the gateway accepts it, then what became of it until it says.

        :raise ValidationError: if the gateway gives no answer
        """
        if not self._sslcommerz_lock() or self.state != 'pending':
            return
        if self.sslcommerz_refund_ref_id:
            verdict = self._sslcommerz_query_refund()
        else:
            verdict = self._sslcommerz_request_refund()
        self._sslcommerz_ask_later()
        if verdict.kind not in ('accepted', 'unknown'):
            self._process(const.CODE, {'verdict': verdict})
            self.env.ref('payment.cron_post_process_payment_tx')._trigger()
        elif self._sslcommerz_age() > TOO_LONG:
            self._sslcommerz_ask_person(
                Verdict('unanswered', self.env._("the refund is not paid out yet")))

    def _sslcommerz_request_refund(self):
        """Our reference is the same each time, so that the gateway pays back once."""
        paid = self.source_transaction_id
        answer = self._sslcommerz_call('GET', const.QUERY_PATH, {
            'bank_tran_id': paid.sslcommerz_bank_tran_id,
            'refund_trans_id': self.reference,
            'refund_amount': f'{self.sslcommerz_amount:.2f}',
            'refund_remarks': f'Refund of {paid.reference}',
            'refe_id': paid.reference,
            'format': 'json',
        })
        verdict, refund_ref_id = self._sslcommerz_usable(
            acceptance.judge_refund_request, answer, paid.sslcommerz_bank_tran_id)
        if refund_ref_id:
            self.write({
                'sslcommerz_refund_ref_id': refund_ref_id, 'provider_reference': refund_ref_id})
        return verdict

    def _sslcommerz_query_refund(self):
        answer = self._sslcommerz_call('GET', const.QUERY_PATH, {
            'refund_ref_id': self.sslcommerz_refund_ref_id, 'format': 'json'})
        return self._sslcommerz_usable(
            acceptance.judge_refund, answer, self.source_transaction_id.sslcommerz_bank_tran_id)

    def _sslcommerz_become_unrefunded(self, verdict):
        """The money was not paid back. After an attempt without answer it may have been all the
        same: a person looks before trying again."""
        reason = verdict.reason.rstrip('. ') or self.env._("no reason was given")
        become = self._set_canceled if verdict.kind == 'refund_cancelled' else self._set_error
        become(self.env._(
            "The gateway did not pay it back: %s. Look at the payment in the merchant panel before "
            "you refund it again.", reason))
        self._sslcommerz_ask_person(Verdict(verdict.kind, reason))

    # === BUSINESS METHODS: risk === #

    def _sslcommerz_refund_held(self):
        self.invoice_ids = False  # it pays nothing; the tenant may pay anew
        self.sslcommerz_is_risk_accepted = True
        self._sslcommerz_ask()
        if self.state != 'done':
            raise UserError(self.env._(
                "The gateway does not confirm payment %s any more. Look at it in the merchant "
                "panel.", self.reference))
        self._post_process()
        self.payment_id.move_id.tenant_hold_for_refund = True
        self._refund()
