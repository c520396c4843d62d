from odoo import fields, models

DAYS_BEFORE = (7, 3, 1)


class TenantBillingDemand(models.Model):
    _inherit = 'tenant.billing.demand'

    def _reminder_points(self):
        """R35: (day, kind, days before the cut-off) of every reminder of this demand."""
        self.ensure_one()
        stop = self._stops_after()
        grace = self.plan_version_id.grace_days
        points = [(fields.Date.subtract(stop, days=n), 'before', n) for n in DAYS_BEFORE]
        if grace >= 1:
            points.append((fields.Date.add(stop, days=1), 'overdue', 0))
        if grace >= 2:
            points.append((fields.Date.add(stop, days=grace), 'last', 0))
        return points

    def _reminder_row(self, kind, days_before, stop_after=None):
        stop = stop_after or self._stops_after()
        grace = self.plan_version_id.grace_days
        return {
            'demand_id': self.id,
            'panel_id': self.panel_id.id,
            'company_id': self.company_id.id,
            'kind': kind,
            'days_before': days_before,
            'stop_after': stop,
            'stops_on': fields.Date.add(stop, days=grace + 1),
            'queued_on': self.panel_id._today(),
        }
