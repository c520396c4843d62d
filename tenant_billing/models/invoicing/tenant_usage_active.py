from odoo import fields, models

from odoo.addons.tenant_billing.engine.active_hours import active_hours
from odoo.addons.tenant_billing.engine.periods import midnight_utc
from odoo.addons.tenant_billing.engine.rating_input import Total
from odoo.addons.tenant_billing.models.catalog.tenant_meter import ACTIVE_HOURS


class TenantBillingPeriod(models.Model):
    """Active hours, from the history of the panels' states."""

    _inherit = 'tenant.billing.period'

    # === HELPERS === #

    def _add_active_hours(self, found, cuts, until):
        """What meters of active hours count, by one query; nothing is known of the time to come.

        :param dict found: Used by period; it is added to
        :param list cuts: periods with Span
        :param datetime until: naive UTC
        """
        meters = {period: period.plan_version_id._meters().sudo().filtered(
            lambda meter: meter.aggregation == ACTIVE_HOURS) for period in self}
        counted = self.filtered(lambda period: meters[period])
        if not counted:
            return
        until = min(until, fields.Datetime.now())
        changes = counted.panel_id._state_changes()
        for period, span in cuts:
            start, end = (midnight_utc(day, period.zone) for day in (span.start, span.end))
            if period in counted and start < until:
                hours = active_hours(changes[period.panel_id.id], start, min(end, until))
                found[period].totals.extend(
                    Total(meter.code, (), span.start, hours) for meter in meters[period])
