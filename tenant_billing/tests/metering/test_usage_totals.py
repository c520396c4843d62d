import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.metering.metering import MeterCase


@tagged('post_install', '-at_install')
class TestUsageTotals(MeterCase):
    """R17, R23: sums by local hour, which the events prove."""

    def zoned(self, zone):
        tenant = self.make_tenant(zone)
        self.env['tenant.billing.profile'].create({'partner_id': tenant.id, 'tz': zone})
        return self.running(self.plan, tenant=tenant, name=zone)

    def by_day(self, panel, start, days):
        first = self.day(start)
        found = {}
        for number in range(days):
            day = first + timedelta(days=number)
            found[str(day)] = sum(row['events'] for row in self.env['tenant.usage.total']._of(
                panel, day, day + timedelta(days=1)))
        return found

    def test_days_are_local_in_india(self):
        panel = self.zoned('Asia/Kolkata')
        self.set_clock('2026-01-06')
        self.ingest(*[self.event(at, 'calls', at, panel=panel) for at in (
            '2026-01-03T18:29:59Z', '2026-01-03T18:30:00Z', '2026-01-04T18:29:59Z',
            '2026-01-04T18:30:00Z')])
        self.assertEqual(self.by_day(panel, '2026-01-03', 3), {
            '2026-01-03': 1, '2026-01-04': 2, '2026-01-05': 1})

    def test_days_of_23_and_25_hours_in_berlin(self):
        panel = self.zoned('Europe/Berlin')
        for day, hours in (('2026-03-29', 23), ('2026-10-25', 25)):
            self.set_clock(self.day(day) + timedelta(days=3))
            first = datetime.combine(self.day(day), datetime.min.time(), ZoneInfo('Europe/Berlin'))
            start = first.astimezone(timezone.utc) - timedelta(hours=2)
            self.ingest(*[
                self.event(f'{day}-{hour}', 'calls', panel=panel,
                           at=(start + timedelta(hours=hour)).isoformat())
                for hour in range(hours + 4)])
            counted = self.by_day(panel, self.day(day) - timedelta(days=1), 3)
            self.assertEqual(list(counted.values()), [2, hours, 2])
        rows = self.env['tenant.usage.total'].search(
            [('panel_id', '=', panel.id), ('day', '=', '2026-10-25')])
        self.assertEqual(Counter(rows.mapped('hour'))['02:00'], 1)
        self.assertEqual(sum(rows.mapped('events')), 25)

    def test_groups(self):
        self.ingest(
            self.event('e1', value=1, model='pro', direction='in'),
            self.event('e2', value=2, model='pro', direction='out'),
            self.event('e3', value=4, model='pro', direction='in', user='Karim'),
            self.event('e4', value=8, model=True), self.event('e5', value=16, model=4.0))
        self.assertEqual(
            {(row['dimension_1'], row['dimension_2']): float(row['value'])
             for row in self.totals(self.tokens)},
            {('pro', 'in'): 5, ('pro', 'out'): 2, ('true', ''): 8, ('4', ''): 16})

    def test_sums_are_exact(self):
        self.ingest(*[self.event(f'e{n}', value='0.1') for n in range(30)])
        row, = self.totals(self.tokens)
        self.assertEqual(row['value'], Decimal(3))
        self.ingest(self.event('big', value='123456789012345678.000000000000000000000000000001'))
        row, = self.totals(self.tokens)
        self.assertEqual(
            str(row['value']), '123456789012345681.000000000000000000000000000001')

    def test_folding_changes_no_figure(self):
        for number in range(4):
            self.ingest(self.event(f'e{number}', value=number, model='pro'),
                        self.event(f'p{number}', 'peak', value=number))
        before = self.totals(self.tokens), self.totals(self.peak)
        totals = self.env['tenant.usage.total']
        self.assertEqual(totals.search_count([('kind', '=', 'partial')]), 8)
        for _again in range(2):
            self.run_cron('cron_fold_usage')
            self.assertEqual(totals.search([]).mapped('kind'), ['folded', 'folded'])
            self.assertEqual((self.totals(self.tokens), self.totals(self.peak)), before)
        self.ingest(self.event('e9', value=9, model='pro'))
        self.run_cron('cron_fold_usage')
        self.assertEqual(totals.search_count([]), 2)
        self.assertEqual(self.total(self.tokens), 15)
        self.assertTotalsRight()

    def findings(self):
        self.run_cron('cron_audit')
        return self.env['tenant.billing.audit'].search(
            [('check_name', '=', 'usage_totals')]).mapped('message')

    def test_broken_totals_are_told(self):
        self.ingest(self.event('e1', value=1), self.event('p1', 'peak', value=1))
        self.assertEqual(self.findings(), [])
        self.assertEqual(
            self.env['tenant.usage.total'].action_check()['params']['message'],
            "All totals agree with their events.")
        breakages = (
            "UPDATE tenant_usage_total SET value = value + 0.001 WHERE meter_id = %s",
            "UPDATE tenant_usage_total SET events = events + 1 WHERE meter_id = %s",
            "UPDATE tenant_usage_total SET hour = hour + interval '1 hour' WHERE meter_id = %s",
            "UPDATE tenant_usage_total SET maximum = 2 WHERE meter_id = %s",
            "UPDATE tenant_usage_total SET dimension_1 = 'x' WHERE meter_id = %s",
            "DELETE FROM tenant_usage_total WHERE meter_id = %s",
            "UPDATE tenant_usage_raw SET value = 7 WHERE meter_id = %s",
            "DELETE FROM tenant_usage_raw WHERE meter_id = %s",
        )
        for statement in breakages:
            with self.subTest(statement):
                savepoint = self.env.cr.savepoint()
                self.env.cr.execute(statement, [self.peak.id])
                told = "The total of peak for the local hour 2026-01-01 1"
                self.assertTrue(self.findings() and self.findings()[0].startswith(told))
                self.assertEqual(
                    self.env['tenant.usage.total'].action_check()['params']['type'], 'danger')
                savepoint.close(rollback=True)
        self.assertEqual(self.findings(), [])

    def test_totals_can_be_made_again_from_the_events(self):
        self.ingest(self.event('e1', value=1, model='pro'), self.event('p1', 'peak', value=1))
        before = self.totals(self.tokens), self.totals(self.peak)
        self.env.cr.execute("UPDATE tenant_usage_total SET value = 99, events = 7")
        totals = self.env['tenant.usage.total']
        totals._recount(set(totals._different()))
        self.assertEqual((self.totals(self.tokens), self.totals(self.peak)), before)
        self.assertTotalsRight()

    def test_random_events_equal_a_plain_recount(self):
        """Order, batches, duplicates and folding change nothing."""
        chance = random.Random(7)
        self.set_clock('2026-01-20')
        start = datetime(2026, 1, 5)
        sent = [
            self.event(
                f'e{number}', chance.choice(['tokens', 'calls', 'peak', 'users']),
                f'{(start + timedelta(seconds=chance.randrange(864_000))).isoformat()}Z',
                value=chance.randrange(100) / 4, user=chance.randrange(9),
                model=chance.choice(['pro', 'mini', None]))
            for number in range(600)]
        expected = defaultdict(lambda: [0, Decimal(0), set(), Decimal(0)])
        for event in sent:
            day = (datetime.fromisoformat(event['time'][:-1]) + timedelta(hours=6)).date()
            group = event['data']['model'] or '' if event['type'] == 'tokens' else ''
            row = expected[event['type'], group, str(day)]
            value = Decimal(str(event['data']['value']))
            row[0] += 1
            row[1] += value
            row[2].add(event['data']['user'])
            row[3] = max(row[3], value)
        again = sent + chance.choices(sent, k=300)
        chance.shuffle(again)
        while again:
            size = chance.randrange(1, 80)
            self.ingest(*again[:size])
            del again[:size]
            if chance.random() < .2:
                self.env['tenant.usage.total']._fold()
        for (code, group, day), (count, value, members, greatest) in expected.items():
            meter = getattr(self, code)
            rows = self.totals(meter, day, self.day(day) + timedelta(days=1))
            row, = [row for row in rows if row['dimension_1'] == group]
            told = {'tokens': 'value', 'calls': 'events', 'peak': 'maximum', 'users': 'members'}
            self.assertEqual(row['events'], count)
            self.assertEqual(row[told[code]], {
                'tokens': value, 'calls': count, 'peak': greatest, 'users': len(members)}[code])
        self.assertTotalsRight()
