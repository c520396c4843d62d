from odoo.http import Controller
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.api.base import api_route, panel_of_caller


class TenantStatus(Controller):
    """What hosting platforms ask of a panel."""

    @api_route('/api/tenant/<string:ref>/status', readonly=True)
    def status(self, ref):
        return panel_of_caller(ref)._status()[0]

    @api_route(['/api', '/api/<anything:rest>'], answers=None, auth='none', readonly=True)
    def unknown(self, rest=''):
        raise NotFound("There is nothing at this address.")
