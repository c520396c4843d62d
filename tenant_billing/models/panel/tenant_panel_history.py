from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.active_hours import active_hours
from odoo.addons.tenant_billing.engine.periods import midnight_utc


class TenantPanel(models.Model):
    """When panels changed their state, as the audit trail remembers it."""

    _inherit = 'tenant.panel'

    def _state_changes(self):
        """The changes of the shown state of these panels, each list in its order.

        :return: by panel id, a list of (instant as naive UTC, new state)
        :rtype: dict
        """
        self.env['tenant.billing.event'].flush_model()
        found = {panel: [] for panel in self.ids}
        self.env.cr.execute(SQL(
            """
            SELECT panel_id, COALESCE(happened_at, create_date), state_to
              FROM tenant_billing_event
             WHERE panel_id = ANY(%s) AND state_from IS DISTINCT FROM state_to
               AND state_to IS NOT NULL
             ORDER BY id
            """, self.ids))
        for panel, instant, state in self.env.cr.fetchall():
            found[panel].append((instant, state))
        return found

    def _active_hours(self, start, end):
        """For how long the panel ran in local days `[start, end)`, until now.

        :rtype: Fraction
        """
        self.ensure_one()
        zone = self.zone or self._zone_of_customer()
        first, last = (midnight_utc(day, zone) for day in (start, end))
        last = min(last, fields.Datetime.now())
        return active_hours(self._state_changes()[self.id], first, last) if first < last else 0
