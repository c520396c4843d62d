from functools import lru_cache
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

# Columns of the statement, by the field of Event that fills them: their type, and how their values
# are written as an array.
COLUMNS = {
    'digest': ('uuid', 'words'), 'content': ('uuid', 'words'), 'panel_id': ('int4', 'others'),
    'meter_id': ('int4', 'others'), 'time': ('timestamp', 'words'), 'hour': ('timestamp', 'words'),
    'value': ('numeric', 'others'), 'member': ('varchar', 'texts'),
    'dimension_1': ('varchar', 'texts'), 'dimension_2': ('varchar', 'texts'),
    'dimension_3': ('varchar', 'texts'), 'source': ('varchar', 'texts'),
    'external_id': ('varchar', 'texts'), 'data': ('text', 'texts'), 'sign': ('int2', 'others'),
    'corrects': ('int8', 'others'), 'amount': ('numeric', 'others'), 'tier': ('varchar', 'texts'),
}
MOSTLY_EMPTY = frozenset({
    'member', 'dimension_1', 'dimension_2', 'dimension_3', 'corrects', 'amount', 'tier'})
_of_column = {name: itemgetter(Event._fields.index(name)) for name in COLUMNS}


class TenantUsageEvent(models.Model):
    """How events get into the tables: all of a call by one statement."""

    _inherit = 'tenant.usage.event'

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
        columns = {name: list(map(_of_column[name], events)) for name in COLUMNS}
        filled = tuple(
            name for name in COLUMNS if name not in MOSTLY_EMPTY or any(columns[name]))
        used = {event.meter_id for event in events}
        carried = [
            [meter for meter in used if meters[meter] in kinds] for kinds in (GREATEST, LEVELS)]
        now = fields.Datetime.now()
        self.env.cr.execute(SQL(
            _statement(filled, *map(bool, carried)),
            *(WRITE[COLUMNS[name][1]](columns[name]) for name in filled),
            now.date(), now, *filter(None, carried), len(set(columns['digest'])),
        ), log_exceptions=False)
        return {digest for digest, in self.env.cr.fetchall()}

    @api.model
    def _contents(self, digests):
        """What was recorded under keys.

        :return: digest of the content by digest of the key
        :rtype: dict
        """
        self.env.cr.execute(SQL(
            """
            SELECT replace(digest::text, '-', ''), replace(content::text, '-', '')
              FROM tenant_usage_key WHERE digest = ANY(%s::uuid[])
            """, list(digests)))
        return dict(self.env.cr.fetchall())


@lru_cache
def _statement(filled, has_greatest, has_levels):
    """The statement with a place for each parameter: to put it together takes longer than to store
    a few events."""
    def column(name):
        kind = SQL(COLUMNS[name][0])
        if name in filled:
            written = SQL("unnest(%s::%s[])", None, kind)
        else:
            written = SQL("''::varchar") if kind.code == 'varchar' else SQL("NULL::%s", kind)
        return SQL("%s AS %s", written, SQL.identifier(name))

    chosen = SQL("FILTER (WHERE meter_id = ANY(%s))", None)
    return SQL(
        """
        WITH x AS MATERIALIZED (
            SELECT nextval('tenant_usage_raw_id_seq') AS id, %(columns)s
        ), k AS (
            INSERT INTO tenant_usage_key (digest, content, event_id, received_on)
            SELECT digest, content, id, %(today)s FROM x ORDER BY digest, sign DESC
            ON CONFLICT DO NOTHING RETURNING digest
        ), e AS (
            INSERT INTO tenant_usage_raw (
                id, received_at, panel_id, meter_id, time, hour, value, amount, tier, member,
                dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects)
            SELECT id, %(now)s, panel_id, meter_id, time, hour, value, amount, tier, member,
                   dimension_1, dimension_2, dimension_3, source, external_id, data, sign, corrects
              FROM x JOIN k USING (digest)
        ), t AS (
            INSERT INTO tenant_usage_total (
                kind, panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier,
                hour, events, value, amount, maximum, latest)
            SELECT 'partial', panel_id, meter_id, dimension_1, dimension_2, dimension_3, member,
                   tier, hour, sum(sign), sum(value), sum(amount), %(greatest)s, %(latest)s
              FROM x JOIN k USING (digest)
             GROUP BY panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier, hour
             ORDER BY panel_id, meter_id, hour
        )
        SELECT replace(digest::text, '-', '') FROM x
         WHERE (SELECT count(*) FROM k) < %(keys)s AND digest NOT IN (SELECT digest FROM k)
        """, columns=SQL(", ").join(map(column, COLUMNS)), today=None, now=None, keys=None,
        greatest=SQL("max(value) %s", chosen) if has_greatest else SQL("NULL::numeric"),
        latest=SQL("max(%s) %s", LATEST, chosen) if has_levels else SQL("NULL::varchar")).code


def _words(values):
    """An array as PostgreSQL writes it, of texts without commas, quotes and braces."""
    return '{' + ','.join(values) + '}'


def _others(values):
    """The same of numbers, some of which may be missing."""
    return _words(['NULL' if value is None else str(value) for value in values])


def _texts(values):
    """The same of any texts; none holds a NUL, which stands between them for a moment."""
    joined = '\0'.join(values).replace('\\', '\\\\').replace('"', '\\"')
    return '{"' + joined.replace('\0', '","') + '"}'


WRITE = {'words': _words, 'others': _others, 'texts': _texts}
