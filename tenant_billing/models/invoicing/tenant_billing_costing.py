from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from odoo import models

from odoo.addons.tenant_billing.engine.event_prices import row_of
from odoo.addons.tenant_billing.engine.proration import by_days
from odoo.addons.tenant_billing.engine.rate_card import RateCard
from odoo.addons.tenant_billing.engine.rating_input import EventTotal, Total
from odoo.addons.tenant_billing.engine.usage_limits import limit_of, quantity_of


class TenantBillingPeriod(models.Model):
    """R24 and R26: events that are not recorded yet, as rating wants them, and what charges
    include."""

    _inherit = 'tenant.billing.period'

    # === BUSINESS METHODS === #

    def _included(self, day, lines, resets_at):
        """What the charges include in their price on a day.

        :param lines: rated ones of the period
        :param datetime resets_at: the end of the period, as naive UTC
        :return: a Limit for each row of a rate card that includes something
        :rtype: list
        """
        self.ensure_one()
        used = {line.why['row']: line.why for line in lines if 'included' in line.why}
        whole, found = self._whole_days(), []
        for charge in self.plan_version_id.charge_ids:
            card = RateCard(charge._engine().rows, self.date_start, self._usage_end(), charge.code)
            for stay in card.stays:
                if stay.row.allowance and stay.start <= day < stay.end:
                    values = [value for value in stay.row.dimensions if value]
                    quantity = used.get(stay.row.key, {}).get('quantity', 0)
                    included = Fraction(stay.row.allowance) * by_days(stay.start, stay.end, *whole)
                    found.append(limit_of(
                        ':'.join([charge.code, *values]), ', '.join([charge.name, *values]),
                        charge.unit or '', 'included', _decimal(Fraction(quantity)),
                        _decimal(included), resets_at))
        return found

    def _more(self, events):
        """Events that are not recorded, as rating wants what was used.

        :param events: Event, priced where they are by themselves
        :return: a list of Total and one of EventTotal
        """
        meters = {
            meter.id: meter for meter in
            self.env['tenant.meter'].sudo().browse({event.meter_id for event in events})}
        keys = self._keys_of_rows({row_of(event.tier) for event in events if event.tier})
        sums, amounts = defaultdict(Fraction), defaultdict(Fraction)
        for event in events:
            day, groups = date.fromisoformat(event.hour[:10]), (
                event.dimension_1, event.dimension_2, event.dimension_3)
            sums[event.meter_id, groups, day] += Fraction(quantity_of(event))
            if event.tier:
                amounts[row_of(event.tier), day] += Fraction(event.amount)
        return [
            Total(meters[meter_id].code, groups[:len(meters[meter_id]._dimensions())], day, total)
            for (meter_id, groups, day), total in sums.items()
        ], [
            EventTotal(keys.get(row, ''), day, amount, row=row)
            for (row, day), amount in amounts.items()]


def _decimal(number):
    """An exact number; one without end, as a prorated allowance may be, to twelve places."""
    cut = Decimal(number.numerator) / Decimal(number.denominator)
    return cut if Fraction(cut) == number else cut.quantize(Decimal('1e-12'))
