from odoo import api, models
from odoo.fields import Domain

from odoo.addons.tenant_billing.models.metering.tenant_panel_limits import Window


class TenantPanel(models.Model):
    """R24 and R26: limits and cap count in the billing period that runs."""

    _inherit = 'tenant.panel'

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_cap(self):
        """Pause panels at their cap, and let go on those that have room again."""
        self.env['tenant.billing.run']._run_batches(
            'tenant.panel',
            Domain([('usage_cap', '>', 0), ('usage_cap_action', '=', 'pause')])
            | Domain('open_hold_ids.is_cap', '=', True),
            lambda panels: panels._keep_to_cap())

    # === BUSINESS METHODS === #

    def _usage_window(self):
        period = self._running_period()
        if not period:
            return super()._usage_window()
        return Window(period.date_start, period._usage_end(), period.plan_version_id)

    def _running_period(self):
        """The period to which usage of today belongs; empty while none runs."""
        self.ensure_one()
        today = self._today()
        return self.sudo().period_ids.filtered(
            lambda p: p._shields() and p.date_start <= today < p._usage_end())[:1]

    def _costing(self):
        period = self._running_period()
        return period._costing() if period else None

    def _limits(self):
        period = self._running_period()
        return super()._limits() + (period._included(
            self._today(), self._resets_at(self._usage_window())) if period else [])
