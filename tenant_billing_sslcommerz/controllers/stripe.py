from odoo import http
from odoo.addons.payment_stripe.controllers.main import StripeController
from odoo.exceptions import ValidationError
from odoo.http import request

from odoo.addons.tenant_billing_sslcommerz import stripe_acceptance, stripe_const, stripe_signature
from odoo.addons.tenant_billing_sslcommerz.controllers.main import CALLBACK

NO_SECRET = (
    "No webhook secret of Stripe is configured on this server. Enter it in Odoo under "
    "Invoicing, Configuration, Payment Providers, Stripe: until then no event is believed.")


class TenantStripeController(StripeController):
    """Where Stripe's events and the payers' browsers arrive. Core's own two routes lead through
    the same doors as ours."""

    # === EVENTS === #

    @http.route(
        stripe_const.WEBHOOK_ROUTE, methods=['POST'],
        **{**CALLBACK, 'max_content_length': stripe_const.BODY_LIMIT})
    def tenant_stripe_webhook(self):
        """Stripe's server tells us what happened. What could not be worked on is not
        acknowledged, though it is kept and tried again."""
        return self._answer_event()

    @http.route(save_session=False, max_content_length=stripe_const.BODY_LIMIT)
    def stripe_webhook(self):
        """Core's address, which endpoints made before may still name."""
        return self._answer_event()

    @staticmethod
    def _answer_event():
        messages = request.env['tenant.gateway.message'].sudo()
        header = request.httprequest.headers.get('Stripe-Signature')
        try:
            message = messages._receive_stripe(request.httprequest.get_data(), header)
        except stripe_signature.Unsigned as error:
            return _answer(str(error), 403)
        except stripe_signature.Malformed as error:
            return _answer(str(error), 400)
        if message is None:
            return _answer(NO_SECRET, 403)
        if not message._work():
            return _answer("Kept, to be worked on later.", 503)
        return _answer("OK", 200)

    # === BROWSER === #

    @http.route()
    def stripe_return(self, reference=None, payment_intent=None, setup_intent=None, **_ignored):
        """The payer comes back: a hint to look, never a proof. We ask for the intent that we
        made for this payment, whatever the address says.
        """
        hint = payment_intent or setup_intent
        tx = request.env['payment.transaction'].sudo()
        if reference and reference.isprintable():
            tx = tx.search(
                [('reference', '=', reference), ('provider_code', '=', stripe_const.CODE)])
        if tx and stripe_acceptance.is_id(hint):  # else nobody makes us ask for anything
            try:
                with request.env.cr.savepoint():
                    tx._stripe_hear(hint)
            except ValidationError:
                tx._stripe_wait()
        return request.redirect(stripe_const.STATUS_ROUTE)


def _answer(text, status):
    return request.make_response(
        text, [('Content-Type', 'text/plain; charset=utf-8')], status=status)
