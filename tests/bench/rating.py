"""Rating five charges a panel and invoicing them with the renewal, against plain invoices of as
many lines."""

import resource
import statistics
from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.fields import Command
from world import World, measure

EVENTS = 4  # of each meter, a panel and month
AT_ONCE = 1000
TIERS = [Command.create({'upper': upper, 'price': price, 'flat': 0})
         for upper, price in ((100, 0.5), (0, 0.4))]
BRACKETS = [Command.create({'upper': upper, 'flat': flat})
            for upper, flat in ((50, 100), (0, 180))]
CHARGES = {  # by model what its row holds
    'per_unit': {'price': 2}, 'package': {'price': 5, 'per': 10},
    'graduated': {'tier_ids': TIERS}, 'volume': {'tier_ids': TIERS},
    'bracket': {'tier_ids': BRACKETS},
}


class Rated(World):
    """Panels that pay a fee and, a month later, for what they used."""

    lead_days = 0
    demands = 2  # of an invoice: the fee and the usage
    lines = 1 + len(CHARGES)

    def version_values(self):
        meters = self.env['tenant.meter'].create([
            {'name': code, 'code': code, 'company_id': self.company.id} for code in CHARGES])
        return {**super().version_values(), 'charge_ids': [
            Command.create({
                'name': meter.code, 'code': meter.code, 'charge_model': meter.code,
                'meter_id': meter.id, 'row_ids': [Command.create(CHARGES[meter.code])]})
            for meter in meters]}

    def use(self):
        """Events of the days before this one."""
        door = self.env['tenant.usage.event']
        door._make_partitions()
        begin = datetime.now() - timedelta(days=10)
        events = [
            {'id': f'{self.month}-{code}-{number}', 'source': 'bench', 'type': code,
             'subject': str(panel.id), 'data': {'value': 30 + number},
             'time': f'{begin + timedelta(hours=number):%Y-%m-%dT%H:%M:%S}Z'}
            for panel in self.panels for code in CHARGES for number in range(EVENTS)]
        for start in range(0, len(events), AT_ONCE):
            told = door._ingest(events[start:start + AT_ONCE])
            if any(verdict['verdict'] != 'accepted' for verdict in told):
                raise SystemExit("The door refused events of the benchmark.")
        self.env.cr.commit()


def rating(env, n, runs):
    """The run that rates and invoices, in turn with the tuned floor."""
    world = Rated(env, n)
    figures = {'ours': [], 'tuned': []}
    grown = []
    for _run in range(runs):
        with freeze_time(world.next_month(), tick=True):
            world.use()
            for name, results in figures.items():
                before = _memory()
                results.append(measure(world.env, getattr(world, name)))
                if name == 'ours':
                    grown.append(_memory() - before)
    (ours, queries), (floor, floor_queries) = (
        [statistics.median(column) / n for column in zip(*results, strict=True)]
        for results in figures.values())
    yield {
        'case': 'rating and invoicing of five charges against tuned', 'n': n,
        'ours': round(ours, 2), 'floor': round(floor, 2), 'unit': 'ms per invoice',
        'ratio': round(ours / floor, 2), 'runs': runs, 'queries': round(queries, 1),
        'floor_queries': round(floor_queries, 1), 'rss_mb': _memory(), 'grown_mb': grown,
    }


def _memory():
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
