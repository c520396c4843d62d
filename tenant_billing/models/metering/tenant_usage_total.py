from datetime import datetime, time
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

PLACE = ('panel_id', 'meter_id', 'dimension_1', 'dimension_2', 'dimension_3', 'member', 'tier')
KEY = SQL(", ").join(SQL.identifier(name) for name in (*PLACE, 'hour'))
COUNTED = SQL("events, value, amount, maximum, latest")
LOCK = 7_215_004  # of those who replace rows of totals, for they must not meet
FOLDED_AT_ONCE = 50_000


class TenantUsageTotal(models.Model):
    """What was used by panel, meter, group and local hour. Rows are added by each call, folded
    later, and may be several for one hour: read their sum."""

    _name = 'tenant.usage.total'
    _description = "Usage Total"
    _order = 'day desc, hour desc, id desc'
    _rec_name = 'meter_id'
    _auto = False

    kind = fields.Selection(
        [('partial', "Of one call"), ('folded', "Folded"), ('kept', "Events no longer kept")],
        required=True, readonly=True)
    panel_id = fields.Many2one('tenant.panel', required=True, readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    meter_id = fields.Many2one('tenant.meter', required=True, readonly=True)
    dimension_1 = fields.Char(string="Group", readonly=True)
    dimension_2 = fields.Char(string="Second Group", readonly=True)
    dimension_3 = fields.Char(string="Third Group", readonly=True)
    member = fields.Char(
        readonly=True, help="Stands for one of the different values that are counted.")
    tier = fields.Char(readonly=True, help="The bracket that the amount comes from.")
    day = fields.Date(
        readonly=True, help="Service day: the local day of the panel to which the usage belongs.")
    hour = fields.Char(
        string="Local Hour", readonly=True,
        help="The hour of that day; its first one, once the events are no longer kept.")
    events = fields.Integer(readonly=True, help="Events less those taken back.")
    value = fields.Float(string="Sum", digits=0, readonly=True)
    amount = fields.Float(digits=0, readonly=True)
    maximum = fields.Float(digits=0, readonly=True)
    latest = fields.Char(readonly=True, help="Instant, source, id and value of the last event.")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.id, t.kind, t.panel_id, p.company_id, t.meter_id, t.dimension_1,
                   t.dimension_2, t.dimension_3, t.member, t.tier, t.hour::date AS day,
                   to_char(t.hour, 'HH24:MI') AS hour, t.events, t.value, t.amount, t.maximum,
                   t.latest
              FROM tenant_usage_total t
              JOIN tenant_panel p ON p.id = t.panel_id
            """)

    # === SETUP METHODS === #

    def init(self):
        """A table of our own: its ids have 64 bits, and no foreign key is looked up for each
        row."""
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS tenant_usage_total (
                id bigserial PRIMARY KEY,
                panel_id int4 NOT NULL,
                meter_id int4 NOT NULL,
                hour timestamp NOT NULL,
                events int8 NOT NULL,
                kind varchar NOT NULL CHECK (kind IN ('partial', 'folded', 'kept')),
                dimension_1 varchar COLLATE "C" NOT NULL,
                dimension_2 varchar COLLATE "C" NOT NULL,
                dimension_3 varchar COLLATE "C" NOT NULL,
                member varchar COLLATE "C" NOT NULL,
                tier varchar COLLATE "C" NOT NULL,
                value numeric,
                amount numeric,
                maximum numeric,
                latest varchar COLLATE "C");
            CREATE INDEX IF NOT EXISTS tenant_usage_total_of_panel
                ON tenant_usage_total (panel_id, meter_id, hour);
            CREATE INDEX IF NOT EXISTS tenant_usage_total_of_meter
                ON tenant_usage_total (meter_id);
            CREATE INDEX IF NOT EXISTS tenant_usage_total_partial
                ON tenant_usage_total (panel_id) WHERE kind = 'partial'
            """)

    # === BUSINESS METHODS: reading === #

    @api.model
    def _of(self, panel, start, end, meter=None):
        """What a panel used in local days `[start, end)`.

        :return: dicts of meter_id, dimension_1 to 3, tier, events, value and amount (Decimal or
            None), maximum (Decimal or None), latest (value of the last event, Decimal or None) and
            members (how many different values)
        """
        groups = SQL("meter_id, dimension_1, dimension_2, dimension_3, tier")
        self.env.cr.execute(SQL(
            """
            SELECT %(groups)s, sum(events), sum(value)::text, sum(amount)::text,
                   max(maximum)::text, substring(max(latest) FROM '[^\x01]*$'),
                   count(*) FILTER (WHERE member <> '' AND events > 0)
              FROM (SELECT %(groups)s, member, sum(events) AS events, sum(value) AS value,
                           sum(amount) AS amount, max(maximum) AS maximum, max(latest) AS latest
                      FROM tenant_usage_total
                     WHERE panel_id = %(panel)s AND hour >= %(start)s AND hour < %(end)s
                       AND (%(meter)s IS NULL OR meter_id = %(meter)s)
                     GROUP BY %(groups)s, member) AS each
             GROUP BY %(groups)s ORDER BY %(groups)s
            """, groups=groups, panel=panel.id, start=datetime.combine(start, time()),
            end=datetime.combine(end, time()), meter=meter.id if meter else None))
        names = ('meter_id', 'dimension_1', 'dimension_2', 'dimension_3', 'tier', 'events',
                 'value', 'amount', 'maximum', 'latest', 'members')
        found = [dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()]
        for row in found:
            row['events'] = int(row['events'])
            for name in ('value', 'amount', 'maximum', 'latest'):
                row[name] = None if row[name] is None else Decimal(row[name])
        return found

    # === BUSINESS METHODS: folding === #

    @api.model
    def _cron_fold(self):
        """Fold the rows of each hour into one."""
        cron = self.env['ir.cron']
        time_left = cron._commit_progress(remaining=self._count_partial())
        while time_left > 0:
            folded = self._fold()
            time_left = cron._commit_progress(folded)
            if not folded:
                break

    @api.model
    def _count_partial(self):
        self.env.cr.execute("SELECT count(*) FROM tenant_usage_total WHERE kind = 'partial'")
        return self.env.cr.fetchone()[0]

    @api.model
    def _fold(self):
        """:return: how many rows of calls were folded; none where others replace rows now"""
        self.env.cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK))
        if not self.env.cr.fetchone()[0]:
            return 0
        self.env.cr.execute(SQL(
            """
            WITH place AS (
                SELECT DISTINCT %(key)s FROM (
                    SELECT %(key)s FROM tenant_usage_total WHERE kind = 'partial'
                     LIMIT %(limit)s) AS first
            ), gone AS (
                DELETE FROM tenant_usage_total
                 WHERE (%(key)s) IN (SELECT %(key)s FROM place) AND kind <> 'kept'
                RETURNING *
            ), made AS (
                INSERT INTO tenant_usage_total (kind, %(key)s, %(counted)s)
                SELECT 'folded', %(key)s, sum(events), sum(value), sum(amount), max(maximum),
                       max(latest)
                  FROM gone GROUP BY %(key)s
            )
            SELECT count(*) FROM gone WHERE kind = 'partial'
            """, key=KEY, counted=COUNTED, limit=FOLDED_AT_ONCE))
        return self.env.cr.fetchone()[0]
