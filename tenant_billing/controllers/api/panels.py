from odoo.fields import Domain
from odoo.http import Controller, request
from werkzeug.exceptions import Forbidden

from odoo.addons.tenant_billing.controllers.api import shapes
from odoo.addons.tenant_billing.controllers.api.base import (
    answer,
    panel_of_caller,
    panels_of_caller,
)
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route
from odoo.addons.tenant_billing.models.collection.tenant_panel_resource import RESOURCE_FIELDS

PANEL = (shapes.PANEL, shapes.PANEL_EXAMPLE)
READ, WRITE = 'status:read', 'panels:write'
LIST = Operation(
    'listPanels', "The panels, a page at a time, in the order in which they were made",
    shapes.PANELS, {'panels': [shapes.PANEL_EXAMPLE], 'next_cursor': '7'}, READ,
    {200: "A page"}, query=shapes.PAGE)
ORDER = Operation(
    'orderPanel', "Order a panel; the same again is the same panel", *PANEL, WRITE,
    {201: "Ordered", 200: "It was ordered before"}, body=shapes.ORDER, body_example={
        'external_id': 'srv4-1102', 'plan': 'pro', 'name': "Mirpur Eye Care",
        'tenant': {'external_id': 'c-77', 'email': 'office@mirpur.example',
                   'name': "Mirpur Eye Care"}})
GET = Operation('getPanel', "One panel", *PANEL, READ, {200: "The panel"})
CANCEL = Operation(
    'cancelPanel', "Cancel at the end of the last period that has begun or is paid", *PANEL, WRITE,
    {200: "Cancelled, or it was before"}, body=shapes.NOTHING, body_example={})
RESUME = Operation(
    'resumePanel', "Withdraw the cancellation before the service ends", *PANEL, WRITE,
    {200: "It goes on, or did before"}, body=shapes.NOTHING, body_example={})
CLOSE = Operation(
    'closePanel', "End a panel for ever", *PANEL, WRITE, {200: "Closed, or it was before"},
    body=shapes.CLOSING, body_example={'reason': "The tenant has left"})
CALLER = Operation(
    'getKey', "Who asks, and what it may do", shapes.KEY,
    {'kind': 'company', 'name': "Platform", 'scopes': ['panels:write', 'status:read'],
     'panel_id': None, 'expires_at': '2027-01-01T00:00:00Z'}, None, {200: "The key"})


class Panels(Controller):
    """Ordering panels, and what becomes of them."""

    @api_route('/api/v1/panels', GET=LIST, POST=ORDER)
    def panels(self, query=None, body=None):
        return self._list(**query) if body is None else self._order(**body)

    @api_route('/api/v1/panels/<string:ref>', GET=GET)
    def panel(self, ref):
        return panel_of_caller(ref, names=RESOURCE_FIELDS)._resources()[0]

    @api_route('/api/v1/panels/<string:ref>/cancel', POST=CANCEL)
    def cancel(self, ref, body):
        panel = panel_of_caller(ref, WRITE)
        panel.action_cancel()
        return panel.sudo()._resources()[0]

    @api_route('/api/v1/panels/<string:ref>/resume', POST=RESUME)
    def resume(self, ref, body):
        panel = panel_of_caller(ref, WRITE)
        panel.action_resume()
        return panel.sudo()._resources()[0]

    @api_route('/api/v1/panels/<string:ref>/close', POST=CLOSE)
    def close(self, ref, body):
        panel = panel_of_caller(ref, WRITE)
        panel.action_close(**body)
        return panel.sudo()._resources()[0]

    @api_route('/api/v1/key', GET=CALLER)
    def key(self):
        caller = request.tenant_caller
        if not caller:
            is_key = 'Authorization' in request.httprequest.headers
            return {
                'kind': 'user' if is_key else 'session', 'name': request.env.user.name,
                'scopes': None, 'panel_id': None, 'expires_at': None}
        return {
            'kind': 'panel' if caller.panel_id else 'company', 'name': caller.name,
            'scopes': sorted(caller.scopes), 'panel_id': caller.panel_id,
            'expires_at': caller.expires_at and f'{caller.expires_at.isoformat()}Z'}

    # === HELPERS === #

    def _list(self, limit=50, cursor='0', state=None):
        panels, domain = panels_of_caller(READ)
        if domain.is_false():
            return {'panels': [], 'next_cursor': None}
        domain &= Domain('id', '>', int(cursor))
        if state:
            domain &= Domain('state', '=', state)
        found = panels.search_fetch(domain, RESOURCE_FIELDS, limit=limit + 1, order='id')
        page = found[:limit]
        return {
            'panels': page.sudo()._resources(),
            'next_cursor': str(page[-1:].id) if len(found) > limit else None}

    def _order(self, **order):
        panels, _domain = panels_of_caller(WRITE)
        if request.tenant_caller and request.tenant_caller.panel_id:
            raise Forbidden("The key of one panel cannot order others.")
        panels.check_access('create')
        panel, is_new = panels._order_by_names(panels.env.company, **order)
        return answer(panel.sudo()._resources()[0], 201 if is_new else 200)
