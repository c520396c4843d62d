from odoo import models
from odoo.exceptions import ValidationError

CODE = 'razorpay'
ID = 'razorpay_payment_id'


class PaymentTransaction(models.Model):
    """Razorpay's browser return and its answer to a charge name a payment, not its money: it is
    fetched before it is looked at. Without core's own module there is nothing to do."""

    _inherit = 'payment.transaction'

    # === BUSINESS METHODS === #

    def _process(self, provider_code, payment_data):
        """The return's signature covers Razorpay's ids and not our reference, which the browser
        names: whose payment it is and how much stands only in the payment itself."""
        if provider_code != CODE or ID not in payment_data or 'id' in payment_data or not self:
            return super()._process(provider_code, payment_data)
        try:
            payment = self._send_api_request('GET', f'payments/{payment_data[ID]}')
        except ValidationError:
            if self.state == 'draft':  # its webhook says the rest
                self._set_pending()
            return self
        if payment.get('description') != self.reference:
            return self
        return super()._process(provider_code, payment)
