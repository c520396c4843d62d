"""The renewal run against plain Odoo calls that make as many invoices."""

import resource
import statistics

from freezegun import freeze_time
from world import World, measure


def renewal(env, n, runs):
    """The renewal run against both floors, in turn."""
    world = World(env, n)
    figures = {'ours': [], 'plain': [], 'tuned': []}
    for _run in range(runs):
        with freeze_time(world.next_month(), tick=True):
            for name, results in figures.items():
                results.append(measure(world.env, getattr(world, name)))
    ours = statistics.median(ms for ms, _queries in figures['ours']) / n
    queries = statistics.median(queries for _ms, queries in figures['ours']) / n
    for floor in ('plain', 'tuned'):
        base = statistics.median(ms for ms, _queries in figures[floor]) / n
        base_queries = statistics.median(queries for _ms, queries in figures[floor]) / n
        yield {
            'case': f'renewal against {floor}', 'n': n, 'ours': round(ours, 2),
            'floor': round(base, 2), 'unit': 'ms per invoice', 'ratio': round(ours / base, 2),
            'runs': runs, 'queries': round(queries, 1), 'floor_queries': round(base_queries, 1),
            'rss_mb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
