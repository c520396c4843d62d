from odoo import api, fields, models

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.models.panel.tenant_panel_lifecycle import HELD

DERIVED_FIELDS = frozenset({
    'paid_through', 'stop_after', 'grace_through', 'next_issue_on', 'version', 'retry_at',
    'billing_error', 'stopped_period_id', 'period_ids', 'demand_ids', 'told_paid_through',
    'usage_rated_on', 'next_usage_on',
})
# the event of the lifecycle that tells of a demand's new status
EVENT_OF = dict(settled='settle', dead='dead', open='unsettle')


class TenantPanel(models.Model):
    """R1 and R2: what a panel's open demands and settled periods say about it."""

    _inherit = 'tenant.panel'

    period_ids = fields.One2many('tenant.billing.period', 'panel_id', readonly=True, copy=False)
    demand_ids = fields.One2many('tenant.billing.demand', 'panel_id', readonly=True, copy=False)
    paid_through = fields.Date(
        readonly=True, copy=False, help="Service day: the last day of the unbroken paid days.")
    stop_after = fields.Date(
        readonly=True, copy=False,
        help="Cut-off: the last day on which no open demand makes the panel overdue.")
    grace_through = fields.Date(
        readonly=True, copy=False,
        help="Cut-off: the last day on which the panel runs without payment.")
    next_issue_on = fields.Date(
        string="Next Invoice", readonly=True, copy=False, index='btree_not_null',
        help="Invoice day: the local day on which the next period is issued.")
    amount_due = fields.Monetary(
        compute='_compute_amount_due', help="With tax: all open demands, what Pay charges.")
    version = fields.Integer(
        readonly=True, copy=False,
        help="Counts up whenever dates are derived, so that two payments cannot miss each other.")
    stopped_period_id = fields.Many2one(
        'tenant.billing.period', readonly=True, copy=False,
        help="The unpaid period in which the panel was stopped: it moves when the panel returns.")
    billing_error = fields.Text(readonly=True, copy=False)
    retry_at = fields.Datetime(
        readonly=True, copy=False, help="When billing tries again what it could not do.")
    period_count = fields.Integer(compute='_compute_counts')
    invoice_count = fields.Integer(compute='_compute_counts')

    # === COMPUTE METHODS === #

    @api.depends('demand_ids.status', 'demand_ids.amount_open')
    def _compute_amount_due(self):
        totals = dict(self.env['tenant.billing.demand'].sudo()._read_group(
            [('panel_id', 'in', self.ids), ('status', '=', 'open')],
            ['panel_id'], ['amount_open:sum']))
        for panel in self:
            panel.amount_due = totals.get(panel, 0.0)

    @api.depends('period_ids', 'demand_ids')
    def _compute_counts(self):
        counts = dict(self.env['tenant.billing.period']._read_group(
            [('panel_id', 'in', self.ids)], ['panel_id'], ['__count']))
        invoices = dict(self.env['tenant.billing.demand']._read_group(
            [('panel_id', 'in', self.ids)], ['panel_id'], ['move_id:count_distinct']))
        for panel in self:
            panel.period_count = counts.get(panel, 0)
            panel.invoice_count = invoices.get(panel, 0)

    # === ACTION METHODS === #

    def action_open_periods(self):
        """The billing periods of these panels."""
        self.check_access('read')
        action = self.env['ir.actions.actions']._for_xml_id(
            'tenant_billing.action_tenant_billing_period')
        return {**action, 'domain': [('panel_id', 'in', self.ids)], 'context': {}}

    def action_open_demands(self):
        """The demands of these panels, with their invoices."""
        self.check_access('read')
        action = self.env['ir.actions.actions']._for_xml_id(
            'tenant_billing.action_tenant_billing_demand')
        return {**action, 'domain': [('panel_id', 'in', self.ids)], 'context': {}}

    def action_try_again(self):
        """Bill now what was set aside."""
        self.check_access('write')
        self.sudo().write({'retry_at': False, 'billing_error': False})
        self.sudo()._renew()

    # === BUSINESS METHODS: deriving === #

    def _refresh(self, lift=False):
        """Derive coverage and cut-offs again, and move the money state up where they allow it.

        :param bool lift: whether a stop for money may end by what has happened (R3)
        """
        super()._refresh()
        self._take_over({panel: panel._derive() for panel in self}, lift)

    def _refresh_if_stale(self):
        """Dates hang on the day and on the customer's zone, not only on what is written."""
        derived = {panel: panel._derive() for panel in self}
        stale = self.filtered(lambda panel: panel._changes(derived[panel]))
        stale._take_over(derived)

    def _take_over(self, derived, lift=False):
        """Write what was derived, and what follows from it.

        :param dict derived: values for each panel
        """
        if not self:
            return
        self._bump()
        for panel in self:
            panel._write_changes(derived[panel])
        for panel in self.filtered(lambda p: p.state in HELD and p.money_state != 'active'):
            panel._move_up(lift)
        self._tell_paid_through()

    def _bump(self):
        """Write the row that stands for the panel: two who derive at once must collide."""
        self.env.cr.execute(
            'UPDATE tenant_panel SET version = COALESCE(version, 0) + 1 WHERE id IN %s',
            (tuple(self.ids),))
        self.invalidate_recordset(['version'], flush=False)

    def _derive(self):
        self.ensure_one()
        stop_after, grace_through = self._cut_off()
        return {
            'zone': self._zone_of_period(),
            'paid_through': self._derive_paid_through(),
            'stop_after': stop_after,
            'grace_through': grace_through,
            'next_issue_on': self._derive_next_issue_on(),
            'next_usage_on': self._derive_next_usage_on(),
        }

    def _derive_paid_through(self):
        marks = [
            (p.date_start, p.date_end,
             'void' if p.state == 'void' else 'settled' if p.settled else 'open')
            for p in self._dated_periods()]
        return periods.paid_through(marks) or False

    def _cut_off(self):
        """R1: last free day and last day of grace by the demand that stops the panel first."""
        stops = [
            (stop, fields.Date.add(stop, days=demand.plan_version_id.grace_days))
            for demand in self.demand_ids if (stop := demand._stops_after())]
        return min(stops, default=(False, False))

    def _zone_of_period(self):
        """R17: the zone of the latest period that has begun; a change counts from the next."""
        today = self.company_id._tenant_today  # each period begins by its own zone
        begun = [p for p in self._live_periods() if p.date_start <= today(p.zone)]
        if not begun:
            return self._zone_of_customer() if not self.zone else self.zone
        return max(begun, key=lambda p: p.date_start).zone

    def _dated_periods(self):
        return self.period_ids.filtered('is_dated')

    def _live_periods(self):
        """Periods with real dates that are not void, in their order."""
        return self.period_ids.filtered(lambda p: p._is_live()).sorted('date_start')

    def _undated_period(self):
        return self.period_ids.filtered(lambda p: p.state == 'undated')

    # === BUSINESS METHODS: the money state === #

    def _money_now(self):
        """R1: active, grace or suspended, as the open demands say today."""
        today = self._today()
        if not self.stop_after or today <= self.stop_after:
            return 'active'
        return 'grace' if today <= self.grace_through else 'suspended'

    def _move_up(self, lift):
        self.ensure_one()
        now = self._money_now()
        if self.money_state == 'grace' and now == 'active':
            self._apply('recover')
        elif self.money_state == 'suspended' and self.money_category == 'billing':
            if now != 'suspended' and lift:
                self._return_from_stop()

    def _after_settlement(self, demands, flips):
        """What a change of these demands of the panel means for it. Posts and sends nothing."""
        self.ensure_one()
        paid = demands.filtered(
            lambda d: flips[d][1] == 'settled' != flips[d][0] and flips[d][2] != 'zero')
        for demand in demands:
            before, now, how = flips[demand]
            if now == before:
                continue
            self._apply(
                EVENT_OF[now], invoice=demand.move_id.name, amount=str(demand.amount))
            parts = paid & demand.move_id.tenant_demand_ids
            if (before, now) == ('open', 'dead') and not parts:
                demand._tell_rest_paid()
            if now == 'settled':
                if demand == parts[-1:]:  # both may be paid at once
                    demand._tell_invoice('invoice.paid')
                self._begin_settled(demand.period_id)
        settled = any(flips[demand][1] == 'settled' for demand in demands)
        self._refresh(lift=settled)
        if not settled and self.money_category == 'billing' and self._money_now() != 'suspended':
            self._ask_person(
                self._stopped_without_demand(),
                self.env._(
                    "Nothing is open any more, but nothing was paid either. Lift the stop with "
                    "\"Run Again\", or close the panel."))
        self.env.ref('tenant_billing.cron_renew')._trigger()

    # === HELPERS === #

    def _stopped_without_demand(self):
        return self.env._("Stopped panel without open demand")

    @api.model
    def _door_fields(self):
        return super()._door_fields() | DERIVED_FIELDS

    def _changes(self, vals):
        return {name: value for name, value in vals.items() if self[name] != (value or False)}

    def _write_changes(self, vals):
        changed = self._changes(vals)
        if changed:
            self.sudo().write(changed)

    def _set_aside(self, error):
        """Law 9: kept with its error and a question to a person; tried again in an hour."""
        self.sudo().write({
            'billing_error': error,
            'retry_at': fields.Datetime.add(fields.Datetime.now(), hours=1),
        })
        self._ask_person(self._billing_failed(), error)

    def _billing_failed(self):
        return self.env._("Billing of this panel failed")
