from operator import itemgetter

from odoo import api, fields, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.usage_events import Event
from odoo.addons.tenant_billing.models.metering.tenant_usage_recount import (
    GREATEST,
    LATEST,
    LEVELS,
)

# What many events of a call share is sent once: numeric and text columns of the place.
NUMBERS, TEXTS = ('panel_id', 'meter_id', 'hour'), (
    'dimension_1', 'dimension_2', 'dimension_3', 'member', 'tier', 'source')
_place = itemgetter(*map(Event._fields.index, NUMBERS + TEXTS))
_row = itemgetter(*map(Event._fields.index, (
    'digest', 'content', 'time', 'value', 'external_id', 'data', 'sign', 'corrects', 'amount')))
LINE = '\n'  # no JSON that we write has one
# Rows are found by `IN`, not by a join with `k`: then they are written in the order in which they
# came, by growing ids, and not by their digests.
STATEMENT = """
    WITH p AS MATERIALIZED (
        SELECT * FROM unnest(
            panel_ids, meter_ids, hours, dimensions_1, dimensions_2, dimensions_3, members, tiers,
            sources) WITH ORDINALITY AS p(
            panel_id, meter_id, hour, dimension_1, dimension_2, dimension_3, member, tier,
            source, place)
    ), x AS MATERIALIZED (
        SELECT nextval('tenant_usage_raw_id_seq') AS id,
               substring(digests FROM 16 * number + 1 FOR 16) AS digest,
               substring(contents FROM 16 * number + 1 FOR 16) AS content,
               place, time, value, external_id, data, sign, corrects, amount
          FROM (SELECT generate_series(0, cardinality(times) - 1) AS number,
                       unnest(places) AS place, unnest(times) AS time,
                       unnest(quantities) AS value, unnest(external_ids) AS external_id,
                       unnest(string_to_array(lines, chr(10))) AS data, unnest(signs) AS sign,
                       unnest(originals) AS corrects, unnest(amounts) AS amount) AS sent
    ), k AS (
        INSERT INTO tenant_usage_key (digest, content, event_id, received_on)
        SELECT digest, content, id, arrived::date FROM x ORDER BY digest, sign DESC
        {unless_known}
    ), e AS (
        INSERT INTO tenant_usage_raw (
            id, received_at, panel_id, meter_id, time, hour, value, amount, tier, member,
            dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects)
        SELECT id, arrived, panel_id, meter_id, time, hour, value, amount, tier, member,
               dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects
          FROM x JOIN p USING (place) {if_new}
    ), t AS (
        INSERT INTO tenant_usage_total (
            kind, panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier,
            hour, events, value, amount, maximum, latest)
        SELECT 'partial', panel_id, meter_id, dimension_1, dimension_2, dimension_3, member,
               tier, hour, events, value, amount, maximum, latest
          FROM p JOIN (
               SELECT place, sum(sign) AS events, sum(value) AS value, sum(amount) AS amount,
                      max(value) FILTER (WHERE meter_id = ANY(with_greatest)) AS maximum,
                      max({latest}) FILTER (WHERE meter_id = ANY(with_latest)) AS latest
                 FROM x JOIN p USING (place) {if_new} GROUP BY place
               ) AS counted USING (place)
         ORDER BY panel_id, meter_id, hour
    )
    SELECT digest FROM x WHERE {is_known}
    """
OPTIMIST = {'unless_known': "", 'if_new': "", 'is_known': "FALSE"}
CAREFUL = {
    'unless_known': "ON CONFLICT DO NOTHING RETURNING digest",
    'if_new': "WHERE digest IN (SELECT digest FROM k)",
    'is_known': "digest NOT IN (SELECT digest FROM k)"}
# Nearly always all events of a call are new. To ask of each beforehand costs as much again as to
# write their keys; so it is tried, unless the first is known: then the whole call came again.
FUNCTION = """
    #variable_conflict use_column
    BEGIN
        IF NOT EXISTS (
            SELECT FROM tenant_usage_key WHERE digest = substring(digests FROM 1 FOR 16))
        THEN
            BEGIN
                RETURN QUERY {optimist};
                RETURN;
            EXCEPTION WHEN unique_violation THEN  -- begun again below
            END;
        END IF;
        RETURN QUERY {careful};
    END
    """.format(**{
    name: STATEMENT.format(latest=LATEST.code, **parts)
    for name, parts in (('optimist', OPTIMIST), ('careful', CAREFUL))})
