import csv
import io
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase
from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase, find


@tagged('post_install', '-at_install')
class TestPortalUsage(UsageCase, PortalCase):
    """The tabs Overview and Usage: 25 January, the first day of a panel that pays 100.00 for a
    month, and 2.00 for each call above ten."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter(
            dimension_1='provider', dimension_2='model', name="AI calls")
        self.plan = self.usage_plan(
            self.charge(self.calls, 2, name="AI calls", row={'allowance': 10}))
        self.panel = self.running(self.plan, name="Clinic")
        self.path = f'/my/panels/{self.panel.id}'
        self.use(self.panel, '2026-01-25', 12, hour=9, provider='Gemini', model='flash')
        self.use(self.panel, '2026-01-25', 4, hour=10, provider='OpenAI', model='mini')

    def rows(self, root, css):
        """What a person reads in each of these, word by word."""
        return [' '.join(' '.join(row.itertext()).split()) for row in find(root, css)]

    def file(self, address):
        response = self.get(f'{self.path}/{address}')
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers['Content-Type'], 'text/csv; charset=utf-8')
        self.assertIn('attachment', response.headers['Content-Disposition'])
        return list(csv.reader(io.StringIO(response.content.decode('utf-8-sig'))))

    def cap(self, **values):
        """What the page says after the tenant's answer."""
        response = self.post(f'{self.path}/cap', **values)
        self.assertEqual(response.status_code, 303)
        self.env.invalidate_all()
        return self.text(self.page(self.path), '.o_tb_message')

    # === OVERVIEW === #

    def test_cost_so_far_and_why(self):
        page = self.page(self.path)
        cost, = self.rows(page, '#this_period')
        self.assertIn("25 Jan to 24 Feb 2026, day 1 of 31, before tax", cost)
        self.assertIn("BDT 112.00 Cost so far", cost)
        self.assertIn("Forecast for 24 Feb", cost)
        self.assertEqual(
            self.rows(page, '#this_period .o_tb_row'),
            ["Pro · paid 100.00", "AI calls · 16 12.00"])
        why = find(page, '#this_period .o_tb_why')[0]
        self.assertEqual(self.rows(why, 'tbody tr'), [
            "up to 10 10 included 0.00", "above that 6 2 12.00", "Together 16 12.00"])
        events = find(why, 'a')[0].get('href')
        self.assertEqual(
            events, f'{self.path}?meter=calls&from=2026-01-25&to=2026-02-24#events')
        self.assertEqual(len(find(self.page(events), '#events tbody tr')), 12)

    def test_no_price_and_no_period_are_said(self):
        for name, answer in {
            '_forecast': "The cost cannot be worked out now",
            '_trends': "AI calls",
        }.items():
            with patch.object(self.registry['tenant.panel'], name, side_effect=ValueError):
                self.assertIn(answer, self.text(self.page(self.path)))
        closed = self.running(self.plan, name="Closed")
        closed.action_close("Gone")
        self.on('2026-03-20', run=False)
        self.sign_in('tenant')
        page = self.page(f'/my/panels/{closed.id}')
        self.assertIn("No period is running.", self.text(page, '#this_period'))
        self.assertIn("No usage in this period yet", self.text(page, '#events'))

    def test_cap_is_set_raised_and_taken_off(self):
        page = self.page(self.path)
        self.assertEqual(self.text(page, '.o_tb_cap summary'), "Set a spending cap")
        self.assertEqual(self.cap(amount='120', action='refuse'), "The spending cap is set.")
        page = self.page(self.path)
        self.assertIn("BDT 120.00 Your spending cap", self.rows(page, '#this_period')[0])
        self.assertIn("93 % used", self.text(page, '.o_tb_spending_told'))
        raise_it, = find(page, '#this_period [name=amount][formaction*=cap]')
        self.assertEqual(
            self.cap(amount=raise_it.get('value')), "The spending cap is set.")
        self.assertGreater(self.panel._cap().amount, 120)
        self.assertEqual(self.panel._cap().action, 'refuse')
        self.cap(amount='5000.50', action='pause')
        self.assertEqual(self.panel._cap()[0], Decimal('5000.5'))
        self.assertIn(
            "At the cap, the panel is paused. Nothing is deleted.", self.text(self.page(self.path)))
        self.assertEqual(self.cap(remove='1'), "The spending cap is off.")
        self.assertIsNone(self.panel._cap())

    def test_cap_takes_amounts_only_and_from_its_owner_only(self):
        for amount in ('', '-1', '0', 'NaN', 'Infinity', '1e99', 'x', '0.001'):
            with self.subTest(amount):
                self.assertEqual(
                    self.cap(amount=amount), "Write the cap as an amount above zero.")
        self.assertEqual(self.get(f'{self.path}/cap?amount=5').status_code, 303)
        with mute_logger('odoo.http'):
            self.assertEqual(
                self.post(f'{self.path}/cap', amount='5', csrf_token='x').status_code, 400)
        self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_manager')
        self.sign_in('op')
        self.assertEqual(self.post(f'{self.path}/cap', amount='5').status_code, 404)
        self.assertFalse(find(self.page(self.path), '.o_tb_cap'))
        self.assertIsNone(self.panel._cap())

    # === ALERTS === #

    def test_inbox(self):
        self.assertIn("No alerts.", self.text(self.page(self.path), '#alerts'))
        self.env['tenant.usage.alert.rule'].create([
            {'name': "Calls", 'basis': 'quantity', 'meter_id': self.calls.id, 'threshold': 15,
             'severity': 'warning', 'company_id': self.company.id},
            {'name': "Included", 'basis': 'percent', 'threshold': 100, 'severity': 'notice',
             'company_id': self.company.id}])
        self.panel._check_alerts()
        page = self.page(self.path)
        self.assertEqual(self.text(page, '#alerts h2'), "Alerts 2 new")
        rows = self.rows(page, '#alerts li')
        self.assertEqual(len(rows), 2)
        self.assertTrue(any("Warning New AI calls: 15 reached" in row for row in rows), rows)
        self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_manager')
        self.sign_in('op')
        self.assertEqual(self.post(f'{self.path}/alerts').status_code, 404)
        self.sign_in('tenant')
        one = find(page, '#alerts [name=alert]')[0].get('value')
        self.post(f'{self.path}/alerts', alert=one)
        self.assertEqual(self.text(self.page(self.path), '#alerts h2'), "Alerts 1 new")
        for nonsense in ('0', 'x', '99999999999'):
            self.post(f'{self.path}/alerts', alert=nonsense)
        self.get(f'{self.path}/alerts')
        self.assertEqual(self.text(self.page(self.path), '#alerts h2'), "Alerts 1 new")
        self.post(f'{self.path}/alerts')
        self.assertEqual(self.text(self.page(self.path), '#alerts h2'), "Alerts")

    # === USAGE === #

    def test_cost_by_provider_and_trend(self):
        page = self.page(self.path)
        self.assertEqual(self.text(page, '#by_group h2'), "Cost by provider")
        self.assertEqual(
            self.rows(page, '#by_group li'), ["Gemini 75 % 9.00", "OpenAI 25 % 3.00"])
        self.assertEqual(
            [el.get('data-value') for el in find(page, '#by_group li')], ['9.00', '3.00'])
        self.assertEqual(  # months of nothing are on the chart too
            [el.get('data-value') for el in find(page, '#trend [data-label]')][:5], ['0'] * 5)
        for query, title, last in (
            ('', "Trend, BDT per month", "Jan 2026 · so far"),
            ('?metric=calls&months=3', "Trend, calls per month", "Jan 2026 · so far 16"),
            ('?metric=x&months=5', "Trend, BDT per month", "Jan 2026 · so far"),
        ):
            with self.subTest(query):
                page = self.page(f'{self.path}{query}')
                self.assertEqual(self.text(page, '#trend h2'), title)
                rows = self.rows(page, '#trend tbody tr')
                self.assertEqual(len(rows), 3 if 'months=3' in query else 6)
                self.assertIn(last, rows[-1])

    def test_what_was_used_is_filtered_and_sorted(self):
        for query, used, events in (
            ('', ["AI calls Gemini · flash 12 12 events", "AI calls OpenAI · mini 4 4 events"], 12),
            ('?used_sort=quantity&q=openai', ["AI calls OpenAI · mini 4 4 events"], 4),
            ('?from=2026-01-26&to=2026-01-27', ["Nothing was used"], 0),
            ('?to=2026-01-25&from=2026-01-25&meter=calls&events=24', None, 16),
            ('?meter=none&from=x&to=%00&sort=x&events=x&q=%00', None, 12),
        ):
            with self.subTest(query):
                page = self.page(f'{self.path}{query}')
                if used and events:
                    self.assertEqual(self.rows(page, '#used tbody tr'), used)
                elif used:
                    self.assertIn(used[0], self.text(page, '#used'))
                self.assertEqual(len(find(page, '#events tbody tr')), events)

    def test_events_are_sorted_and_go_on(self):
        times = {}
        for sort in ('new', 'old', 'value'):
            page = self.page(f'{self.path}?sort={sort}')
            times[sort] = self.rows(page, '#events tbody tr')
        self.assertIn("25 Jan 2026, 10:00:03", times['new'][0])
        self.assertIn("25 Jan 2026, 09:00:00", times['old'][0])
        more = find(self.page(f'{self.path}?sort=old'), '#events .o_tb_earlier')[0].get('href')
        self.assertEqual(more, f'{self.path}?sort=old&events=24#events')
        self.assertEqual(len(find(self.page(more), '#events tbody tr')), 16)

    def test_files(self):
        self.use(self.panel, '2026-01-25', hour=11, provider='=1+1', model='ভাষা')
        head, *rows = self.file('usage.csv?q=gemini')
        self.assertEqual(head[:4], ['first_day', 'last_day', 'meter', 'code'])
        self.assertEqual(rows, [[
            '2026-01-25', '2026-02-24', 'AI calls', 'calls', 'Gemini · flash', '12', '12', '']])
        head, *rows = self.file('events.csv?sort=old')
        self.assertEqual(len(rows), 17)
        self.assertEqual(
            dict(zip(head, rows[0], strict=True)),
            {'time': '2026-01-25T03:00:00Z', 'meter': 'AI calls', 'code': 'calls',
             'group': 'Gemini · flash', 'value': '', 'amount': '', 'source': 'test',
             'id': '1-0', 'counts': '1'})
        self.assertEqual(rows[-1][3], "'=1+1 · ভাষা")

    def test_an_invoice_explains_its_usage(self):
        self.on('2026-02-25')
        self.sign_in('tenant')
        page = self.page(self.path)
        row, = find(page, '#invoices .o_tb_below')
        self.assertIn("AI calls", self.text(row))
        self.assertIn("BDT 12.00", self.text(row))
        self.assertIn(
            'meter=calls&from=2026-01-25&to=2026-02-24#events', find(row, 'a')[0].get('href'))
