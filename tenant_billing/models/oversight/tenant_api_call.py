from contextlib import suppress

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.tenant_billing.api_calls import CALLS

KEPT_DAYS = 8
MOST_TOLD = 200  # routes or panels in one answer


class TenantApiCall(models.Model):
    """How often routes below /api/ were called, with which success and how fast. Each process
    adds rows every few minutes; read their sum. Nobody reads them but the monitoring routes."""

    _name = 'tenant.api.call'
    _description = "API Calls"
    _log_access = False
    _rec_name = 'route'

    since = fields.Datetime(
        required=True, readonly=True, index=True, help="The hour in which they were written.")
    route = fields.Char(required=True, readonly=True, help="Method and address.")
    company_id = fields.Many2one('res.company', readonly=True, ondelete='cascade')
    panel_number = fields.Integer(readonly=True, help="The panel's id, where one was named.")
    calls = fields.Integer(readonly=True)
    refused = fields.Integer(readonly=True, help="Answers 4xx.")
    failed = fields.Integer(readonly=True, help="Answers 5xx.")
    seconds = fields.Float(digits=0, readonly=True)
    slowest = fields.Float(digits=0, readonly=True)

    # === BUSINESS METHODS === #

    @api.model
    def _stats(self, company_ids, hours, *, strangers=False, parts=()):
        """What was measured in the last hours: all of this process, and what the others have
        written.

        :param list company_ids: whose calls
        :param int hours: how many whole hours of UTC before the running one
        :param bool strangers: also calls of which nobody knows whose they were
        :param parts: of 'routes' and 'panels': what is told by itself besides
        :return: `since`, `total`, and of each part a list of (name, dict), the most calls first
        :rtype: dict
        """
        self._write_down()
        since = fields.Datetime.subtract(_hour(), hours=hours)
        where = SQL("since >= %s AND (company_id = ANY(%s) OR %s AND company_id IS NULL)",
                    since, list(company_ids), strangers)
        found = {'since': since, 'total': self._sums(where)[0][1]}
        for part, key in (('routes', SQL("route")), ('panels', SQL("panel_number"))):
            if part in parts:
                found[part] = self._sums(SQL("%s AND %s IS NOT NULL", where, key), key)
        return found

    @api.model
    def _write_down_later(self):
        """Once this request is done, write what the process has counted, if it is time."""
        if CALLS.is_due(self.env.cr.dbname):
            self.env.cr.postcommit.add(lambda: _write_down(self.env.registry))

    # === HELPERS === #

    @api.model
    def _write_down(self):
        counts = CALLS.take(self.env.cr.dbname)
        if counts:
            self.env.cr.execute_values(
                """
                INSERT INTO tenant_api_call (since, route, company_id, panel_number, calls,
                                             refused, failed, seconds, slowest)
                SELECT since, route, v.company_id::int4, panel_number::int4, calls, refused,
                       failed, seconds, slowest
                  FROM (VALUES %s) AS v (since, route, company_id, panel_number, calls, refused,
                                         failed, seconds, slowest)
                 WHERE v.company_id IS NULL
                    OR EXISTS (SELECT FROM res_company WHERE id = v.company_id::int4)
                """,
                [(_hour(), *call, count.calls, count.refused, count.failed, count.seconds,
                  count.slowest) for call, count in counts.items()])

    @api.model
    def _sums(self, where, key=None):
        """:return: list of (key, dict), the most calls first"""
        return [
            (name, {
                'calls': calls, 'refused': refused, 'failed': failed,
                'mean_ms': round(1000 * seconds / calls, 1) if calls else None,
                'slowest_ms': round(1000 * slowest, 1) if calls else None})
            for name, calls, refused, failed, seconds, slowest in self.env.execute_query(SQL(
                """
                SELECT %(key)s, coalesce(sum(calls), 0)::int8, coalesce(sum(refused), 0)::int8,
                       coalesce(sum(failed), 0)::int8, sum(seconds)::float8, max(slowest)::float8
                  FROM tenant_api_call WHERE %(where)s
                 GROUP BY %(group)s ORDER BY 2 DESC, 1 LIMIT %(most)s
                """, key=key or SQL("NULL"), group=key or SQL("()"), where=where,
                most=MOST_TOLD))]

    @api.autovacuum
    def _gc_calls(self):
        """One row for each hour, route and panel; none that is old."""
        self.env.cr.execute(SQL(
            """
            DELETE FROM tenant_api_call WHERE since < %(old)s;
            WITH gone AS (
                DELETE FROM tenant_api_call WHERE since < %(hour)s RETURNING *)
            INSERT INTO tenant_api_call (since, route, company_id, panel_number, calls, refused,
                                         failed, seconds, slowest)
            SELECT since, route, company_id, panel_number, sum(calls), sum(refused), sum(failed),
                   sum(seconds), max(slowest)
              FROM gone GROUP BY 1, 2, 3, 4
            """, old=fields.Datetime.subtract(_hour(), days=KEPT_DAYS), hour=_hour()))


def _hour():
    return fields.Datetime.now().replace(minute=0, second=0, microsecond=0)


def _write_down(registry):
    """On a cursor of its own: the request may only read. What cannot be written is lost, and
    breaks nothing."""
    with suppress(*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY), registry.cursor() as cr:
        api.Environment(cr, api.SUPERUSER_ID, {})['tenant.api.call']._write_down()
