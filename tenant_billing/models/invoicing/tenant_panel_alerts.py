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

    def _running_periods(self):
        """The period of each panel that holds its today; by two queries, however many."""
        today = fields.Datetime.now().date()
        around = self.env['tenant.billing.period'].search([
            ('panel_id', 'in', self.ids), ('date_start', '<=', fields.Date.add(today, days=1)),
            ('date_end', '>=', today)])
        running = around.filtered(
            lambda p: p._shields() and p.date_start <= p.panel_id._today() < p._usage_end())
        return around.browse().union(*(
            some.sorted(lambda p: not p._is_live())[:1]
            for some in running.grouped('panel_id').values()))
