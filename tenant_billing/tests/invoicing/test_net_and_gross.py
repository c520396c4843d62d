from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import BillingCase


@tagged('post_install', '-at_install')
class TestNetAndGross(BillingCase):
    """R31: prices with tax and prices without, for customers here and abroad."""

    def make_world(self):
        super().make_world()
        self.included = self.tax("15 % included", 15, 'tax_included')
        self.added = self.tax("15 % added", 15, 'tax_excluded')

    def tax(self, name, amount, include, replaces=None):
        tax = self.company.account_sale_tax_id.copy({
            'name': name, 'amount': amount, 'price_include_override': include})
        if replaces:
            tax.original_tax_ids = replaces
        return tax

    def position(self, *taxes):
        """A fiscal position with these taxes in place of those that they replace."""
        position = self.env['account.fiscal.position'].create({
            'name': "Position", 'company_id': self.company.id})
        for tax in taxes:
            tax.fiscal_position_ids = position
        return position

    def gross_plan(self, price=115, **terms):
        plan = self.make_plan(price, publish=False, tax_mode='gross', **terms)
        plan.product_id.taxes_id = self.included
        plan.version_ids.action_publish()
        return plan

    def customer(self, position=None):
        tenant = self.make_tenant("Sylhet Dental")
        tenant.with_company(self.company).property_account_position_id = position
        return tenant

    def asks(self, panel):
        """The invoice's price on the line, without tax and in all; the demand asks the same."""
        demand = panel.demand_ids
        move = demand.move_id
        self.assertEqual((demand.amount, panel.amount_due), (move.amount_total,) * 2)
        return move.invoice_line_ids.price_unit, move.amount_untaxed, move.amount_total

    def test_r31_prices_with_tax(self):
        export = self.tax("Export", 0, 'tax_excluded', self.included)
        added = self.tax("15 % for companies", 15, 'tax_excluded', self.included)
        six = self.tax("6 % included", 6, 'tax_included', self.included)
        for position, line, net, total in (
                (None, 115, 100, 115),
                (self.position(export), 100, 100, 100),
                (self.position(added), 100, 100, 115),
                (self.position(six), 106, 100, 106)):
            with self.subTest(position=position and position.tax_ids.mapped('name')):
                panel = self.order(self.gross_plan(), tenant=self.customer(position))
                self.assertEqual(self.asks(panel), (line, net, total))
                panel.action_mark_created()
                self.pay(panel)
                self.assertPanel(panel, 'active', '2026-01-31')
        self.assertNothingLeft()

    def test_r31_prices_without_tax(self):
        export = self.tax("Export", 0, 'tax_excluded', self.added)
        plan = self.make_plan(100)
        plan.product_id.taxes_id = self.added
        for position, total in ((None, 115), (self.position(export), 100)):
            panel = self.order(plan, tenant=self.customer(position))
            self.assertEqual(self.asks(panel), (100, 100, total))

    def test_r31_both_of_odoos_roundings(self):
        # 99.99 / 1.15 = 86.9478; 49.99 / 1.15 = 43.4696
        for method in ('round_per_line', 'round_globally'):
            self.company.tax_calculation_rounding_method = method
            for price, net in ((99.99, 86.95), (49.99, 43.47), (0.01, 0.01)):
                with self.subTest(method=method, price=price):
                    panel = self.order(self.gross_plan(price), tenant=self.customer())
                    self.assertEqual(self.asks(panel), (price, net, price))

    def test_r10_a_stub_of_a_price_with_tax(self):
        self.set_clock('2026-01-22')
        plan = self.gross_plan(
            115, anchor='calendar', activate_when='created', after_suspension='continue')
        panel = self.running(plan, tenant=self.customer())
        stub = panel.period_ids
        # ten of 31 days: 115 x 10 / 31 = 37.0967
        self.assertEqual((stub.kind, stub.amount), ('stub', 37.1))
        self.assertEqual(stub.demand_ids.amount, 37.1)

    def test_r33_renewing_early_names_what_the_invoice_asks(self):
        six = self.tax("6 % included", 6, 'tax_included', self.included)
        for position, price in ((None, 115), (self.position(six), 106)):
            panel = self.running(self.gross_plan(), tenant=self.customer(position))
            told = panel._next_amount()
            panel._renew_early()
            self.assertEqual((told, panel.amount_due), (price, price))

    def test_r39_a_part_of_a_price_with_tax_is_credited(self):
        panel = self.running(self.gross_plan(), tenant=self.customer())
        demand = panel.demand_ids
        note = self.env['tenant.invoice.builder']._credit(demand, 'goodwill', days=(10, 31))
        self.assertEqual((note.amount_untaxed, note.amount_total), (32.26, 37.1))

    def test_r39_an_open_price_with_tax_is_credited_in_full_and_in_parts(self):
        for parts in ((), ((1, 2),), ((1, 2), (2, 3))):
            with self.subTest(parts=parts):
                panel = self.order(self.gross_plan(), tenant=self.customer())
                demand = panel.demand_ids
                for days in (*parts, None):
                    self.env['tenant.invoice.builder']._credit(demand, 'goodwill', days=days)
                self.assertEqual((demand.status, panel.amount_due), ('dead', 0))
                self.assertEqual(sum(demand.move_id.reversal_move_ids.mapped('amount_total')), 115)

    def test_r31_taxes_that_do_not_fit_the_prices(self):
        plan = self.make_plan(115, publish=False, tax_mode='gross')
        plan.product_id.taxes_id = self.added
        refused = (
            "The tax 15 % added of the product Pro is added to prices, but this version's price "
            "is with tax. Use a tax that is included in prices.")
        with self.assertRaises(UserError) as error:
            plan.version_ids.action_publish()
        self.assertEqual(str(error.exception), refused)
        plan.product_id.taxes_id = self.included
        plan.version_ids.action_publish()
        plan.product_id.taxes_id = self.added  # since then
        with self.assertRaises(UserError) as error:
            self.order(plan)
        self.assertEqual(str(error.exception), refused)

    def test_r31_taxes_of_another_company_do_not_count(self):
        other = self.make_company("Other")
        foreign = other.account_sale_tax_id.with_company(other).copy({'name': "Foreign"})
        plan = self.make_plan(115, publish=False, tax_mode='gross')
        plan.product_id.write({'taxes_id': [Command.set((self.included | foreign).ids)]})
        plan.version_ids.action_publish()
        self.assertEqual(self.asks(self.order(plan, tenant=self.customer())), (115, 100, 115))
