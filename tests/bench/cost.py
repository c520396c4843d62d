"""What a panel costs so far, in a table of many events, against the bare query of its totals."""

import statistics
import time
from datetime import datetime, timedelta

from odoo.fields import Command
from world import World

TABLE = 'bench_usage_events'  # a partition of raw events of its own, so that it can go again
SHARE = 15  # the panel has so many times less events than the table
READINGS = 20
START = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
END = START + timedelta(days=28)  # the period of the panel may be longer, its usage is not
EVENTS = f"""
    CREATE TABLE {TABLE} PARTITION OF tenant_usage_raw
        FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
    INSERT INTO {TABLE} (
        id, received_at, panel_id, meter_id, time, hour, value, amount, tier, member,
        dimension_1, dimension_2, dimension_3, source, external_id, data, sign)
    SELECT nextval('tenant_usage_raw_id_seq'), '2001-01-02', panel, meter, at,
           date_trunc('hour', at), value, CASE WHEN priced THEN 1 END,
           CASE WHEN priced THEN %(row)s || '/0' ELSE '' END, '',
           CASE WHEN kind = 1 THEN 'provider ' || n / 4 / {SHARE} %% 3 ELSE '' END, '', '',
           'bench', n, '{{}}', 1
      FROM (SELECT n, (%(panels)s::int[])[1 + n %% {SHARE}] AS panel,
                   (%(meters)s::int[])[1 + n / {SHARE} %% 4] AS meter, n / {SHARE} %% 4 AS kind,
                   n / {SHARE} %% 4 = 2 AS priced, n %% 5000 AS value,
                   %(start)s::timestamp + interval '1 second' * (n %% (27 * 86400)) AS at
              FROM generate_series(1, %(n)s) n) e
"""
TOTALS = f"""
    INSERT INTO tenant_usage_total (
        kind, panel_id, meter_id, hour, events, dimension_1, dimension_2, dimension_3, member,
        tier, value, amount, maximum)
    SELECT 'folded', panel_id, meter_id, hour, count(*), dimension_1, '', '', '', tier,
           sum(value), sum(amount), CASE WHEN meter_id = %(most)s THEN max(value) END
      FROM {TABLE} GROUP BY panel_id, meter_id, hour, dimension_1, tier;
    ANALYZE tenant_usage_raw; ANALYZE tenant_usage_total
"""
FLOOR = """
    SELECT meter_id, dimension_1, dimension_2, dimension_3, tier, sum(events), sum(value),
           sum(amount), max(maximum), max(latest)
      FROM tenant_usage_total WHERE panel_id = %s AND hour >= %s AND hour < %s
     GROUP BY 1, 2, 3, 4, 5
"""


def cost(env, n, runs):
    """Milliseconds of the totals and of the cost so far of one panel among `n` events."""
    usage = Usage(env, n)
    try:
        figures = {'floor': [], 'totals': [], 'cost so far': []}
        queries = 0
        for _run in range(runs):
            for name, results in figures.items():
                spent, queries = usage.measure(name)
                results.append(spent)
        medians = {name: statistics.median(results) for name, results in figures.items()}
        for name in ('totals', 'cost so far'):
            yield {
                'case': f'{name} of a panel against the bare query', 'n': n,
                'ours': round(medians[name], 2), 'floor': round(medians['floor'], 2),
                'unit': 'ms', 'ratio': round(medians[name] / medians['floor'], 2), 'runs': runs,
                'queries': queries if name == 'cost so far' else 1}
    finally:
        usage.remove()


class Usage:
    """A panel with five charges, among others that use as much."""

    def __init__(self, env, n):
        self.world = World(env, SHARE)
        self.env = self.world.env
        self._make_plan()
        self.panels = self.world.panels
        self.remove()
        row = self.env['tenant.rate.card'].search([('charge_id.code', '=', 'leads'), (
            'company_id', '=', self.world.company.id)])
        self.env.cr.execute(EVENTS, {
            'n': n, 'panels': self.panels.ids, 'meters': self.meters.ids, 'start': START,
            'row': str(row.id)})
        self.env.cr.execute(TOTALS, {'most': self.meters[3].id})
        self.env.cr.commit()

    def _make_plan(self):
        env, company = self.env, self.world.company
        self.meters = env['tenant.meter'].create([
            {'name': code, 'code': code, 'aggregation': kind, 'company_id': company.id,
             'dimension_1': 'provider' if code == 'tokens' else False}
            for code, kind in (('calls', 'count'), ('tokens', 'sum'), ('leads', 'sum'),
                               ('seats', 'max'), ('disk', 'weighted'))])
        plan = env['tenant.plan'].create({
            'name': "Usage", 'code': 'usage', 'company_id': company.id})
        plan.product_id.taxes_id = False
        env['tenant.plan.version'].create({
            'plan_id': plan.id, 'price': 100, 'activate_when': 'created',
            'currency_id': company.currency_id.id, 'effective_from': START.date(),
            'cycle_id': env.ref('tenant_billing.cycle_month').id,
            'charge_ids': [Command.create({
                'name': meter.name, 'code': meter.code, 'meter_id': meter.id,
                'charge_model': 'bracket' if meter.code == 'leads' else 'per_unit',
                'row_ids': [Command.create(
                    {'tier_ids': [Command.create({'flat': 1})]} if meter.code == 'leads' else
                    {'price': 2, 'per': 1000, 'value_1': value})
                    for value in (False, *(
                        ('provider 0', 'provider 1') if meter.code == 'tokens' else ()))],
            }) for meter in self.meters],
        }).action_publish()
        self.world.panels = env['tenant.panel'].create([
            {'name': f'Usage {number}', 'partner_id': partner.id, 'plan_id': plan.id,
             'company_id': company.id} for number, partner in enumerate(self.world.partners)])
        self.world.panels.action_order()
        self.world.panels.action_mark_created()

    def measure(self, name):
        """:return: milliseconds of one reading, with nothing in the ORM's cache; its queries"""
        panel, cr = self.panels[0], self.env.cr
        work = {
            'floor': lambda: cr.execute(FLOOR, [panel.id, START, END]) or cr.fetchall(),
            'totals': lambda: self.env['tenant.usage.total']._of(panel, START.date(), END.date()),
            'cost so far': panel._cost_so_far,
        }[name]
        spent = []
        for _reading in range(READINGS):
            self.env.invalidate_all()
            queries, begun = cr.sql_log_count, time.perf_counter()
            work()
            spent.append((time.perf_counter() - begun) * 1000)
            queries = cr.sql_log_count - queries
        return statistics.median(spent), queries

    def remove(self):
        """Take the events away again."""
        self.env.cr.execute(f'DROP TABLE IF EXISTS {TABLE}')
        self.env.cr.execute(
            'DELETE FROM tenant_usage_total WHERE panel_id = ANY(%s)', [self.world.panels.ids])
        self.env.cr.commit()
