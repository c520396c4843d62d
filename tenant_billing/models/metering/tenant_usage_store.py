from operator import itemgetter

from odoo import api, fields, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.usage_events import Event

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
    def _store(self, events, pricer=None):
        """Record events, each unless its key is known, and count those that are new.

        :param list events: Event; two of one key, a reversal and what replaces it, go together
        :return: the keys that were known
        :rtype: set
        """
        if pricer:
            events = pricer(events)
        aggregations = self._aggregations({event.meter_id for event in events})
        self.env.cr.execute(SQL(
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
                    dimension_1, dimension_2, dimension_3, source, external_id, data, sign,
                    corrects)
                SELECT id, %(now)s, panel_id, meter_id, time, hour, value, amount, tier, member,
                       dimension_1, dimension_2, dimension_3, source, external_id, data, sign,
                       corrects
                  FROM x JOIN k USING (digest)
            ), t AS (
                INSERT INTO tenant_usage_total (
                    kind, panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier,
                    hour, events, value, amount, maximum, latest)
                SELECT 'partial', panel_id, meter_id, dimension_1, dimension_2, dimension_3,
                       member, tier, hour, sum(sign), sum(value), sum(amount), %(carried)s
                  FROM x JOIN k USING (digest)
                 GROUP BY panel_id, meter_id, dimension_1, dimension_2, dimension_3, member, tier,
                          hour
                 ORDER BY panel_id, meter_id, hour
            )
            SELECT replace(digest::text, '-', '') FROM x
             WHERE (SELECT count(*) FROM k) < %(keys)s AND digest NOT IN (SELECT digest FROM k)
            """, columns=_columns(events), keys=len({event.digest for event in events}),
            now=fields.Datetime.now(), today=fields.Datetime.now().date(),
            carried=self.env['tenant.usage.total']._carried(aggregations)),
            log_exceptions=False)
        return {digest for digest, in self.env.cr.fetchall()}

    @api.model
    def _aggregations(self, meter_ids):
        """:return: ids of meters by how they count"""
        found = {}
        for meter in self.env['tenant.meter'].sudo().browse(meter_ids):
            found.setdefault(meter.aggregation, []).append(meter.id)
        return found

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


def _columns(events):
    """What the rows consist of, as a part of the statement: an array for each column."""
    columns = []
    for name, (kind, way) in COLUMNS.items():
        values = list(map(_of_column[name], events))
        if name in MOSTLY_EMPTY and not any(values):
            written = SQL("''::varchar") if kind == 'varchar' else SQL("NULL::%s", SQL(kind))
        else:
            written = SQL("unnest(%s::%s[])", WRITE[way](values), SQL(kind))
        columns.append(SQL("%s AS %s", written, SQL.identifier(name)))
    return SQL(", ").join(columns)


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
