from odoo import api, fields, models
from odoo.addons.payment import utils as payment_utils
from odoo.addons.payment_stripe import const as core_const
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.tenant_billing_sslcommerz import stripe_acceptance, stripe_const
from odoo.addons.tenant_billing_sslcommerz.stripe_acceptance import Verdict

PAID = 'paid'
FAILED = ('past_due', 'unpaid', 'canceled', 'incomplete_expired')


class TenantPanel(models.Model):
    """A panel whose subscription Stripe runs: Stripe collects, our invoices and books stay the
    same, and its money comes in by the same door as any other."""

    _inherit = 'tenant.panel'

    stripe_subscription = fields.Char(
        copy=False, groups='tenant_billing.group_manager',
        help="sub_…: Stripe collects this panel's renewals by itself. A subscription whose "
        "metadata hold odoo_panel and odoo_database is noted here without you.")
    stripe_subscription_status = fields.Char(
        string="Status at Stripe", readonly=True, copy=False,
        groups='tenant_billing.group_manager')

    _stripe_subscription_once = models.UniqueIndex(
        '(stripe_subscription) WHERE stripe_subscription IS NOT NULL',
        "Another panel has this subscription at Stripe.")

    # === BUSINESS METHODS - SAVED CARDS === #

    def _may_charge(self, demands, started=None):
        """Not beside a subscription: Stripe collects what that asks for."""
        panel = self.sudo()
        is_run = panel.stripe_subscription and panel.stripe_subscription_status not in FAILED
        return not is_run and super()._may_charge(demands, started=started)

    # === BUSINESS METHODS - SUBSCRIPTION === #

    @api.model
    def _stripe_hear_subscription(self, provider, subscription_id):
        """Something became of a subscription: look at it.

        :return: state and outcome of the message
        :rtype: tuple[str, str]
        :raise ValidationError: if Stripe gives no answer
        """
        subscription = provider._stripe_get('subscriptions', subscription_id)
        panel = self._stripe_panel_of(provider, subscription)
        if not panel:
            return 'done', self.env._("No panel has this subscription: nothing is done.")
        status = str(subscription.get('status') or '')[:30]
        if status in FAILED and panel.stripe_subscription_status != status:
            panel._ask_person(
                self.env._(
                    "Stripe's subscription of %(panel)s is %(status)s",
                    panel=panel.name, status=status),
                self.env._(
                    "Stripe does not collect this panel's renewals any more. Its invoices stay "
                    "open until they are paid in another way: ask the tenant, or resume the "
                    "subscription at Stripe."))
        panel.stripe_subscription_status = status
        return 'done', f'{panel.name}: {status}'

    @api.model
    def _stripe_panel_of(self, provider, subscription):
        """The panel that a subscription is for, of the tenant that is its customer.

        :param dict subscription: as Stripe has it
        """
        own = self.search([('company_id', '=', provider.company_id.id),
                           ('stripe_subscription', '=', subscription.get('id'))])
        if own:
            return own
        said = subscription.get('metadata') or {}
        if said.get('odoo_database') != provider._stripe_database() or not str(
                said.get('odoo_panel')).isascii() or not str(said.get('odoo_panel')).isdecimal():
            return self.browse()
        panel = self.search([('id', '=', int(said['odoo_panel'])),
                             ('company_id', '=', provider.company_id.id),
                             ('stripe_subscription', '=', False)])
        customer = self.env['tenant.stripe.customer'].search([
            ('provider_id', '=', provider.id), ('customer_ref', '=', subscription.get('customer')),
            ('partner_id', '=', panel.partner_id.commercial_partner_id.id)])
        if not customer:
            return self.browse()
        panel.stripe_subscription = subscription['id']
        return panel

    # === BUSINESS METHODS - INVOICE === #

    @api.model
    def _stripe_hear_invoice(self, provider, invoice_id):
        """Stripe collected an invoice of a subscription, or could not.

        :return: state and outcome of the message
        :rtype: tuple[str, str]
        :raise ValidationError: if Stripe gives no answer
        """
        invoice = provider._stripe_get('invoices', invoice_id)
        subscription_id = invoice.get('subscription')
        if not stripe_acceptance.is_id(subscription_id):
            return 'done', self.env._("No invoice of a subscription: nothing is done.")
        panel = self._stripe_panel_of(
            provider, provider._stripe_get('subscriptions', subscription_id))
        if not panel:
            return 'done', self.env._("No panel has this subscription: nothing is done.")
        if invoice.get('status') != PAID:
            return panel._stripe_miss(invoice)
        if not invoice.get('amount_paid'):
            return 'done', self.env._("Nothing was to be paid.")
        return panel._stripe_renew(provider, invoice)

    def _stripe_miss(self, invoice):
        """Stripe could not collect: the open demand does the rest, a person is told once."""
        if invoice.get('attempted') or invoice.get('attempt_count'):
            self._ask_person(
                self.env._("Stripe could not collect for %s", self.name),
                self.env._(
                    "Stripe's invoice %s was not paid. Stripe tries again by itself; until then "
                    "the panel goes by its open invoice here.", invoice['id']))
        return 'done', self.env._("Not paid (%s).", invoice.get('status'))

    def _stripe_renew(self, provider, invoice):
        """Book what Stripe collected on what this panel owes, once for each invoice of Stripe's.

        :param dict invoice: paid, as Stripe has it
        :return: state and outcome of the message
        :rtype: tuple[str, str]
        """
        self._bump()  # two events about one invoice must collide
        tx = self.env['payment.transaction'].search([('stripe_invoice', '=', invoice['id'])])
        if tx:
            return 'done', self.env._("Booked already as %s.", tx.reference)
        currency = self.env['res.currency'].with_context(active_test=False).search(
            [('name', '=', str(invoice.get('currency')).upper())])
        if currency != self.currency_id:
            self._stripe_ask_about(invoice, self.env._(
                "it is in %(theirs)s, the panel in %(ours)s",
                theirs=currency.name, ours=self.currency_id.name))
            return 'refused', self.env._("Money in another currency than the panel's.")
        amount = payment_utils.to_major_currency_units(
            invoice['amount_paid'], currency,
            arbitrary_decimal_number=core_const.CURRENCY_DECIMALS.get(currency.name))
        demands = self._stripe_demands()
        asked = sum(demands.mapped('amount_open'))
        if currency.compare_amounts(amount, asked) != 0:
            self._stripe_ask_about(invoice, self.env._(
                "%(came)s came, %(asked)s is open",
                came=currency._text(amount), asked=currency._text(asked)))
        tx = self._stripe_transaction(provider, invoice, amount, demands)
        tx._process(stripe_const.CODE, {'reference': tx.reference, 'stripe_invoice': invoice})
        self.env.ref('payment.cron_post_process_payment_tx')._trigger()
        return 'done', f'{tx.reference}: {tx.state}'

    def _stripe_demands(self):
        """What the money is for: what is open, else the next period."""
        demands = self._payable()
        if not demands:
            try:
                with self.env.cr.savepoint():
                    self._renew_early()
            except UserError:  # not to be renewed now: the money becomes account credit
                return demands
        return demands or self._payable()

    def _stripe_transaction(self, provider, invoice, amount, demands):
        """A payment for money that Stripe has collected by itself."""
        method = self.env['payment.method']._get_from_code('card')
        return self.env['payment.transaction'].create({
            'provider_id': provider.id, 'payment_method_id': method.id, 'amount': amount,
            'currency_id': self.currency_id.id, 'partner_id': self.partner_id.id,
            'operation': 'offline', 'stripe_invoice': invoice['id'],
            'stripe_intent': invoice.get('payment_intent') or False,
            'invoice_ids': [Command.set(demands.move_id.ids)],
        })

    def _stripe_ask_about(self, invoice, why):
        self._ask_person(
            self.env._("Stripe's invoice %s does not fit", invoice['id']),
            self.env._(
                "Stripe collected this invoice for %(panel)s, but %(why)s. Compare the price at "
                "Stripe with the plan; what was paid too much is account credit.",
                panel=self.name, why=why))


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    stripe_invoice = fields.Char(
        readonly=True, copy=False,
        help="Of a subscription that Stripe runs: what this payment was collected for.")

    _stripe_invoice_once = models.UniqueIndex(
        '(stripe_invoice) WHERE stripe_invoice IS NOT NULL',
        "This invoice of Stripe's is booked already.")

    def _apply_updates(self, payment_data):
        invoice = payment_data.get('stripe_invoice')
        if self.provider_code != stripe_const.CODE or not invoice:
            return super()._apply_updates(payment_data)
        is_ours = invoice.get('id') == self.stripe_invoice and (
            invoice.get('status') == PAID and self.state != 'done')
        if not is_ours:
            return None
        if not stripe_acceptance.is_amount(
                invoice.get('amount_paid'), self._stripe_minor(self.amount)) or (
                str(invoice.get('currency')).upper() != self.currency_id.name):
            return self._stripe_become_wrong(Verdict('mismatch', 'amount_paid'))
        self.provider_reference = invoice.get('payment_intent') or invoice['id']
        self._set_done()
        return None