CALL = f"SELECT tenant_usage_store({', '.join(['%s'] * 22)})"


class TenantUsageEvent(models.Model):
    """How events get into the tables: all of a call by one statement."""

    _inherit = 'tenant.usage.event'

    # === SETUP METHODS === #

    @api.model
    def _make_function(self):
        """The statement, as a function of the database: that can try, and try again."""
        self.env.cr.execute(SQL(
            """
            DROP FUNCTION IF EXISTS tenant_usage_store;
            CREATE FUNCTION tenant_usage_store(
                arrived timestamp, with_greatest int4[], with_latest int4[],
                panel_ids int4[], meter_ids int4[], hours timestamp[], dimensions_1 varchar[],
                dimensions_2 varchar[], dimensions_3 varchar[], members varchar[],
                tiers varchar[], sources varchar[],
                places int8[], digests bytea, contents bytea, times timestamp[],
                quantities numeric[], external_ids varchar[], lines text, signs int2[],
                originals int8[], amounts numeric[])
            RETURNS SETOF bytea LANGUAGE plpgsql
            SET plan_cache_mode = force_generic_plan AS %s
            """, FUNCTION))

    # === BUSINESS METHODS === #

    @api.model
    def _read_committed(self):
        """Begin a transaction in which each statement sees what others have committed: then a key
        that another call has just recorded is a duplicate, not a failure. Only for a request that
        has written nothing yet. Tests share one transaction for all requests and keep it."""
        cr = self.env.cr
        if isinstance(cr, Cursor):
            cr.commit()  # pylint: disable=invalid-commit
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")

    @api.model
    def _store(self, events, meters, pricer=None):
        """Record events, each unless its key is known, and count those that are new.

        :param list events: Event; two of one key, a reversal and what replaces it, go together
        :param dict meters: how the meters count, by their id
        :return: the keys that were known
        :rtype: set
        """
        if pricer:
            events = pricer(events)
        places = {}
        numbers = [places.setdefault(place, len(places) + 1) for place in map(_place, events)]
        shared = list(zip(*places, strict=True))
        digests, contents, times, values, names, data, signs, originals, amounts = zip(
            *map(_row, events), strict=True)
        carried = [
            [meter for meter in set(shared[1]) if meters[meter] in kinds]
            for kinds in (GREATEST, LEVELS)]
        arguments = (
            fields.Datetime.now(), *carried,
            *map(_numbers, shared[:len(NUMBERS)]), *map(_texts, shared[len(NUMBERS):]),
            _numbers(numbers), b''.join(digests), b''.join(contents), _numbers(times),
            _numbers(values), _texts(names), LINE.join(data), _numbers(signs),
            _numbers(originals), _numbers(amounts))
        self.env.cr.execute(
            CALL, arguments, log_exceptions=False)
        return {bytes(digest) for digest, in self.env.cr.fetchall()}

    @api.model
    def _contents(self, digests):
        """What was recorded under keys.

        :return: digest of the content by digest of the key
        :rtype: dict
        """
        self.env.cr.execute(SQL(
            "SELECT digest, content FROM tenant_usage_key WHERE digest = ANY(%s::bytea[])",
            list(digests)))
        return {bytes(digest): bytes(content) for digest, content in self.env.cr.fetchall()}


def _numbers(values):
    """An array as PostgreSQL writes it, of numbers and times, some of which may be missing. Where
    all are, it is empty: `unnest` fills up what is shorter than the others."""
    if values.count(None) == len(values):
        return '{}'
    return '{' + ','.join(['NULL' if value is None else str(value) for value in values]) + '}'


def _texts(values):
    """The same of any texts; none holds a NUL, which stands between them for a moment."""
    joined = '\0'.join(values).replace('\\', '\\\\').replace('"', '\\"')
    return '{"' + joined.replace('\0', '","') + '"}'
