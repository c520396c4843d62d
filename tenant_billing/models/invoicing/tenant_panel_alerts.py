from odoo import fields, models

from odoo.addons.tenant_billing.models.metering.tenant_usage_alert_firing import Days


class TenantPanel(models.Model):
    """Usage alerts of panels in their running periods."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _check_alerts(self):
        """Tell what thresholds the panels have come to in their running periods."""
        periods = self._running_periods()
        usage = periods._usage(until=fields.Datetime.now())
        meters = {
            (meter.company_id, meter.code): meter for meter in self.env['tenant.meter'].search(
                [('company_id', 'in', periods.company_id.ids)])}
        self.env['tenant.usage.alert']._check([
            Days(period.panel_id, period.date_start, period._usage_end(),
                 period._levels(usage[period], meters))
            for period in periods])
