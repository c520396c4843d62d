from odoo.http import Controller
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.api import shapes
from odoo.addons.tenant_billing.controllers.api.base import panel_of_caller
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route
from odoo.addons.tenant_billing.models.collection.tenant_panel_status import FIELDS

STATUS = Operation(
    'getStatus', "What a person sees of a panel", shapes.PANEL_STATUS, shapes.EXAMPLE,
    'status:read', {200: "The status"})
REPORT = Operation(
    'reportProvisioning', "Tell how the making of a panel goes on", shapes.PANEL_STATUS,
    {**shapes.EXAMPLE, 'progress': 60}, 'provisioning', {200: "The status after it"},
    body=shapes.PROVISIONING,
    body_example={'progress': 60, 'message': "Database restored"})


class TenantStatus(Controller):
    """What hosting platforms ask of a panel, and tell of it."""

    @api_route('/api/tenant/<string:ref>/status', GET=STATUS)
    def status(self, ref):
        return panel_of_caller(ref, names=FIELDS)._status()[0]

    @api_route('/api/tenant/<string:ref>/provisioning', POST=REPORT)
    def provisioning(self, ref, body):
        panel = panel_of_caller(ref, 'provisioning')
        panel._report_provisioning(**body)
        return panel.sudo()._status()[0]

    @api_route(['/api', '/api/<anything:rest>'], auth='none')
    def unknown(self, rest=''):
        raise NotFound("There is nothing at this address.")
