from datetime import timedelta

from odoo import api, models

RULES = (  # name, basis, threshold, severity, plan
    ("Soon used up", 'percent', 80, 'warning', None),
    ("Used up", 'percent', 100, 'limit', None),
    ("Dear for Pro", 'money', 2500, 'notice', 'pro'),
)


class TenantDemoAlerts(models.AbstractModel):
    """The demo's usage alerts: two months ago the operator asked for them."""

    _inherit = 'tenant.demo'

    # === THE STORY === #

    @api.model
    def _plot(self, today):
        plot = super()._plot(today)
        for days, act in ((60, 'watch'), (9, 'read_alerts')):
            plot[0].setdefault(today - timedelta(days=days), []).append((act,))
        return plot

    @api.model
    def _live_a_day(self, panels):
        super()._live_a_day(panels)
        if self.env['tenant.usage.alert.rule']._watched_companies():
            self.env['tenant.panel'].union(*panels.values())._check_alerts()

    # === WHAT PEOPLE DO === #

    @api.model
    def _do_watch(self, panels, number, plans, tenants):
        """The operator wants to be told of usage."""
        self.env['tenant.usage.alert.rule'].create([
            {'name': name, 'basis': basis, 'threshold': threshold, 'severity': severity,
             'company_id': self.env.company.id, 'currency_id': self.env.company.currency_id.id,
             'plan_id': plan and plans[plan].id}
            for name, basis, threshold, severity, plan in RULES])

    @api.model
    def _do_read_alerts(self, panels, number, plans, tenants):
        """Tenants and operator have read what they were told until now."""
        alerts = self.env['tenant.usage.alert'].search([('state', '=', 'fired')])
        alerts._mark_read()
        alerts.action_mark_seen()
