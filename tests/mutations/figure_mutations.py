"""Small ways to break figures and monitoring, and the tests that notice."""

from mutation_list import API, INVOICING, Mutation

ENGINE = 'engine/'
COST = ('invoicing/test_cost_so_far.py',)
ROUTES = ('api/test_subscription_routes.py',)
MONITORING = ('api/test_monitoring_routes.py',)
CATALOG = 'models/catalog/'

FIGURES = [
    Mutation(
        'the cost so far counts minimums before the end', INVOICING + 'tenant_panel_cost.py',
        "current.used.events, closed=False)", "current.used.events)", COST),
    Mutation(
        'levels over time are counted ahead', INVOICING + 'tenant_usage_totals.py',
        "window = start, min(end, until)", "window = start, end", COST),
    Mutation(
        'a plan that does not price what is used is the cheapest',
        INVOICING + 'tenant_panel_cost.py', " and not priced & set(cost.unpriced)", "", COST),
    Mutation(
        'a plan that would refuse the usage is the cheapest',
        INVOICING + 'tenant_panel_cost.py', "<= as_written(limit.quantity)", ">= 0", COST),
    Mutation(
        'plans with other cycles are compared', CATALOG + 'tenant_plan_version_usage.py',
        "terms = ('currency_id', 'cycle_id', 'tax_mode')", "terms = ('currency_id', 'tax_mode')",
        COST),
    Mutation(
        'events that were taken back are priced anew', 'models/metering/tenant_usage_pricing.py',
        "1)::text, sum(sign)", "1)::text, count(*)", COST),
    Mutation(
        'a fee belongs to the month in which its period begins',
        INVOICING + 'tenant_panel_trends.py',
        "(days, period._fee_owed()),",
        "({period.date_start.replace(day=1): 1}, period._fee_owed()),", COST),
    Mutation(
        'what is divided does not add up', ENGINE + 'cost_shares.py',
        "split(amount, parts, rounding)",
        "[Decimal(round(part, 2).numerator) / round(part, 2).denominator for part in parts]",
        ('engine/test_cost_shares.py',)),
    Mutation(
        'plans of all companies are told', CATALOG + 'tenant_plan_offer.py',
        "[('company_id', 'in', companies.ids)]", "[('company_id', '!=', False)]", ROUTES),
    Mutation(
        'a key of one panel sees the calls of others', API + 'base.py',
        "    if caller.panel_id:\n        raise Forbidden(\"The key of one panel sees",
        "    if False:\n        raise Forbidden(\"The key of one panel sees", MONITORING),
    Mutation(
        'calls of other companies are told', 'models/oversight/tenant_api_call.py',
        "(company_id = ANY(%s) OR", "(company_id <> ALL(%s) OR company_id > 0 OR", MONITORING),
]
