from odoo.http import Controller
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.api import shapes
from odoo.addons.tenant_billing.controllers.api.base import panel_of_caller
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route

CHECK = Operation(
    'checkEntitlement', "Whether a panel may do something, or use so much more of it",
    shapes.ENTITLEMENT, shapes.ENTITLEMENT_EXAMPLE, 'usage:read',
    {200: "Whether it may, and what is left"}, query={'quantity': shapes.QUANTITY})


class Entitlements(Controller):
    """What panels may use."""

    @api_route('/api/v1/panels/<string:ref>/entitlements/<string:code>', GET=CHECK)
    def check(self, ref, code, query):
        panel = panel_of_caller(ref, 'usage:read').sudo()
        found = panel._check_entitlement(code, query.get('quantity', '1'))
        if not found:
            raise NotFound("The panel's plan says nothing of this.")
        told = found._asdict()
        for name in ('used', 'limit', 'remaining'):
            told[name] = None if told[name] is None else f'{told[name].normalize():f}'
        told['resets_at'] = found.resets_at and f'{found.resets_at.isoformat()}Z'
        return told
