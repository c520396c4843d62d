from odoo import fields, models


class TenantSubscription(models.Model):
    """Which plan version a panel is on, from a day to a day."""

    _name = 'tenant.subscription'
    _description = "Subscription"
    _order = 'panel_id, date_from desc, id desc'
    _rec_name = 'plan_version_id'

    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='panel_id.company_id', store=True, index=True)
    plan_version_id = fields.Many2one(
        'tenant.plan.version', required=True, index=True, readonly=True, ondelete='restrict')
    date_from = fields.Date(
        string="From", required=True, readonly=True, help="Service day: the first on this version.")
    date_to = fields.Date(
        string="Until", readonly=True,
        help="Service day: the first day that is no longer on this version; empty while it runs.")

    _dates_in_order = models.Constraint(
        'CHECK (date_to IS NULL OR date_to >= date_from)', "A subscription ends after it begins.")
    _one_open = models.UniqueIndex(
        '(panel_id) WHERE date_to IS NULL', "A panel has one running subscription at a time.")
