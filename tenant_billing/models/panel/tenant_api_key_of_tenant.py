from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What a tenant may let a key do: for its own panel, nothing that an operator or a host does.
TENANT_SCOPES = ('usage:write', 'usage:read', 'status:read')


class TenantApiKey(models.Model):
    """Keys that tenants make by themselves, each for one panel of theirs."""

    _inherit = 'tenant.api.key'

    is_of_tenant = fields.Boolean(
        string="Made by the Tenant", readonly=True, copy=False,
        help="The tenant sees this key on the panel's page, rotates and revokes it.")

    # === CRUD METHODS === #

    def _has_field_access(self, field, operation):
        if field.name == 'is_of_tenant' and operation == 'write':
            return self.env.su
        return super()._has_field_access(field, operation)

    # === BUSINESS METHODS === #

    def _rotate_shown(self, prefix):
        """Make a new secret for a tenant who sees this prefix; pressed twice, only once.

        :return: the secret
        :raise UserError: when the key is not valid, or was rotated since
        """
        self.ensure_one()
        self.panel_id._take_turn()  # of two at once the second looks again
        if self.prefix != prefix:
            raise UserError(self.env._(
                "This key was rotated a moment ago. Rotate it again if you have not copied it."))
        return self.action_rotate()['context']['default_secret']


class TenantApiKeyScope(models.Model):
    _inherit = 'tenant.api.key.scope'

    # === CONSTRAINT METHODS === #

    @api.constrains('scope', 'key_id')
    def _check_of_tenant(self):
        if any(row.key_id.is_of_tenant and row.scope not in TENANT_SCOPES for row in self):
            raise ValidationError(self.env._(
                "The tenant made this key and can rotate it, so it cannot be for more than usage "
                "and status."))
