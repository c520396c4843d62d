from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class TenantBillingDemand(models.Model):
    """What one invoice asks for one panel. Whether a panel runs follows from these."""

    _name = 'tenant.billing.demand'
    _description = "Demand"
    _inherit = ['mail.activity.mixin']
    _order = 'due_date desc, id desc'
    _rec_name = 'move_id'

    move_id = fields.Many2one(
        'account.move', string="Invoice", required=True, index=True, readonly=True,
        ondelete='restrict')
    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='restrict')
    partner_id = fields.Many2one(related='panel_id.partner_id')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    direction = fields.Selection(
        [('advance', "Advance"), ('arrears', "Arrears")], required=True, readonly=True)
    period_id = fields.Many2one(
        'tenant.billing.period', string="Pays For", index='btree_not_null', readonly=True,
        ondelete='restrict')
    plan_version_id = fields.Many2one(
        'tenant.plan.version', required=True, readonly=True, ondelete='restrict')
    amount = fields.Monetary(required=True, readonly=True, help="With tax.")
    amount_open = fields.Monetary(required=True, readonly=True, help="With tax: what Pay charges.")
    small_difference = fields.Monetary(
        readonly=True, help="The company's limit on the day of issue: an entry that is neither "
        "payment nor credit note may settle up to it.")
    issued_on = fields.Date(
        string="Issued", required=True, readonly=True, help="Local day of issue.")
    due_date = fields.Date(string="Due", required=True, readonly=True, help="Last day to pay.")
    deferred_until = fields.Date(
        readonly=True, help="A person gave time: the panel is not stopped for it up to this day.")
    defer_reason = fields.Text(readonly=True)
    reopened_on = fields.Date(
        readonly=True, help="Local day on which a settlement was taken back; grace counts from it.")
    status = fields.Selection(
        [('open', "Open"), ('settled', "Settled"), ('dead', "Closed Unpaid")],
        required=True, default='open', readonly=True, index=True,
    )
    stop_after = fields.Date(
        compute='_compute_stop_after', compute_sudo=True,
        help="Cut-off: the panel is overdue from the day after, while this is open.")

    _one_per_direction = models.Constraint(
        'UNIQUE (move_id, panel_id, direction)',
        "This invoice asks for this panel already.")

    # === COMPUTE METHODS === #

    @api.depends('status', 'due_date', 'deferred_until', 'reopened_on', 'direction',
                 'period_id.state', 'period_id.date_start', 'move_id.state')
    def _compute_stop_after(self):
        for demand in self:
            demand.stop_after = demand._stops_after()

    def _stops_after(self):
        """R1: the last day on which this demand leaves the panel alone; None: for ever."""
        self.ensure_one()
        period = self.period_id
        if self.status != 'open' or self.move_id.state != 'posted' or period.state == 'undated':
            return None
        days = [self.due_date, self.deferred_until, self.reopened_on]
        if self.direction == 'advance' and period._is_live():
            days.append(fields.Date.subtract(period.date_start, days=1))
        return max(day for day in days if day)

    # === ACTION METHODS === #

    def action_defer(self, until, reason):
        """R15a: give an open demand a later day.

        :param until: date, or text in ISO format: the panel is not stopped for it up to this day
        :param str reason: kept with the demand
        """
        self.panel_id.check_access('write')
        try:
            until = fields.Date.to_date(until)
        except ValueError:
            until = None
        if not until or not str(reason or '').strip():
            raise UserError(self.env._("Give the day until which payment may wait, and a reason."))
        for demand in self.sudo():
            if demand.status != 'open':
                raise UserError(self.env._("Only an open demand can be deferred."))
            demand.write({'deferred_until': until, 'defer_reason': reason})
            demand.panel_id._apply(
                'defer', invoice=demand.move_id.name, deferred_until=until, reason=reason)
            demand.panel_id._refresh(lift=True)

    # === BUSINESS METHODS === #

    def _is_untouched(self):
        """Open, with nothing paid of it."""
        self.ensure_one()
        return self.status == 'open' and self.move_id.state == 'posted' and (
            self.currency_id.compare_amounts(self.amount_open, self.amount) == 0)

    def _is_payment_pending(self):
        """Whether a payment of the invoice is under way at an online provider."""
        return any(
            tx.state == 'pending' and tx.provider_code not in ('none', 'custom')
            for tx in self.move_id.transaction_ids)

    # === BUSINESS METHODS: settlement (R4, R5) === #

    def _after_flip(self, before, now, how):
        """What a change of status means for the period that the demand pays for."""
        self.ensure_one()
        today = self.panel_id._today()
        if before == 'dead':
            self._revive()
        if now != 'open':
            self.reopened_on = False
        elif before != 'open':
            self.reopened_on = today
        period = self.period_id
        if not period:
            return
        if 'dead' in (before, now):  # what usage costs there may be other than it was
            period.panel_id.period_ids.rated_line_ids.filtered(
                lambda line: line.date_start == period.date_start)._rate_again()
        if now == 'settled' and period.state != 'void':
            period.write({'settled': True, 'settled_by': how, 'settled_on': today})
        elif now == 'open' and period.state != 'void':
            period.write({'settled': False, 'settled_by': False, 'settled_on': False})
        elif now == 'dead' and period.state != 'void':
            period._void(self.env._("The demand of %s was closed unpaid.", self.move_id.name))

    def _contradicts_period(self):
        """Whether the period says otherwise than the demand that pays for it."""
        period = self.period_id
        return period.state not in (False, 'void') and period.settled != (self.status == 'settled')

    def _revive(self):
        """A void period never comes back: a new row takes its days, if they are still free."""
        old = self.period_id
        if not old or old.state != 'void':
            return
        row = {name: old._fields[name].convert_to_write(old[name], old) for name in (
            'panel_id', 'company_id', 'currency_id', 'plan_version_id', 'kind', 'date_start',
            'date_end', 'invoiced_start', 'invoiced_end', 'zone', 'amount', 'is_dated')}
        row['state'] = 'invoiced' if old.is_dated else 'undated'
        period = old._claim([row])
        if period:
            self.period_id = period
            lines = self.move_id.line_ids.filtered(lambda line: line.tenant_period_id == old)
            lines._relink(period)
            old.rebill = True
        else:
            self.panel_id._ask_person(
                self.env._("Invoice open again, days billed elsewhere"),
                self.env._(
                    "Invoice %(invoice)s is open again, but its days %(days)s are in another "
                    "billing period now. Credit one of the two.",
                    invoice=self.move_id.name, days=old.display_name))

    # === BUSINESS METHODS: account credit (R7a) === #

    def _use_account_credit(self):
        """Reconcile the customers' free credit with what these demands ask, the oldest first."""
        demands = self.filtered(
            lambda d: d.move_id.state == 'posted' and d.move_id.amount_residual
            and (d.amount_open or d.status == 'dead')
            and not any(part._is_to_be_credited() for part in d.move_id.tenant_demand_ids))
        credits = demands._free_credit()
        for demand in demands.sorted(lambda d: (d.due_date, d.id)) if credits else ():
            for asked in demand._receivable_lines():
                for credit in credits.sorted(lambda line: (line.date, line.id)):
                    if credit._pays(asked) and not asked.reconciled and not credit.reconciled:
                        (asked + credit).reconcile()

    def _is_to_be_credited(self):
        """R38: asked for days after the end of service; it waits for a payment under way to be
        credited, and what the customer has elsewhere must not pay a part of it meanwhile."""
        self.ensure_one()
        end = self.panel_id.service_end
        return bool(end) and self.direction == 'advance' and self._is_untouched() and (
            self.period_id.date_start >= end)

    def _receivable_lines(self):
        """What the invoice asks; more than one line where a clerk set instalments."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable').sorted(
                lambda line: (line.date_maturity, line.id))

    def _free_credit(self):
        """Posted money and credit notes that are not matched yet."""
        return self.env['account.move.line'].sudo().search(
            self._domain_free_credit(self.move_id.commercial_partner_id, self.company_id))

    @api.model
    def _domain_free_credit(self, partners, companies):
        return Domain([
            ('partner_id', 'child_of', partners.ids),
            ('company_id', 'in', companies.ids),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('parent_state', '=', 'posted'),
            ('reconciled', '=', False),
            ('amount_residual_currency', '<', 0),
            ('move_id.tenant_hold_for_refund', '=', False),
        ]) & (
            Domain('move_id.move_type', '=', 'out_refund')
            | Domain('move_id.origin_payment_id', '!=', False)
            | Domain('move_id.statement_line_id', '!=', False)
        ) & self._domain_real_money()

    @api.model
    def _domain_real_money(self):
        """R7b: test payments settle nothing, so they are no credit either."""
        if self.env['tenant.billing.period']._test_money_counts():
            return Domain.TRUE
        payment = 'move_id.origin_payment_id'
        return (
            Domain(payment, '=', False)
            | Domain(f'{payment}.payment_transaction_id', '=', False)
            | Domain(f'{payment}.payment_transaction_id.is_live', '=', True))

    # === SCHEDULED ACTIONS === #

    @api.model
    def _cron_settle(self):
        """Find every difference between the books and what we say, and mend it."""
        run = self.env['tenant.billing.run']
        run._run_batches(
            'tenant.billing.demand', [('id', 'in', self._different())],
            lambda demands: demands.env['tenant.billing.period']._settle(demands.move_id))
        run._run_batches(
            'tenant.billing.demand',
            [('status', '!=', 'settled'), ('move_id.amount_residual', '>', 0)],
            lambda demands: demands._use_account_credit())
        run._run_batches(
            'res.partner', [('tenant_panel_ids', '!=', False)],
            lambda partners: partners._tell_of_spare_money())

    @api.model
    def _different(self):
        """Ids of the demands that the books contradict."""
        periods = self.env['tenant.billing.period']
        periods.env.flush_all()
        self.env.cr.execute('SET LOCAL jit = off')  # compiling it takes longer than running it
        rows = self.env.execute_query(periods._differences())
        return [demand_id for demand_id, in rows]

    def _set_aside(self, error):
        self.panel_id._ask_person(self.env._("Settlement failed"), error)

    @api.model
    def _domain_untold_money(self):
        """Money, not our own credit notes, that no person was told of."""
        return Domain('move_id.move_type', '!=', 'out_refund') & Domain(
            'move_id.tenant_credit_told', '=', False)
