from datetime import date, timedelta

from odoo.http import Controller

from odoo.addons.tenant_billing.controllers.api import shapes_usage as shapes
from odoo.addons.tenant_billing.controllers.api.base import companies_of_caller, panel_of_caller
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route
from odoo.addons.tenant_billing.controllers.api.problems import InvalidRequest

READ = 'usage:read'
MOST_DAYS = 92
DAY = {'type': 'string', 'format': 'date', 'pattern': r'^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$'}
PLANS = Operation(
    'listPlans', "The plans that are on sale today", shapes.PLANS,
    {'plans': [shapes.OFFER_EXAMPLE]}, READ, {200: "The plans"})
PRICING = Operation(
    'getPricing', "The plans that are on sale today, with what usage costs", shapes.PRICING,
    shapes.PRICING_EXAMPLE, READ, {200: "Plans and rate cards"})
CURRENT = Operation(
    'getSubscription', "The plan of a panel", shapes.SUBSCRIPTION, shapes.SUBSCRIPTION_EXAMPLE,
    READ, {200: "The subscription"})
USAGE = Operation(
    'getCost', "What the running period of a panel costs so far", shapes.COST,
    shapes.COST_EXAMPLE, READ, {200: "The cost, charge by charge"})
TRENDS = Operation(
    'getTrends', "How cost, calls or tokens of a panel went in the last months", shapes.TRENDS,
    {'panel_id': 7, 'metric': 'cost', 'range': '3m', 'currency': 'BDT',
     'months': shapes.MONTHS_EXAMPLE}, READ, {200: "A value for each month"},
    query={'range': {'type': 'string', 'enum': ['3m', '6m', '12m'], 'default': '6m'},
           'metric': {'type': 'string', 'enum': ['cost', 'calls', 'tokens'], 'default': 'cost'}})
DASHBOARD = Operation(
    'getDashboard', "Plan, cost so far, forecast and trend of a panel at once", shapes.DASHBOARD,
    shapes.DASHBOARD_EXAMPLE, READ, {200: "The dashboard"})
DAILY = Operation(
    'getUsage', f"What the meters of a panel counted day by day, for up to {MOST_DAYS} days",
    shapes.USAGE, shapes.USAGE_EXAMPLE, READ, {200: "Totals by meter and local day"},
    query={'from': {**DAY, 'description': "The first local day; by default 30 days back."},
           'to': {**DAY, 'description': "The last local day; today by default."}})


class Subscriptions(Controller):
    """What panels are on, and what they use: by the addresses that platforms call already."""

    @api_route('/api/subscription/plans', GET=PLANS)
    def plans(self):
        return self._offers()

    @api_route('/api/subscription/pricing', GET=PRICING)
    def pricing(self):
        return self._offers(with_prices=True)

    @api_route('/api/subscription/current/<string:ref>', GET=CURRENT)
    def current(self, ref):
        return panel_of_caller(ref, READ)._subscription_figures()

    @api_route('/api/subscription/usage/<string:ref>', GET=USAGE)
    def usage(self, ref):
        return panel_of_caller(ref, READ)._usage_figures()

    @api_route('/api/subscription/usage/<string:ref>/trends', GET=TRENDS)
    def trends(self, ref, query):
        months = int(query.get('range', '6m')[:-1])
        return panel_of_caller(ref, READ)._trend_figures(months, query.get('metric', 'cost'))

    @api_route('/api/subscription/dashboard/<string:ref>', GET=DASHBOARD)
    def dashboard(self, ref):
        return panel_of_caller(ref, READ)._dashboard_figures()

    @api_route('/api/v1/panels/<string:ref>/usage', GET=DAILY)
    def daily(self, ref, query):
        panel = panel_of_caller(ref, READ)
        last = _day(query, 'to') or panel._today()
        first = _day(query, 'from') or last - timedelta(days=30)
        if not 0 <= (last - first).days < MOST_DAYS:
            raise InvalidRequest(f"Ask for 1 to {MOST_DAYS} days, the first one first.")
        return panel._daily_figures(first, last)

    # === HELPERS === #

    def _offers(self, with_prices=False):
        companies = companies_of_caller(READ)
        return {'plans': companies.env['tenant.plan']._offers(companies, with_prices)}


def _day(query, name):
    try:
        return date.fromisoformat(query[name]) if name in query else None
    except ValueError:
        raise InvalidRequest(f"{name} is no day.") from None
