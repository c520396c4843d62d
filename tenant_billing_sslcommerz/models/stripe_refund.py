from odoo import models
from odoo.addons.payment import utils as payment_utils
from odoo.addons.payment_stripe import const as core_const

from odoo.addons.tenant_billing_sslcommerz import stripe_acceptance, stripe_const


class PaymentTransaction(models.Model):
    """Money that goes back by Stripe, whether we asked for it or somebody at Stripe did."""

    _inherit = 'payment.transaction'

    # === BUSINESS METHODS - REFUNDING === #

    def _send_refund_request(self):
        """Core's request, with a key against doing it twice and our reference on the refund, by
        which an event about it finds this transaction."""
        if self.provider_code != stripe_const.CODE:
            return super()._send_refund_request()
        refund = self._send_api_request(
            'POST', 'refunds',
            data={
                'payment_intent': self.source_transaction_id.provider_reference,
                'amount': self._stripe_minor(-self.amount),
                'metadata[odoo_reference]': self.reference,
            },
            idempotency_key=payment_utils.generate_idempotency_key(self, scope='refunds'))
        self._process(stripe_const.CODE, {'refund': refund})
        return None

    # === BUSINESS METHODS - PROCESSING === #

    def _stripe_hear_refunds(self, charge_id):
        """Look at all refunds of a charge of this payment, and book what is new or has changed.

        :param str charge_id: at Stripe
        :return: what became of them, in words
        :rtype: str
        :raise ValidationError: if Stripe gives no answer
        """
        self._write_row()  # whoever asks for a refund at this moment starts anew, or we do
        outcomes = []
        for refund in self.provider_id._stripe_list('refunds', charge=charge_id):
            tx = self._stripe_refund_of(refund)
            if tx:
                tx._process(stripe_const.CODE, {'refund': refund})
                outcomes.append(f'{refund["id"]}: {tx.state}')
        return ', '.join(outcomes)

    def _stripe_refund_of(self, refund):
        """The transaction of a refund; made for one that somebody made at Stripe.

        :return: empty for a refund that moves no money of this payment
        """
        known = self.child_transaction_ids.filtered(lambda tx: tx.operation == 'refund')
        reference = (refund.get('metadata') or {}).get('odoo_reference')
        tx = known.filtered(lambda tx: tx.provider_reference == refund['id']) or known.filtered(
            lambda tx: tx.reference == reference and not tx.provider_reference)
        if tx or refund.get('status') in stripe_const.REFUND_FAILED:
            return tx
        amount = payment_utils.to_major_currency_units(
            refund['amount'], self.currency_id,
            arbitrary_decimal_number=core_const.CURRENCY_DECIMALS.get(self.currency_id.name))
        if self.currency_id.compare_amounts(amount, self._refundable()) > 0:
            self._stripe_ask_person(refund['id'], self.env._(
                "Stripe refunded %s of this payment, more than was left of it. It is not booked: "
                "compare in Stripe's dashboard.", self.currency_id._text(amount)))
            return tx
        tx = self._create_child_transaction(amount, is_refund=True)
        self._stripe_ask_person(refund['id'], self.env._(
            "%(amount)s of payment %(reference)s went back at Stripe, not from here. It is booked "
            "as a refund. If the service was not delivered, credit the invoice with that reason.",
            amount=self.currency_id._text(amount), reference=self.reference))
        return tx

    def _apply_updates(self, payment_data):
        """Core's way for a refund that is ours; one that failed after all is taken out of the books
        again."""
        if self.provider_code != stripe_const.CODE or self.operation != 'refund':
            return super()._apply_updates(payment_data)
        refund = payment_data.get('refund') or {}
        known = self.provider_reference
        if not stripe_acceptance.is_id(refund.get('id')) or known and refund['id'] != known:
            return None
        if refund.get('status') == stripe_const.CANCELED:
            self._set_canceled(extra_allowed_states=('done', 'error'))
        super()._apply_updates(payment_data)
        if self.state in ('error', 'cancel') and self.payment_id.state not in (
                False, 'draft', 'canceled'):
            self._stripe_unbook()
        return None

    def _stripe_unbook(self):
        """The money did not leave: it is still ours, and so is the payment of the invoice."""
        self.payment_id.action_draft()
        self.payment_id.action_cancel()
        self.source_transaction_id._stripe_ask_person(
            f'{self.provider_reference} {self.state}', self.env._(
                "The refund %s did not go through at Stripe and is out of the books again. Refund "
                "the customer in another way.", self.reference))
