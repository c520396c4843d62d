from collections import defaultdict
from fractions import Fraction

from odoo import models

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS
from odoo.addons.tenant_billing.engine.exact import as_written, fraction
from odoo.addons.tenant_billing.engine.periods import midnight_utc
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.models.metering.tenant_panel_limits import Window
from odoo.addons.tenant_billing.models.metering.tenant_usage_alert_firing import Level


class TenantBillingPeriod(models.Model):
    """How far usage and cost have come in a period: what thresholds of alerts are held against."""

    _inherit = 'tenant.billing.period'

    # === BUSINESS METHODS === #

    def _levels(self, used, meters):
        """What has come how far in the period.

        :param used: what was used until now
        :param dict meters: by company and code
        :rtype: list
        """
        self.ensure_one()
        levels = [*self._quantity_levels(used.totals, meters), *self._limit_levels()]
        try:
            rating = rate(self._engine_period(), used.totals, used.events, closed=False)
        except ValueError:  # usage without a price: the self-audit tells a person
            return levels
        cost = self._fee_owed() + rating.amount
        return [
            Level('money', fraction(cost)), *levels,
            *(level for line in rating.lines for level in self._allowance_levels(line))]

    # === HELPERS === #

    def _quantity_levels(self, totals, meters):
        """What was used by each meter, over all of its groups."""
        by_meter = defaultdict(list)
        for total in totals:
            by_meter[total.meter].append(total.total)
        days = self._whole_days()
        whole = midnight_utc(days[1], self.zone) - midnight_utc(days[0], self.zone)
        for code, some in by_meter.items():
            meter = self._for_tenant(meters[self.company_id, code])
            kind = AGGREGATIONS[meter._counts_as()]
            yield Level(
                'quantity', kind.quantity(kind.combine(some), int(whole.total_seconds())), None,
                f'meter:{code}', meter.name, meter.unit, meter.id)

    def _limit_levels(self):
        """How much of what the plan version allows is used. R24: a limit that refused something
        is reached, however much of it the refused event left free."""
        limits = self.plan_version_id.entitlement_ids.filtered(
            lambda limit: limit.kind != 'feature' and limit.quantity)
        window = Window(self.date_start, self._usage_end(), self.plan_version_id)
        used = self.panel_id._used(window, limits.meter_id)
        refusing = self._refusing(limits, used)
        for limit in self._for_tenant(limits):
            yield Level(
                'percent', fraction(used[limit.meter_id]), fraction(as_written(limit.quantity)),
                f'limit:{limit.code}', limit.name, limit.unit, limit.meter_id.id, limit in refusing)

    def _refusing(self, limits, used):
        """The hard limits that refused something in the period, among those with room left."""
        lowest = limits._hard_limits()
        hard = limits.filtered(lambda limit: limit.kind == 'hard' and (
            used[limit.meter_id] < as_written(limit.quantity) == lowest[limit.meter_id.id]))
        if not hard:
            return hard
        meters = self.env['tenant.usage.refusal'].sudo()._refused_meters(
            self.panel_id, self.plan_version_id, self.date_start, self._usage_end())
        return hard.filtered(lambda limit: limit.meter_id in meters)

    def _allowance_levels(self, line):
        """How much of what a row of the rate card includes is used."""
        included = Fraction(line.why.get('included') or 0)
        if not included:
            return
        charge = self._for_tenant(self.plan_version_id._charges_by_key()[line.charge])
        row = charge.row_ids.filtered(lambda row: str(row.id) == line.why['row'])
        yield Level(
            'percent', Fraction(line.why['quantity']), included,
            f'included:{line.charge}:{row.id}:{line.start}',
            charge.name if len(charge.row_ids) < 2 else f'{charge.name} ({row.display_name})',
            charge.unit, charge.meter_id.id)

    def _for_tenant(self, record):
        """Its names in the language of those who are told."""
        return record.with_context(lang=self.partner_id.lang)
