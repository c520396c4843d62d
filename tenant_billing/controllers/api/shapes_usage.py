"""What the routes about usage, plans and the API's own work answer."""

from odoo.addons.tenant_billing.controllers.api.shapes import (
    DAY,
    MAYBE_ID,
    MAYBE_TEXT,
    STATES,
    exact,
    said,
)

TEXT = {'type': 'string'}
COUNT = {'type': 'integer'}
FLAG = {'type': 'boolean'}
INSTANT = {'type': 'string', 'format': 'date-time'}
AMOUNT = said(TEXT, "An amount as text, with the currency's decimals.")
NUMBER = said(TEXT, "A number as exact text.")
MAYBE_NUMBER = said(MAYBE_TEXT, "A number as exact text; null where there is none.")


def many(schema):
    return {'type': 'array', 'items': schema}


def maybe(schema):
    named = {name: part for name, part in schema.items() if name != 'title'}
    return {**named, 'type': [schema['type'], 'null']}


CYCLE = exact(
    'Cycle', count=COUNT, unit={'type': 'string', 'enum': ['day', 'week', 'month', 'year']})
DAYS = exact('Days', first_day={**TEXT, 'format': 'date'}, last_day={**TEXT, 'format': 'date'})
OFFER = {
    'code': TEXT, 'name': TEXT, 'description': MAYBE_TEXT, 'version': COUNT,
    'price': said(AMOUNT, "Of one whole cycle."), 'currency': TEXT, 'tax_included': FLAG,
    'cycle': CYCLE, 'trial_days': COUNT,
    'charges_usage': said(FLAG, "Whether usage may cost more than the price."),
}
PLANS = exact('Plans', plans=many(exact('Plan', **OFFER)))
PRICE = exact(
    'Price',
    **{'for': said({'type': 'object'}, "By property; empty: any usage.")},
    valid_from=DAY, included=NUMBER, price=MAYBE_NUMBER, per=MAYBE_NUMBER,
    percent=MAYBE_NUMBER, fixed_part=MAYBE_NUMBER, event_minimum=MAYBE_NUMBER,
    event_maximum=MAYBE_NUMBER,
    tiers=many(exact('Tier', up_to=MAYBE_NUMBER, price=NUMBER, flat=NUMBER)),
)
CHARGE = exact(
    'Charge', charge=TEXT, name=TEXT, model=TEXT, meter=MAYBE_TEXT, unit=MAYBE_TEXT,
    discount_percent=NUMBER, minimum=MAYBE_NUMBER, maximum=MAYBE_NUMBER, prices=many(PRICE))
PRICING = exact('Pricing', plans=many(exact(
    'PricedPlan', **OFFER, minimum=MAYBE_NUMBER, maximum=MAYBE_NUMBER, charges=many(CHARGE))))

SUBSCRIPTION = exact(
    'Subscription',
    panel_id=COUNT,
    state={'type': 'string', 'enum': STATES},
    plan=exact('PlanOfPanel', code=TEXT, name=TEXT, version=MAYBE_ID),
    price=said(AMOUNT, "Of one whole cycle."),
    currency=TEXT, tax_included=FLAG, cycle=maybe(CYCLE), period=maybe(DAYS),
    paid_through=said(DAY, "The last paid day."),
    next_invoice_on=DAY,
    service_end=said(DAY, "Of a cancelled panel: the first day without service."),
)
COST = exact(
    'Cost', panel_id=COUNT, period=maybe(DAYS), currency=TEXT, tax_included=FLAG,
    fee=AMOUNT, usage=AMOUNT, total=AMOUNT,
    charges=many(exact(
        'CostOfCharge', charge=TEXT, name=TEXT, quantity=MAYBE_NUMBER, unit=MAYBE_TEXT,
        amount=AMOUNT)),
    as_of=INSTANT,
)
MONTHS = many(exact(
    'Month', month={'type': 'string', 'pattern': '^[0-9]{4}-[0-9]{2}$'}, value=NUMBER))
TRENDS = exact(
    'Trends', panel_id=COUNT, metric=TEXT, range=TEXT, currency=MAYBE_TEXT, months=MONTHS)
DASHBOARD = exact(
    'Dashboard', subscription=SUBSCRIPTION, usage=COST,
    forecast=maybe(exact(
        'Forecast', total=AMOUNT, how=said(TEXT, "A sentence: how it was made."))),
    cheapest=maybe(exact('Cheapest', plan=TEXT, name=TEXT, total=AMOUNT, saving=AMOUNT)),
    by_provider=many(exact('CostOfProvider', provider=TEXT, amount=AMOUNT)),
    trend=MONTHS,
)
USAGE = exact(
    'Usage', panel_id=COUNT, first_day={**TEXT, 'format': 'date'},
    last_day={**TEXT, 'format': 'date'},
    meters=many(exact(
        'UsageOfMeter', meter=TEXT, name=TEXT, unit=MAYBE_TEXT, aggregation=TEXT,
        days=many(exact('UsageOfDay', day={**TEXT, 'format': 'date'}, quantity=NUMBER)))),
)

