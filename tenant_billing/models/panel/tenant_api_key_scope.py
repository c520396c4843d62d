from odoo import fields, models
from odoo.exceptions import UserError

SCOPES = [
    ('status:read', "Read panels and their status"),
    ('panels:write', "Order, cancel, resume and close panels"),
    ('usage:write', "Send usage events"),
    ('usage:read', "Read usage"),
    ('provisioning', "Report how a panel is being made"),
    ('monitoring:read', "Read how the API is doing"),
]


class TenantApiKeyScope(models.Model):
    """One thing that an API key may do."""

    _name = 'tenant.api.key.scope'
    _description = "API Key Scope"
    _order = 'key_id, scope'
    _rec_name = 'scope'

    key_id = fields.Many2one('tenant.api.key', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='key_id.company_id', store=True, index=True)
    scope = fields.Selection(SCOPES, string="May", required=True)

    _unique_scope = models.Constraint(
        'UNIQUE (key_id, scope)', "The key has this scope already.")

    # === CRUD METHODS === #

    def write(self, vals):
        if 'key_id' in vals:  # it could go to a key that its writer may not see
            raise UserError(self.env._("A scope stays with its key."))
        return super().write(vals)
