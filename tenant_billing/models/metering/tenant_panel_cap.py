from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.usage_events import Event
from odoo.addons.tenant_billing.models.catalog.tenant_entitlement import COUNTED
from odoo.addons.tenant_billing.models.panel.tenant_panel_lifecycle import HELD

CAP_FIELDS = frozenset({'usage_cap', 'usage_cap_action'})


class Cap(NamedTuple):
    """The tenant's cap on a period, in the panel's currency."""

    amount: Decimal
    used: Decimal  # advance fee and usage so far
    action: str  # refuse, pause
    is_soft: bool  # some usage is not known to cost anything before it is recorded
    soft_for: tuple[str, ...] = ()  # the names of its meters


class Costing(NamedTuple):
    """What the current period costs."""

    fee: Decimal  # in advance
    cost: Any  # callable: a list of Event → fee and all usage, with these besides


class TenantPanel(models.Model):
    """R26: a cap in money over the advance fee and all usage of a period."""

    _inherit = 'tenant.panel'

    usage_cap = fields.Monetary(
        string="Cap", copy=False, tracking=True, help="The most that a period may cost, advance "
        "fee and usage, with or without tax as the plan's prices are. 0 for none.")
    usage_cap_action = fields.Selection(
        [('refuse', "Refuse usage that costs more"), ('pause', "Pause the panel")],
        string="At the Cap", required=True, default='refuse', copy=False, tracking=True)
    usage_cap_note = fields.Char(compute='_compute_usage_cap_note', compute_sudo=True)

    _usage_cap_positive = models.Constraint(
        'CHECK (usage_cap >= 0)', "A cap cannot be below zero.")

    # === COMPUTE METHODS === #

    @api.depends('usage_cap')
    def _compute_is_limited(self):
        super()._compute_is_limited()
        for panel in self:
            panel.is_limited = panel.is_limited or bool(panel.usage_cap)

    @api.depends('usage_cap', 'plan_version_id')
    def _compute_usage_cap_note(self):
        for panel in self:
            cap = panel._cap() if panel.plan_version_id else None
            note = cap and self.env._(
                "%(used)s so far.", used=panel.currency_id._text(cap.used))
            if cap and cap.is_soft:
                note += " " + self.env._(
                    "The cap is soft for %s: what that costs is known only once it is recorded.",
                    ", ".join(cap.soft_for))
            panel.usage_cap_note = note or False

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if CAP_FIELDS & set(vals):
            self.env['tenant.billing.event']._record([
                {'company_id': panel.company_id.id, 'panel_id': panel.id, 'event': 'cap',
                 'date': panel._today(), 'facts': {
                     'amount': panel.usage_cap, 'action': panel.usage_cap_action}}
                for panel in self])
            self.sudo()._keep_to_cap()
        return result

    # === BUSINESS METHODS === #

    def _event_name(self, event):
        if event == 'cap':
            return self.env._("Cap changed")
        return super()._event_name(event)

    def _cap(self):
        """The cap, and what the current period costs so far.

        :return: Cap; None where the tenant has set none
        """
        self.ensure_one()
        panel = self.sudo()
        if not panel.usage_cap:
            return None
        costing = panel._costing()
        soft = panel._usage_window().version.charge_ids.meter_id.filtered(
            lambda meter: meter.aggregation not in COUNTED)
        return Cap(
            as_written(panel.usage_cap), costing.cost([]) if costing else Decimal(0),
            panel.usage_cap_action, bool(soft), tuple(soft.mapped('name')))

    def _set_cap(self, amount, action='refuse'):
        """Set the cap or take it away. A panel that was paused at a lower one runs on at once.

        Whoever calls this has checked that the panel is the caller's.

        :param amount: a number above zero; None for no cap
        :param str action: refuse or pause
        :raise UserError: for anything else
        """
        self.ensure_one()
        if amount is not None and amount <= 0:
            raise UserError(self.env._(
                "A cap is an amount above zero. Remove it to have none."))
        if action not in dict(self._fields['usage_cap_action'].selection):
            raise UserError(self.env._("At the cap usage is refused or the panel paused."))
        self.sudo().write({'usage_cap': float(amount or 0), 'usage_cap_action': action})

    def _costing(self):
        """What the current period costs: the room of invoices knows.

        :return: Costing; None where no period runs
        """

    def _fits_cap(self, meter, quantity):
        """Whether the cap leaves room for an event of so much.

        :param meter: what it counts
        :param Decimal quantity: above zero
        """
        costing = self.sudo()._costing() if self.sudo().usage_cap_action == 'refuse' and (
            self.sudo().usage_cap and meter.aggregation in COUNTED) else None
        if not costing:
            return True
        event = Event(
            '', None, self.id, meter.id, '', f'{self._today()} 00:00:00', str(quantity), '', '',
            '', '', '', '', None)
        bound = max(as_written(self.sudo().usage_cap), costing.cost([]))
        return costing.cost(self.env['tenant.usage.event'].sudo()._price([event])) <= bound

    # === BUSINESS METHODS: pausing === #

    def _pause_at_cap_soon(self):
        """Have the panel paused if it has reached its cap: by a run of its own, for a hold moves
        more than an event may wait for."""
        if not self.open_hold_ids.filtered('is_cap') and self._reaches_cap():
            self.env.ref('tenant_billing.cron_cap').sudo()._trigger()

    def _keep_to_cap(self):
        """Pause what has reached its cap, and let go on what has room again."""
        for panel in self:
            hold = panel.open_hold_ids.filtered('is_cap')
            must_pause = panel.usage_cap_action == 'pause' and panel._reaches_cap()
            if hold and not must_pause:
                panel._lift(hold)
            elif must_pause and not hold and panel.state in HELD:
                panel._hold('pause', self.env._(
                    "The cap of %s is reached. Raise it and the panel runs on.",
                    panel.currency_id._text(panel.usage_cap)))
                panel.open_hold_ids.sorted('id')[-1:].is_cap = True

    def _reaches_cap(self):
        """Whether usage has taken the period to its cap; a fee alone pauses nobody."""
        costing = self._costing() if self.usage_cap else None
        cost = costing and costing.cost([])
        return bool(costing) and costing.fee < cost >= as_written(self.usage_cap)
