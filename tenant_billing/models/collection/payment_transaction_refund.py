import math

from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing.models.invoicing.account_move import CREDIT_REASONS

NOT_REFUNDED = ('cancel', 'error')


class PaymentTransaction(models.Model):
    """Refunds, whichever provider makes them: never more than was paid, and booked with the credit
    note that they pay back (R39)."""

    _inherit = 'payment.transaction'

    tenant_refund_reason = fields.Selection(
        CREDIT_REASONS, string="Reason of Refund", readonly=True, copy=False,
        help="Of a refund, or of the next refund of this payment. Not delivered, cancelled and "
        "chargeback also take back the days that were paid for; the others leave them.")

    # === BUSINESS METHODS: asking for it === #

    def _refund(self, amount_to_refund=None):
        """Refund an amount, by default all that is left; the books decide how much that is."""
        self.ensure_one()
        self._write_row()
        refund = super()._refund(amount_to_refund=self._check_refundable(amount_to_refund))
        refund.tenant_refund_reason = self.tenant_refund_reason
        self.tenant_refund_reason = False
        return refund

    def _check_refundable(self, amount):
        """:return: the amount to refund
        :rtype: float
        :raise ValidationError: when it cannot be refunded
        """
        if not self.is_post_processed:
            raise ValidationError(self.env._(
                "Payment %s is not booked yet. Try again in a minute.", self.reference))
        left = self._refundable()
        if amount is None:
            amount = left
        fits = math.isfinite(amount) and amount > 0 and (
            self.currency_id.compare_amounts(amount, left) <= 0)
        if not fits or self.currency_id.is_zero(amount):
            raise ValidationError(self.env._(
                "%(left)s of payment %(reference)s can be refunded, not %(amount)s.",
                left=self.currency_id._text(left), reference=self.reference, amount=amount))
        return self.currency_id.round(amount)

    def _refundable(self):
        """What is left of a payment after all refunds, also those that are under way.

        :rtype: float
        """
        refunds = self.child_transaction_ids.filtered(
            lambda tx: tx.operation == 'refund' and tx.state not in NOT_REFUNDED)
        return self.amount + sum(refunds.mapped('amount'))  # a refund's amount is negative

    # === BUSINESS METHODS: booking it === #

    def _post_process(self):
        super()._post_process()
        for tx in self.filtered(lambda tx: tx.operation == 'refund' and tx.state == 'done'):
            tx._book_refund()

    def _book_refund(self):
        """Match what was paid back with the money or the credit notes that it pays back. For the
        rest a credit note is made, where somebody here gave a reason."""
        asked = self._receivable(self.payment_id.move_id).filtered(lambda line: not line.reconciled)
        if not asked:
            return
        self._match_refund(asked)
        if not asked.reconciled and self.tenant_refund_reason:
            self._credit_refunded(asked.amount_residual_currency)
            self._match_refund(asked)

    def _match_refund(self, asked):
        """What of the payment itself is free comes first, then the credit notes of its invoices."""
        source = self.source_transaction_id
        notes = source.invoice_ids.reversal_move_ids.filtered(lambda note: note.state == 'posted')
        for move in (source.payment_id.move_id, *notes.sorted('id')):
            free = self._receivable(move).filtered(
                lambda line: line.account_id == asked.account_id and not line.reconciled
                and line.amount_residual_currency < 0)
            if free and not asked.reconciled:
                (asked + free).reconcile()

    def _credit_refunded(self, amount):
        """Credit an amount of the invoices that were paid, the latest demand first: of an invoice
        for both the fee, which is paid last (R41)."""
        builder = self.env['tenant.invoice.builder']
        demands = self.source_transaction_id.invoice_ids.tenant_demand_ids
        places = 10 ** self.currency_id.decimal_places
        for demand in demands.sorted(
                lambda d: (d.due_date, d.direction == 'advance', d.id), reverse=True):
            part = min(amount, demand.amount - self._credited(demand))
            if self.currency_id.compare_amounts(part, 0) > 0:
                builder._credit(
                    demand, self.tenant_refund_reason, hold_for_refund=True,
                    days=(round(part * places), round(demand.amount * places)))
                amount -= part

    @staticmethod
    def _credited(demand):
        """What credit notes took back of a demand; those of a whole invoice count for each."""
        notes = demand.move_id.reversal_move_ids.filtered(
            lambda note: note.state == 'posted'
            and note.tenant_credited_demand_id in (demand, demand.browse()))
        return sum(notes.mapped('amount_total'))

    @staticmethod
    def _receivable(move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
