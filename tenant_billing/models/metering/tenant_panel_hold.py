from odoo import fields, models


class TenantPanelHold(models.Model):
    _inherit = 'tenant.panel.hold'

    is_cap = fields.Boolean(
        string="By Cap", readonly=True,
        help="Set by billing at the tenant's cap; lifted once there is room below it.")
