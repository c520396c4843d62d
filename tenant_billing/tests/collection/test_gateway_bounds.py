from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.collection.paying import PayCase


@tagged('post_install', '-at_install')
class TestGatewayBounds(PayCase):
    """R34: a gateway that takes from 10 to 500."""

    def make_world(self):
        super().make_world()
        self.gate = self.gateway(tenant_minimum_amount=10, maximum_amount=500)

    def charge(self, total):
        return self.gate._tenant_charge(total, self.company.currency_id)

    def test_r34_one_payment_charges_all_between_the_bounds(self):
        self.assertEqual([self.charge(n) for n in (10, 10.01, 499.99, 500)],
                         [10, 10.01, 499.99, 500])

    def test_r34_below_the_least_nothing(self):
        self.assertEqual([self.charge(n) for n in (9.99, 0.01)], [0, 0])

    def test_r34_above_the_most_a_part_that_leaves_a_payment(self):
        self.assertEqual([self.charge(n) for n in (500.01, 505, 510, 700)],
                         [490.01, 495, 500, 500])

    def test_r34_without_bounds_all(self):
        gate = self.gateway()
        money = self.company.currency_id
        self.assertEqual([gate._tenant_charge(n, money) for n in (0.01, 10 ** 7)],
                         [0.01, 10 ** 7])

    def test_r34_bounds_are_in_the_companys_money(self):
        dollar = self.env.ref('base.USD')
        dollar.active = True
        self.env['res.currency.rate'].create({
            'currency_id': dollar.id, 'company_id': self.company.id, 'rate': 0.01,
            'name': '2026-01-01'})
        self.assertEqual(self.gate._tenant_bounds(dollar), (0.1, 5))

    # === BELOW THE LEAST === #

    def test_r34_a_little_usage_stops_nobody(self):
        self.pay(self.panel)
        usage = self.ask_in_arrears(self.panel, 3, '2026-01-28')
        self.assertEqual((self.panel.amount_due, self.panel.stop_after), (3, False))
        self.assertFalse(usage.stop_after)
        self.on('2026-02-15')
        self.assertPanel(self.panel, 'active', '2026-02-28', 3)
        self.assertFalse(self.env['tenant.reminder'].search([('demand_id', '=', usage.id)]))

    def test_r34_it_is_asked_for_with_what_follows(self):
        self.pay(self.panel)
        usage = self.ask_in_arrears(self.panel, 3, '2026-01-28')
        self.on('2026-02-22')
        self.assertEqual(self.panel.amount_due, 103)
        self.assertEqual(usage.stop_after, self.day('2026-03-01'), "not before what it waited for")
        self.assertEqual(self.panel.state, 'active')
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-03-31')
        self.assertNothingLeft()

    def test_r34_usage_of_enough_stops(self):
        self.pay(self.panel)
        self.ask_in_arrears(self.panel, 10, '2026-01-28')
        self.assertEqual(self.panel.stop_after, self.day('2026-01-28'))

    def test_r34_a_little_twice_is_enough(self):
        self.pay(self.panel)
        self.ask_in_arrears(self.panel, 6, '2026-01-28')
        self.ask_in_arrears(self.panel, 6, '2026-01-30')
        self.assertEqual(self.panel.stop_after, self.day('2026-01-30'))
        self.ask_in_arrears(self.panel, 6, '2026-01-29')
        self.assertEqual(self.panel.stop_after, self.day('2026-01-29'))

    def test_r34_what_is_paid_alone_leaves_the_rest_waiting(self):
        self.ask_in_arrears(self.panel, 3, '2026-01-28')
        self.assertEqual(self.panel.amount_due, 103)
        self.pay_at(self.gate, self.demand)
        self.assertEqual((self.panel.amount_due, self.panel.stop_after), (3, False))

    def test_r34_it_is_told_by_mail_once_it_can_be_paid(self):
        self.pay(self.panel)
        usage = self.ask_in_arrears(self.panel, 3, '2026-01-28')
        self.on('2026-01-26')
        self.assertFalse(self.env['tenant.reminder'].search([('demand_id', '=', usage.id)]))
        self.on('2026-02-22')
        mail = self.env['tenant.reminder'].search([('demand_id', '=', usage.id)])
        self.assertEqual(mail.stop_after, self.day('2026-03-01'))

    def test_r34_an_advance_is_never_waived(self):
        panel = self.running(self.make_plan(5, activate_when='created'), name="Cheap")
        self.assertEqual(panel.stop_after, self.day('2026-01-25'))

    def test_r34_without_a_gateway_nothing_waits(self):
        self.gate.state = 'disabled'
        self.pay(self.panel)
        self.ask_in_arrears(self.panel, 3, '2026-01-28')
        self.assertEqual(self.panel.stop_after, self.day('2026-01-28'))

    def test_r34_too_little_is_refused_with_the_reason(self):
        self.pay(self.panel)
        usage = self.ask_in_arrears(self.panel, 3, '2026-01-28')
        self.assertFalse(self.panel._pay_options(usage, self.tenant))
        with self.assertRaises(ValidationError) as raised:
            self.start(self.gate, usage)
        self.assertEqual(
            str(raised.exception), "BDT 10.00 is the least that can be paid online. What is open "
            "is asked for together with your next invoice.")

    # === ABOVE THE MOST === #

    def test_r34_too_much_is_paid_in_parts(self):
        self.panel = self.running(self.make_plan(700, activate_when='created'), name="Big")
        total = self.panel.amount_due
        option, = self.panel._pay_options(self.panel._payable(), self.tenant)
        self.assertEqual((total, option.amount), (805, 500))
        with self.assertRaises(ValidationError):
            self.start(self.gate)
        self.finish(self.start(self.gate, amount=500))
        self.assertEqual(self.panel.amount_due, total - 500)
        self.assertFalse(self.panel.paid_through)
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-02-24')

    def test_r34_bank_transfer_takes_it_whole(self):
        self.panel = self.running(self.make_plan(700, activate_when='created'), name="Big")
        self.transfer()
        options = self.panel._pay_options(self.panel._payable(), self.tenant)
        self.assertEqual(
            sorted(option.amount for option in options), [500, self.panel.amount_due])
