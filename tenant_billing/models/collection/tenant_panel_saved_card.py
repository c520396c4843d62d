from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

CHARGED = ('active', 'grace')  # a stopped panel is started again by its tenant's own payment


class TenantPanel(models.Model):
    """R35, last sentence: the saved card that pays a panel by itself."""

    _inherit = 'tenant.panel'

    payment_token_id = fields.Many2one(
        'payment.token', string="Saved Card", readonly=True, copy=False, ondelete='set null',
        index='btree_not_null', help="Pays what is due by itself, on the due date.")
    pays_with = fields.Char(
        compute='_compute_pays_with', compute_sudo=True,
        help="The saved card that is charged on the due date.")

    # === COMPUTE METHODS === #

    @api.depends('payment_token_id')
    def _compute_pays_with(self):
        for panel in self:
            token = panel.payment_token_id
            panel.pays_with = token._tenant_name() if token else False

    # === ACTION METHODS === #

    def action_stop_charging(self):
        """Charge the saved card no more; the tenant may choose it again."""
        self.check_access('write')
        self.sudo()._pay_with(self.env['payment.token'])

    # === BUSINESS METHODS: choosing === #

    def _saved_cards(self, payer):
        """The cards with which a person may let this panel be paid: its own, and its company's.

        :param payer: partner of the tenant
        """
        self.ensure_one()
        tokens = self.env['payment.token'].sudo()._get_available_tokens(
            None, payer.id, is_validation=True) if payer else self.env['payment.token']
        return tokens.filtered(lambda token: token._pays_for(self))

    def _choose_card(self, token_id, payer):
        """The tenant lets one of its cards pay this panel by itself.

        :raise UserError: when it is none of the payer's, or cannot pay here
        """
        token = self._saved_cards(payer).filtered(lambda token: token.id == token_id)
        if not token or self.state in ('failed', 'closed'):
            raise UserError(self.env._(
                "%s cannot be paid with this card. Choose another one, or save a new one.",
                self.name))
        self._pay_with(token)

    def _pay_with(self, token):
        """The only writer of the card: none switches it off. Doing it again does nothing."""
        for panel in self.filtered(lambda panel: panel.payment_token_id != token):
            panel._bump()  # a charge that begins at once must see it
            panel.payment_token_id = token
            panel._message_log(body=self.env._("Pays by itself with %s.", token._tenant_name())
                               if token else self.env._("Does not pay by itself any more."))

    def _may_save_cards(self, payer):
        """Whether a card can be saved at a provider that this panel can be paid with."""
        return any(
            provider.allow_tokenization and provider.is_published
            for provider in self._pay_providers(payer))

    # === BUSINESS METHODS: charging === #

    @api.model
    def _domain_charged(self):
        """Panels that a card may have to pay; the panel's own day decides."""
        return Domain([
            ('payment_token_id', '!=', False), ('state', 'in', CHARGED),
            ('demand_ids', 'any', [('status', '=', 'open'), ('attempt_ids', '=', False)])])

    def _claim_charges(self):
        """Claim the first charge of all that is due, from the company's hour on."""
        for panel in self:
            now = fields.Datetime.now().replace(tzinfo=timezone.utc)
            zone = ZoneInfo(panel.zone or panel._zone_of_customer())
            if now.astimezone(zone).hour >= panel.company_id.tenant_charge_hour:
                payable = panel._payable()
                ready = payable.filtered(lambda d: d._is_due() and not d.attempt_ids)
                # R41: money for a fee would fill the usage of its invoice first
                waiting = (payable - ready).filtered(lambda d: d.direction == 'arrears')
                panel._charge(ready.filtered(
                    lambda d, moves=waiting.move_id: d.move_id not in moves))

    def _charge(self, demands):
        """The door to the saved card: claim a charge of these demands, which the scheduled action
        then sends. At most one for each demand and day, whoever asks and however often.

        :param demands: open demands of this panel, all of them due
        :return: the claims; none where the card may not be charged now
        """
        self.ensure_one()
        attempts = self.env['tenant.payment.attempt']
        if not self._may_charge(demands):
            return attempts
        self._bump()
        try:
            with self.env.cr.savepoint():
                attempts = attempts._claim(self, demands)
                if attempts:
                    attempts.transaction_id = self._start_charge(attempts.demand_id)
        except UserError as error:  # the panel is billed all the same
            self._ask_person(self.env._("A saved card could not be charged"), str(error))
            return attempts.browse()
        return attempts

    def _start_charge(self, demands):
        token = self.payment_token_id
        return self.env['payment.transaction'].create({
            'provider_id': token.provider_id.id, 'payment_method_id': token.payment_method_id.id,
            'token_id': token.id, 'partner_id': token.partner_id.id, 'operation': 'offline',
            'amount': sum(demands.mapped('amount_open')), 'currency_id': self.currency_id.id,
            'invoice_ids': [Command.set(demands.move_id.ids)]})

    def _may_charge(self, demands, started=None):
        """Whether the card may pay these demands now.

        :param demands: demands, in any state
        :param started: our own payment of them, if it is started already
        :rtype: bool
        """
        self.ensure_one()
        token, total = self.payment_token_id, sum(demands.mapped('amount_open'))
        payments = demands.move_id.transaction_ids
        if started:
            payments -= started
        return (
            bool(demands) and bool(token)
            and self.state in CHARGED and not self.open_hold_ids
            and all(demand._is_payable() and demand._is_due() and demand.panel_id == self
                    for demand in demands)
            and not any(tx._blocks_charge() for tx in payments)
            and token._pays_for(self)
            # R34: neither a part nor less than the gateway takes
            and not self.currency_id.compare_amounts(
                token.provider_id._tenant_charge(total, self.currency_id), total))

    # === BUSINESS METHODS: what the page says === #

    def _waits_for_confirmation(self):
        """The open demands whose last charge the payer's bank wants to be confirmed."""
        self.ensure_one()
        return self._payable().filtered(
            lambda demand: demand.attempt_ids.sorted('id')[-1:].transaction_id.tenant_needs_payer)

    # === HELPERS === #

    def _door_fields(self):
        return super()._door_fields() | {'payment_token_id'}
