from odoo import api, models
from odoo.fields import Domain

from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.models.metering.tenant_panel_cap import Costing
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
        period = self.sudo()._current_period()
        if not period:
            return super()._usage_window()
        return Window(period.date_start, period._usage_end(), period.plan_version_id)

    def _costing(self):
        current = self._current_usage()
        if not current:
            return None
        fee = current.period._fee_owed()

        def _cost(more):
            totals, events = current.period._more(more)
            return fee + rate(
                current.terms, [*current.used.totals, *totals], [*current.used.events, *events],
                closed=False).amount
        return Costing(fee, _cost)

    def _limits(self):
        period = self.sudo()._current_period()
        charges = period.plan_version_id._engine_usage().charges if period else ()
        if not any(row.allowance for charge in charges for row in charge.rows):
            return super()._limits()
        current = self.sudo()._current_usage()
        rating = rate(current.terms, current.used.totals, current.used.events, closed=False)
        return super()._limits() + period._included(
            self._today(), rating.lines, self._resets_at(self._usage_window()))
