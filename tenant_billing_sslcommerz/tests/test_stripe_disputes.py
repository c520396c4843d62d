from odoo.tests import tagged

from odoo.addons.tenant_billing_sslcommerz.tests.stripe_case import StripeCase


@tagged('post_install', '-at_install')
class TestStripeDisputes(StripeCase):
    """Chargebacks: a person is asked, the panel may be held, and the end is booked."""

    def setUp(self):
        super().setUp()
        self.panel = self.order(self.plan)
        self.tx = self.paid(self.panel)
        self.panel.action_mark_created()
        self.told = self.stripe.put({
            'id': 'dp_1', 'object': 'dispute', 'payment_intent': self.tx.stripe_intent,
            'charge': 'ch_1', 'amount': 100000, 'currency': 'bdt', 'reason': 'fraudulent',
            'status': 'needs_response'})

    def becomes(self, status, kind='updated'):
        message = self.hear(f'charge.dispute.{kind}', self.stripe.put(self.told, status=status))
        self.env.invalidate_all()
        self.assertEqual(message.state, 'done')

    def dispute(self):
        return self.env['tenant.stripe.dispute'].search([])

    def look(self):
        return (self.dispute().state, self.panel.state, self.panel.amount_due)

    def summaries(self):
        return sorted(self.panel.activity_ids.mapped('summary'))

    def test_a_chargeback_is_told(self):
        self.becomes('needs_response', 'created')
        self.becomes('under_review')
        self.assertEqual(self.look(), ('open', 'active', 0))
        self.assertEqual(self.summaries(), [f'Chargeback of payment {self.tx.reference}'])
        self.assertIn("Chargeback of payment", self.tx.invoice_ids.message_ids[0].body)

    def test_the_panel_is_held_where_the_company_wants_it(self):
        self.company.stripe_hold_on_chargeback = True
        self.becomes('needs_response', 'created')
        self.becomes('under_review')
        self.assertEqual(self.look(), ('open', 'suspended', 0))
        self.assertEqual(len(self.panel.hold_ids), 1)
        self.becomes('won', 'closed')
        self.becomes('won', 'closed')
        self.assertEqual(self.look(), ('won', 'active', 0))
        self.assertIn(f'Chargeback of payment {self.tx.reference} won', self.summaries())

    def test_an_inquiry_holds_nothing(self):
        self.company.stripe_hold_on_chargeback = True
        self.becomes('warning_needs_response', 'created')
        self.becomes('warning_closed', 'closed')
        self.assertEqual(self.look(), ('won', 'active', 0))
        self.assertFalse(self.panel.hold_ids)

    def test_a_hold_that_a_person_lifted_stays_lifted(self):
        self.company.stripe_hold_on_chargeback = True
        self.becomes('needs_response', 'created')
        self.panel.action_lift()
        self.becomes('under_review')
        self.assertEqual(self.look(), ('open', 'active', 0))

    def test_lost_is_booked_once_and_the_invoice_is_open_again(self):
        self.company.stripe_hold_on_chargeback = True
        self.becomes('needs_response', 'created')
        for _time in range(2):
            self.becomes('lost', 'closed')
            self.book()
            self.run_crons('cron_settle')
        refund = self.tx.child_transaction_ids
        self.assertEqual(
            (refund.amount, refund.state, refund.provider_reference, refund.payment_id.amount,
             refund.payment_id.payment_type),
            (-1000, 'done', 'dp_1', 1000, 'outbound'))
        self.assertEqual(self.dispute().refund_transaction_id, refund)
        self.assertEqual(self.look()[0::2], ('lost', 1000))
        self.assertFalse(self.panel.open_hold_ids)
        self.assertEqual(self.panel.demand_ids.mapped('status'), ['open'])
        self.assertIn(f'Chargeback of payment {self.tx.reference} lost', self.summaries())

    def test_lost_after_the_held_panel_was_closed(self):
        self.company.stripe_hold_on_chargeback = True
        self.becomes('needs_response', 'created')
        self.panel.action_close("Chargeback", credit_rest=False)
        self.becomes('lost', 'closed')
        self.assertEqual(self.look(), ('lost', 'closed', 1000))
        self.assertTrue(self.dispute().refund_transaction_id)

    def test_lost_and_paid_in_another_way(self):
        self.becomes('lost', 'closed')
        other = self.paid(self.panel)
        self.assertEqual((other.state, self.panel.amount_due), ('done', 0))
        self.assertEqual(self.panel.demand_ids.mapped('status'), ['settled'])

    def test_a_part_is_lost(self):
        self.told['amount'] = 30000
        for _time in range(2):
            self.becomes('lost', 'closed')
        self.assertEqual(self.tx.child_transaction_ids.mapped('amount'), [-300])
        self.assertEqual(self.look()[0::2], ('lost', 300))

    def test_after_a_refund_only_the_rest_is_lost(self):
        self.tx.action_refund(400)
        self.becomes('lost', 'closed')
        self.assertEqual(
            sorted(self.tx.child_transaction_ids.mapped('amount')), [-600, -400])

    def test_row_9_the_end_before_the_beginning(self):
        self.becomes('lost', 'closed')
        self.hear('charge.dispute.created', self.told)
        self.hear('charge.dispute.updated', self.told)
        self.assertEqual(self.look()[0], 'lost')
        self.assertEqual(len(self.tx.child_transaction_ids), 1)

    def test_a_dispute_of_somebody_else_s_payment(self):
        self.told['payment_intent'] = 'pi_foreign'
        self.stripe.put({'id': 'ch_1', 'object': 'charge', 'payment_intent': 'pi_foreign'})
        message = self.hear('charge.dispute.created', self.told)
        self.assertEqual((message.state, message.outcome),
                         ('done', "None of our payments: nothing is done."))
        self.assertFalse(self.dispute())
