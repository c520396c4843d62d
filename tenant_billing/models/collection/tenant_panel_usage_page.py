from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from odoo.addons.tenant_billing.engine.periods import midnight_utc

SORTS = {
    'new': ('time desc, id desc', lambda event: (event.time, event.id), True),
    'old': ('time, id', lambda event: (event.time, event.id), False),
    'value': ('value desc, id desc', lambda event: (event.value, event.id), True),
}
USED_SORTS = {
    'name': lambda row: (row['name'], row['group']),
    'quantity': lambda row: -(row['quantity'] or 0),
    'events': lambda row: -row['events'],
}
GROUPS = ('dimension_1', 'dimension_2', 'dimension_3')
EVENT_COLUMNS = (
    'time', 'meter', 'code', 'group', 'value', 'amount', 'source', 'id', 'counts')
EVENT_FIELDS = (
    'time', 'meter_id', *GROUPS, 'value', 'amount', 'tier', 'source', 'external_id', 'sign')
SERIES = 3  # colours of a chart; the rest is grey


class Asked(NamedTuple):
    """What of its usage a tenant wants to see."""

    first: object  # local days, both included
    last: object
    meter: object  # tenant.meter, or an empty one for all
    text: str = ""
    sort: str = 'new'
    used_sort: str = 'name'


