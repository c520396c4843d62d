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
STATEMENT = SQL(
    """
    #variable_conflict use_column
    BEGIN RETURN QUERY
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
               place, time, value, external_id, data, COALESCE(sign, 1::int2) AS sign, corrects,
               amount
          FROM (SELECT generate_series(0, cardinality(places) - 1) AS number,
                       unnest(places) AS place, unnest(times) AS time,
                       unnest(quantities) AS value, unnest(external_ids) AS external_id,
                       unnest(string_to_array(lines, chr(10))) AS data, unnest(signs) AS sign,
                       unnest(originals) AS corrects, unnest(amounts) AS amount) AS sent
    ), k AS (
        INSERT INTO tenant_usage_key (digest, content, event_id, received_on)
        SELECT digest, content, id, arrived::date FROM x ORDER BY digest, sign DESC
        ON CONFLICT DO NOTHING RETURNING digest
    ), e AS (
        INSERT INTO tenant_usage_raw (
            id, received_at, panel_id, meter_id, time, hour, value, amount, tier, member,
            dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects)
        SELECT id, arrived, panel_id, meter_id, time, hour, value, amount, tier, member,
               dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects
          FROM x JOIN k USING (digest) JOIN p USING (place)
    ), t AS (
        INSERT INTO tenant_usage_total (
            kind, panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier,
            hour, events, value, amount, maximum, latest)
        SELECT 'partial', panel_id, meter_id, dimension_1, dimension_2, dimension_3, member,
               tier, hour, events, value, amount, maximum, latest
          FROM p JOIN (
               SELECT place, sum(sign) AS events, sum(value) AS value, sum(amount) AS amount,
                      max(value) FILTER (WHERE meter_id = ANY(with_greatest)) AS maximum,
                      max(%s) FILTER (WHERE meter_id = ANY(with_latest)) AS latest
                 FROM x JOIN k USING (digest) JOIN p USING (place) GROUP BY place
               ) AS counted USING (place)
         ORDER BY panel_id, meter_id, hour
    )
    SELECT digest FROM x
     WHERE (SELECT count(*) FROM k) < keys AND digest NOT IN (SELECT digest FROM k);
    END
    """, LATEST).code


class TenantUsageEvent(models.Model):
    """How events get into the tables: all of a call by one statement."""

    _inherit = 'tenant.usage.event'

    # === SETUP METHODS === #

    @api.model
    def _make_statement(self):
        """The statement is a function of the database: a connection plans it once, which takes
        longer than to store a few events."""
        self.env.cr.execute(SQL(
            """
            DROP FUNCTION IF EXISTS tenant_usage_store;
            CREATE FUNCTION tenant_usage_store(
                arrived timestamp, keys int4, with_greatest int4[], with_latest int4[],
                panel_ids int4[], meter_ids int4[], hours timestamp[], dimensions_1 varchar[],
                dimensions_2 varchar[], dimensions_3 varchar[], members varchar[],
                tiers varchar[], sources varchar[],
                places int4[], digests bytea, contents bytea, times timestamp[],
                quantities numeric[], external_ids varchar[], lines text, signs int2[],
                originals int8[], amounts numeric[])
            RETURNS SETOF bytea LANGUAGE plpgsql
            SET plan_cache_mode = force_generic_plan AS %s
            """, STATEMENT))

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
        self.env.cr.execute(SQL(
            "SELECT tenant_usage_store(%s)", SQL(", ").join(map(SQL, ["%s"] * 23, (
                fields.Datetime.now(), len(set(digests)), *map(_numbers, carried),
                *map(_numbers, shared[:3]), *map(_texts, shared[3:]),
                _numbers(numbers), b''.join(digests), b''.join(contents), _numbers(times),
                _numbers(values), _texts(names), LINE.join(data), _numbers(signs),
                _numbers(originals) if any(originals) else None,
                _numbers(amounts) if any(amounts) else None)))), log_exceptions=False)
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
    """An array as PostgreSQL writes it, of numbers and times, some of which may be missing."""
    return '{' + ','.join(['NULL' if value is None else str(value) for value in values]) + '}'


def _texts(values):
    """The same of any texts; none holds a NUL, which stands between them for a moment."""
    joined = '\0'.join(values).replace('\\', '\\\\').replace('"', '\\"')
    return '{"' + joined.replace('\0', '","') + '"}'
