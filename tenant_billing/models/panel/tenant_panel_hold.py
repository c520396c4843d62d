from odoo import api, fields, models

CATEGORIES = [
    ('abuse', "Abuse"),
    ('request', "Request"),
    ('maintenance', "Maintenance"),
    ('pause', "Pause"),
]


class TenantPanelHold(models.Model):
    """A suspension by a person. Several may stand on a panel at once."""

    _name = 'tenant.panel.hold'
    _description = "Panel Hold"
    _order = 'date_from desc, id desc'
    _rec_name = 'category'

    panel_id = fields.Many2one('tenant.panel', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='panel_id.company_id', store=True, index=True)
    category = fields.Selection(CATEGORIES, required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one('res.users', string="By", required=True, readonly=True)
    date_from = fields.Date(
        string="From", required=True, readonly=True, help="Service day: the first day held.")
    date_to = fields.Date(
        string="Lifted On", readonly=True,
        help="Service day on which the panel was let go; empty while the hold stands.")
    lifted_by_id = fields.Many2one('res.users', readonly=True)
    ends_service = fields.Boolean(
        readonly=True, help="Set by billing at the end of a cancelled panel's service.")
    is_accounted = fields.Boolean(
        readonly=True, help="The days of this hold were dealt with when the last hold was lifted.")

    def action_lift(self):
        """Lift these holds."""
        self.check_access('read')
        for hold in self:
            hold.panel_id.action_lift(hold.id)

    # === BUSINESS METHODS === #

    @api.model
    def _rank(self):
        """Which hold is shown when several stand: the gravest first."""
        return {category: rank for rank, (category, _label) in enumerate(CATEGORIES)}
