import threading
from decimal import Decimal
from urllib.parse import urlsplit

from odoo.tests.common import _super_send
from sslcommerz import Sandbox, serve

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import PASSWORD, STORE, SslcommerzCase

from . import ledgers


class SimulatedCase(SslcommerzCase):
    """The gateway is the simulator, asked over HTTP; what it posts to us is handed over here."""

    timeout = 1  # seconds

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        assert urlsplit(request.url).hostname == '127.0.0.1', request.url
        return _super_send(session, request, **{**options, 'timeout': cls.timeout})

    def _play_gateway(self):
        self.sandbox = Sandbox(STORE, PASSWORD)
        server = serve(self.sandbox)
        threading.Thread(target=server.serve_forever, args=(.02,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.configure(**{const.BASE_URL_OPTION: server.base_url})

    def misbehave(self, **faults):
        self.sandbox.faults.change(faults)

    # === WHAT TENANT AND GATEWAY DO === #

    def press(self, tx, action):
        """The tenant presses a button on the payment page.

        :return: the form with which the browser comes back
        """
        _address, form = self.sandbox.attempt(tx.sslcommerz_session_key, action)
        return form

    def hear_waiting(self):
        """The gateway's server tells us all that it has not told yet."""
        for _address, form in self.sandbox.take_waiting():
            self.hear_form(form)

    def pay(self, tx, action='pay', *, comes_back=True):
        """The tenant presses a button, the gateway tells us, the browser comes back."""
        form = self.press(tx, action)
        if self.sandbox.faults.ipn != 'late':
            self.hear_waiting()
        if comes_back:
            self.hear_form(form, kind='return')
        return form

    # === WHAT WE LOOK AT === #

    def assertPaidOnce(self, tx):
        """One payment, one extension, and nothing is left to do."""
        self.assertEqual(tx.state, 'done')
        panel = tx.invoice_ids.tenant_demand_ids.panel_id
        self.assertEqual(len(tx.invoice_ids.matched_payment_ids), 1)
        self.assertEqual(tx.invoice_ids.matched_payment_ids.amount, tx.amount)
        self.assertEqual((panel.amount_due, panel.period_ids.mapped('settled')), (0, [True]))

    def assertNotPaid(self, tx, state):
        self.assertEqual(tx.state, state)
        self.assertFalse(tx.invoice_ids.matched_payment_ids)
        self.assertEqual(
            tx.invoice_ids.tenant_demand_ids.panel_id.amount_due, tx.invoice_ids.amount_total)

    def assertLedgersAgree(self, refunds=None):
        """The gateway's ledger and the payments in the books: one to one in id, amount, currency
        and sign.

        :param int refunds: how many there must be
        """
        ledger = self.sandbox.ledger()
        if refunds is not None:
            self.assertEqual(sum(row['kind'] == 'refund' for row in ledger), refunds)
        self.assertEqual(ledgers.of_books(self.provider), ledgers.of_gateway(ledger))
        txs = self.env['payment.transaction'].search([
            ('provider_id', '=', self.provider.id), ('payment_id', '!=', False)])
        fees = [Decimal(row['settled']) - Decimal(row['store_amount'])
                for row in ledger if row['kind'] == 'capture']
        self.assertEqual(
            Decimal(f'{sum(txs.mapped("sslcommerz_fee")):.2f}'),
            sum(fees))
