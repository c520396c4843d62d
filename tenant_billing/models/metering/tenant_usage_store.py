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
            %(panel_id)s::int4[], %(meter_id)s::int4[], %(hour)s::timestamp[],
            %(dimension_1)s::varchar[], %(dimension_2)s::varchar[], %(dimension_3)s::varchar[],
            %(member)s::varchar[], %(tier)s::varchar[], %(source)s::varchar[])
            WITH ORDINALITY AS p(
            panel_id, meter_id, hour, dimension_1, dimension_2, dimension_3, member, tier,
            source, place)
    ), x AS MATERIALIZED (
        SELECT nextval('tenant_usage_raw_id_seq') AS id,
               substring(%(digest)s::bytea FROM 16 * number + 1 FOR 16) AS digest,
               substring(%(content)s::bytea FROM 16 * number + 1 FOR 16) AS content,
               place, time, value, external_id, data, sign, corrects,
               amount
          FROM (SELECT generate_series(0, %(last)s) AS number,
                       unnest(%(place)s::int8[]) AS place, unnest(%(time)s::timestamp[]) AS time,
                       unnest(%(value)s::numeric[]) AS value,
                       unnest(%(external_id)s::varchar[]) AS external_id,
                       unnest(string_to_array(%(data)s, chr(10))) AS data,
                       unnest(%(sign)s::int2[]) AS sign, unnest(%(corrects)s::int8[]) AS corrects,
                       unnest(%(amount)s::numeric[]) AS amount) AS sent
    ), k AS (
        INSERT INTO tenant_usage_key (digest, content, event_id, received_on)
        SELECT digest, content, id, %(now)s::date FROM x ORDER BY digest, sign DESC
        ON CONFLICT DO NOTHING RETURNING digest
    ), e AS (
        INSERT INTO tenant_usage_raw (
            id, received_at, panel_id, meter_id, time, hour, value, amount, tier, member,
            dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects)
        SELECT id, %(now)s, panel_id, meter_id, time, hour, value, amount, tier, member,
               dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects
          FROM x JOIN p USING (place) WHERE digest IN (SELECT digest FROM k)
    ), t AS (
        INSERT INTO tenant_usage_total (
            kind, panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier,
            hour, events, value, amount, maximum, latest)
        SELECT 'partial', panel_id, meter_id, dimension_1, dimension_2, dimension_3, member,
               tier, hour, events, value, amount, maximum, latest
          FROM p JOIN (
               SELECT place, sum(sign) AS events, sum(value) AS value, sum(amount) AS amount,
                      max(value) FILTER (WHERE meter_id = ANY(%(greatest)s)) AS maximum,
                      max(LATEST) FILTER (WHERE meter_id = ANY(%(levels)s)) AS latest
                 FROM x JOIN p USING (place) WHERE digest IN (SELECT digest FROM k) GROUP BY place
               ) AS counted USING (place)
         ORDER BY panel_id, meter_id, hour
    )
    SELECT digest FROM x
     WHERE (SELECT count(*) FROM k) < %(keys)s AND digest NOT IN (SELECT digest FROM k)
    """.replace('LATEST', LATEST.code)


class TenantUsageEvent(models.Model):
    """How events get into the tables: all of a call by one statement."""

    _inherit = 'tenant.usage.event'

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
        now = fields.Datetime.now()
        self.env.cr.execute(STATEMENT, {
            **dict(zip(NUMBERS, map(_numbers, shared), strict=False)),
            **dict(zip(TEXTS, map(_texts, shared[len(NUMBERS):]), strict=True)),
            'place': _numbers(numbers), 'last': len(events) - 1,
            'digest': b''.join(digests), 'content': b''.join(contents), 'time': _numbers(times),
            'value': _numbers(values), 'external_id': _texts(names), 'data': LINE.join(data),
            'sign': _numbers(signs), 'corrects': _numbers(originals),
            'amount': _numbers(amounts), 'now': now, 'greatest': carried[0], 'levels': carried[1],
            'keys': len(set(digests)),
        }, log_exceptions=False)
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
