from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.models.panel.tenant_panel_hold import CATEGORIES


class TenantPanel(models.Model):
    """Stopping a panel by a person, beside what its money says."""

    _inherit = 'tenant.panel'

    hold_ids = fields.One2many('tenant.panel.hold', 'panel_id', string="Holds", copy=False)
    open_hold_ids = fields.One2many(
        'tenant.panel.hold', 'panel_id', string="Standing Holds",
        domain=[('date_to', '=', False)], readonly=True, copy=False)
    hold_reason = fields.Text(
        compute='_compute_hold_reason', compute_sudo=True,
        help="What the tenant is told of the gravest hold that stands.")

    # === COMPUTE METHODS === #

    @api.depends('hold_ids.category', 'hold_ids.reason', 'hold_ids.date_to')
    def _compute_hold_reason(self):
        for panel in self:
            panel.hold_reason = panel._shown_hold().reason

    # === ACTION METHODS === #

    def action_hold(self, category, reason):
        """Stop the panel until the hold is lifted.

        :param str category: abuse, request, maintenance or pause
        :param str reason: shown to the tenant
        """
        self.check_access('write')
        if not str(reason or '').strip():
            raise UserError(self.env._("Give a reason: the tenant sees it."))
        if category not in dict(CATEGORIES):
            raise UserError(self.env._(
                "A hold is one of: %s.", ", ".join(dict(CATEGORIES))))
        for panel in self:
            panel._hold(category, reason)

    def action_lift(self, hold_id=None):
        """Lift one hold, or all that stand.

        :param int hold_id: the hold; all by default
        """
        self.check_access('write')
        for panel in self:
            holds = panel.sudo().open_hold_ids
            panel._lift(holds.filtered(lambda h: h.id == hold_id) if hold_id else holds)

    # === BUSINESS METHODS === #

    def _after_holds(self, holds):
        """When the last hold was lifted."""

    def _hold(self, category, reason, ends_service=False):
        self.ensure_one()
        self.env['tenant.panel.hold'].sudo().create({
            'panel_id': self.id,
            'category': category,
            'reason': reason,
            'user_id': self.env.uid,
            'date_from': self._today(),
            'ends_service': ends_service,
        })
        self.invalidate_recordset(['hold_ids', 'open_hold_ids'])
        self._apply('hold', reason=reason, category=category)
        self.sudo()._refresh()

    def _lift(self, holds):
        self.ensure_one()
        if not holds:
            return
        holds.sudo().write({'date_to': self._today(), 'lifted_by_id': self.env.uid})
        self.invalidate_recordset(['hold_ids', 'open_hold_ids'])
        facts = {'service_end': False} if any(holds.mapped('ends_service')) else {}
        self._apply('lift', category=", ".join(holds.mapped('category')), **facts)
        if not self.open_hold_ids:
            unaccounted = self.sudo().hold_ids.filtered(lambda h: not h.is_accounted)
            self.sudo()._after_holds(unaccounted)
            unaccounted.is_accounted = True
        self.sudo()._refresh()

    def _shown_hold(self):
        """The gravest hold that stands."""
        rank = self.env['tenant.panel.hold']._rank()
        return self.open_hold_ids.sorted(lambda hold: rank[hold.category])[:1]
