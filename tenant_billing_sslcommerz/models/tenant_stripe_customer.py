import hashlib
import json

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tenant_billing_sslcommerz import stripe_acceptance


class TenantStripeCustomer(models.Model):
    """Who a tenant is at Stripe: one customer for each account there, used for every payment."""

    _name = 'tenant.stripe.customer'
    _description = "Stripe Customer"
    _rec_name = 'customer_ref'
    _order = 'id desc'

    partner_id = fields.Many2one(
        'res.partner', string="Tenant", required=True, readonly=True, index=True,
        ondelete='cascade')
    provider_id = fields.Many2one(
        'payment.provider', string="Account", required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='provider_id.company_id', store=True, index=True)
    is_live = fields.Boolean(string="Live", readonly=True, help="Not one of the test mode.")
    customer_ref = fields.Char(
        string="Customer ID", readonly=True, index=True, help="Empty once deleted at Stripe.")
    digest = fields.Char(readonly=True, help="Of what Stripe was told last.")

    _once = models.Constraint(
        'UNIQUE (partner_id, provider_id, is_live)', "This tenant is known at Stripe already.")

    # === BUSINESS METHODS === #

    @api.model
    def _for_partner(self, provider, partner):
        """The id of a tenant's customer, made or brought up to date where needed.

        :param provider: an account at Stripe
        :param partner: the tenant, or one of its contacts
        :rtype: str
        :raise ValidationError: if Stripe refuses, or does not answer
        """
        customer = self.sudo()._claim(provider, partner.commercial_partner_id)
        customer._push()
        return customer.customer_ref

    @api.model
    def _claim(self, provider, partner):
        """The row of a tenant; who comes at the same moment waits, and starts anew."""
        row = {'partner_id': partner.id, 'provider_id': provider.id,
               'is_live': provider._stripe_is_live()}
        domain = [(name, '=', value) for name, value in row.items()]
        known = self.search(domain)
        if known:
            return known
        self.env.execute_query(SQL(
            "INSERT INTO tenant_stripe_customer (partner_id, provider_id, is_live, company_id) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            *row.values(), provider.company_id.id))
        return self.search(domain)

    def _push(self):
        """Tell Stripe who the tenant is, if that is new. Asked again after a failure it is the
        same customer: the key says so."""
        told = self._facts()
        text = json.dumps(told, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if self.customer_ref and self.digest == digest:
            return
        provider = self.provider_id
        if self.customer_ref:
            provider._stripe_ask(lambda v1: v1.customers.update(self.customer_ref, params=told))
        else:
            key = f'customer-{provider._stripe_database()}-{self.id}-{digest[:32]}'
            self.customer_ref = provider._stripe_ask(lambda v1: v1.customers.create(
                params=told, options={'idempotency_key': key}))['id']
        self.digest = digest

    def _facts(self):
        partner = self.partner_id
        facts = {
            'name': partner.name, 'email': partner.email, 'phone': (partner.phone or '')[:20],
            'address': {
                'line1': partner.street, 'line2': partner.street2, 'city': partner.city,
                'postal_code': partner.zip, 'state': partner.state_id.name,
                'country': partner.country_id.code,
            },
            'metadata': {
                'odoo_database': self.provider_id._stripe_database(),
                'odoo_partner': str(partner.id),
            },
        }
        facts['address'] = {name: value for name, value in facts['address'].items() if value}
        return {name: value for name, value in facts.items() if value}

    # === BUSINESS METHODS - HEARING === #

    @api.model
    def _hear(self, provider, customer_ref):
        """Something became of a customer at Stripe.

        :return: state and outcome of the message
        :rtype: tuple[str, str]
        """
        customer = self.search(
            [('provider_id', '=', provider.id), ('customer_ref', '=', customer_ref)])
        if not customer or not stripe_acceptance.is_id(customer_ref):
            return 'done', self.env._("None of our customers: nothing is done.")
        if not provider._stripe_get('customers', customer_ref).get('deleted'):
            return 'done', self.env._("What the tenant is called here stays.")
        self.env['payment.token'].search([
            ('provider_id', '=', provider.id), ('provider_ref', '=', customer_ref),
        ]).active = False  # its cards went with it
        customer.write({'customer_ref': False, 'digest': False})
        return 'done', self.env._("Deleted at Stripe: the next payment makes a new customer.")


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    def _stripe_create_customer(self):
        """The tenant's own customer; core makes a new one for every payment."""
        return {'id': self.env['tenant.stripe.customer']._for_partner(
            self.provider_id, self.partner_id)}
