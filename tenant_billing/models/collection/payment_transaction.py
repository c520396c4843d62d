import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

ON_ITS_WAY = timedelta(hours=48)  # R7: how long a pending payment is believed to come
FIRST_ANSWER = timedelta(minutes=30)  # R7: how long the gateway's first answer is waited for


class PaymentTransaction(models.Model):
    """R7 and R33: what must hold for a payment of our invoices, whichever provider makes it."""

    _inherit = 'payment.transaction'

    tenant_answered_on = fields.Datetime(
        string="Gateway Answered", readonly=True, copy=False,
        help="When the gateway, asked by us, first said what became of this payment. Until then "
        "a draft or cancelled payment holds off a stop, for half an hour at most.")
    tenant_page_url = fields.Char(
        string="Gateway Page", readonly=True, copy=False, groups='base.group_system',
        help="The gateway's page on which this payment can still be made.")
    tenant_page_until = fields.Datetime(
        string="Gateway Page Until", readonly=True, copy=False,
        help="From then on a new payment is started instead.")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            amount = vals.get('amount')
            if isinstance(amount, float) and not math.isfinite(amount):
                raise ValidationError(self.env._("The amount is not a number."))
        transactions = super().create(vals_list)
        for tx in transactions.sudo():  # the payer sees neither the provider nor the demands
            if tx.invoice_ids.tenant_demand_ids:
                tx._check_billed()
        return transactions

    # === BUSINESS METHODS: under way (R7) === #

    def _is_online(self):
        """Whether a gateway takes the money, not a clerk."""
        self.ensure_one()
        return self.provider_code not in ('none', 'custom')

    def _is_on_its_way(self):
        """Pending at an online provider, or paid and not yet in the books, for 48 hours."""
        self.ensure_one()
        return self._is_young(ON_ITS_WAY) and (
            self.state in ('pending', 'authorized')
            or (self.state == 'done' and not self.is_post_processed))

    def _is_awaiting_answer(self):
        """Draft or cancelled, and the gateway did not say yet what became of it."""
        self.ensure_one()
        return (
            self.state in ('draft', 'cancel') and not self.tenant_answered_on
            and self._is_young(FIRST_ANSWER))

    def _is_young(self, age):
        """Of an online provider, in money that counts, and in its state for less than an age."""
        return (
            self._is_online()
            and (self.is_live or self.env['tenant.billing.period']._test_money_counts())
            and fields.Datetime.now() - self.last_state_change < age)

    def _has_open_page(self):
        """Whether the payer can be led back to the gateway's page of this payment (R33)."""
        self.ensure_one()
        return bool(self.state == 'draft' and self.tenant_page_url and self.tenant_page_until
                    and fields.Datetime.now() < self.tenant_page_until)

    def _mark_answered(self):
        """The gateway answered our question; the first answer ends the waiting."""
        self.filtered(lambda tx: not tx.tenant_answered_on).write(
            {'tenant_answered_on': fields.Datetime.now()})

    # === BUSINESS METHODS: booking === #

    def _update_state(self, allowed_states, target_state, state_message):
        """Book a payment of ours at once: callbacks leave that to a browser that may be gone."""
        changed = super()._update_state(allowed_states, target_state, state_message)
        if target_state == 'done' and changed.sudo().invoice_ids.tenant_demand_ids:
            self.env.ref('payment.cron_post_process_payment_tx').sudo()._trigger()
        return changed

    # === BUSINESS METHODS: guards === #

    def _check_billed(self):
        """The client chooses neither amount nor payer, neither provider nor page to return to.

        :raise ValidationError: when a value is not what we would have chosen
        """
        self.ensure_one()
        # whoever charges a saved card at this moment must see it, whichever page began it
        self.invoice_ids.tenant_demand_ids.panel_id._bump()
        self._check_landing()
        self._check_payer()
        self._check_provider()
        if not self.env.user._is_internal():  # a clerk may take what is offered
            self._check_method()
            self._check_asked()

    def _check_landing(self):
        self._check_own_page()
        self.landing_route = self._landing()

    def _check_own_page(self):
        route = self.landing_route or '/'
        if route[0] != '/' or route[1:2] in ('/', '\\'):
            raise ValidationError(self.env._("The page to return to must be one of this site."))

    def _landing(self):
        moves = self.invoice_ids.filtered('tenant_demand_ids')
        panels = moves.tenant_demand_ids.panel_id
        if self.env.user._is_public():  # paid by the link in a mail, without a login
            return moves[0].get_portal_url()
        return f'/billing/{panels.id}/return' if len(panels) == 1 else '/my/panels'

    def _check_payer(self):
        customers = self.invoice_ids.commercial_partner_id
        if customers != self.partner_id.commercial_partner_id:
            raise ValidationError(self.env._(
                "These invoices are %s's. Sign in with that account to pay them.",
                ", ".join(customers.mapped('name'))))

    def _check_provider(self):
        company, currency = self.invoice_ids.company_id, self.invoice_ids.currency_id
        if len(company) != 1 or currency != self.currency_id:
            raise ValidationError(self.env._(
                "One payment is for invoices of one company and in their currency."))
        compatible = self.provider_id._get_compatible_providers(
            company.id, self.partner_id.id, self.amount, currency_id=currency.id)
        if self.provider_id not in compatible:
            raise ValidationError(self.env._(
                "These invoices cannot be paid with %s. Choose another way to pay.",
                self.provider_id.name))
        self.provider_id._check_bank_journal()

    def _check_method(self):
        if self.token_id:
            fits = (
                self.token_id.provider_id == self.provider_id
                and self.token_id.partner_id.commercial_partner_id
                == self.partner_id.commercial_partner_id)
        else:
            fits = (self.payment_method_id.primary_payment_method_id or self.payment_method_id) in (
                self.payment_method_id._get_compatible_payment_methods(
                    self.provider_id.ids, self.partner_id.id, currency_id=self.currency_id.id))
        if not fits:
            raise ValidationError(self.env._(
                "%(provider)s does not take %(method)s here. Choose another way to pay.",
                provider=self.provider_id.name, method=self.payment_method_id.name))

    def _check_asked(self):
        asked = sum(move._tenant_asks() for move in self.invoice_ids)
        charge, only_due = (
            self.provider_id._tenant_charge(amount, self.currency_id)
            for amount in (asked, self._due_now()))
        if not charge:
            raise ValidationError(self.provider_id._tenant_too_little(self.currency_id))
        if all(self.currency_id.compare_amounts(self.amount, offer) for offer in (
                charge, only_due or charge)):
            raise ValidationError(self.env._(
                "%(asked)s is to be paid, not %(offered)s. Reload the page.",
                asked=self.currency_id._text(charge),
                offered=self.currency_id._text(self.amount)))

    def _due_now(self):
        """What is due of the invoices, where of each something is: one that asks for a fee and for
        usage may be due in part."""
        demands = self.invoice_ids.tenant_demand_ids
        due = demands.browse().union(*(
            panel._payable(only_due=True) for panel in demands.panel_id)) & demands
        return sum(due.mapped('amount_open')) if due.move_id == self.invoice_ids else 0.0
