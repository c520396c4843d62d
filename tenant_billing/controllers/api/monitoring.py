from odoo import fields
from odoo.http import Controller, request
from odoo.tools.cache import _COUNTERS

from odoo.addons.tenant_billing.controllers.api import shapes_usage as shapes
from odoo.addons.tenant_billing.controllers.api.base import companies_of_operator
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route

READ = 'monitoring:read'
HOURS = {'hours': {
    'type': 'integer', 'minimum': 1, 'maximum': 168, 'default': 24,
    'description': "How many whole hours before the running one."}}
HEALTH = Operation(
    'getHealth', "Whether server and database answer", shapes.HEALTH,
    {'status': 'ok', 'as_of': '2026-11-24T08:03:11Z'}, None, {200: "They do"})
STATS = Operation(
    'getStats', "Calls, refusals, failures and response times, by route and by panel",
    shapes.STATS, shapes.STATS_EXAMPLE, READ, {200: "What was measured"}, query=HOURS)
LIGHT = Operation(
    'getStatsLight', "The same in all", shapes.LIGHT,
    {**shapes.SPAN_EXAMPLE, 'total': shapes.CALLS_EXAMPLE}, READ, {200: "What was measured"},
    query=HOURS)
CACHE = Operation(
    'getCaches', "The caches of the process that answers", shapes.CACHES, shapes.CACHES_EXAMPLE,
    READ, {200: "What is in them, and how often it was found"})


class Monitoring(Controller):
    """How the API is doing. Nothing here is estimated: what is not measured is not told."""

    @api_route('/api/monitoring/health', auth='none', GET=HEALTH)
    def health(self):
        request.env.cr.execute("SELECT 1")
        return dict(status='ok', as_of=_now())

    @api_route('/api/monitoring/stats', writes=True, GET=STATS)
    def stats(self, query):
        found = self._measured(query, ('routes', 'panels'))
        return {
            **found,
            'routes': [{'route': route, **calls} for route, calls in found['routes']],
            'panels': [{'panel_id': number, **calls} for number, calls in found['panels']]}

    @api_route('/api/monitoring/stats/light', writes=True, GET=LIGHT)
    def light(self, query):
        return self._measured(query)

    @api_route('/api/monitoring/cache', GET=CACHE)
    def cache(self):
        companies_of_operator()
        registry = request.env.registry
        return {
            'measured': "Of the process that answers, since it began.",
            'as_of': _now(),
            'caches': [
                {'name': name, 'entries': len(cache), 'room': cache.count,
                 **_looked_up(registry.db_name, name)}
                for name, cache in registry._Registry__caches.items()]}

    # === HELPERS === #

    def _measured(self, query, parts=()):
        companies, strangers = companies_of_operator()
        found = request.env['tenant.api.call'].sudo()._stats(
            companies.ids, query.get('hours', 24), strangers=strangers, parts=parts)
        return {
            **found, 'since': f'{found["since"].isoformat()}Z', 'as_of': _now(),
            'measured': shapes.SPAN_EXAMPLE['measured']}


def _looked_up(database, name):
    counters = [counter for (known, _method), counter in list(_COUNTERS.items())
                if known == database and counter.cache_name == name]
    return {'hits': sum(counter.hit for counter in counters),
            'misses': sum(counter.miss for counter in counters)}


def _now():
    return f'{fields.Datetime.now().isoformat(timespec="seconds")}Z'
