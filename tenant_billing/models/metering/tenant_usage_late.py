from datetime import datetime, time

from odoo import api, models
from odoo.tools import SQL


class TenantUsageEvent(models.Model):
    """What came after its time."""

    _inherit = 'tenant.usage.event'

    @api.model
    def _first_corrected(self, since):
        """The first local day on which recorded usage was corrected lately, by panel. Events that
        are merely late lie within the age for which they are taken, corrections anywhere.

        :param dict since: by panel id, the UTC day from which corrections count
        :rtype: dict
        """
        return self._first_day(since, SQL("e.corrects IS NOT NULL"))

    @api.model
    def _first_received(self, since):
        """The first local day of which any event came lately, by panel.

        :param dict since: as above
        :rtype: dict
        """
        return self._first_day(since, SQL("TRUE"))

    @api.model
    def _first_day(self, since, which):
        if not since:
            return {}
        self.env.cr.execute(SQL(
            """
            SELECT s.panel_id, min(e.hour)::date
              FROM unnest(%(panels)s::int4[], %(days)s::timestamp[]) AS s(panel_id, day)
              JOIN tenant_usage_raw e ON e.panel_id = s.panel_id AND e.received_at >= s.day
             WHERE %(which)s AND e.received_at >= %(first)s
             GROUP BY s.panel_id
            """, which=which, panels=list(since),
            days=[datetime.combine(day, time()) for day in since.values()],
            first=datetime.combine(min(since.values()), time())))
        return dict(self.env.cr.fetchall())