class TenantPanel(models.Model):
    """The tab *Usage* of a panel's page: what costs how much, how that went on, what was used, and
    the events behind it."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: cost === #

    def _page_groups(self):
        """The cost of the running period by the property that matters most.

        :return: dict of its name, rows and total; None where usage is not grouped
        """
        name = self._cost_property()
        if not name:
            return None
        try:
            parts = [(value, amount) for value, amount in self._cost_by(name) if amount]
        except ValueError:
            return None
        total = sum((amount for _value, amount in parts), Decimal(0))
        return {
            'name': name,
            'total': self._plain_money(total),
            'rows': [
                {
                    'name': value or self.env._("Others"),
                    'amount': self._plain_money(amount),
                    'value': str(amount),
                    'percent': f'{round(amount * 100 / total)} %',
                    'place': min(place, SERIES),
                }
                for place, (value, amount) in enumerate(parts)],
        }

    def _cost_property(self):
        """The property of events by which cost is shown: the provider, else the one by which the
        first charge groups."""
        meters = self.plan_version_id.charge_ids.meter_id
        names = [name for meter in meters for name in meter._dimensions()]
        return 'provider' if 'provider' in names else next(iter(names), None)

    def _page_trend(self, metric, months):
        """How cost, calls or tokens went on, month by month.

        :param str metric: one of METRICS
        :param int months: how many, this one included
        :return: dict of rows and a sentence; None where usage has no price
        """
        try:
            points = self._trends(months, metric)
        except ValueError:
            return None
        shown = self._plain_money if metric == 'cost' else self._quantity_text
        this_month = self._today().replace(day=1)
        rows = [
            {
                'name': self._day_text(first, 'MMM y'),
                'short': self._day_text(first, 'MMM'),
                'value': str(value),
                'text': shown(value),
                'is_open': first == this_month,
            }
            for first, value in points]
        return {
            'rows': rows if any(value for _first, value in points) else [],
            'told': self._trend_text([p for p in points if p[0] != this_month], shown),
        }

    def _trend_text(self, points, shown):
        """The last whole month beside the one before."""
        if len(points) < 2 or not points[-2][1]:
            return ""
        (before_day, before), (day, value) = points[-2:]
        words = {
            'month': self._day_text(day, 'MMM'), 'value': shown(value),
            'before': self._day_text(before_day, 'MMM'),
            'percent': abs(round((value - before) * 100 / before)),
        }
        if value > before:
            return self.env._("%(month)s %(value)s, %(percent)s %% more than %(before)s", **words)
        if value < before:
            return self.env._("%(month)s %(value)s, %(percent)s %% less than %(before)s", **words)
        return self.env._("%(month)s %(value)s, the same as %(before)s", **words)

    # === BUSINESS METHODS: what was used === #

    def _usage_days(self, facts):
        """The days whose usage is shown first: the running period's, else the last month's."""
        period = facts.period
        if period.date_start and self.state != 'creating':
            return period.date_start, fields.Date.subtract(period.date_end, days=1)
        return fields.Date.subtract(facts.today, days=30), facts.today

    def _usage_meters(self):
        """The meters of this panel's usage: those that its plan prices, and those that counted
        something."""
        counted = self.env.execute_query(SQL(
            """
            SELECT id FROM tenant_meter m WHERE company_id = %s AND EXISTS (
                SELECT 1 FROM tenant_usage_total t WHERE t.panel_id = %s AND t.meter_id = m.id)
            """, self.company_id.id, self.id))
        meters = self.plan_version_id.charge_ids.meter_id
        return (meters | meters.browse(meter_id for meter_id, in counted)).sorted('name')

    def _page_used(self, asked):
        """What was used by meter and group.

        :param Asked asked: what the tenant wants to see
        :return: list of dicts, sorted
        """
        end = fields.Date.add(asked.last, days=1)
        found = self.env['tenant.usage.total']._of(self, asked.first, end, asked.meter)
        meters = self.env['tenant.meter'].browse({row['meter_id'] for row in found})
        sums = {}
        for row in found:
            meter = meters.browse(row['meter_id'])
            groups = tuple(row[name] for name in GROUPS if row[name])
            sums.setdefault((meter, groups), []).append(row)
        rows = [self._used_row(meter, groups, some) for (meter, groups), some in sums.items()]
        text = asked.text.lower()
        rows = [row for row in rows if text in f'{row["name"]} {row["group"]}'.lower()]
        return sorted(rows, key=USED_SORTS[asked.used_sort])

    def _used_row(self, meter, groups, some):
        """One row of several: an event that has a price of its own stands with its bracket."""
        latest = [row['latest'] for row in some if row['latest'] is not None]
        events = sum(row['events'] for row in some)
        quantity = {
            'count': events,
            'sum': sum((row['value'] or 0 for row in some), Decimal(0)),
            'max': max((row['maximum'] for row in some if row['maximum'] is not None),
                       default=None),
            'unique': sum(row['members'] for row in some),
        }.get(meter.aggregation, latest[-1] if latest else None)
        return {
            'name': meter.name,
            'code': meter.code,
            'group': ' · '.join(groups),
            'unit': meter.unit or "",
            'events': events,
            'quantity': quantity,
            'quantity_text': "" if quantity is None else self._quantity_text(
                quantity, meter.unit),
            'events_text': self._quantity_text(events),
        }

    # === BUSINESS METHODS: events === #

    def _page_events(self, asked, limit):
        """The events that fit, as rows of a page.

        :param Asked asked: what the tenant wants to see
        :param int limit: how many rows
        :return: list of dicts, and whether there are more
        """
        events, is_cut = self._events_of(asked, limit)
        return [self._event_row(event) for event in events], is_cut

    def _file_events(self, asked, limit):
        """The same as rows of a file: nothing is written as people read it.

        :return: list of tuples as EVENT_COLUMNS names them
        """
        meters = {meter: (meter.name, meter.code, bool(meter.value_property))
                  for meter in self._usage_meters()}
        return [
            (f'{event.time.isoformat()}Z', name, code,
             ' · '.join(event[name] for name in GROUPS if event[name]),
             repr(event.value) if has_value else "", repr(event.amount) if event.tier else "",
             event.source, event.external_id, event.sign)
            for event in self._events_of(asked, limit)[0]
            for name, code, has_value in (meters[event.meter_id],)]

    def _events_of(self, asked, limit):
        """The events that fit, and whether there are more.

        Each meter is asked by itself, as the index of events stands, so that the newest of
        millions are found at once.

        :rtype: tuple
        """
        order, key, is_falling = SORTS[asked.sort]
        domain = self._domain_events(asked)
        model = self.env['tenant.usage.event']
        found = model.browse()
        for meter in asked.meter or self._usage_meters():
            found |= model.search_fetch(
                domain & Domain('meter_id', '=', meter.id), EVENT_FIELDS, limit=limit + 1,
                order=order)
        return found.sorted(key, reverse=is_falling)[:limit], len(found) > limit

    def _domain_events(self, asked):
        start, end = (midnight_utc(day, self._usage_zone()) for day in (
            asked.first, asked.last + timedelta(days=1)))
        domain = Domain([('panel_id', '=', self.id), ('time', '>=', start), ('time', '<', end)])
        if not asked.text:
            return domain
        return domain & Domain.OR(
            Domain(name, 'ilike', asked.text) for name in (*GROUPS, 'external_id', 'source'))

    def _event_row(self, event):
        return {
            'id': event.id,
            'time': format_datetime(
                self.env, event.time, tz=self._usage_zone(), dt_format='d MMM y, HH:mm:ss'),
            'meter': event.meter_id.name,
            'group': ' · '.join(event[name] for name in GROUPS if event[name]),
            'value': self._quantity_text(repr(event.value)) if event.meter_id.value_property
            else "",
            'amount': self._quantity_text(repr(event.amount)) if event.tier else "",
            'name': event.external_id,
            'source': event.source,
            'is_reversal': event.sign < 0,
        }

    def _usage_zone(self):
        return self.zone or self.company_id.tenant_tz
