from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from odoo import models

from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS
from odoo.addons.tenant_billing.engine.aggregations.base import Event, Window
from odoo.addons.tenant_billing.engine.event_prices import row_of
from odoo.addons.tenant_billing.engine.periods import midnight_utc
from odoo.addons.tenant_billing.engine.rating_input import EventTotal, Total
from odoo.addons.tenant_billing.models.metering.tenant_usage_spans import GROUPS, Span


class Used(NamedTuple):
    """What was used in a period, as rating reads it."""

    totals: list  # of Total
    events: list  # of EventTotal
    levels: dict  # of time-weighted meters at the end of what was read, by (meter, dimensions)


class TenantBillingPeriod(models.Model):
    """What was used in billing periods, as rating wants it (R23)."""

    _inherit = 'tenant.billing.period'

    # === BUSINESS METHODS === #

    def _usage(self, until=None, marks=()):
        """What was used in each period: three queries at most, however many there are.

        :param datetime until: naive UTC: levels over time are added up until then; to the end of
            each period by default
        :param marks: days at which totals are cut besides
        :return: by period, Used
        :rtype: dict
        """
        cuts = [(period, Span(period.panel_id.id, start, end))
                for period in self for start, end in period._usage_cuts(marks)]
        rows = self.env['tenant.usage.total'].sudo()._of_spans([span for _period, span in cuts])
        meters = {meter.id: meter for meter in self.env['tenant.meter'].sudo().browse(
            {row['meter_id'] for some in rows for row in some}) | self.plan_version_id._meters()}
        found = {period: Used([], [], {}) for period in self}
        for (period, span), some in zip(cuts, rows, strict=True):
            totals, events, _levels = found[period]
            keys = period._keys_of_rows({row_of(row['tier']) for row in some if row['tier']})
            for row in some:
                meter = meters[row['meter_id']]
                if row['tier']:
                    events.append(_event_total(keys, meter, span.start, row))
                if meter.aggregation != 'weighted':
                    totals.append(Total(
                        meter.code, _groups_of(meter, row), span.start, _total(meter, row)))
        self._add_levels(found, cuts, until or datetime.max)
        self._add_active_hours(found, cuts, until or datetime.max)
        return found

    def _keys_of_rows(self, rows):
        """The charge of rows of the plan's rate cards, as rating knows both. Events may have been
        priced by another version: a panel that returns from a stop moves its periods.

        :param set rows: the keys of those that are asked for
        :rtype: dict
        """
        self.ensure_one()
        keys = _keys_of_rows(self.plan_version_id)
        return keys if rows <= keys.keys() else _keys_of_rows(
            self.plan_version_id.plan_id.version_ids)

    def _usage_cuts(self, marks=()):
        """The days of the period between which no price changes: `[start, end)` of each."""
        self.ensure_one()
        end = self._usage_end()
        days = {*marks, self._served_end(), *(
            row.valid_from for charge in self.plan_version_id._engine_usage().charges
            for row in charge.rows)}
        bounds = [self.date_start, *sorted(
            day for day in days if self.date_start < day < end), end]
        return list(pairwise(bounds))

    # === HELPERS === #

    def _add_levels(self, found, cuts, until):
        """Levels over time hold between events, so they are read from the events themselves, and
        from the last one before."""
        meters = self.plan_version_id._meters().sudo().filtered(
            lambda meter: meter.aggregation == 'weighted')
        cuts = [(period, span) for period, span in cuts
                if period.plan_version_id._meters() & meters]
        if not cuts:
            return
        spans = [span for _period, span in cuts]
        totals = self.env['tenant.usage.total'].sudo()
        befores, events = (
            totals._levels_before(spans, meters), totals._level_events(spans, meters))
        for (period, span), before, happened in zip(cuts, befores, events, strict=True):
            start, end = (midnight_utc(day, period.zone) for day in (span.start, span.end))
            if start >= until:
                continue
            window = start, min(end, until)
            by_group = {key: [] for key in before}
            for meter_id, groups, time, source, name, value in happened:
                if time < window[1]:
                    by_group.setdefault((meter_id, groups), []).append(
                        Event(time, source, name, Decimal(value)))
            for (meter_id, groups), some in by_group.items():
                meter = meters.browse(meter_id)
                key = meter.code, groups[:len(meter._dimensions())]
                level = Decimal(before.get((meter_id, groups), 0))
                found[period].totals.append(Total(
                    *key, span.start,
                    AGGREGATIONS['weighted'].total(some, Window(*window, level))))
                found[period].levels[key] = max(
                    some, key=lambda event: event.rank).value if some else level


def _groups_of(meter, row):
    """The values of the meter's own groups in a row of totals."""
    return tuple(row[name] for name in GROUPS[:len(meter._dimensions())])


def _keys_of_rows(versions):
    return {row.key: charge.key for version in versions
            for charge in version._engine_usage().charges for row in charge.rows}


def _event_total(keys, meter, day, row):
    """Events that were priced one by one, by the row and the bracket that priced them; those that
    take others back by themselves."""
    key, bracket, *is_reversed = row['tier'].split('/')
    return EventTotal(
        keys.get(key, ''), day, Decimal(row['amount'] or 0), row['events'],
        Decimal(row['value'] or 0), key, int(bracket) if bracket else None, bool(is_reversed),
        dimensions=_groups_of(meter, row))


def _total(meter, row) -> Any:
    """A row of totals as the meter's aggregation knows it."""
    if meter.aggregation == 'count':
        return int(row['events'])
    if meter.aggregation == 'sum':
        return Decimal(row['value'] or 0)
    if meter.aggregation == 'max':
        return None if row['maximum'] is None else Decimal(row['maximum'])
    if meter.aggregation == 'unique':
        return frozenset(row['members'] or ())
    if row['latest'] is None:
        return None
    time, source, name, value = row['latest'].split('\x01')
    return Event(datetime.fromisoformat(time), source, name, Decimal(value))
