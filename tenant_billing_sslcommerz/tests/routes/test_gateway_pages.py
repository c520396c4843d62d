from odoo.tests import HttpCase, tagged

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import SslcommerzCase


@tagged('post_install', '-at_install')
class TestGatewayPages(SslcommerzCase, HttpCase):
    """The pages of the backend open in a real browser, without an error."""

    def open(self, path, ready):
        self._stop_clock()  # the browser has a clock of its own
        self.browser_js(
            f'/odoo/{path}', "console.log('test successful')",
            f"!!document.querySelector('{ready}')", login='admin', timeout=120)

    def test_messages(self):
        tx = self.start()
        self.answers_paid(tx)
        self.post_message(tx)
        message = self.env['tenant.gateway.message'].search([])
        self.work_here()
        action = 'action-tenant_billing_sslcommerz.action_tenant_gateway_message'
        self.open(action, '.o_data_row .o_field_badge')
        self.open(f'{action}/{message.id}', '.o_form_view button[name=action_work_again]')
        self.open(f'action-payment.action_payment_provider/{self.provider.id}',
                  '.o_form_view .o_notebook')
        self.open(f'action-payment.action_payment_transaction/{tx.id}', '.o_form_view')

    def work_here(self):
        admin = self.env.ref('base.user_admin')
        admin.company_ids |= self.company
        admin.company_id = self.company

    def test_an_operator_refunds_from_the_invoice(self):
        """The wizard opens from the invoice; the refund is seen pending, then done."""
        tx = self.paid()
        self.work_here()
        self._stop_clock()
        self.browser_js(
            f'/odoo/action-account.action_move_out_invoice_type/{tx.invoice_ids.id}', """
            const wizard = '.modal .o_form_view';
            document.querySelector('button[name=action_tenant_refund]').click();
            const wait = setInterval(() => {
                const button = document.querySelector('.modal button[name=action_refund]');
                if (button && document.querySelector(`${wizard} [name=tenant_refund_reason]`)) {
                    clearInterval(wait);
                    button.click();
                    const closed = setInterval(() => {
                        if (!document.querySelector(wizard)) {
                            clearInterval(closed);
                            console.log('test successful');
                        }
                    }, 100);
                }
            }, 100);""", "!!document.querySelector('button[name=action_tenant_refund]')",
            login='admin', timeout=120)
        self.env.invalidate_all()
        refund = tx.child_transaction_ids
        self.assertEqual((refund.state, refund.amount, refund.tenant_refund_reason),
                         ('pending', -1000, 'goodwill'))
        page = f'action-payment.action_payment_transaction/{refund.id}'
        self.open(page, '.o_form_view .o_arrow_button_current[data-value=pending]')
        self.gateway.answers[const.QUERY_PATH] = lambda sent: {
            'APIConnect': 'DONE', 'bank_tran_id': tx.sslcommerz_bank_tran_id,
            'refund_ref_id': 'r1',
            'status': 'success' if 'refund_amount' in sent else 'refunded'}
        refund.sslcommerz_ask_again_on = refund.sslcommerz_opened_on
        for _time in range(2):
            self.pursue()
        self.open(page, '.o_form_view .o_arrow_button_current[data-value=done]')

    def post_message(self, tx):
        self.url_open('/payment/sslcommerz/ipn', data=self.sign(self.facts(tx)), method='POST')
