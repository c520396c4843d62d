import os
import random
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing import usage_year
from odoo.addons.tenant_billing.tests.invoicing.usage_world import ZONES, UsageYearCase

SOAK = os.environ.get('TENANT_BILLING_SOAK') == '1'
EVENTS = 400 if SOAK else 90  # of a panel, corrections not counted
STARTS = (date(2026, 1, 1), date(2026, 1, 15))
PANELS = 24 if SOAK else 12  # of each delivery; six have all zones with both first days
LATE = timedelta(days=45)  # with the days to the next tick less than the 60 of the company
TICKS = (4, 8, 15, 16, 25)  # days of a month on which something arrives
ISSUES = (8, 25)  # those on which invoices go out
MONTHS = 16  # so many are lived, and so many periods billed when all has come:
PERIODS = 14
TABLES = (
    'account_move', 'account_move_line', 'account_partial_reconcile', 'account_payment',
    'tenant_billing_demand', 'tenant_billing_period', 'tenant_rated_line', 'tenant_usage_key',
    'tenant_usage_raw', 'tenant_usage_total')
DELIVERIES = ('prompt', 'late', 'monthly')


@tagged('post_install', '-at_install')
class TestUsageYear(UsageYearCase):
    """R21: a year of panels, delivered in three ways, is billed as an oracle says."""

    # === THE WORLD === #

    def start_panels(self, start):
        """The same panels for each way of delivery, named by it and their number."""
        panels = self.env['tenant.panel'].create([
            {'name': f'{delivery} {number}', 'external_id': f'{delivery}-{number}',
             'plan_id': self.plan.id, 'company_id': self.company.id,
             'partner_id': self.tenants[ZONES[number % len(ZONES)]].id}
            for number in range(PANELS) if STARTS[number % len(STARTS)] == start
            for delivery in DELIVERIES])
        panels.action_order()
        panels.action_mark_created()

    # === DELIVERIES === #

    def mail_bags(self, years, delivery, ticks):
        """What is sent at which instant, in batches.

        :return: list of batches by tick
        """
        chance = random.Random(f'bags {delivery}')
        bags = defaultdict(list)  # by tick: (order within it, event)
        for number, events in years.items():
            sent = {}
            for place, event in enumerate(events):
                earliest = max(event.at, sent.get(event.original, event.at))
                at = sent[event.name] = self.sent_at(chance, delivery, event, earliest)
                rank = (1, place) if event.kind else (0, chance.random())
                told = self.told(event, f'{delivery}-{number}')
                self.put(bags, ticks, chance, at, rank, told)
        return {tick: list(self.batches(chance, delivery, some)) for tick, some in bags.items()}

    def sent_at(self, chance, delivery, event, earliest):
        """The instant at which a sender tells of an event, late as it may be."""
        latest = event.at + LATE
        if delivery == 'late':
            return max(earliest, event.at + (latest - event.at) * chance.random())
        if delivery == 'monthly':  # all of a month in one go, some weeks after it
            return max(earliest, event.at.replace(day=1, hour=0) + timedelta(days=45))
        return earliest

    def told(self, event, subject):
        return {
            'id': event.name, 'source': 'year', 'type': event.code, 'subject': f'ext:{subject}',
            'time': event.at.isoformat(), 'data': event.data,
            **({event.kind: event.original} if event.kind else {})}

    def put(self, bags, ticks, chance, at, rank, told):
        """The event at its tick; again, and under the same key with another time, after it."""
        place = next(number for number, tick in enumerate(ticks) if tick >= at)
        bags[ticks[place]].append((rank, told, 'accepted'))
        for _again in range(chance.choice([0, 0, 1, 2])):
            later = ticks[min(place + chance.choice([0, 0, 1, 3, 9]), len(ticks) - 1)]
            days = chance.choice([0, 0, 1, 30])
            moved = datetime.fromisoformat(told['time']) + timedelta(days=days)
            bags[later].append((
                (2, chance.random()), {**told, 'time': moved.isoformat()},
                'payload_differs' if days else 'duplicate'))

    def batches(self, chance, delivery, some):
        """Cut as the delivery does it; what must come after another event does."""
        some.sort(key=lambda found: (
            found[0][0], found[1]['time'] if delivery == 'prompt' and not found[0][0] else '',
            found[0][1]))
        while some:
            size = 1000 if delivery == 'monthly' else chance.randrange(1, 60)
            yield some[:size]
            del some[:size]

    def deliver(self, batch):
        verdicts = self.env['tenant.usage.event']._ingest([told for _rank, told, _due in batch])
        for verdict, (_rank, told, due) in zip(verdicts, batch, strict=True):
            self.assertEqual(verdict.get('code', verdict['verdict']), due, (verdict, told))

    # === THE TEST === #

    def test_r21_a_year_in_three_deliveries(self):
        years = {
            number: usage_year.year_of(
                random.Random(f'year {number}'), ZONES[number % len(ZONES)],
                STARTS[number % len(STARTS)], EVENTS)
            for number in range(PANELS)}
        self.live(years)
        billed = self.billed()
        for number, events in years.items():
            zone, first = ZONES[number % len(ZONES)], STARTS[number % len(STARTS)]
            expected = usage_year.costs(events, zone, first, PERIODS)
            self.assertGreater(len(expected), 40)
            last = str(first + relativedelta(months=PERIODS))
            for delivery in DELIVERIES:
                with self.subTest(panel=number, zone=zone, delivery=delivery):
                    self.assertEqual({
                        key: amount for key, amount in billed[f'{delivery}-{number}'].items()
                        if key[0] < last}, expected)
        self.assertDocumentsCarry()
        self.assertEqual(self.findings(), [])

    def live(self, years):
        """Through the year and the months after it in which what is late still comes."""
        ticks = [datetime(2026 + month // 12, month % 12 + 1, day, 6, tzinfo=timezone.utc)
                 for month in range(MONTHS) for day in TICKS]
        bags = [self.mail_bags(years, delivery, ticks) for delivery in DELIVERIES]
        self.start_panels(STARTS[0])
        for tick in ticks:
            self.set_clock(tick.date())
            if tick.day == TICKS[0]:  # no statistics are kept of what one transaction writes
                self.env.cr.execute(f"ANALYZE {', '.join(TABLES)}")
            self.publish_versions(tick.date())
            if tick.date() == STARTS[1]:
                self.start_panels(STARTS[1])
            for bag in bags:
                for batch in bag.get(tick, ()):
                    self.deliver(batch)
            if tick.day in ISSUES:
                self.run_crons('cron_renew')
        self.env['tenant.usage.event']._make_partitions()  # of the months that were passed over

    # === WHAT CAME OF IT === #

    def lines(self):
        return self.env['tenant.rated.line'].search([
            ('company_id', '=', self.company.id), ('move_id.state', '=', 'posted')])

    def billed(self):
        """By panel, the sum over all documents by period and charge."""
        found = defaultdict(lambda: defaultdict(Decimal))
        for line in self.lines():
            found[line.panel_id.external_id][
                str(line.date_start), line.charge.split('/')[-1]] += line._exact('amount')
        return {name: {key: amount for key, amount in of_panel.items() if amount}
                for name, of_panel in found.items()}

    def assertDocumentsCarry(self):
        """What invoices and credit notes ask is what their rated lines say."""
        kinds = defaultdict(int)
        for line in self.lines():
            self.assertEqual(len(line.line_ids), 1)
            self.assertAlmostEqual(-line.line_ids.balance, line.amount, places=2)
            kinds[line.move_id.move_type, line.amount > 0] += 1
        for seen in (('out_invoice', True), ('out_invoice', False), ('out_refund', False)):
            self.assertTrue(kinds[seen], kinds)
