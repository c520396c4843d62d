from odoo import api, fields, models

from odoo.addons.tenant_billing.models.panel.tenant_panel_hold import CATEGORIES


class TenantPanelAction(models.TransientModel):
    """Asks for what an action on panels needs, then calls it."""

    _name = 'tenant.panel.action'
    _description = "Action on a Panel"

    panel_ids = fields.Many2many(
        'tenant.panel', required=True, default=lambda self: self._default_panel_ids())
    company_id = fields.Many2one('res.company', compute='_compute_company_id')
    kind = fields.Selection(
        [
            ('hold', "Hold"), ('grant', "Grant days"), ('upgrade', "Upgrade"),
            ('fail', "Mark failed"), ('close', "Close"),
        ],
        required=True,
    )
    category = fields.Selection(CATEGORIES, default='request')
    days = fields.Integer(default=7)
    plan_id = fields.Many2one('tenant.plan', string="New Plan", check_company=False)
    credit_rest = fields.Boolean(
        string="Credit What Is Paid", default=True,
        help="Credit the days of paid periods that are not served any more.")
    reason = fields.Text()

    def _default_panel_ids(self):
        return self.env.context.get('active_ids', [])

    @api.depends('panel_ids')
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.panel_ids.company_id[:1]

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.panel_ids.check_access('read')
        return wizards

    def action_apply(self):
        """Do it."""
        self.ensure_one()
        self.panel_ids.check_access('write')
        if self.kind == 'hold':
            self.panel_ids.action_hold(self.category, self.reason)
        elif self.kind == 'grant':
            self.panel_ids.action_grant(self.days, self.reason)
        elif self.kind == 'upgrade':
            self.panel_ids.action_upgrade(self.plan_id.id)
        elif self.kind == 'fail':
            self.panel_ids.action_mark_failed(self.reason)
        else:
            self.panel_ids.action_close(self.reason, self.credit_rest)
        return {'type': 'ir.actions.act_window_close'}
