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

USAGE = [
    Mutation(
        'R20: an event sent again counts again', STORE, "ON CONFLICT DO NOTHING RETURNING digest",
        "ON CONFLICT (digest) DO UPDATE SET mark = 0 RETURNING digest", VERDICTS),
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
]
