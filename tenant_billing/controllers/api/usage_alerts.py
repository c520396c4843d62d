from odoo.fields import Domain
from odoo.http import Controller
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.api import shapes
from odoo.addons.tenant_billing.controllers.api.base import (
    MAX_ID,
    panel_of_caller,
    panels_of_caller,
)
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route

SCOPE = 'usage:read'
LIST = Operation(
    'listAlerts', "What was told of a panel's usage, the newest first, a page at a time",
    shapes.ALERTS, {'alerts': [shapes.ALERT_EXAMPLE], 'unread': 1, 'next_cursor': None}, SCOPE,
    {200: "A page"}, query=shapes.ALERTS_ASKED)
READ = Operation(
    'readAlert', "Say that the tenant has read an alert", shapes.ALERT,
    {**shapes.ALERT_EXAMPLE, 'read': True}, SCOPE, {200: "It is read, or was before"},
    body=shapes.NOTHING, body_example={})


class UsageAlerts(Controller):
    """Usage alerts of panels."""

    @api_route('/api/subscription/alerts/<string:ref>', GET=LIST)
    def alerts(self, ref, query):
        alerts = panel_of_caller(ref, SCOPE)._alerts()
        before, limit = int(query.get('cursor', MAX_ID)), query.get('limit', 50)
        page = alerts.filtered(lambda alert: alert.id < before and not (
            query.get('unread') == 'true' and alert.read_at))
        return {
            'alerts': page[:limit]._resources(),
            'unread': len(alerts.filtered(lambda alert: not alert.read_at)),
            'next_cursor': str(page[limit - 1].id) if len(page) > limit else None}

    @api_route('/api/subscription/alerts/<string:alert_id>/read', POST=READ)
    def mark_read(self, alert_id, body):
        panels, domain = panels_of_caller(SCOPE)
        is_id = alert_id.isascii() and alert_id.isdigit() and len(alert_id) <= 10
        alert = panels.env['tenant.usage.alert'].sudo().search(
            Domain('id', '=', int(alert_id)) & Domain('state', '=', 'fired')
            & Domain('panel_id', 'in', panels._search(domain))
        ) if is_id and int(alert_id) <= MAX_ID else None
        if not alert:
            raise NotFound("There is no such alert, or it is not yours.")
        alert._mark_read()
        return alert._resources()[0]
