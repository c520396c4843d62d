from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.tenant_billing.models.panel.tenant_api_key_of_tenant import TENANT_SCOPES

MOST_KEYS = 20  # that stand at once
LONGEST_NAME = 64


class TenantPanel(models.Model):
    """API keys that a tenant makes for a panel. Who calls has checked whose panel it is."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _tenant_keys(self):
        """The tenant's own keys of this panel, those that stand first."""
        self.ensure_one()
        keys = self.env['tenant.api.key'].search(
            [('panel_id', '=', self.id), ('is_of_tenant', '=', True)])
        return keys.sorted(lambda key: (key.state != 'valid', -key.id))

    def _may_make_keys(self):
        self.ensure_one()
        return self.state not in ('failed', 'closed')

    def _make_tenant_key(self, name, scopes):
        """Make a key of this panel alone.

        :param str name: for the tenant to tell it from others
        :param scopes: some of TENANT_SCOPES
        :return: the secret, which is not kept
        :raise UserError: when it cannot be made so
        """
        self.ensure_one()
        name, scopes = name.replace('\0', '').strip(), set(scopes)
        if not self._may_make_keys():
            raise UserError(self.env._("%s does not run any more: it gets no keys.", self.name))
        if not 0 < len(name) <= LONGEST_NAME:
            raise UserError(self.env._(
                "Give the key a name of up to %s characters.", LONGEST_NAME))
        if not scopes or not scopes <= set(TENANT_SCOPES):
            raise UserError(self.env._("Choose at least one thing that the key may do."))
        self._take_turn()  # of two at once the second looks again
        valid = self._tenant_keys().filtered(lambda key: key.state == 'valid')
        if name in valid.mapped('name'):
            raise UserError(self.env._(
                "There is a key called %s. Revoke it, or choose another name.", name))
        if len(valid) >= MOST_KEYS:
            raise UserError(self.env._(
                "There are %s keys already. Revoke one that is not used.", MOST_KEYS))
        key = self.env['tenant.api.key'].create({
            'name': name, 'company_id': self.company_id.id, 'panel_id': self.id,
            'scope_ids': [Command.create({'scope': scope}) for scope in sorted(scopes)]})
        key.sudo().is_of_tenant = True
        return key.action_issue()['context']['default_secret']
