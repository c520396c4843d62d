import json
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.tenant_billing_sslcommerz import (
    stripe_acceptance,
    stripe_const,
    stripe_signature,
)
from odoo.addons.tenant_billing_sslcommerz.models.gateway_message import MASK, SECRET

_logger = logging.getLogger(__name__)

DEEPEST = 32


class TenantGatewayMessage(models.Model):
    """Stripe's events in the callback inbox: kept, then worked on by looking at Stripe itself."""

    _inherit = 'tenant.gateway.message'

    gateway = fields.Selection(
        selection_add=[(stripe_const.CODE, "Stripe")], ondelete={stripe_const.CODE: 'cascade'})
    kind = fields.Selection(
        selection_add=[('event', "Signed event")], ondelete={'event': 'cascade'})
    provider_id = fields.Many2one(
        'payment.provider', readonly=True, ondelete='cascade', index='btree_not_null',
        help="Whose secret signed the event.")

    # === BUSINESS METHODS - KEEPING === #

    @api.model
    def _receive_stripe(self, body, header):
        """Keep an event, if Stripe signed it for an endpoint of ours.

        :param bytes body: raw, as it came
        :param header: the value of `Stripe-Signature`, or None
        :return: the message, new or known; None where no provider has a secret
        :rtype: tenant.gateway.message | None
        :raise Unsigned: if no secret of ours signed it
        :raise Malformed: if it is no event
        """
        providers = self.env['payment.provider'].search([
            ('code', '=', stripe_const.CODE), ('stripe_webhook_secret', '!=', False)])
        if not providers:
            _logger.warning("An event came, but no webhook secret of Stripe is configured.")
            return None
        event, signers = stripe_signature.read_event(
            body, header, set(providers.mapped('stripe_webhook_secret')))
        providers = providers.filtered(lambda p: p.stripe_webhook_secret in signers)
        # what this transaction has seen is older than the message; it wrote nothing yet
        self.env['tenant.billing.run']._start_anew()
        with self.env.registry.cursor() as cr:
            message_id = self.with_env(self.env(cr=cr, su=True))._keep_event(
                event, providers.ids)
        return self.browse(message_id)

    @api.model
    def _keep_event(self, event, provider_ids):
        """:return: the id of the message"""
        thing = event['data']['object']
        intent, reference = _intent_of(thing), _text_of(thing, 'description')
        providers = self.env['payment.provider'].browse(provider_ids)
        found = [(provider, tx) for provider in providers
                 if (tx := self.env['payment.transaction']._stripe_find(
                     provider, intent=intent, reference=reference))]
        provider, tx = found[0] if found else (
            self._stripe_provider_of(providers, thing), self.env['payment.transaction'])
        now = fields.Datetime.now()
        return self._insert({
            'gateway': stripe_const.CODE, 'kind': 'event', 'key': event['id'],
            'reference': tx.reference or _text_of(thing, 'id')[:255], 'status': event['type'],
            'payload': json.dumps(_masked(event), sort_keys=True, ensure_ascii=True, indent=2),
            'transaction_id': tx.id or None, 'provider_id': provider.id,
            'company_id': provider.company_id.id, 'received_on': now,
            'retry_on': now + timedelta(minutes=1), 'state': 'new', 'attempts': 0,
        })

    @api.model
    def _stripe_provider_of(self, providers, thing):
        """Of several companies with one account at Stripe, the one that knows the customer."""
        customer = _text_of(thing, 'customer') or _text_of(thing, 'id')
        known = self.env['tenant.stripe.customer'].search([
            ('provider_id', 'in', providers.ids), ('customer_ref', '=', customer)], limit=1)
        return known.provider_id or providers[:1]

    # === BUSINESS METHODS - WORKING === #

    def _look_into(self):
        """Do what an event asks for, as the system: whoever brought it is nobody here."""
        if self.gateway != stripe_const.CODE:
            return super()._look_into()
        this = self.with_user(SUPERUSER_ID).with_company(self.company_id)
        event = json.loads(this.payload)
        provider, step = this.provider_id, this._stripe_steps().get(this.status)
        if not step:
            return 'done', self.env._("Nothing is done for events of this kind.")
        is_live = event.get('livemode')
        if provider.state != 'disabled' and isinstance(is_live, bool) and (
                is_live != provider._stripe_is_live()):
            return 'refused', self.env._("A test event for a live provider.") if not is_live else (
                self.env._("A live event for a provider in test mode."))
        state, outcome = step(provider, event['data']['object'])
        this.env.flush_all()
        return state, outcome

    @api.model
    def _stripe_steps(self):
        """What is done for which kind of event."""
        return {
            **dict.fromkeys(stripe_const.INTENT_EVENTS, self._stripe_on_intent),
            **dict.fromkeys(stripe_const.SETUP_EVENTS, self._stripe_on_intent),
            **dict.fromkeys(stripe_const.REFUND_EVENTS, self._stripe_on_refund),
            **dict.fromkeys(stripe_const.DISPUTE_EVENTS, self._stripe_on_dispute),
            **dict.fromkeys(stripe_const.INVOICE_EVENTS, self._stripe_on_invoice),
            **dict.fromkeys(stripe_const.SUBSCRIPTION_EVENTS, self._stripe_on_subscription),
            **dict.fromkeys(stripe_const.CUSTOMER_EVENTS, self._stripe_on_customer),
        }

    def _stripe_on_intent(self, provider, thing):
        """A payment has moved: look at it. Of a disabled provider too, for money is money."""
        tx = self._stripe_tx(provider, thing)
        if not tx:
            return 'done', self.env._("None of our payments: nothing is done.")
        verdict = tx._stripe_hear(_text_of(thing, 'id'))
        outcome = ': '.join(part for part in (*verdict, tx.state) if part)
        return 'refused' if verdict.kind in ('foreign', 'mismatch') else 'done', outcome

    def _stripe_on_refund(self, provider, thing):
        tx = self._stripe_tx(provider, thing)
        charge = _text_of(thing, 'charge') or _text_of(thing, 'id')
        if not tx:
            return 'done', self.env._("None of our payments: nothing is done.")
        if not stripe_acceptance.is_id(charge):
            return 'refused', self.env._("The event names no charge.")
        return 'done', tx._stripe_hear_refunds(charge) or self.env._("Nothing to refund.")

    def _stripe_on_dispute(self, provider, thing):
        return self.env['tenant.stripe.dispute']._hear(provider, _text_of(thing, 'id'))

    def _stripe_on_invoice(self, provider, thing):
        return self.env['tenant.panel']._stripe_hear_invoice(provider, _text_of(thing, 'id'))

    def _stripe_on_subscription(self, provider, thing):
        return self.env['tenant.panel']._stripe_hear_subscription(provider, _text_of(thing, 'id'))

    def _stripe_on_customer(self, provider, thing):
        return self.env['tenant.stripe.customer']._hear(provider, _text_of(thing, 'id'))

    def _stripe_tx(self, provider, thing):
        """The payment of an object; one that was not there when the event came may be by now."""
        return self.transaction_id or self.env['payment.transaction']._stripe_find(
            provider, intent=_intent_of(thing), reference=_text_of(thing, 'description'))

    def _put_off(self, error):
        if self.gateway != stripe_const.CODE:
            return super()._put_off(error)
        if self.transaction_id and self.status in stripe_const.INTENT_EVENTS:
            self.transaction_id._stripe_wait()
        return super()._put_off(error)

    def _give_up(self, error):
        if self.gateway != stripe_const.CODE:
            return super()._give_up(error)
        if self.transaction_id:
            self.transaction_id._stripe_ask_person(f'{self.key} {error}', self.env._(
                "Stripe told us about this payment (%(kind)s), and we could not look into it: "
                "%(error)s", kind=self.status, error=error))
        return None


def _intent_of(thing):
    """The id of the PaymentIntent or SetupIntent that an object is, or is about."""
    if thing.get('object') in ('payment_intent', 'setup_intent'):
        return _text_of(thing, 'id')
    return _text_of(thing, 'payment_intent') or _text_of(thing, 'id')


def _text_of(thing, name):
    """A field as text; of an object that stands in its place, the id. Else nothing."""
    value = thing.get(name)
    if isinstance(value, dict):
        value = value.get('id')
    return value if isinstance(value, str) and value.isprintable() else ''


def _masked(value, name='', depth=0):
    """The event without what is secret, and without what lies deeper than anything of Stripe's."""
    if depth > DEEPEST or SECRET.search(name) and isinstance(value, str):
        return MASK
    if isinstance(value, dict):
        return {key: _masked(part, key, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, name, depth + 1) for part in value]
    return value
