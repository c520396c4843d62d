from odoo import http
from odoo.http import HttpDispatcher, request

from odoo.addons.tenant_billing_sslcommerz import const


class CallbackDispatcher(HttpDispatcher):
    """Routes for gateways: nothing of a body or an address becomes an argument of a method."""

    routing_type = 'tenant_callback'

    def dispatch(self, endpoint, args):
        self.request.params = args
        return self.request.registry['ir.http']._dispatch(endpoint)


CALLBACK = {
    'type': CallbackDispatcher.routing_type, 'auth': 'public', 'csrf': False,
    'save_session': False, 'max_content_length': const.BODY_LIMIT,
}


class SslcommerzController(http.Controller):

    @http.route(
        [f'{const.RETURN_ROUTE}/{outcome}' for outcome in ('success', 'fail', 'cancel')],
        methods=['GET', 'POST'], website=True, sitemap=False, **CALLBACK)
    def sslcommerz_return(self):
        """The browser comes back. Its cookie may not come along, for the gateway is another site:
        so no session is kept here, and the page that we lead to finds the tenant's own.
        """
        if request.httprequest.method == 'POST':
            message = self._receive('return')
            if not message:
                return request.render(
                    'tenant_billing_sslcommerz.unverified', {'url': const.STATUS_ROUTE},
                    status=403)
            message._work()
        return request.redirect(const.STATUS_ROUTE)

    @http.route(const.IPN_ROUTE, methods=['POST'], **CALLBACK)
    def sslcommerz_ipn(self):
        """The gateway's server tells us. What could not be worked on is not acknowledged, though
        it is kept and tried again.
        """
        message = self._receive('ipn')
        if not message:
            answer, status = "Not signed by the store.", 403
        elif not message._work():
            answer, status = "Kept, to be worked on later.", 503
        else:
            answer, status = "OK", 200
        return request.make_response(
            answer, [('Content-Type', 'text/plain; charset=utf-8')], status=status)

    @staticmethod
    def _receive(kind):
        """Keep what was posted in the body, where each name may come once only."""
        fields = dict(request.httprequest.form.lists())
        form = {name: values[0] for name, values in fields.items() if len(values) == 1}
        return request.env['tenant.gateway.message'].sudo()._receive(
            kind, form, request.httprequest.remote_addr)
