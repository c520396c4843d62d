from unittest.mock import patch

import requests
from odoo.exceptions import ValidationError

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


class Killed(BaseException):
    """The server dies here."""


class CardCase(PayCase):
    """25 January: February's invoice of 100.00 is due on the 1st, and the tenant has a saved card
    at a gateway that answers as the test says."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway(allow_tokenization=True)
        self.card = self.save_card()

    def setUp(self):
        super().setUp()
        self.asked, self.answer = [], 'done'
        case = self

        def send(tx):
            case.asked.append((tx.amount, tx.token_id))
            case.gate_answers(tx)
        self.startPatcher(patch.object(
            self.registry['payment.transaction'], '_send_payment_request', send))

    def save_card(self, partner=None, provider=None, details='4242'):
        provider = provider or self.gate
        return self.env['payment.token'].create({
            'provider_id': provider.id, 'payment_method_id': self.method.id,
            'partner_id': (partner or self.tenant).id, 'provider_ref': f'card {details}',
            'payment_details': details})

    def choose(self, card=None, panel=None):
        (panel or self.panel)._choose_card((card or self.card).id, self.tenant)

    # === WHAT THE GATEWAY DOES === #

    def gate_answers(self, tx):
        if self.answer == 'killed':
            raise Killed
        if self.answer == 'silent':
            with patch.object(requests, 'request', side_effect=requests.Timeout):
                tx._send_api_request('POST', 'charges')
        if self.answer == 'broken':
            response = requests.Response()
            response.status_code, response._content = 502, b"Bad gateway"
            with patch.object(requests, 'request', return_value=response):
                tx._send_api_request('POST', 'charges')
        if self.answer == 'refused':
            raise ValidationError("Insufficient funds")
        if self.answer == 'confirm':
            tx.tenant_needs_payer = True
            raise ValidationError("Authentication required")
        tx.provider_reference = f'money {len(self.asked)}'
        if self.answer == 'done':
            tx._set_done()
        elif self.answer == 'cancelled':
            tx._set_canceled()

    # === WHAT WE LOOK AT === #

    def charges(self):
        """The charges of the card, oldest first."""
        self.env.invalidate_all()
        return self.env['payment.transaction'].search(
            [('operation', '=', 'offline'), ('invoice_ids.tenant_demand_ids.panel_id', '=',
                                            self.panel.id)], order='id')

    def attempts(self):
        """(day, number, state of the attempt, state of the payment) of each, oldest first."""
        self.env.invalidate_all()
        return [(str(a.day), a.number, a.state, a.payment_state)
                for a in self.env['tenant.payment.attempt'].search([], order='id')]

    def told(self, *kinds):
        rows = self.env['tenant.reminder'].search(
            [('panel_id', '=', self.panel.id), ('kind', 'in', kinds)], order='id')
        return [(str(row.queued_on), row.kind, row.state) for row in rows]
