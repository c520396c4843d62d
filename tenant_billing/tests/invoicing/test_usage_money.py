from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestUsageMoney(UsageCase):
    """R29 to R31, R34 and R41: what rated usage comes to on an invoice."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter()

    def invoiced(self, plan, count=7):
        """The invoice of February with January's usage."""
        self.panel = self.running(plan)
        self.pay(self.panel)
        self.use(self.panel, '2026-01-05', count)
        self.on('2026-02-01')
        return self.panel.demand_ids.move_id.sorted('id')[-1]

    def assertAddsUp(self, invoice):
        amounts = [Decimal(str(demand.amount)) for demand in invoice.tenant_demand_ids]
        self.assertEqual(sum(amounts), Decimal(str(invoice.amount_total)))
        self.assertEqual(len(amounts), 2)

    def test_r30_an_amount_is_rounded_once(self):
        invoice = self.invoiced(
            self.usage_plan(self.charge(self.calls, 0.005), lead_days=0), count=3)
        line = invoice.invoice_line_ids[1]
        self.assertEqual((line.quantity, line.price_unit), (1, 0.02))  # 0.015 away from zero
        self.assertEqual(self.rated(self.panel), [('2026-01-01', 'calls', 0.02)])

    def test_r31_sections_add_up_with_both_roundings_and_several_taxes(self):
        taxes = self.env['account.tax'].with_company(self.company).create([
            {'name': f"{rate} %", 'amount': rate, 'company_id': self.company.id,
             'tax_group_id': self.company.account_sale_tax_id.tax_group_id.id}
            for rate in (7.25, 3.33)])
        for rounding in ('round_per_line', 'round_globally'):
            self.company.tax_calculation_rounding_method = rounding
            for price in (0.07, 0.11, 1.13, 33.37):
                with self.subTest(rounding=rounding, price=price):
                    self.set_clock('2026-01-01')
                    plan = self.usage_plan(
                        self.charge(self.calls, price), self.charge(
                            self.calls, 0.13, code='more'), price=38.38, lead_days=0)
                    plan.product_id.taxes_id = taxes
                    self.assertAddsUp(self.invoiced(plan))

    def test_r31_prices_with_tax(self):
        tax = self.env['account.tax'].with_company(self.company).create({
            'name': "15 % included", 'amount': 15, 'company_id': self.company.id,
            'price_include_override': 'tax_included',
            'tax_group_id': self.company.account_sale_tax_id.tax_group_id.id})
        for rounding in ('round_per_line', 'round_globally'):
            self.company.tax_calculation_rounding_method = rounding
            with self.subTest(rounding=rounding):
                self.set_clock('2026-01-01')
                plan = self.make_plan(
                    115, activate_when='created', tax_mode='gross', lead_days=0, publish=False,
                    charge_ids=[self.charge(self.calls, 23)])
                plan.product_id.taxes_id = tax
                plan.version_ids.action_publish()
                invoice = self.invoiced(plan, count=1)
                self.assertEqual(
                    sorted(invoice.tenant_demand_ids.mapped('amount')), [23, 115])
                self.assertAddsUp(invoice)
                name = f'{self._sent}-0'
                self.pay(self.panel)
                self.take_back(self.panel, name)
                self.on('2026-03-01')
                self.assertEqual(invoice.reversal_move_ids.amount_total, 23)

    def test_r29_a_stub_is_a_part_of_its_whole_period(self):
        self.set_clock('2026-01-17')
        plan = self.usage_plan(
            self.charge(self.calls, 1, row={'allowance': 31}),
            self.charge(model='flat', code='support', price=62), anchor='calendar',
            activate_when='created', after_suspension='continue', lead_days=0, price=310)
        panel = self.running(plan)
        self.pay(panel)
        self.use(panel, '2026-01-17', 20)
        self.on('2026-02-01')
        self.assertEqual(self.rated(panel), [  # 15 of 31 days
            ('2026-01-17', 'calls', 5), ('2026-01-17', 'support', 30)])

    def test_r34_usage_below_the_least_of_the_gateway_waits_and_stops_nobody(self):
        invoice = self.invoiced(
            self.usage_plan(self.charge(self.calls), price=0, lead_days=0), count=3)
        demand = invoice.tenant_demand_ids
        self.assertEqual((demand.direction, demand.amount_open), ('arrears', 3))
        least = self.env['payment.provider']._tenant_least(self.company, demand.currency_id)
        self.assertEqual(bool(self.panel.stop_after), least <= 3)

    def test_why_is_a_table_that_people_read(self):
        self.calls.unit = "calls"
        self.invoiced(self.usage_plan(
            self.charge(self.calls, 2, row={'allowance': 3}), lead_days=0))
        table = str(self.panel.period_ids.rated_line_ids.why_table)
        for word in ("of which included (up to 3)", "8", "Used (2026-01-01 to 2026-01-31)"):
            self.assertIn(word, table)

    def test_law_12_the_terms_of_usage_are_frozen(self):
        version = self.usage_plan(self.charge(self.calls)).version_ids
        for name, value in (('usage_invoice', 'at_period_end'), ('show_zero_lines', True)):
            with self.subTest(name), self.assertRaisesRegex(Exception, "never changes"):
                version[name] = value

    def test_a_maximum_below_the_price_is_not_published(self):
        with self.assertRaisesRegex(ValidationError, "Its maximum is lower than its price"):
            self.usage_plan(self.charge(self.calls), price=100, usage_maximum=99)

    def test_an_event_has_one_price(self):
        meter = self.make_meter('leads', 'sum')
        charges = [self.charge(meter, code=code, model='percentage', row={'percent': 5})
                   for code in ('leads', 'fee')]
        with self.assertRaisesRegex(ValidationError, "an event has one price"):
            self.usage_plan(*charges)

    def test_r22_brackets_price_each_event_and_reversals_take_the_same_back(self):
        meter = self.make_meter('leads', 'sum')
        tiers = [(0, 0, {'upper': upper, 'flat': flat})
                 for upper, flat in ((5000, 100), (10000, 180), (20000, 250), (0, 320))]
        panel = self.running(self.usage_plan(self.charge(
            meter, 0, code='leads', model='bracket', row={'tier_ids': tiers}), lead_days=0))
        self.use(panel, '2026-01-01', code='leads', value=4000)
        large = self.use(panel, '2026-01-01', code='leads', value=12000)
        self.on('2026-02-01')
        self.assertEqual(self.rated(panel), [('2026-01-01', 'leads', 350)])
        self.pay(panel)
        verdict, = self.env['tenant.usage.event']._ingest([{
            'id': 'smaller', 'source': 'test', 'type': 'leads', 'subject': str(panel.id),
            'data': {'value': 4000}, 'replaces': large}])
        self.assertEqual(verdict['verdict'], 'accepted')
        self.on('2026-03-01')
        self.assertEqual(self.rated(panel)[1:], [('2026-01-01', 'leads', -150)])
        part, = self.env['tenant.rated.line'].search([('panel_id', '=', panel.id)])[0].why
        self.assertEqual(
            [(step['kind'], step['count'], step['lower'], step['amount'])
             for step in part['steps']],
            [('events', 2, '0', '200'), ('events', 1, '10000', '250'),
             ('reversed', -1, '10000', '-250')])
        self.pay(panel)
        self.assertNothingLeft()

    def test_r21_the_audit_tells_events_that_nothing_bills(self):
        """Two transactions at once: the panel changes plans, and an event is priced by the old."""
        meter = self.make_meter('leads', 'sum')
        panel = self.running(self.usage_plan(self.charge(
            meter, 0, code='leads', model='percentage', row={'percent': 2}), lead_days=0))
        for value in (100, 200, 300):
            self.use(panel, '2026-01-05', code='leads', value=value)
        self.assertEqual(self.unbilled(), [])
        for stray in ('', '0/'):
            self.env.cr.execute(
                "UPDATE tenant_usage_total SET tier = %s"
                " WHERE id = (SELECT max(id) FROM tenant_usage_total WHERE panel_id = %s)",
                (stray, panel.id))
            self.assertEqual(self.unbilled(), [
                f"Nothing bills 1 of the events of 1 Jan 2026 to 31 Jan 2026 for {panel.name}, for "
                f"they have no price of {panel.plan_id.name}. Take them back and send them again."])

    def unbilled(self):
        return [one for one in self.findings() if one.startswith("Nothing bills")]

    def test_r27_a_percentage_is_kept_with_the_event(self):
        meter = self.make_meter('sales', 'sum')
        panel = self.running(self.usage_plan(self.charge(
            meter, 0, code='sales', model='percentage',
            row={'percent': 2.5, 'fixed_part': 1, 'event_maximum': 20}), lead_days=0))
        for value in (100, 2000):
            self.use(panel, '2026-01-01', code='sales', value=value)
        self.on('2026-02-01')
        self.assertEqual(self.rated(panel), [('2026-01-01', 'sales', 23.5)])

    def leads_at(self, meter, amount):
        """The command for a charge of so much for each event below 5,000, and twice above."""
        return self.charge(meter, 0, code='leads', model='bracket', row={'tier_ids': [
            (0, 0, {'upper': 5000, 'flat': amount}), (0, 0, {'upper': 0, 'flat': 2 * amount})]})

    def test_r21_usage_of_the_day_of_an_upgrade_has_the_price_of_the_new_plan(self):
        meter = self.make_meter('leads', 'sum')
        pro = self.usage_plan(self.leads_at(meter, 100), lead_days=0)
        for name, *charges in (("priced", self.leads_at(meter, 7)), ("not priced",)):
            with self.subTest(name):
                self.set_clock('2026-01-01')
                panel = self.running(self.usage_plan(*charges, price=0, lead_days=0))
                self.use(panel, '2026-01-09', 3, code='leads', value=1)
                self.use(panel, '2026-01-10', code='leads', hour=8, value=1)
                taken = self.use(panel, '2026-01-10', code='leads', hour=9, value=9000)
                self.take_back(panel, taken, 'leads')
                self.on('2026-01-10')
                panel.action_upgrade(pro.id)
                self.pay(panel)
                self.use(panel, '2026-01-10', code='leads', hour=13, value=9000)
                self.on('2026-02-10')
                self.assertEqual(
                    self.rated(panel),
                    [('2026-01-01', 'leads', 21)] * len(charges) + [('2026-01-10', 'leads', 300)])
                self.assertEqual(self.env['tenant.usage.total']._different(), [])

    def test_r21_usage_before_a_late_renewal_has_the_price_of_the_new_version(self):
        meter = self.make_meter('leads', 'sum')
        plan = self.usage_plan(self.leads_at(meter, 7), lead_days=7, grace_days=900)
        panel = self.running(plan)
        self.make_version(plan, 100, lead_days=7, grace_days=900, effective_from='2026-02-01',
                          charge_ids=[self.leads_at(meter, 100)])
        for day in ('2026-01-31', '2026-02-01', '2026-02-03'):
            self.use(panel, day, code='leads', value=1)
        self.on('2026-02-03')
        self.assertEqual(panel.plan_version_id.number, 2)
        self.on('2026-03-25')
        self.assertEqual(
            self.rated(panel), [('2026-01-01', 'leads', 7), ('2026-02-01', 'leads', 200)])

    def test_meters_of_each_kind(self):
        meters = {kind: self.make_meter(kind, kind, **(
            {'value_property': 'user'} if kind == 'unique' else {}))
            for kind in ('sum', 'max', 'last', 'unique', 'weighted')}
        plan = self.usage_plan(
            *(self.charge(meter, 1, code=kind) for kind, meter in meters.items()), lead_days=0)
        panel = self.running(plan)
        self.pay(panel)
        self.set_clock('2026-01-31')
        for day, value in (('2026-01-10', 4), ('2026-01-20', 6), ('2026-01-30', 2)):
            for kind in meters:
                data = {'user': f'u{value}'} if kind == 'unique' else {'value': value}
                hour = 0 if kind == 'weighted' else 12
                self.use(panel, day, code=kind, hour=hour, **data)
        self.on('2026-02-01')
        found = {charge: amount for _start, charge, amount in self.rated(panel)}
        # 10 days at 4, 10 at 6 and 2 at 2, of 31
        self.assertEqual(found, {
            'sum': 12, 'max': 6, 'last': 2, 'unique': 3, 'weighted': round(104 / 31, 2)})
        self.pay(panel)
        self.on('2026-03-01')
        found = {charge: amount for start, charge, amount in self.rated(panel)
                 if start == '2026-02-01'}
        self.assertEqual(found, {'weighted': 2})  # the level stays

    def test_many_panels_cost_no_more_queries_for_rating(self):
        plan = self.usage_plan(self.charge(self.calls), lead_days=0)
        panels = self.env['tenant.panel'].union(*(
            self.running(plan, name=f'P{number}') for number in range(6)))
        for panel in panels:
            self.use(panel, '2026-01-01')
        self.set_clock('2026-02-01')

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._periods_to_rate()._usage_items()
            return self.env.cr.sql_log_count - before
        queries(panels)
        self.assertLessEqual(queries(panels), queries(panels[:2]))