HEALTH = exact('Health', status={'type': 'string', 'enum': ['ok']}, as_of=INSTANT)
MEASURED = {
    'calls': COUNT, 'refused': said(COUNT, "Answers 4xx."), 'failed': said(COUNT, "Answers 5xx."),
    'mean_ms': {'type': ['number', 'null']}, 'slowest_ms': {'type': ['number', 'null']},
}
TOTAL = exact('Calls', **MEASURED)
SPAN = {'since': INSTANT, 'as_of': INSTANT, 'measured': said(
    TEXT, "What is in these numbers, and what is not yet.")}
LIGHT = exact('StatsLight', **SPAN, total=TOTAL)
STATS = exact(
    'Stats', **SPAN, total=TOTAL,
    routes=many(exact('CallsOfRoute', route=TEXT, **MEASURED)),
    panels=many(exact('CallsOfPanel', panel_id=COUNT, **MEASURED)))
CACHES = exact('Caches', measured=TEXT, as_of=INSTANT, caches=many(exact(
    'Cache', name=TEXT, entries=COUNT, room=said(COUNT, "How many entries it may hold."),
    hits=COUNT, misses=COUNT)))

# === EXAMPLES === #

OFFER_EXAMPLE = {
    'code': 'pro', 'name': "Pro", 'description': None, 'version': 2, 'price': '1500.00',
    'currency': 'BDT', 'tax_included': False, 'cycle': {'count': 1, 'unit': 'month'},
    'trial_days': 14, 'charges_usage': True}
PRICING_EXAMPLE = {'plans': [{
    **OFFER_EXAMPLE, 'minimum': None, 'maximum': None, 'charges': [{
        'charge': 'tokens', 'name': "Tokens", 'model': 'per_unit', 'meter': 'tokens',
        'unit': 'tokens', 'discount_percent': '0', 'minimum': None, 'maximum': None,
        'prices': [{
            'for': {'provider': 'openai'}, 'valid_from': None, 'included': '100000',
            'price': '2.5', 'per': '1000000', 'percent': None, 'fixed_part': None,
            'event_minimum': None, 'event_maximum': None, 'tiers': []}]}]}]}
SUBSCRIPTION_EXAMPLE = {
    'panel_id': 7, 'state': 'active', 'plan': {'code': 'pro', 'name': "Pro", 'version': 2},
    'price': '1500.00', 'currency': 'BDT', 'tax_included': False,
    'cycle': {'count': 1, 'unit': 'month'},
    'period': {'first_day': '2026-10-27', 'last_day': '2026-11-26'},
    'paid_through': '2026-11-26', 'next_invoice_on': '2026-11-20', 'service_end': None}
COST_EXAMPLE = {
    'panel_id': 7, 'period': {'first_day': '2026-10-27', 'last_day': '2026-11-26'},
    'currency': 'BDT', 'tax_included': False, 'fee': '1500.00', 'usage': '8.00',
    'total': '1508.00', 'charges': [{
        'charge': 'tokens', 'name': "Tokens", 'quantity': '3300000', 'unit': 'tokens',
        'amount': '8.00'}], 'as_of': '2026-11-24T08:03:11Z'}
MONTHS_EXAMPLE = [
    {'month': '2026-10', 'value': '1512.40'}, {'month': '2026-11', 'value': '1508.00'}]
DASHBOARD_EXAMPLE = {
    'subscription': SUBSCRIPTION_EXAMPLE, 'usage': COST_EXAMPLE,
    'forecast': {'total': '1508.55', 'how':
                 "The usage of the 29 days so far is carried on to 31 days, then priced by the "
                 "plan: 3,530,000 tokens."},
    'cheapest': {'plan': 'pro', 'name': "Pro", 'total': '1508.55', 'saving': '0.00'},
    'by_provider': [{'provider': 'openai', 'amount': '8.00'}], 'trend': MONTHS_EXAMPLE}
USAGE_EXAMPLE = {
    'panel_id': 7, 'first_day': '2026-11-23', 'last_day': '2026-11-24', 'meters': [{
        'meter': 'tokens', 'name': "Tokens", 'unit': 'tokens', 'aggregation': 'sum',
        'days': [{'day': '2026-11-23', 'quantity': '118400'}]}]}
CALLS_EXAMPLE = {
    'calls': 1204, 'refused': 3, 'failed': 0, 'mean_ms': 8.4, 'slowest_ms': 212.9}
SPAN_EXAMPLE = {
    'since': '2026-11-23T08:00:00Z', 'as_of': '2026-11-24T08:03:11Z',
    'measured': "All calls of the process that answers, and of others what they have written: "
                "they write every five minutes, as long as they are called."}
STATS_EXAMPLE = {
    **SPAN_EXAMPLE, 'total': CALLS_EXAMPLE,
    'routes': [{'route': 'GET /api/tenant/{ref}/status', **CALLS_EXAMPLE}],
    'panels': [{'panel_id': 7, **CALLS_EXAMPLE}]}
CACHES_EXAMPLE = {
    'measured': "Of the process that answers, since it began.", 'as_of': '2026-11-24T08:03:11Z',
    'caches': [{'name': 'default', 'entries': 812, 'room': 8192, 'hits': 40112, 'misses': 903}]}
