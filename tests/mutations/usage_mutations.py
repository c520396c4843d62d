"""Small ways to break metering, and the tests that notice."""

from mutation_list import Mutation

METERING = 'models/metering/'
DOOR = METERING + 'tenant_usage_event.py'
STORE = METERING + 'tenant_usage_store.py'
CORRECTING = METERING + 'tenant_usage_corrections.py'
RECOUNT = METERING + 'tenant_usage_recount.py'
TABLES = METERING + 'tenant_usage_tables.py'
READING = 'engine/usage_reading.py'
VERDICTS = ('metering/test_usage_verdicts.py',)
CORRECTIONS = ('metering/test_usage_corrections.py',)
TOTALS = ('metering/test_usage_totals.py',)
KEEPING = ('metering/test_usage_keeping.py',)
GUARD = METERING + 'tenant_usage_guard.py'
LIMITS = ('metering/test_limits.py',)
CAPS = ('invoicing/test_cap.py',)
MONEY = ('invoicing/test_usage_money.py',)

USAGE = [
    Mutation(
        'R20: an event sent again counts again', STORE, "ON CONFLICT DO NOTHING RETURNING digest",
        "ON CONFLICT (digest) DO UPDATE SET mark = 0 RETURNING digest", VERDICTS),
    Mutation(
        'R20: what is not new counts beside what is', STORE,
        "'if_new': \"WHERE digest IN (SELECT digest FROM k)\"", "'if_new': \"\"", VERDICTS),
    Mutation(
        'R20: other content is not told', DOOR,
        "known[event.digest] == event.content", "True", VERDICTS),
    Mutation(
        'R20: sources share their keys', 'engine/usage_events.py',
        r"f'{panel_id}\0{source}\0{external_id}'", r"f'{panel_id}\0{external_id}'", VERDICTS),
    Mutation(
        'R21: any age is taken', READING, "if seconds < panel.oldest:", "if False:", VERDICTS),
    Mutation(
        'R21: the future is taken', READING, "if seconds > self.now + FUTURE:", "if False:",
        VERDICTS),
    Mutation(
        'R25: an event outside the service is taken', READING,
        "if not correction and not panel.begins <= seconds < panel.ends:", "if False:", VERDICTS),
    Mutation(
        'R21: a new version leaves the prices of its days', METERING + 'tenant_panel.py',
        "self.env['tenant.usage.event'].sudo()._price_again(self, day)", "pass", MONEY),
    Mutation(
        'R21: what was taken back is not priced again', METERING + 'tenant_usage_pricing.py',
        "price = reversal_of(*priced) if event.sign < 0 else priced",
        "price = priced if event.sign > 0 else (event.amount, event.tier)",
        MONEY),
    Mutation(
        'R22: what was taken back hides in its bracket', 'engine/event_prices.py',
        "tier and f'{tier}/{REVERSED}'", "tier", MONEY),
    Mutation(
        'R22: reversed twice', CORRECTING, "if original.mark == REPLACED or", "if", CORRECTIONS),
    Mutation(
        'R22: a reversal is reversed', CORRECTING, "if original.sign < 0:", "if False:",
        CORRECTIONS),
    Mutation(
        'R22: a correction counts at its own time', CORRECTING,
        "new = [event._replace(time=original.time, hour=original.hour, corrects=original.row)]",
        "new = [event._replace(corrects=original.row)]", CORRECTIONS),
    Mutation(
        'R22: the greatest stays when it is reversed', CORRECTING,
        "frozenset(GREATEST + LEVELS)", "frozenset(LEVELS)", CORRECTIONS),
    Mutation(
        'R17: hours are of UTC', 'engine/usage_times.py', "ZoneInfo(zone))", "ZoneInfo('UTC'))",
        TOTALS),
    Mutation(
        'R23: folding forgets the greatest', METERING + 'tenant_usage_total.py',
        "SELECT 'folded', %(key)s, sum(events), sum(value), sum(amount), max(maximum),",
        "SELECT 'folded', %(key)s, sum(events), sum(value), sum(amount), min(maximum),",
        TOTALS),
    Mutation(
        'Totals: broken ones are not told', RECOUNT, "IS DISTINCT FROM", "<", TOTALS),
    Mutation(
        'Tables: let go while totals are wrong', TABLES, "if totals._different():", "if False:",
        KEEPING),
    Mutation(
        'Tables: what is let go is counted no more', TABLES,
        "SELECT 'kept', %(place)s, date_trunc('day', hour), sum(events), sum(value),",
        "SELECT 'kept', %(place)s, date_trunc('day', hour), sum(events), 0 * sum(value),",
        KEEPING),
    Mutation(
        'Erasing: of everybody', METERING + 'tenant_panel.py',
        "AND (%(value)s::text IS NULL OR data::jsonb ->> %(name)s = %(value)s::text)",
        "AND (%(value)s::text IS NULL OR TRUE)", KEEPING),
    Mutation(
        'R24: a hard limit refuses nothing', 'engine/usage_limits.py',
        "if after > rooms[place].most and after > used[place]:", "if False:", LIMITS),
    Mutation(
        'R24: late events are refused', 'engine/usage_limits.py',
        "return self.start <= event.hour < self.end", "return True", LIMITS),
    Mutation(
        'R24: running totals stand still', GUARD,
        "elif guard.rooms[place].days.hold(event):", "elif False:", LIMITS),
    Mutation(
        'R24: a correction frees no room', GUARD, "            if event.correction:",
        "            if False:", LIMITS),
    Mutation(
        'R24: known events take room', GUARD,
        "not event.correction and event.digest not in known:", "not event.correction:", LIMITS),
    Mutation(
        'R24: a hard limit on a level', 'models/catalog/tenant_entitlement.py',
        "if entitlement.kind == 'hard' and meter.aggregation not in COUNTED:", "if False:",
        ('catalog/test_entitlements.py',)),
    Mutation(
        'R26: a cap refuses nothing', GUARD, "if capped.action == 'refuse':", "if False:", CAPS),
    Mutation(
        'R26: a raised cap leaves the panel paused', METERING + 'tenant_panel_cap.py',
        "if hold and not must_pause:", "if False:", CAPS),
]
