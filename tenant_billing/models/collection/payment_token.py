from odoo import models


class PaymentToken(models.Model):
    """A saved card, and which panels it pays."""

    _inherit = 'payment.token'

    # === BUSINESS METHODS === #

    def get_linked_records_info(self):
        """What the tenant is told before it removes a card: the panels that it pays."""
        self.browse().check_access('read')
        info = super().get_linked_records_info()
        if not self.has_access('read'):
            return info
        return info + [
            {
                'description': self.env._("Panel"), 'id': panel.id, 'name': panel.name,
                'url': f'/my/panels/{panel.id}',
            }
            for panel in self._paid_panels()]

    def _handle_archiving(self):
        """A card that is removed pays nothing any more."""
        super()._handle_archiving()
        self._paid_panels()._pay_with(self.browse())

    def _paid_panels(self):
        """The panels that these cards pay by themselves."""
        return self.env['tenant.panel'].sudo().search([('payment_token_id', 'in', self.ids)])

    def _pays_for(self, panel):
        """Whether this card may pay a panel: now, at its provider and by its owner.

        :param panel: a panel with an order, read with all rights
        :rtype: bool
        """
        self.ensure_one()
        provider, owner = self.provider_id, self.partner_id
        if not self.active or owner.commercial_partner_id != (
                panel.partner_id.commercial_partner_id):
            return False
        return (
            provider in panel._pay_providers(owner)
            and provider.is_published and self.provider_code not in ('none', 'custom')
            and (provider.state == 'enabled'
                 or self.env['tenant.billing.period']._test_money_counts())
            and self._primary_method() in self.payment_method_id._get_compatible_payment_methods(
                provider.ids, owner.id, currency_id=panel.currency_id.id))

    def _primary_method(self):
        method = self.payment_method_id
        return method.primary_payment_method_id or method

    def _tenant_name(self):
        """The card as its owner knows it: Visa •••• 4242.

        :rtype: str
        """
        self.ensure_one()
        return f'{self.payment_method_id.name} {self.display_name}'
