from odoo import Command
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase
from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase

READ = 'usage:read'
JANUARY = {'first_day': '2026-01-01', 'last_day': '2026-01-31'}


@tagged('post_install', '-at_install')
class TestSubscriptionRoutes(UsageCase, ApiCase):
    """What platforms read of plans and usage: 24.5 of the 31 days of January have passed."""

    def start_world(self, price=100, **terms):
        calls = self.make_meter(unit="calls")
        tokens = self.make_meter('tokens', 'sum', dimension_1='provider')
        super().start_world(price, name="Pro", charge_ids=[
            self.charge(calls, 2),
            self.charge(tokens, 2, code='tokens', row={'per': 100_000, 'allowance': 0}),
        ], **terms)

    def make_world(self):
        super().make_world()
        self.plan.code = 'pro'
        self.key = self.secret(READ)
        self.use(self.panel, '2026-01-03', 49)
        self.use(self.panel, '2026-01-04', code='tokens', value=490_000, provider='openai')

    def read(self, path, key=None, status=200):
        response = self.ask(path.format(self.panel.id), key=key or self.key)
        self.assertEqual(response.status_code, status, response.text)
        return response.json()

    OFFER = {
        'code': 'pro', 'name': "Pro", 'description': None, 'version': 1, 'price': '100.00',
        'currency': 'BDT', 'tax_included': False, 'cycle': {'count': 1, 'unit': 'month'},
        'trial_days': 0, 'charges_usage': True}
    SUBSCRIPTION = {
        'state': 'active', 'plan': {'code': 'pro', 'name': "Pro", 'version': 1},
        'price': '100.00', 'currency': 'BDT', 'tax_included': False,
        'cycle': {'count': 1, 'unit': 'month'}, 'period': JANUARY, 'paid_through': '2026-01-31',
        'next_invoice_on': '2026-02-22', 'service_end': None}
    COST = {
        'period': JANUARY, 'currency': 'BDT', 'tax_included': False, 'fee': '100.00',
        'usage': '107.80', 'total': '207.80', 'charges': [
            {'charge': 'calls', 'name': "Calls", 'quantity': '49', 'unit': 'calls',
             'amount': '98.00'},
            {'charge': 'tokens', 'name': "Tokens", 'quantity': '490000', 'unit': None,
             'amount': '9.80'}],
        'as_of': '2026-01-25T06:00:00Z'}

    # === WHAT IS TOLD === #

    def test_plans_and_prices(self):
        self.make_plan(5, publish=False)
        self.assertEqual(self.read('/api/subscription/plans'), {'plans': [self.OFFER]})
        price = {
            'for': {}, 'valid_from': None, 'included': '0', 'price': '2', 'per': '100000',
            'percent': None, 'fixed_part': None, 'event_minimum': None, 'event_maximum': None,
            'tiers': []}
        charge = {
            'charge': 'tokens', 'name': "Tokens", 'model': 'per_unit', 'meter': 'tokens',
            'unit': None, 'discount_percent': '0', 'minimum': None, 'maximum': None,
            'prices': [price]}
        self.assertEqual(self.read('/api/subscription/pricing'), {'plans': [{
            **self.OFFER, 'minimum': None, 'maximum': None, 'charges': [
                {**charge, 'charge': 'calls', 'name': "Calls", 'meter': 'calls', 'unit': "calls",
                 'prices': [{**price, 'per': '1'}]},
                charge]}]})

    def test_tiers_and_values_of_a_rate_card(self):
        meter = self.make_meter('leads', 'sum', dimension_1='provider', dimension_2='kind')
        self.make_plan(5, charge_ids=[self.charge(
            meter, code='leads', model='bracket', row_ids=[
                Command.create({'tier_ids': [
                    Command.create({'upper': 5000, 'flat': 100}), Command.create({'flat': 180})]}),
                Command.create({'value_2': 'hot', 'tier_ids': [Command.create({'flat': 9.5})]})])])
        rows = self.read('/api/subscription/pricing')['plans'][1]['charges'][0]['prices']
        self.assertEqual([(row['for'], row['price'], row['tiers']) for row in rows], [
            ({}, None, [{'up_to': '5000', 'price': '0', 'flat': '100'},
                        {'up_to': None, 'price': '0', 'flat': '180'}]),
            ({'kind': 'hot'}, None, [{'up_to': None, 'price': '0', 'flat': '9.5'}])])

    def test_a_panels_plan_cost_and_dashboard(self):
        """49 calls and 490,000 tokens in 24.5 days are 62 and 620,000 in 31."""
        mine = {'panel_id': self.panel.id}
        self.assertEqual(
            self.read('/api/subscription/current/{}'), {**mine, **self.SUBSCRIPTION})
        self.assertEqual(self.read('/api/subscription/usage/{}'), {**mine, **self.COST})
        months = [{'month': month, 'value': '0.00'} for month in (
            '2025-08', '2025-09', '2025-10', '2025-11', '2025-12')]
        months.append({'month': '2026-01', 'value': '207.80'})
        self.assertEqual(self.read('/api/subscription/dashboard/{}'), {
            'subscription': {**mine, **self.SUBSCRIPTION}, 'usage': {**mine, **self.COST},
            'forecast': {'total': '236.40', 'how':
                         "The usage of the 24.5 days so far is carried on to 31 days, then priced "
                         "by the plan: 62 calls, 620,000 Tokens."},
            'cheapest': {'plan': 'pro', 'name': "Pro", 'total': '236.40', 'saving': '0.00'},
            'by_provider': [{'provider': 'openai', 'amount': '9.80'}],
            'trend': months})
        self.assertEqual(self.read('/api/subscription/usage/{}/trends'), {
            **mine, 'metric': 'cost', 'range': '6m', 'currency': 'BDT', 'months': months})

    def test_trends(self):
        told = self.read('/api/subscription/usage/{}/trends?range=3m&metric=tokens')
        self.assertEqual((told['range'], told['currency']), ('3m', None))
        self.assertEqual([month['value'] for month in told['months']], ['0', '0', '490000'])
        for query in ('range=4m', 'range=', 'metric=people', 'metric=%00'):
            with self.subTest(query):
                self.read('/api/subscription/usage/{}/trends?' + query, status=400)

    def test_usage_by_day(self):
        seats = self.make_meter('seats', 'unique')
        for value in ('anna', 'ben', 'anna'):
            self.use(self.panel, '2026-01-05', code=seats.code, value=value)
        told = self.read('/api/v1/panels/{}/usage?from=2026-01-03&to=2026-01-05')
        self.assertEqual((told['first_day'], told['last_day']), ('2026-01-03', '2026-01-05'))
        self.assertEqual(
            [(meter['meter'], [tuple(day.values()) for day in meter['days']])
             for meter in told['meters']], [
                ('calls', [('2026-01-03', '49')]), ('seats', [('2026-01-05', '2')]),
                ('tokens', [('2026-01-04', '490000')])])
        self.assertEqual(
            [meter['meter'] for meter in self.read('/api/v1/panels/{}/usage')['meters']],
            ['calls', 'seats', 'tokens'])
        self.assertEqual(self.read('/api/v1/panels/{}/usage?to=2000-01-01')['meters'], [])
        self.assertEqual(self.read('/api/v1/panels/{}/usage?to=2199-12-31')['meters'], [])
        for query in ('from=2026-02-30', 'from=x', 'from=2026-01-05&to=2026-01-04',
                      'from=2025-10-25', 'to=1999-12-31', 'to=9999-12-31', 'from=2199-12-31',
                      'to='):
            with self.subTest(query):
                self.read('/api/v1/panels/{}/usage?' + query, status=400)

    def test_a_panel_without_a_running_period(self):
        self.panel = self.order(self.plan)
        for path in ('current/{}', 'usage/{}', 'usage/{}/trends', 'dashboard/{}'):
            told = self.read('/api/subscription/' + path)
            self.assertFalse(told.get('period'))
        self.assertEqual((told['forecast'], told['cheapest'], told['usage']['total']),
                         (None, None, '0.00'))

    # === WHO IS TOLD === #

    def test_owners_operators_and_their_keys(self):
        operator = self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_user')
        for key in (self.key_of(self.login), self.key_of(operator),
                    self.secret(READ, panel=self.panel)):
            self.assertEqual(self.read('/api/subscription/usage/{}', key)['total'], '207.80')
            self.assertEqual(self.read('/api/subscription/plans', key), {'plans': [self.OFFER]})
        self.key = None
        self.sign_in('tenant')
        for path in ('plans', 'pricing', 'current/{}', 'usage/{}', 'dashboard/{}'):
            self.read('/api/subscription/' + path)
        self.assertEqual(len(self.read('/api/v1/panels/ext:clinic-7/usage')['meters']), 2)

    def test_plans_of_others_are_not_told(self):
        other = self.make_company("Meghna Hosting")
        self.make_plan(7, company=other)
        clerk = self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        for path in ('plans', 'pricing'):
            told = self.read(f'/api/subscription/{path}', self.secret(READ, company=other))
            self.assertEqual([plan['price'] for plan in told['plans']], ['7.00'])
            self.assertEqual(self.read(
                f'/api/subscription/{path}', self.key_of(clerk)), {'plans': []})
