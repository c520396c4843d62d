from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    stripe_hold_on_chargeback = fields.Boolean(
        string="Hold Panels on a Chargeback",
        help="A panel whose payment is charged back stops until the dispute is won, or a person "
        "lifts the hold.")
