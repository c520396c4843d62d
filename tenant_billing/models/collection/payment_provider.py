from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PaymentProvider(models.Model):
    """R34: between which amounts a gateway takes a payment; and where it is booked."""

    _inherit = 'payment.provider'

    tenant_minimum_amount = fields.Monetary(
        string="Minimum Amount", currency_field='main_currency_id',
        help="The least that one payment may be. Usage below it waits for the next invoice and "
        "stops no panel. 0 for no bound.")

    # === CONSTRAINT METHODS === #

    @api.constrains('state', 'company_id')
    def _check_bank_journal(self):
        for provider in self.filtered(lambda provider: provider.state != 'disabled'):
            company = provider.company_id
            if not self.env['account.journal'].sudo().search_count(
                    [('type', '=', 'bank'), ('company_id', '=', company.id)], limit=1):
                raise ValidationError(self.env._(
                    "%(company)s has no bank journal to book payments of %(provider)s in. "
                    "Create one first.", company=company.name, provider=provider.name))

    @api.constrains('state', 'company_id')
    def _check_payment_method_line(self):
        """Core makes the line by which payments are booked when somebody first reads the journal.
        Two first payments at once would make two, and then none could be booked any more: so it is
        made here."""
        self.filtered(lambda provider: provider.state != 'disabled').sudo().mapped('journal_id')

    # === BUSINESS METHODS === #

    def _tenant_bounds(self, currency):
        """The least and the most that one payment may be, each 0 for no bound.

        :param currency: the currency to say it in
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        today = self.company_id._tenant_today()
        return tuple(
            self.main_currency_id._convert(amount, currency, self.company_id, today)
            for amount in (self.tenant_minimum_amount, self.maximum_amount))

    def _tenant_charge(self, total, currency):
        """What one payment charges of a total: all of it, a part where it is above the most that
        one payment may be, nothing where it is below the least.

        :rtype: float
        """
        least, most = self._tenant_bounds(currency)
        if currency.compare_amounts(total, least) < 0:
            return 0.0
        if not most or currency.compare_amounts(total, most) <= 0:
            return total
        # what is left for the next payment must not be below the least
        return currency.round(most if total - most >= least else total - least)

    def _tenant_too_little(self, currency):
        least = min(provider._tenant_bounds(currency)[0] for provider in self)
        return self.env._(
            "%s is the least that can be paid online. What is open is asked for together with "
            "your next invoice.", currency._text(least))

    @api.model
    def _tenant_least(self, company, currency):
        """The least that any gateway of the company takes; 0 where there is none.

        :rtype: float
        """
        gateways = self.sudo().search([
            *self._check_company_domain(company), ('state', 'in', ('enabled', 'test')),
            ('is_published', '=', True), ('code', 'not in', ('none', 'custom'))])
        return min((gateway._tenant_bounds(currency)[0] for gateway in gateways), default=0.0)
