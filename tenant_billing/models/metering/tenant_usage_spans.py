from datetime import date, datetime, time
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

GROUPS = ('dimension_1', 'dimension_2', 'dimension_3')


class Span(NamedTuple):
    """Local days `[start, end)` of a panel."""

    panel_id: int
    start: date
    end: date


class TenantUsageTotal(models.Model):
    """What many panels used, each in days of its own: what rating reads, by one query each."""

    _inherit = 'tenant.usage.total'

    @api.model
    def _of_spans(self, spans):
        """What was used in each span, by meter, group and bracket.

        :param list spans: Span
        :return: a list for each span, in their order, of dicts of meter_id, dimension_1 to 3, tier,
            events, value, amount, maximum (each text of a number, or None), latest (text that
            grows with the event's rank and ends with its value, or None) and members (a list)
        :rtype: list
        """
        found = [[] for _span in spans]
        if not spans:
            return found
        groups = SQL("number, meter_id, dimension_1, dimension_2, dimension_3, tier")
        self.env.cr.execute(SQL(
            """
            SELECT %(groups)s, sum(events)::int8 AS events, sum(value)::text AS value,
                   sum(amount)::text AS amount, max(maximum)::text AS maximum,
                   max(latest) AS latest,
                   array_agg(member) FILTER (WHERE member <> '' AND events > 0) AS members
              FROM (SELECT %(groups)s, member, sum(events) AS events, sum(value) AS value,
                           sum(amount) AS amount, max(maximum) AS maximum, max(latest) AS latest
                      FROM %(spans)s
                      JOIN tenant_usage_total t USING (panel_id)
                     WHERE t.hour >= s.first AND t.hour < s.last
                     GROUP BY %(groups)s, member) AS each
             GROUP BY %(groups)s ORDER BY %(groups)s
            """, groups=groups, spans=self._table_of(spans)))
        for row in self.env.cr.dictfetchall():
            found[row.pop('number') - 1].append(row)
        return found

    @api.model
    def _levels_before(self, spans, meters):
        """The level that each group of a meter had when a span began.

        :param list spans: Span
        :param meters: time-weighted ones
        :return: for each span, in their order, a dict of the value as text by (meter id, groups)
        :rtype: list
        """
        found = [{} for _span in spans]
        self.env.cr.execute(SQL(
            """
            SELECT number, meter_id, dimension_1, dimension_2, dimension_3,
                   substring(max(latest) FROM '[^\x01]*$')
              FROM %(spans)s
              JOIN tenant_usage_total t USING (panel_id)
             WHERE t.meter_id = ANY(%(meters)s) AND t.hour < s.first AND t.latest IS NOT NULL
             GROUP BY 1, 2, 3, 4, 5
            """, spans=self._table_of(spans), meters=meters.ids))
        for number, meter_id, *groups, level in self.env.cr.fetchall():
            found[number - 1][meter_id, tuple(groups)] = level
        return found

    @api.model
    def _level_events(self, spans, meters):
        """The events of meters in spans that were not taken back.

        :param list spans: Span
        :param meters: time-weighted ones
        :return: for each span, in their order, a list of (meter id, groups, time, source, id,
            value as text)
        :rtype: list
        """
        found = [[] for _span in spans]
        self.env.cr.execute(SQL(
            """
            SELECT number, meter_id, dimension_1, dimension_2, dimension_3, e.time, e.source,
                   e.external_id, e.value::text
              FROM %(spans)s
              JOIN tenant_usage_raw e USING (panel_id)
             WHERE e.meter_id = ANY(%(meters)s) AND e.hour >= s.first AND e.hour < s.last
               AND e.time >= s.first - interval '1 day' AND e.time < s.last + interval '1 day'
               AND e.sign = 1 AND NOT EXISTS (
                   SELECT FROM tenant_usage_raw c WHERE c.corrects = e.id AND c.sign = -1)
            """, spans=self._table_of(spans), meters=meters.ids))
        for number, meter_id, *rest in self.env.cr.fetchall():
            found[number - 1].append((meter_id, tuple(rest[:3]), *rest[3:]))
        return found

    @api.model
    def _table_of(self, spans):
        """Spans as a table `s` of a query, each with its number, from 1."""
        return SQL(
            "unnest(%s::int4[], %s::timestamp[], %s::timestamp[])"
            " WITH ORDINALITY AS s(panel_id, first, last, number)",
            [span.panel_id for span in spans],
            [datetime.combine(span.start, time()) for span in spans],
            [datetime.combine(span.end, time()) for span in spans])
