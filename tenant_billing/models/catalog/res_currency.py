from odoo import api, models
from odoo.tools import formatLang


class ResCurrency(models.Model):
    """Money as people read it."""

    _inherit = 'res.currency'

    # === BUSINESS METHODS === #

    def _text(self, amount):
        """An amount as every page, mail, text message and alert writes it: "BDT 1,500.00". It is
        the code, not the sign: a text message with a sign as ৳ costs twice as much.

        :param amount: a number, exact or not; what it has more than the currency is rounded half up
        :rtype: str
        """
        self.ensure_one()
        return self._text_in(self, amount)

    @api.model
    def _text_in(self, currency, amount):
        """The same, of whatever has a currency's name and decimal places."""
        return f'{currency.name} {self._plain_text_in(currency, amount)}'

    @api.model
    def _plain_text_in(self, currency, amount):
        """An amount below others of the same currency: without its code."""
        return formatLang(
            self.env, float(amount), digits=currency.decimal_places, rounding_method='HALF-UP')
