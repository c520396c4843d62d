from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import SslcommerzCase

ANSWERS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'
CORE = 'odoo.addons.payment.models.payment_transaction'
OURS = {'val_id': 'held1', 'bank_tran_id': 'heldbank', 'risk_level': '1'}


@tagged('post_install', '-at_install')
class TestHeldPayments(SslcommerzCase):
    """Payments that the gateway found risky, and that a person does not want."""

    def make_world(self):
        super().make_world()
        self.panel = self.order(self.plan)

    def setUp(self):
        super().setUp()
        self.tx = self.start(self.panel)
        self.answers_paid(self.tx, **OURS)
        with mute_logger(ANSWERS):
            self.hear(self.facts(self.tx, **OURS))

    def answer(self, sent):
        """The gateway's side of refunds."""
        return {'APIConnect': 'DONE', 'bank_tran_id': 'heldbank', 'refund_ref_id': 'r1',
                'status': 'success' if 'refund_amount' in sent else 'refunded'}

    def test_held(self):
        self.assertEqual((self.tx.state, self.tx.sslcommerz_risk), ('pending', '1 Safe'))
        self.assertEqual(self.questions(self.tx), [f'Payment {self.tx.reference} needs a look'])

    def test_paid_back_it_pays_nothing(self):
        self.answers_found(self.tx, {'status': 'VALID', **OURS})
        self.tx.action_sslcommerz_refund_held()
        self.assertEqual((self.tx.state, self.panel.amount_due), ('done', 1000))
        self.run_crons()
        self.assertEqual(self.panel.amount_due, 1000)
        self.gateway.answers[const.QUERY_PATH] = self.answer
        self.pursue()
        self.pursue()
        self.book()
        refund = self.tx.child_transaction_ids
        self.assertEqual((refund.state, refund.payment_id.amount), ('done', 1000))
        self.assertTrue(refund.payment_id.is_reconciled)
        self.assertTrue(self.tx.payment_id.is_reconciled)
        self.assertEqual(self.panel.amount_due, 1000)
        self.assertTrue(self.start(self.panel))
        self.assertNothingLeft()

    @mute_logger(ANSWERS, CORE)
    def test_one_that_the_gateway_does_not_confirm_any_more(self):
        self.answers_found(self.tx)
        with self.assertRaisesRegex(UserError, "does not confirm"):
            self.tx.action_sslcommerz_refund_held()
