import logging

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.models.metering.tenant_usage_total import (
    COUNTED,
    KEY,
    LOCK,
    PLACE,
)

_logger = logging.getLogger(__name__)

RAW = 'tenant_usage_raw'
CATCH_ALL = f'{RAW}_default'
MONTHS_AHEAD = 2
PATIENCE = '10s'  # for the locks of a change of the tables; else the next run makes it


class TenantUsageEvent(models.Model):
    """The tables behind events: keys, and raw events by the month in which they arrived."""

    _inherit = 'tenant.usage.event'

    # === SETUP METHODS === #

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS tenant_usage_key (
                digest bytea PRIMARY KEY,
                content bytea NOT NULL,
                event_id int8 NOT NULL,
                received_on date NOT NULL,
                mark int2 NOT NULL DEFAULT 0);
            CREATE INDEX IF NOT EXISTS tenant_usage_key_received
                ON tenant_usage_key USING brin (received_on);
            CREATE SEQUENCE IF NOT EXISTS tenant_usage_raw_id_seq;
            CREATE TABLE IF NOT EXISTS tenant_usage_raw (
                id int8 NOT NULL,
                received_at timestamp NOT NULL,
                time timestamp NOT NULL,
                hour timestamp NOT NULL,
                corrects int8,
                panel_id int4 NOT NULL,
                meter_id int4 NOT NULL,
                sign int2 NOT NULL,
                value numeric,
                amount numeric,
                tier varchar COLLATE "C" NOT NULL,
                member varchar COLLATE "C" NOT NULL,
                dimension_1 varchar COLLATE "C" NOT NULL,
                dimension_2 varchar COLLATE "C" NOT NULL,
                dimension_3 varchar COLLATE "C" NOT NULL,
                source varchar COLLATE "C" NOT NULL,
                external_id varchar COLLATE "C" NOT NULL,
                data text NOT NULL
            ) PARTITION BY RANGE (received_at);
            CREATE INDEX IF NOT EXISTS tenant_usage_raw_id ON tenant_usage_raw (id);
            CREATE INDEX IF NOT EXISTS tenant_usage_raw_panel
                ON tenant_usage_raw (panel_id, meter_id, time);
            CREATE INDEX IF NOT EXISTS tenant_usage_raw_received
                ON tenant_usage_raw USING brin (received_at) WITH (autosummarize = on);
            CREATE INDEX IF NOT EXISTS tenant_usage_raw_corrects
                ON tenant_usage_raw (corrects) WHERE corrects IS NOT NULL;
            CREATE TABLE IF NOT EXISTS tenant_usage_raw_default
                PARTITION OF tenant_usage_raw DEFAULT
            """)
        self._make_function()
        self._make_partitions()

    @api.model
    def _drop_tables(self):
        self.env.cr.execute(
            """
            DROP FUNCTION IF EXISTS tenant_usage_store;
            DROP TABLE IF EXISTS
                tenant_usage_raw, tenant_usage_key, tenant_usage_total, tenant_usage_running;
            DROP SEQUENCE IF EXISTS tenant_usage_raw_id_seq
            """)

    # === BUSINESS METHODS === #

    @api.model
    def _cron_keep(self):
        """Make next months' tables, and let go of what is kept no longer."""
        self.env.cr.execute(SQL("SELECT set_config('lock_timeout', %s, true)", PATIENCE))
        self._make_partitions()
        for name in self._outlived():
            self._let_go(name)
            self.env['ir.cron']._commit_progress()
        self._forget_keys()

    @api.model
    def _make_partitions(self):
        """This month's table and those ahead; events that lie in the catch-all move to theirs."""
        first = fields.Datetime.now().date().replace(day=1)
        months = {first + relativedelta(months=ahead) for ahead in range(MONTHS_AHEAD + 1)}
        self.env.cr.execute(SQL(
            "SELECT DISTINCT date_trunc('month', received_at)::date FROM %s",
            SQL.identifier(CATCH_ALL)))
        months |= {month for month, in self.env.cr.fetchall()}
        known = self._partitions()
        for month in sorted(months):
            name = f'{RAW}_{month:%Y_%m}'
            if name not in known:
                self._make_partition(name, month)

    @api.model
    def _make_partition(self, name, month):
        """Made apart and attached: so the table is not locked against those who write to it."""
        table, raw, rest = map(SQL.identifier, (name, RAW, CATCH_ALL))
        bounds = {'start': month, 'end': month + relativedelta(months=1)}
        self.env.cr.execute(SQL(
            """
            CREATE TABLE %(table)s (LIKE %(raw)s INCLUDING ALL);
            WITH moved AS (
                DELETE FROM %(rest)s WHERE received_at >= %(start)s AND received_at < %(end)s
                RETURNING *)
            INSERT INTO %(table)s SELECT * FROM moved;
            ALTER TABLE %(raw)s ATTACH PARTITION %(table)s
                FOR VALUES FROM (%(start)s) TO (%(end)s)
            """, table=table, raw=raw, rest=rest, **bounds))

    @api.model
    def _partitions(self):
        """:return: the last instant's bound by name, None for the catch-all"""
        self.env.cr.execute(SQL(
            """
            SELECT c.relname, substring(pg_get_expr(c.relpartbound, c.oid)
                                        FROM 'TO \\(''([0-9-]+)')::date
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = %s::regclass
            """, RAW))
        return dict(self.env.cr.fetchall())

    @api.model
    def _outlived(self):
        """The tables of months whose events are kept no longer."""
        day = self._kept_since('tenant_usage_keep_days')
        return sorted(name for name, end in self._partitions().items() if end and end <= day)

    @api.model
    def _kept_since(self, field):
        """By the company that keeps longest."""
        self.env['res.company'].flush_model([field])
        self.env.cr.execute(SQL("SELECT max(%s) FROM res_company", SQL.identifier(field)))
        days, = self.env.cr.fetchone()
        return fields.Datetime.subtract(fields.Datetime.now(), days=days).date()

    @api.model
    def _let_go(self, name):
        """Take a month's table off, once its totals are seen to be right: what they owe to its
        events is kept by day, the rest stands by the events that remain. The table itself stays in
        the database, under its name, until somebody archives or drops it."""
        totals = self.env['tenant.usage.total']
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s)", LOCK))
        if totals._different():
            _logger.error("Usage events of %s are kept: totals do not agree with them.", name)
            return
        table = SQL.identifier(name)
        self.env.cr.execute(SQL(
            """
            INSERT INTO tenant_usage_total (kind, %(key)s, %(counted)s)
            SELECT 'kept', %(place)s, date_trunc('day', hour), sum(events), sum(value),
                   sum(amount), max(maximum), max(latest)
              FROM (%(recounted)s) AS again GROUP BY %(place)s, date_trunc('day', hour)
            """, key=KEY, place=SQL(", ").join(map(SQL.identifier, PLACE)), counted=COUNTED,
            recounted=totals._recounted(SQL("e.tableoid = %s::regclass", name))))
        self.env.cr.execute(SQL("SELECT DISTINCT panel_id, meter_id, hour::text FROM %s", table))
        places = self.env.cr.fetchall()
        if places:
            totals._recount(places, SQL("e.tableoid <> %s::regclass", name))
        self.env.cr.execute(SQL(  # last, for it waits for all who write, and they for it
            "SELECT set_config('lock_timeout', %s, true)", PATIENCE))
        self.env.cr.execute(SQL("ALTER TABLE %s DETACH PARTITION %s", SQL.identifier(RAW), table))
        _logger.info("Usage events of %s are kept no longer.", name)

    @api.model
    def _forget_keys(self):
        self.env.cr.execute(SQL(
            "DELETE FROM tenant_usage_key WHERE received_on < %s",
            self._kept_since('tenant_usage_key_days')))
