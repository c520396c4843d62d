import hashlib

from odoo import api, fields, models
from odoo.addons.payment import utils as payment_utils
from odoo.addons.payment_stripe import const as core_const
from odoo.exceptions import UserError

from odoo.addons.tenant_billing_sslcommerz import stripe_const


class TenantStripePrice(models.Model):
    """A plan's price at Stripe. Prices never change there: other terms are another price."""

    _name = 'tenant.stripe.price'
    _description = "Stripe Price"
    _rec_name = 'price_ref'
    _order = 'id desc'

    plan_id = fields.Many2one(
        'tenant.plan', required=True, readonly=True, index=True, ondelete='cascade')
    provider_id = fields.Many2one(
        'payment.provider', string="Account", required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, index=True)
    is_live = fields.Boolean(string="Live", readonly=True, help="Not one of the test mode.")
    active = fields.Boolean(
        default=True, readonly=True, help="On sale; subscriptions keep the others.")
    terms = fields.Char(required=True, readonly=True, help="Amount, currency and cycle.")
    product_ref = fields.Char(string="Product ID", required=True, readonly=True)
    price_ref = fields.Char(string="Price ID", required=True, readonly=True)

    _once = models.Constraint(
        'UNIQUE (plan_id, provider_id, is_live, terms)',
        "This plan has a price of these terms at Stripe already.")

    # === BUSINESS METHODS === #

    @api.model
    def _push(self, provider, version):
        """Bring Stripe's product and price to what is on sale; again it does nothing.

        :param provider: an account at Stripe
        :param tenant.plan.version version: what is on sale
        :return: the price on sale
        :raise ValidationError: if Stripe refuses, or does not answer
        """
        plan, terms = version.plan_id, self._terms(version)
        known = self.with_context(active_test=False).search([
            ('plan_id', '=', plan.id), ('provider_id', '=', provider.id),
            ('is_live', '=', provider._stripe_is_live())])
        price = known.filtered(lambda row: row.terms == terms)
        if not price:
            product = known[:1].product_ref or self._make_product(provider, plan)
            price = self.create({
                'plan_id': plan.id, 'provider_id': provider.id, 'terms': terms,
                'is_live': provider._stripe_is_live(), 'product_ref': product,
                'price_ref': self._make_price(provider, version, product, terms)})
        elif not price.active:
            price._put_on_sale(True)
        (known - price).filtered('active')._put_on_sale(False)
        return price

    def _put_on_sale(self, on_sale):
        for price in self:
            price.provider_id._stripe_ask(lambda v1, ref=price.price_ref: v1.prices.update(
                ref, params={'active': on_sale}))
            price.active = on_sale

    @api.model
    def _make_product(self, provider, plan):
        params = {'name': plan.name, 'metadata': self._stamp(provider, plan)}
        return provider._stripe_ask(lambda v1: v1.products.create(
            params=params, options=self._once_key(provider, 'product', plan, params)))['id']

    @api.model
    def _make_price(self, provider, version, product, terms):
        currency, cycle = version.currency_id, version.cycle_id
        params = {
            'product': product,
            'currency': currency.name.lower(),
            'unit_amount': payment_utils.to_minor_currency_units(
                self._amount(version), currency,
                arbitrary_decimal_number=core_const.CURRENCY_DECIMALS.get(currency.name)),
            'recurring': {'interval': cycle.unit, 'interval_count': cycle.count},
            'metadata': self._stamp(provider, version.plan_id),
        }
        return provider._stripe_ask(lambda v1: v1.prices.create(
            params=params, options=self._once_key(
                provider, 'price', version.plan_id, params, terms)))['id']

    @api.model
    def _amount(self, version):
        """What one cycle costs with the plan's own taxes: a subscription at Stripe collects all
        that our invoice asks for."""
        plan = version.plan_id
        taxes = plan.product_id.taxes_id._filter_taxes_by_company(plan.company_id)
        return taxes.compute_all(
            version.price, currency=version.currency_id, product=plan.product_id)['total_included']

    @api.model
    def _terms(self, version):
        digits = version.currency_id.decimal_places
        return (f'{self._amount(version):.{digits}f} {version.currency_id.name} / '
                f'{version.cycle_id.count} {version.cycle_id.unit}')

    @api.model
    def _stamp(self, provider, plan):
        return {'odoo_database': provider._stripe_database(), 'odoo_plan': plan.code}

    @api.model
    def _once_key(self, provider, kind, plan, params, terms=''):
        """A key by which Stripe does it once, though our side may forget that it asked."""
        text = '|'.join(map(str, (
            kind, provider._stripe_database(), provider.id, plan.id, terms, params)))
        return {'idempotency_key': f'{kind}-{hashlib.sha256(text.encode()).hexdigest()}'}


class TenantPlan(models.Model):
    """Which product and price a plan is at Stripe."""

    _inherit = 'tenant.plan'

    stripe_price_ids = fields.One2many(
        'tenant.stripe.price', 'plan_id', string="Prices at Stripe", readonly=True)
    stripe_error = fields.Char(readonly=True, copy=False, help="Why Stripe did not take it.")

    # === ACTION METHODS === #

    def action_stripe_push(self):
        """Bring product and price of these plans to Stripe.

        :raise UserError: if there is no account, or nothing on sale
        """
        self.check_access('write')
        for plan in self:
            providers = plan._stripe_providers()
            if not providers:
                raise UserError(self.env._(
                    "Stripe is not configured for %s: enter its keys and enable it first.",
                    plan.company_id.name))
            if not plan._stripe_version():
                raise UserError(self.env._(
                    "%s has no price to bring to Stripe: publish a version that costs something.",
                    plan.name))
            plan.sudo()._stripe_push()

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_stripe_push(self):
        """Bring what was published since to Stripe; each plan in a transaction of its own."""
        self.env['tenant.billing.run']._run_each(
            self._name, [('company_id', 'in', self._stripe_accounts().company_id.ids)],
            lambda plan: plan._stripe_version() and plan._stripe_push())

    def _set_aside(self, error):
        """Stripe did not take it: the next round tries again."""
        self.stripe_error = error

    # === BUSINESS METHODS === #

    def _stripe_push(self):
        self.ensure_one()
        for provider in self._stripe_providers():
            self.env['tenant.stripe.price']._push(provider, self._stripe_version())
        if self.stripe_error:
            self.stripe_error = False

    def _stripe_version(self):
        """What is on sale and costs something."""
        version = self.current_version_id
        return version if version and not version._is_free() else version.browse()

    def _stripe_providers(self):
        """The company's accounts that can be asked, as the system."""
        return self._stripe_accounts().filtered(
            lambda provider: provider.company_id == self.company_id)

    @api.model
    def _stripe_accounts(self):
        return self.env['payment.provider'].sudo().search([
            ('code', '=', stripe_const.CODE), ('state', '!=', 'disabled'),
        ]).filtered(lambda provider: provider._stripe_is_ready())
