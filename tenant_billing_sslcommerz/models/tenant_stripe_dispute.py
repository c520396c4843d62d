from odoo import api, fields, models
from odoo.addons.payment import utils as payment_utils
from odoo.addons.payment_stripe import const as core_const

from odoo.addons.tenant_billing_sslcommerz import stripe_const

OPEN, WON, LOST = 'open', 'won', 'lost'


class TenantStripeDispute(models.Model):
    """A chargeback: a payer's bank wants its money back. While it is open a person answers it at
    Stripe; lost, the money leaves our books and the invoice is open again."""

    _name = 'tenant.stripe.dispute'
    _description = "Chargeback"
    _rec_name = 'dispute_ref'
    _order = 'id desc'

    dispute_ref = fields.Char(string="Dispute ID", required=True, readonly=True)
    transaction_id = fields.Many2one(
        'payment.transaction', string="Payment", required=True, readonly=True, index=True,
        ondelete='restrict')
    company_id = fields.Many2one(related='transaction_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(related='transaction_id.partner_id', string="Tenant")
    currency_id = fields.Many2one(related='transaction_id.currency_id')
    amount = fields.Monetary(readonly=True)
    reason = fields.Char(readonly=True, help="What the payer's bank says.")
    status = fields.Char(string="Status at Stripe", readonly=True)
    state = fields.Selection(
        [(OPEN, "Open"), (WON, "Won"), (LOST, "Lost")], required=True, readonly=True, default=OPEN)
    hold_ids = fields.Many2many(
        'tenant.panel.hold', string="Holds", readonly=True, help="Lifted when the dispute is won.")
    refund_transaction_id = fields.Many2one(
        'payment.transaction', string="Booked As", readonly=True, ondelete='restrict',
        help="The money that left, once the dispute was lost.")

    _once = models.Constraint('UNIQUE (dispute_ref)', "This dispute is known already.")

    # === BUSINESS METHODS - HEARING === #

    @api.model
    def _hear(self, provider, dispute_id):
        """Something became of a dispute: look at it, and do what its state asks for. Events may
        come twice or in any order: what Stripe has now decides.

        :return: state and outcome of the message
        :rtype: tuple[str, str]
        :raise ValidationError: if Stripe gives no answer
        """
        told = provider._stripe_get('disputes', dispute_id)
        tx = self._payment_of(provider, told)
        if not tx:
            return 'done', self.env._("None of our payments: nothing is done.")
        tx._write_row()
        dispute = self.search([('dispute_ref', '=', told['id'])]) or self._open(tx, told)
        status = str(told.get('status') or '')[:40]
        dispute.status = status
        if dispute.state == OPEN and status in stripe_const.DISPUTE_LOST:
            dispute._lose()
        elif dispute.state == OPEN and status in stripe_const.DISPUTE_WON:
            dispute._win()
        elif dispute.state == OPEN:
            dispute._hold_panels()
        return 'done', f'{dispute.dispute_ref}: {dispute.state} ({status})'

    @api.model
    def _payment_of(self, provider, told):
        transactions = self.env['payment.transaction']
        tx = transactions._stripe_find(provider, intent=told.get('payment_intent') or '-')
        if not tx and told.get('charge'):
            charge = provider._stripe_get('charges', told['charge'])
            tx = transactions._stripe_find(
                provider, intent=charge.get('payment_intent') or '-',
                reference=charge.get('description'))
        return tx

    @api.model
    def _open(self, tx, told):
        dispute = self.create({
            'dispute_ref': told['id'], 'transaction_id': tx.id,
            'reason': str(told.get('reason') or '')[:100],
            'amount': payment_utils.to_major_currency_units(
                told['amount'], tx.currency_id,
                arbitrary_decimal_number=core_const.CURRENCY_DECIMALS.get(tx.currency_id.name)),
        })
        dispute._tell(self.env._("Chargeback of payment %s", tx.reference), self.env._(
            "The payer's bank wants %(amount)s back (%(reason)s). Answer it in Stripe's dashboard "
            "before its day: %(dispute)s.", amount=tx.currency_id._text(dispute.amount),
            reason=dispute.reason or "-", dispute=dispute.dispute_ref))
        return dispute

    # === BUSINESS METHODS - WHAT FOLLOWS === #

    def _hold_panels(self):
        """Stop the panels that the payment paid for, where the company wants it; once, and not
        for an inquiry of the bank, which has taken nothing."""
        is_wanted = self.company_id.stripe_hold_on_chargeback
        if not is_wanted or self.hold_ids or self.status in stripe_const.DISPUTE_INQUIRY:
            return
        for panel in self._panels().filtered(lambda panel: panel.state != 'closed'):
            before = panel.open_hold_ids
            panel._hold('abuse', self.env._(
                "Your bank reclaimed the payment %s. Please contact us.",
                self.transaction_id.reference))
            self.hold_ids |= panel.open_hold_ids - before

    def _win(self):
        """The money stays, or came back: nothing to book, and what was held for it runs."""
        self.state = WON
        self._lift_holds()
        self._tell(
            self.env._("Chargeback of payment %s won", self.transaction_id.reference),
            self.env._("The payment stands. Nothing was taken out of the books."))

    def _lose(self):
        """The money is gone: it leaves the books by a payment of its own, and what it had paid is
        open again (R5). The hold ends with that: from now on the open demand decides."""
        self.state = LOST
        tx = self.transaction_id
        amount = min(self.amount, tx._refundable())
        if tx.currency_id.compare_amounts(amount, 0) > 0:  # else it went back as a refund already
            self._book(tx, amount)
        self._lift_holds()
        self._tell(
            self.env._("Chargeback of payment %s lost", tx.reference),
            self.env._(
                "%s left the books, and the invoice is open again. Ask the tenant to pay in "
                "another way, or write the demand off.",
                tx.currency_id._text(max(amount, 0))))

    def _book(self, tx, amount):
        """A payment out, against what had come in, in place of the invoices."""
        if not tx.is_post_processed:
            tx._post_process()
        refund = tx._create_child_transaction(amount, is_refund=True)
        refund.provider_reference = self.dispute_ref
        refund._set_done(state_message=self.env._("Charged back."))
        self.refund_transaction_id = refund
        tx._receivable(tx.payment_id.move_id).remove_move_reconcile()
        refund._post_process()  # matches what of the payment is free
        rest = tx._receivable(tx.payment_id.move_id | tx.invoice_ids).filtered(
            lambda line: not line.reconciled and line.parent_state == 'posted')
        if len(rest.account_id) == 1 and len(rest.move_id) > 1:  # only a part was charged back
            rest.reconcile()

    # === HELPERS === #

    def _panels(self):
        return self.transaction_id.invoice_ids.tenant_demand_ids.panel_id

    def _lift_holds(self):
        standing = self.hold_ids.filtered(  # a closed panel stays as it is
            lambda hold: not hold.date_to and hold.panel_id.state != 'closed')
        for panel, holds in standing.grouped('panel_id').items():
            panel._lift(holds)

    def _tell(self, summary, note):
        """Ask a person on each panel, and leave the word on the invoices."""
        for invoice in self.transaction_id.invoice_ids:
            invoice.message_post(body=self.env._(
                "%(summary)s. %(note)s", summary=summary, note=note))
        panels = self._panels()
        panels._ask_person(summary, note)
        if not panels:
            self.transaction_id._ask_about(f'{summary}: {note}')
