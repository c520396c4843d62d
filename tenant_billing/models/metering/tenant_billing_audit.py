from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.models.metering.tenant_usage_tables import CATCH_ALL


class TenantBillingAudit(models.Model):
    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return {
            **super()._checks(),
            'usage_totals': self._check_usage_totals,
            'usage_tables': self._check_usage_tables,
            'usage_running': self._check_usage_running,
        }

    @api.model
    def _check_usage_totals(self):
        """Totals are kept for speed; the events are what was used."""
        meters = self.env['tenant.meter']
        for panel, meter, hour in self.env['tenant.usage.total']._different():
            yield self.env['tenant.panel'].browse(panel), self.env._(
                "The total of %(meter)s for the local hour %(hour)s does not agree with its "
                "events.", meter=meters.browse(meter).code, hour=hour)

    @api.model
    def _check_usage_running(self):
        """Limits are decided on running totals, which stand for the totals."""
        for panel, meter in self.env['tenant.usage.event']._wrong_running():
            yield panel, self.env._(
                "The running total of %s, on which its limit is decided, is not what was used.",
                meter.code)

    @api.model
    def _check_usage_tables(self):
        """The catch-all takes what has no table; then the scheduled action has not run."""
        self.env.cr.execute(SQL(
            "SELECT count(*) FROM %s", SQL.identifier(CATCH_ALL)))
        count, = self.env.cr.fetchone()
        if count:
            yield self.env.company, self.env._(
                "%s usage events lie in the catch-all table, for their month has none. Run the "
                "scheduled action \"Billing: keep usage tables\".", count)
