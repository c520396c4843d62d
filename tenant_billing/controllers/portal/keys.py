from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.portal import notice
from odoo.addons.tenant_billing.controllers.portal.own import own_panel
from odoo.addons.tenant_billing.controllers.portal.panel import PANEL, PortalPanel
from odoo.addons.tenant_billing.controllers.portal.panels import fresh

KEYS = f'{PANEL}/keys'
KEY = f'{KEYS}/<int(max=2147483647):key_id>'


class PortalKeys(PortalPanel):
    """The API keys that a tenant makes for a panel: a secret is shown by the answer to the request
    that makes it, and nowhere else."""

    @route(KEYS, type='http', auth='user', methods=['GET', 'POST'], website=True)
    def portal_panel_keys(self, panel_id, name='', **kw):
        """The keys; posted, a new one.

        :param str name: of the new key; what it may do is `scope`, several times
        """
        panel = own_panel(panel_id)
        if not self._is_posted():
            return self._keys_page(panel)
        scopes = request.httprequest.form.getlist('scope')
        return self._show_secret(
            panel, lambda: self._acting_on(panel)._make_tenant_key(name, scopes))

    @route(f'{KEY}/rotate', type='http', auth='user', methods=['GET', 'POST'], website=True)
    def portal_panel_key_rotate(self, panel_id, key_id, prefix='', **kw):
        panel = own_panel(panel_id)
        key = self._own_key(panel, key_id)
        if not self._is_posted():
            return request.redirect(f'/my/panels/{panel.id}/keys')
        return self._show_secret(panel, lambda: key._rotate_shown(prefix))

    @route(f'{KEY}/revoke', type='http', auth='user', methods=['GET', 'POST'], website=True)
    def portal_panel_key_revoke(self, panel_id, key_id, **kw):
        panel = own_panel(panel_id)
        key = self._own_key(panel, key_id)
        if self._is_posted():
            try:
                key.action_revoke()
                notice.leave(panel, 'success', request.env._(
                    "The key %s is revoked: from now on it is refused.", key.name))
            except UserError as error:
                notice.leave(panel, 'warning', str(error))
        return request.redirect(f'/my/panels/{panel.id}/keys')

    # === HELPERS === #

    def _own_key(self, panel, key_id):
        """A key that the tenant made for this panel.

        :raise NotFound: otherwise, whether it exists or not
        """
        key = self._acting_on(panel)._tenant_keys().filtered(lambda key: key.id == key_id)
        if not key:
            raise NotFound
        return key

    def _show_secret(self, panel, make):
        """The page with the secret that is made, or with what stands against it."""
        try:
            with request.env.cr.savepoint():
                return self._keys_page(panel, secret=make())
        except UserError as error:
            return self._keys_page(panel, {'level': 'warning', 'text': str(error)})

    def _scope_words(self):
        """What a key may do, for the tenant to read."""
        return {
            'usage:write': request.env._("Send usage"),
            'usage:read': request.env._("Read usage, cost and alerts"),
            'status:read': request.env._("Read the panel's status"),
        }

    def _keys_page(self, panel, message=None, secret=None):
        values = self._prepare_portal_layout_values()
        values |= {
            'page_name': 'panel_keys', 'panel': panel, 'secret': secret,
            'message': message or notice.take(panel),
            'may_make': panel._may_make_keys(),
            'keys': panel._tenant_keys(),
            'words': self._scope_words(),
            'now': fields.Datetime.now(),
        }
        return fresh(request.render('tenant_billing.portal_my_panel_keys', values))
