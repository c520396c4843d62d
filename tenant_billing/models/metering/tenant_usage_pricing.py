from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT
from odoo.addons.tenant_billing.engine.event_prices import RowPrices, Values, reversal_of
from odoo.addons.tenant_billing.engine.rate_card import RateCard


class Recorded(NamedTuple):
    """What pricing reads of a recorded event."""

    panel_id: int
    meter_id: int
    hour: str
    value: str | None
    dimension_1: str
    dimension_2: str
    dimension_3: str
    sign: int
    corrects: int | None
    amount: str | None
    tier: str


class TenantUsageEvent(models.Model):
    """Prices of single events: by their own value and the plan version of their time, kept with
    them for ever (R22, R27)."""

    _inherit = 'tenant.usage.event'

    @api.model
    def _price(self, events, priced=None):
        """The events with amount and bracket, where a charge prices each by itself.

        :param list events: Event
        :param priced: the ids of the meters for which one does, if that is known
        :rtype: list
        """
        if priced is None:
            priced = self._priced_meters({event.meter_id for event in events})
        wanted = [event for event in events if event.meter_id in priced]
        if not wanted:
            return events
        price = self._price_finder({event.panel_id for event in wanted})
        return [event.priced(*price(event)) if event.meter_id in priced else event
                for event in events]

    @api.model
    def _price_again(self, panel, day):
        """R21: from a day on the panel is on another version, which prices what was recorded of
        these days before it was known: on the day of an upgrade, or while a renewal was late."""
        meters = panel.sudo().subscription_ids.plan_version_id.charge_ids.filtered(
            lambda charge: charge.charge_model in PER_EVENT).meter_id
        found = self._recorded_since(panel, meters, day) if meters else {}
        price_of, prices = self._price_finder(panel.ids), {}
        for row_id, event in found.items():
            original = found.get(event.corrects, event) if event.sign < 0 else event
            priced = price_of(original)
            price = reversal_of(*priced) if event.sign < 0 else priced
            if price != (event.amount, event.tier):
                prices[row_id] = price
        if not prices:
            return
        self.env.cr.execute(SQL(
            """
            UPDATE tenant_usage_raw SET amount = n.amount, tier = n.tier
              FROM unnest(%s::int8[], %s::numeric[], %s::varchar[]) AS n(id, amount, tier)
             WHERE tenant_usage_raw.id = n.id
            """, list(prices), *map(list, zip(*prices.values(), strict=True))))
        self.env['tenant.usage.total']._recount({
            (panel.id, found[row_id].meter_id, found[row_id].hour) for row_id in prices})

    @api.model
    def _recorded_since(self, panel, meters, day):
        """Events of a local day and later, by the id of their row.

        :rtype: dict
        """
        self.env.cr.execute(SQL(
            """
            SELECT id, panel_id, meter_id, hour::text, value::text, dimension_1, dimension_2,
                   dimension_3, sign, corrects, amount::text, tier
              FROM tenant_usage_raw
             WHERE panel_id = %s AND meter_id = ANY(%s) AND hour >= %s
            """, panel.id, meters.ids, day))
        return {row_id: Recorded(*values) for row_id, *values in self.env.cr.fetchall()}

    @api.model
    def _priced_meters(self, meter_ids):
        """Of these meters those whose events some charge prices one by one, by one small query: a
        price that is published now holds for the next event."""
        self.env['tenant.charge'].flush_model(['meter_id', 'charge_model'])
        self.env.cr.execute(SQL(
            "SELECT DISTINCT meter_id FROM tenant_charge "
            "WHERE meter_id = ANY(%s) AND charge_model = ANY(%s)",
            list(meter_ids), list(PER_EVENT)))
        return {meter_id for meter_id, in self.env.cr.fetchall()}

    @api.model
    def _versions_of(self, panel_ids):
        """The plan versions of panels, the latest first.

        :return: list of (first day, version) by panel id
        :rtype: dict
        """
        found = {}
        subscriptions = self.env['tenant.subscription'].sudo().search_fetch(
            [('panel_id', 'in', list(panel_ids))], ['panel_id', 'date_from', 'plan_version_id'],
            order='date_from desc, id desc')
        subscriptions.plan_version_id.fetch(['terms_key'])
        for subscription in subscriptions:
            found.setdefault(subscription.panel_id.id, []).append(
                (subscription.date_from, subscription.plan_version_id))
        return found

    @api.model
    def _price_finder(self, panel_ids):
        """What tells amount and tier of an event of these panels; None and the empty text where
        nothing prices it by itself. It remembers all that prices hang on but the value."""
        versions = self._versions_of(panel_ids)
        card_on, row_prices = cache(self._card_on), cache(RowPrices)

        @cache
        def _prices_on(panel_id, meter_id, groups, day):
            day = date.fromisoformat(day)
            version = next(
                (version for first, version in versions.get(panel_id, ()) if first <= day), None)
            card = version and card_on(version, meter_id, day)
            return card and row_prices(card.stay_on(groups, day).row)

        def _price_of(event):
            groups = (event.dimension_1, event.dimension_2, event.dimension_3)
            prices = _prices_on(event.panel_id, event.meter_id, groups, event.hour[:10])
            return prices.of(event.value) if prices else (None, '')

        return _price_of

    @api.model
    def _card_on(self, version, meter_id, day):
        """The rate card of the charge that prices the meter's events one by one, or None."""
        terms = version._terms()
        for charge, counted in zip(terms.usage.charges, terms.meter_ids, strict=True):
            if counted == meter_id and charge.model.per_event:
                return RateCard(charge.rows, day, day + timedelta(days=1), charge.key)
        return None

    @api.model
    def _values_of(self, panel, start, end, meters):
        """What single events of local days `[start, end)` counted, for a price that they did not
        have. Events that are kept no longer are missing.

        :return: list of odoo.addons.tenant_billing.engine.event_prices.Values
        """
        self.env.cr.execute(SQL(
            """
            SELECT meter_id, dimension_1, dimension_2, dimension_3, hour::date,
                   coalesce(value * sign, 1)::text, sum(sign)
              FROM tenant_usage_raw
             WHERE panel_id = %(panel)s AND meter_id = ANY(%(meters)s)
               AND hour >= %(start)s AND hour < %(end)s
               AND time >= %(start)s - interval '1 day' AND time < %(end)s + interval '1 day'
             GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0
            """, panel=panel.id, meters=meters.ids, start=datetime.combine(start, time()),
            end=datetime.combine(end, time())))
        found = []
        for meter_id, *groups, day, value, count in self.env.cr.fetchall():
            meter = meters.browse(meter_id)
            found.append(Values(
                meter.code, tuple(groups[:len(meter._dimensions())]), day, Fraction(value),
                count))
        return found
