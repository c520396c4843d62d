import re
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta
from odoo import fields, models

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS
from odoo.addons.tenant_billing.engine.cost_shares import divide, shares
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.models.invoicing.tenant_usage_totals import _total
from odoo.addons.tenant_billing.models.metering.tenant_usage_spans import Span

RANGES = (3, 6, 12)
METRICS = ('cost', 'calls', 'tokens')
ADDED_UP = ('count', 'sum')


class TenantPanel(models.Model):
    """What usage costs by what it is grouped by, and how it went in the last months."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _cost_by(self, name, current=None):
        """What the usage of the running period costs so far by the values of a property. Charges
        whose meter does not group by it are left out; so is what costs nothing.

        :param str name: of the property, for example provider
        :param current: as `_current_usage` gives it
        :return: list of (value, amount), the greatest first; '' for events without the property
        :raise ValueError: when usage has no price
        """
        current = current or self._current_usage()
        found = defaultdict(Decimal)
        if current:
            _period, terms, used = current
            rating = rate(terms, used.totals, used.events, closed=False)
            rated = {charge.key: charge for charge in rating.charges}
            for charge, place in self._charges_by(name, current):
                parts = shares(rated[charge.key], charge, terms.segments[0], used.totals,
                               used.events, place, terms.rounding)
                for value, amount in parts.items():
                    found[value] += amount
        return sorted(
            ((value, amount) for value, amount in found.items() if amount),
            key=lambda pair: (-pair[1], pair[0]))

    def _trends(self, months, metric):
        """How it went in the last months, this one included, in the panel's own days.

        `cost` is the fee and the usage of periods, by the rated lines of those that were invoiced
        and as they stand of the others: the fee belongs to months by days, a charge by what was
        used of it. `calls` and `tokens` are what meters counted that are called so: the code, or
        a part of it between points, hyphens and underscores.

        :param int months: of RANGES
        :param str metric: of METRICS
        :return: list of (first day of the month, Decimal), the oldest first
        :raise ValueError: for another metric, and when usage has no price
        """
        if metric not in METRICS:
            raise ValueError(f"There is no metric {metric}.")
        this_month = self._today().replace(day=1)
        firsts = [this_month - relativedelta(months=back) for back in reversed(range(months))]
        found = self._cost_by_month(firsts) if metric == 'cost' else (
            self._counted_by_month(firsts, metric))
        return [(first, found.get(first, Decimal(0))) for first in firsts]

    def _usage_by_day(self, first, last):
        """What meters counted on each of these local days, over all groups. Levels over time are
        left out: they are of a period, not of a day.

        :param date first: the first day
        :param date last: the last one
        :return: list of (meter, list of (day, Fraction) of the days with usage)
        """
        self.ensure_one()
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        rows = self.env['tenant.usage.total'].sudo()._of_spans(
            [Span(self.id, day, day + timedelta(days=1)) for day in days])
        found = defaultdict(lambda: defaultdict(list))
        for day, some in zip(days, rows, strict=True):
            for row in some:
                found[row['meter_id']][day].append(row)
        meters = self.env['tenant.meter'].sudo().browse(found).sorted('code')
        return [
            (meter, [(day, _counted(meter, some)) for day, some in found[meter.id].items()])
            for meter in meters if meter.aggregation != 'weighted']

    # === HELPERS === #

    def _charges_by(self, name, current):
        """The running period's charges that know a property, and its place among the meter's."""
        charges = current.period.plan_version_id._charges_by_key()
        for charge in current.terms.segments[0].version.charges:
            names = charges[charge.key].meter_id._dimensions() if charge.meter else ()
            if name in names:
                yield charge, names.index(name)

    def _counted_by_month(self, firsts, metric):
        meters = self.env['tenant.meter'].sudo().with_context(active_test=False).search([
            ('company_id', '=', self.company_id.id), ('aggregation', 'in', ADDED_UP)]).filtered(
                lambda meter: metric in re.split('[._-]', meter.code))
        spans = [Span(self.id, first, first + relativedelta(months=1)) for first in firsts]
        found = defaultdict(Decimal)
        rows = self.env['tenant.usage.total'].sudo()._of_spans(spans)
        for first, some in zip(firsts, rows, strict=True):
            for row in some:
                meter = meters.filtered(lambda meter, row=row: meter.id == row['meter_id'])
                if meter:
                    found[first] += row['events'] if meter.aggregation == 'count' else (
                        Decimal(row['value'] or 0))
        return found

    def _cost_by_month(self, firsts):
        periods = self.env['tenant.billing.period'].search([
            ('panel_id', '=', self.id), ('date_end', '>', firsts[0]),
            ('date_start', '<=', self._today()), ('currency_id', '=', self.currency_id.id),
        ]).filtered(lambda p: p._shields() and p._usage_end() > p.date_start)
        used = periods._usage(until=fields.Datetime.now(), marks=firsts)
        invoiced = periods._invoiced_usage()
        found = defaultdict(Decimal)
        for period in periods:
            terms, days = period._engine_period(), period._days_by_month()
            amounts = invoiced[period] if self._is_rated(period) else {
                charge.key: charge.amount for charge in rate(
                    terms, used[period].totals, used[period].events,
                    closed=period._is_closed()).charges}
            weights = _weights(terms.segments[0].version, used[period])
            for weight, amount in (
                (days, period._fee_owed()),
                *((weights.get(key) or days, amount) for key, amount in amounts.items()),
            ):
                for month, share in divide(amount, weight, terms.rounding).items():
                    found[month] += share
        return found

    def _is_rated(self, period):
        """Whether documents carry all that a period cost, as far as it was known."""
        return bool(self.usage_rated_on) and self.usage_rated_on >= period._usage_end() and (
            period._is_closed())


def _counted(meter, rows):
    kind = AGGREGATIONS[meter.aggregation]
    return kind.quantity(kind.combine([_total(meter, row) for row in rows]))


def _weights(version, used):
    """By key of the charge and month, how much was used."""
    found = {}
    for charge in version.charges:
        if not charge.meter:
            continue
        if charge.model.per_event:
            pairs = [(total.day, Fraction(total.amount)) for total in used.events
                     if total.charge == charge.key]
        else:
            kind = AGGREGATIONS[charge.meter.aggregation]
            pairs = [(total.day, kind.quantity(total.total, 1)) for total in used.totals
                     if total.meter == charge.meter.code]
        weights = defaultdict(Fraction)
        for day, weight in pairs:
            weights[day.replace(day=1)] += weight
        found[charge.key] = {month: weight for month, weight in weights.items() if weight > 0}
    return found
