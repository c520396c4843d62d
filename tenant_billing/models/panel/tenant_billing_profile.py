from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import ValidationError


class TenantBillingProfile(models.Model):
    """How one customer is billed, for all its panels and contacts."""

    _name = 'tenant.billing.profile'
    _description = "Billing Profile"
    _rec_name = 'partner_id'

    partner_id = fields.Many2one(
        'res.partner', string="Customer", required=True, index=True, ondelete='cascade')
    tz = fields.Selection(
        _tz_get, string="Billing Time Zone", required=True,
        default=lambda self: self.env.company.tenant_tz,
        help="Days of billing begin at midnight here. A change counts from the next period on.",
    )

    _unique_partner = models.Constraint(
        'UNIQUE (partner_id)', "This customer has a billing profile already.")

    @api.constrains('partner_id')
    def _check_commercial_partner(self):
        for profile in self:
            if profile.partner_id != profile.partner_id.commercial_partner_id:
                raise ValidationError(self.env._(
                    "A billing profile belongs to the customer itself: choose %s.",
                    profile.partner_id.commercial_partner_id.display_name))

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if 'partner_id' in vals:
            self.check_access('write')  # it does not go where its writer may not
        return result
