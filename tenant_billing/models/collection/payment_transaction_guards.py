import logging
import math

from odoo import models
from odoo.tools import SQL, float_round

_logger = logging.getLogger(__name__)

FINISHED = ('authorized', 'done')
PAYING = ('online_redirect', 'online_direct', 'online_token', 'offline')
# What identifies the money: refunds go there.
FIXED = frozenset({'provider_reference', 'payment_method_id'})


class PaymentTransaction(models.Model):
    """What must hold for what gateways say, whichever they are and however often they say it."""

    _inherit = 'payment.transaction'

    _tenant_money_once = models.UniqueIndex(
        "(provider_id, provider_reference) WHERE provider_reference IS NOT NULL "
        "AND source_transaction_id IS NULL AND state IN ('authorized', 'done') "
        "AND operation IN ('online_redirect', 'online_direct', 'online_token', 'offline')",
        "The gateway's money for this payment was used for another one already.")

    # === CRUD METHODS === #

    def write(self, vals):
        """What is finished keeps the gateway's reference and method: refunds go there."""
        fixed = self.browse() if FIXED.isdisjoint(vals) else self.filtered(
            lambda tx: tx.state in FINISHED and tx.provider_reference and tx._is_online())
        if not fixed:
            return super().write(vals)
        rest = {name: value for name, value in vals.items() if name not in FIXED}
        super(PaymentTransaction, fixed).write(rest)
        return super(PaymentTransaction, self - fixed).write(vals)

    # === BUSINESS METHODS: what a gateway says === #

    def _process(self, provider_code, payment_data):
        """Nothing is taken from data about a payment that is done, or about another amount. A
        refund may still fail after it was done."""
        tx = self or self._search_by_reference(provider_code, payment_data)
        if not tx:
            return tx
        if not tx._is_online():
            return super(PaymentTransaction, tx)._process(provider_code, payment_data)
        tx.ensure_one()
        is_over = tx.state == 'done' and tx.operation in PAYING and not tx.tokenize
        if is_over or tx._refuses_amount(payment_data):
            return tx
        return super(PaymentTransaction, tx)._process(provider_code, payment_data)

    def _refuses_amount(self, payment_data):
        """Whether the data name other money than ours, which makes the payment an error; the core
        method looks at the first delivery only, and not after a cancellation.

        :param dict payment_data: as the provider's own code got it
        :rtype: bool
        """
        if self.operation == 'validation':
            return False
        said = self._extract_amount_data(payment_data)
        if said is None or self._is_our_money(**said):
            return False
        _logger.error("Transaction %s: the gateway names other money: %s", self.reference, said)
        self._set_error(
            self.env._("The amount that arrived is not the one that was asked for. Please "
                       "contact us."),
            extra_allowed_states=('cancel',))
        self._ask_about(self.env._(
            "The gateway names another amount or currency for this payment (%(amount)s "
            "%(currency)s). Compare it with the gateway's own pages, then refund it there.",
            amount=said.get('amount'), currency=said.get('currency_code')))
        return True

    def _is_our_money(self, amount=None, currency_code=None, precision_digits=None):
        """Whether an amount, positive also for refunds, is the one that was asked for."""
        if not amount or not math.isfinite(amount) or currency_code != self.currency_id.name:
            return False
        ours = abs(self.amount)
        if precision_digits is not None:
            ours = float_round(ours, precision_digits=precision_digits, rounding_method='DOWN')
        return not self.currency_id.compare_amounts(amount, ours)

    def _update_state(self, allowed_states, target_state, state_message):
        """Money is money, also after a cancelled attempt; but it pays once."""
        if target_state in FINISHED:
            self -= self._refuse_used_money()
        late = self.filtered(
            lambda tx: target_state == 'done' and 'error' in allowed_states
            and tx.state == 'cancel' and tx._is_online())
        changed = super(PaymentTransaction, late)._update_state(
            (*allowed_states, 'cancel'), target_state, state_message)
        return changed | super(PaymentTransaction, self - late)._update_state(
            allowed_states, target_state, state_message)

    def _refuse_used_money(self):
        """:return: those whose money at the gateway has paid for something else; they failed"""
        used = self.filtered(lambda tx: tx.state not in FINISHED and tx._is_used_money())
        for tx in used:
            _logger.error("Transaction %s: its money at the gateway has paid another one: %s",
                          tx.reference, tx.provider_reference)
            tx._set_error(self.env._("This money has paid for something else already."))
            tx._ask_about(self.env._(
                "The gateway was said to have money for this payment (%s), which has paid for "
                "another one already. Somebody may be trying to pay twice with it.",
                tx.provider_reference))
        return used

    def _is_used_money(self):
        return (
            self.operation in PAYING and not self.source_transaction_id and self._is_online()
            and bool(self.provider_reference) and bool(self.search_count([
                ('id', '!=', self.id), ('provider_id', '=', self.provider_id.id),
                ('provider_reference', '=', self.provider_reference),
                ('source_transaction_id', '=', False), ('state', 'in', FINISHED),
                ('operation', 'in', PAYING)], limit=1)))

    # === HELPERS === #

    def _ask_about(self, note):
        """A person is asked about a payment, once.

        :param str note: what was seen, and what to do
        """
        self.ensure_one()
        tx = self.source_transaction_id or self
        summary = self.env._("Payment %s needs a look", self.reference)
        panels = tx.invoice_ids.tenant_demand_ids.panel_id or self.env['tenant.panel'].search([
            ('partner_id', 'child_of', tx.partner_id.commercial_partner_id.ids),
            ('company_id', '=', tx.company_id.id)], order='id', limit=1)
        if panels:
            panels[:1]._ask_person(summary, note)
        elif tx.invoice_ids:
            tx.invoice_ids[:1].activity_schedule(
                'mail.mail_activity_data_todo', summary=summary, note=note,
                user_id=tx.company_id._tenant_responsible().id)

    def _write_row(self):
        """Write the row, so that of two who decide on it at once the second starts anew."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(SQL(
            "UPDATE payment_transaction SET write_date = write_date WHERE id = %s", self.id))
