from odoo import fields, models


class ResCompany(models.Model):
    """How long usage is taken and kept. The tables hold all companies' events, so what is kept
    longest by one of them is kept for all."""

    _inherit = 'res.company'

    tenant_usage_age_days = fields.Integer(
        string="Usage Taken For", required=True, default=60,
        help="Days: an event whose time lies further back than this is refused.")
    tenant_usage_keep_days = fields.Integer(
        string="Events Kept For", required=True, default=400,
        help="Days from their arrival. The totals stay for ever.")
    tenant_usage_key_days = fields.Integer(
        string="Keys Kept For", required=True, default=430,
        help="Days from its arrival for which an event sent again is known.")

    _tenant_usage_age = models.Constraint(
        'CHECK (tenant_usage_age_days BETWEEN 1 AND 3660)',
        "Usage is taken for 1 to 3,660 days.")
    _tenant_usage_keys_outlive = models.Constraint(
        'CHECK (tenant_usage_key_days > tenant_usage_age_days '
        'AND tenant_usage_key_days >= tenant_usage_keep_days AND tenant_usage_keep_days > 0)',
        "The keys of events must be kept longer than their usage is taken, and as long as the "
        "events at least: an event sent again would be counted twice.")
