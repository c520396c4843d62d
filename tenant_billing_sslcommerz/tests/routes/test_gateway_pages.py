from odoo.tests import HttpCase, tagged

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
        self.env.ref('base.user_admin').company_ids |= self.company
        self.env.ref('base.user_admin').company_id = self.company
        action = 'action-tenant_billing_sslcommerz.action_tenant_gateway_message'
        self.open(action, '.o_data_row .o_field_badge')
        self.open(f'{action}/{message.id}', '.o_form_view button[name=action_work_again]')
        self.open(f'action-payment.action_payment_provider/{self.provider.id}',
                  '.o_form_view .o_notebook')
        self.open(f'action-payment.action_payment_transaction/{tx.id}', '.o_form_view')

    def post_message(self, tx):
        self.url_open('/payment/sslcommerz/ipn', data=self.sign(self.facts(tx)), method='POST')
