from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.models.metering.tenant_usage_total import (
    COUNTED,
    KEY,
    LOCK,
)

# Of events: greater is later; of those of one instant the greater source, then id (R29b).
LATEST = SQL(
    "(to_char(time, 'YYYY-MM-DD HH24:MI:SS.US') || chr(1) || source || chr(1) || external_id "
    "|| chr(1) || value::text)::varchar COLLATE \"C\"")

EVERY = SQL("TRUE")
GREATEST, LEVELS = ('max',), ('last', 'weighted')  # meters whose totals carry more than sums


class TenantUsageTotal(models.Model):
    """What the totals must be: counted again from the events."""

    _inherit = 'tenant.usage.total'

    # === ACTION METHODS === #

    def action_check(self):
        """Compare the totals with the events that they are made of.

        :return: a notification that says what was found
        """
        self.check_access('read')
        different = self.sudo()._different()
        own = self.env['tenant.panel'].search([('id', 'in', [place[0] for place in different])])
        different = [place for place in different if place[0] in own._ids]
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'danger' if different else 'success',
                'sticky': bool(different),
                'message': self.env._(
                    "%s totals do not agree with their events. The self-audit names them.",
                    len(different)) if different else self.env._(
                    "All totals agree with their events."),
            },
        }

    # === BUSINESS METHODS: counting from the events === #

    @api.model
    def _recounted(self, condition):
        """The totals as the kept events give them. Events that were taken back count neither as
        the greatest nor as the last."""
        return SQL(
            """
            SELECT %(key)s, sum(sign) AS events, sum(value) AS value, sum(amount) AS amount,
                   max(value) FILTER (
                       WHERE counts AND aggregation IN %(greatest)s) AS maximum,
                   max(%(latest)s) FILTER (
                       WHERE counts AND aggregation IN %(levels)s) AS latest
              FROM (SELECT e.*, m.aggregation, e.sign = 1 AND NOT EXISTS (
                               SELECT FROM tenant_usage_raw c
                                WHERE c.corrects = e.id AND c.sign = -1) AS counts
                      FROM tenant_usage_raw e JOIN tenant_meter m ON m.id = e.meter_id
                     WHERE %(condition)s) AS read
             GROUP BY %(key)s
            """, key=KEY, latest=LATEST, condition=condition, greatest=GREATEST, levels=LEVELS)

    @api.model
    def _recount(self, places, condition=EVERY):
        """Count hours of panels and meters again from their events.

        :param places: panel, meter and hour of each, the hour as text
        :param SQL condition: which events count, as `e`
        """
        panels, meters, hours = map(list, zip(*sorted(places), strict=True))
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s)", LOCK))
        self.env.cr.execute(SQL(
            """
            WITH place AS (
                SELECT * FROM unnest(%(panels)s::int4[], %(meters)s::int4[], %(hours)s::timestamp[])
                           AS p(panel_id, meter_id, hour)
            ), gone AS (
                DELETE FROM tenant_usage_total t USING place p
                 WHERE (t.panel_id, t.meter_id, t.hour) = (p.panel_id, p.meter_id, p.hour)
                   AND t.kind <> 'kept'
            )
            INSERT INTO tenant_usage_total (kind, %(key)s, %(counted)s)
            SELECT 'folded', %(key)s, %(counted)s FROM (%(recounted)s) AS again
            """, panels=panels, meters=meters, hours=hours, key=KEY,
            counted=COUNTED, recounted=self._recounted(SQL(
                "(e.panel_id, e.meter_id, e.hour) IN (SELECT panel_id, meter_id, hour "
                "FROM place) AND %s", condition))), log_exceptions=False)

    @api.model
    def _different(self):
        """Where totals and events do not agree.

        :return: (panel, meter, hour) of each
        """
        self.env.cr.execute(SQL(
            """
            WITH told AS (
                SELECT %(key)s, sum(events) AS events, sum(value) AS value, sum(amount) AS amount,
                       max(maximum) AS maximum, max(latest) AS latest
                  FROM tenant_usage_total WHERE kind <> 'kept' GROUP BY %(key)s
            ), counted AS (%(recounted)s)
            SELECT DISTINCT panel_id, meter_id, hour::text
              FROM told FULL JOIN counted USING (%(key)s)
             WHERE (COALESCE(told.events, 0), COALESCE(told.value, 0), COALESCE(told.amount, 0),
                    told.maximum, told.latest)
                   IS DISTINCT FROM
                   (COALESCE(counted.events, 0), COALESCE(counted.value, 0),
                    COALESCE(counted.amount, 0), counted.maximum, counted.latest)
             ORDER BY 1, 2, 3
            """, key=KEY, recounted=self._recounted(EVERY)))
        return self.env.cr.fetchall()

