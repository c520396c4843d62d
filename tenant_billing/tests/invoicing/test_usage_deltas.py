from itertools import permutations

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestUsageDeltas(UsageCase):
    """R21: a period's documents sum to what it costs, whatever comes late or is taken back."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter()

    def paid_panel(self, *charges, **terms):
        """A panel whose January was used 10 times and is invoiced and paid on 1 February."""
        panel = self.running(self.usage_plan(
            *(charges or [self.charge(self.calls)]), **{'lead_days': 0, **terms}))
        self.first = self.use(panel, '2026-01-05', 10)
        self.on('2026-02-01')
        self.pay(panel)
        return panel

    def test_r21_late_usage_is_on_the_next_invoice(self):
        panel = self.paid_panel()
        self.use(panel, '2026-01-31', 4)
        self.use(panel, '2026-02-01', 1)
        self.on('2026-03-01')
        self.assertEqual(self.rated(panel), [
            ('2026-01-01', 'calls', 10), ('2026-01-01', 'calls', 4), ('2026-02-01', 'calls', 1)])
        line = self.env['tenant.rated.line'].search(
            [('panel_id', '=', panel.id)], order='id')[1]
        self.assertEqual((line.rated, line.quantity), (14, '14'))
        self.assertEqual(
            line.line_ids.name, "Calls for Panel, 1 Jan 2026 to 31 Jan 2026: 14, "
            "less what was invoiced before")
        self.pay(panel)
        self.assertNothingLeft()

    def test_r21_what_is_taken_back_is_credited(self):
        panel = self.paid_panel()
        self.take_back(panel, self.first)
        self.on('2026-03-01')
        invoice = panel.demand_ids.move_id.sorted('id')[1]
        note = invoice.reversal_move_ids
        self.assertEqual((note.amount_total, note.tenant_credit_reason), (1, 'usage'))
        self.assertEqual(note.tenant_credited_demand_id.direction, 'arrears')
        self.assertEqual(self.sums(panel), {'2026-01-01': 9})
        self.assertEqual(panel.amount_due, 99)  # the note pays for a part of March
        self.pay(panel)
        self.assertNothingLeft()

    def test_r21_an_unpaid_invoice_asks_less(self):
        panel = self.running(self.usage_plan(self.charge(self.calls), lead_days=0, term_days=60))
        name = self.use(panel, '2026-01-05', 10)
        self.pay(panel)
        self.on('2026-02-01')
        self.take_back(panel, name)
        self.on('2026-03-01')
        usage = panel.demand_ids.filtered(lambda d: d.direction == 'arrears')
        self.assertEqual((usage.status, usage.amount_open), ('open', 9))
        self.pay(panel)
        self.assertNothingLeft()

    def test_r21_the_oldest_document_is_credited_first(self):
        panel = self.paid_panel()
        late = self.use(panel, '2026-01-31', 4)
        self.on('2026-03-01')
        self.pay(panel)
        for name in [f'{self.first[:-2]}-{n}' for n in range(10)] + [late]:
            self.take_back(panel, name)
        self.on('2026-04-01')
        notes = panel.demand_ids.move_id.reversal_move_ids.sorted('id')
        self.assertEqual(
            notes.mapped(lambda n: (str(n.reversed_entry_id.invoice_date), n.amount_total)),
            [('2026-02-01', 10), ('2026-03-01', 1)])
        self.assertEqual(self.sums(panel), {'2026-01-01': 3})
        self.pay(panel)
        self.assertNothingLeft()

    def test_r21_any_order_of_arrival_gives_the_same_sums(self):
        found = set()
        for order in permutations(range(3)):
            self.set_clock('2026-01-01')
            panel = self.running(self.usage_plan(self.charge(
                self.calls, model='graduated', row={'price': 0, 'tier_ids': [
                    (0, 0, {'upper': 5, 'price': 2}), (0, 0, {'upper': 0, 'price': 1})]}),
                lead_days=0))
            self.pay(panel)
            self.set_clock('2026-01-31')
            arrivals = [('2026-01-03', 4), ('2026-01-30', 7), ('2026-01-31', 2)]
            for month, number in enumerate(order, 1):
                self.use(panel, *arrivals[number])
                self.set_clock(f'2026-0{month + 1}-01')
                self.run_crons('cron_renew')
                self.pay(panel)
            found.add(self.sums(panel)['2026-01-01'])
        self.assertEqual(found, {18.0})

    def test_r28_a_minimum_is_topped_up_and_late_usage_takes_from_it(self):
        panel = self.paid_panel(price=50, usage_minimum=100)
        self.assertEqual(self.rated(panel), [
            ('2026-01-01', 'calls', 10), ('2026-01-01', 'true_up', 40)])
        self.use(panel, '2026-01-31', 15)
        self.on('2026-03-01')
        self.assertEqual(
            sorted(self.rated(panel)[2:]),
            [('2026-01-01', 'calls', 15), ('2026-01-01', 'true_up', -15),
             ('2026-02-01', 'true_up', 50)])
        self.assertEqual(self.sums(panel), {'2026-01-01': 50, '2026-02-01': 50})
        self.pay(panel)
        self.assertNothingLeft()

    def test_r28_a_maximum_is_a_negative_line(self):
        panel = self.paid_panel(self.charge(self.calls, 20), usage_maximum=150)
        self.assertEqual(self.rated(panel), [
            ('2026-01-01', 'calls', 200), ('2026-01-01', 'cap', -150)])
        self.use(panel, '2026-01-31', 2)
        self.on('2026-03-01')
        self.assertEqual(self.rated(panel)[2:], [
            ('2026-01-01', 'calls', 40), ('2026-01-01', 'cap', -40)])
        self.assertEqual(self.sums(panel), {'2026-01-01': 50})
        self.pay(panel)
        self.assertNothingLeft()

    def test_r25_usage_of_days_that_stay_void_is_billed(self):
        panel = self.running(self.usage_plan(
            self.charge(self.calls), lead_days=0, grace_days=7, usage_minimum=300))
        self.pay(panel)
        self.on('2026-02-01')
        self.use(panel, '2026-02-03', 6)
        self.on('2026-02-09')
        self.assertEqual(panel.state, 'suspended')
        self.set_clock('2026-03-13')
        self.use(panel, '2026-03-01', 2)
        self.pay(panel)
        self.assertEqual(panel.state, 'active')
        self.on('2026-04-05')
        sums = self.sums(panel)
        self.assertEqual(sums['2026-02-01'], 8)  # the gap has no minimum
        self.assertEqual(sums['2026-03-05'], 200)

    def test_late_usage_after_the_final_invoice_comes_daily(self):
        panel = self.paid_panel()
        panel.action_cancel()
        self.on('2026-03-01')
        self.use(panel, '2026-02-28', 3)
        self.on('2026-03-02')
        self.on('2026-03-03')
        self.assertEqual(
            [document for document in self.documents(panel) if document[0] > '2026-02-28'],
            [('2026-03-02', 3, 0)])
        self.pay(panel)
        self.assertNothingLeft()

    def test_what_was_rated_is_only_added_to(self):
        panel = self.paid_panel()
        line = panel.period_ids.rated_line_ids
        with self.assertRaisesRegex(UserError, "is not changed"):
            line.amount = 1
        with self.assertRaisesRegex(UserError, "is not deleted"):
            line.unlink()
        with self.assertRaises(AccessError):
            line.with_user(self.env.ref('base.public_user')).read(['amount'])

    def test_a_credit_note_of_usage_is_not_edited(self):
        panel = self.paid_panel()
        self.take_back(panel, self.first)
        self.on('2026-03-01')
        note = panel.demand_ids.move_id.reversal_move_ids
        with self.assertRaises(UserError):
            note.invoice_line_ids.price_unit = 5

    def test_the_audit_tells_documents_that_do_not_sum(self):
        panel = self.paid_panel()
        self.set_clock('2026-02-20')
        self.env.cr.execute(
            "UPDATE tenant_rated_line SET amount = 9 WHERE panel_id = %s", (panel.id,))
        self.env.invalidate_all()
        self.run_crons('cron_audit')
        finding = self.env['tenant.billing.audit'].search([('check_name', '=', 'rating')])
        self.assertEqual(
            (finding.res_model, finding.message),
            ('tenant.billing.period', "The documents of 1 Jan 2026 to 31 Jan 2026 for Panel do "
             f"not sum to what its usage costs: {panel.plan_id.code}/calls. The next invoice of "
             "the panel corrects it."))
