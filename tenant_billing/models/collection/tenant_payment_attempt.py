from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

UNHEARD = timedelta(minutes=30)  # after that a person looks at what nobody answered


class TenantPaymentAttempt(models.Model):
    """The claim of one demand by one charge of a saved card. Whoever adds the row may charge; the
    rows of one charge share its transaction."""

    _name = 'tenant.payment.attempt'
    _description = "Automatic Payment"
    _order = 'id desc'
    _rec_name = 'demand_id'

    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    demand_id = fields.Many2one(
        'tenant.billing.demand', required=True, index=True, readonly=True, ondelete='cascade')
    number = fields.Integer(required=True, readonly=True, help="The how manyth for this demand.")
    day = fields.Date(
        required=True, readonly=True, help="Local day of the charge; one for each demand and day.")
    transaction_id = fields.Many2one(
        'payment.transaction', string="Payment", index='btree_not_null', readonly=True)
    amount = fields.Monetary(related='transaction_id.amount', string="Charged")
    currency_id = fields.Many2one(related='transaction_id.currency_id')
    payment_state = fields.Selection(related='transaction_id.state', string="Payment State")
    sent_on = fields.Datetime(readonly=True, help="When the gateway was asked.")
    state = fields.Selection(
        [
            ('claimed', "To be sent"), ('sending', "Being sent"), ('sent', "Answered"),
            ('unknown', "Unknown"), ('error', "Failed"),
        ],
        required=True, default='claimed', readonly=True, index=True)
    error = fields.Text(readonly=True)

    _once_each_number = models.Constraint(
        'UNIQUE (demand_id, number)', "This charge was claimed already.")
    _once_a_day = models.Constraint(
        'UNIQUE (demand_id, day)', "A demand is charged once a day.")

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_charge(self):
        """Charge what is due today with the saved cards. Run again, at once or after it was
        killed, it charges nothing twice: a claim and the word that the gateway is being asked
        are both in the database before the gateway is."""
        run = self.env['tenant.billing.run']
        run._run_batches(
            'tenant.panel', self.env['tenant.panel']._domain_charged(),
            lambda panels: panels._claim_charges())
        run._run_each(
            self._name, [('state', '=', 'claimed')], lambda attempt: attempt._send())
        run._run_batches(
            self._name, self._domain_unheard(), lambda attempts: attempts._close_unheard())

    # === BUSINESS METHODS: the door === #

    @api.model
    def _claim(self, panel, demands):
        """Claim the next charge of each of these demands.

        :return: the claims that are ours; of what others have claimed there is none
        """
        now = fields.Datetime.now()
        self.flush_model()
        rows = self.env.cr.execute_values(
            "INSERT INTO tenant_payment_attempt (panel_id, company_id, demand_id, number, day, "
            "state, create_uid, create_date, write_uid, write_date) VALUES %s "
            "ON CONFLICT DO NOTHING RETURNING id",
            [(panel.id, panel.company_id.id, demand.id, len(demand.attempt_ids) + 1,
              panel._today(), 'claimed', self.env.uid, now, self.env.uid, now)
             for demand in demands], fetch=True)
        demands.invalidate_recordset(['attempt_ids'])
        return self.browse([row[0] for row in rows])

    def _send(self):
        """Ask the gateway for the money, once: that it is asked is committed before."""
        self.ensure_one()
        charge, tx = self.transaction_id.tenant_attempt_ids, self.transaction_id
        self.panel_id._bump()  # who pays, holds or changes the card at once collides here
        if self.state != 'claimed':
            return
        if not charge._is_still_right():
            charge._withdraw()
            return
        charge.write({'state': 'sending', 'sent_on': fields.Datetime.now()})
        tx._set_pending()  # R7: it is under way, whatever becomes of us
        self.env['ir.cron']._commit_progress()
        try:
            tx._charge_with_token()
        except (LookupError, TypeError):
            if tx.state != 'error':  # a provider stumbles over a refusal that it has noted
                raise
        if tx.tenant_unanswered and tx.state == 'error':
            tx._set_pending(extra_allowed_states=('error',))  # the money may be on its way
        else:
            charge.state = 'sent'

    def _is_still_right(self):
        tx, panel, demands = self.transaction_id, self.panel_id, self.demand_id
        asked = sum(demands.mapped('amount_open'))
        return (
            tx.state == 'draft' and tx.token_id == panel.payment_token_id
            and not tx.currency_id.compare_amounts(tx.amount, asked)
            and panel._may_charge(demands, started=tx))

    def _withdraw(self):
        """Nothing was sent, and nothing is to be sent: the demand may be claimed again."""
        tx = self.transaction_id
        tx._set_canceled()
        tx._mark_answered()
        self.sudo().unlink()

    # === BUSINESS METHODS: what went wrong === #

    @api.model
    def _domain_unheard(self):
        return Domain('state', '=', 'sending') & Domain(
            'sent_on', '<=', fields.Datetime.now() - UNHEARD)

    def _close_unheard(self):
        """We were killed, or the gateway was silent; meanwhile it may have told us."""
        for tx, charge in self.grouped('transaction_id').items():
            if tx.state != 'pending':
                charge.state = 'sent'
                continue
            charge.state = 'unknown'
            tx._ask_about(self.env._(
                "The saved card was to be charged, and nobody knows whether it was: the gateway "
                "did not answer. Look for the payment on its pages. If it took nothing, the "
                "tenant can pay again 48 hours after it was asked."))

    def _set_aside(self, error):
        charge = self.transaction_id.tenant_attempt_ids or self
        if self.state == 'claimed':
            self.transaction_id._set_canceled()
            self.transaction_id._mark_answered()
        charge.write({'state': 'unknown' if self.state == 'sending' else 'error', 'error': error})
        self.panel_id._ask_person(self.env._("A saved card could not be charged"), error)
