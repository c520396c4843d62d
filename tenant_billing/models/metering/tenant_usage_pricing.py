from datetime import date, timedelta
from fractions import Fraction

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT
from odoo.addons.tenant_billing.engine.event_prices import price_event
from odoo.addons.tenant_billing.engine.exact import text
from odoo.addons.tenant_billing.engine.rate_card import RateCard


class TenantUsageEvent(models.Model):
    """Prices of single events: by their own value and the plan version of their time, kept with
    them for ever (R22, R27)."""

    _inherit = 'tenant.usage.event'

    @api.model
    def _price(self, events):
        """The events with amount and bracket, where a charge prices each by itself.

        :param list events: Event
        :rtype: list
        """
        priced = self._priced_meters({event.meter_id for event in events})
        wanted = [event for event in events if event.meter_id in priced]
        if not wanted:
            return events
        versions = self._versions_of({event.panel_id for event in wanted})
        cards = {}
        return [
            event._replace(**self._price_of(event, versions, cards))
            if event.meter_id in priced else event for event in events]

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
        for subscription in self.env['tenant.subscription'].sudo().search(
                [('panel_id', 'in', list(panel_ids))], order='date_from desc, id desc'):
            found.setdefault(subscription.panel_id.id, []).append(
                (subscription.date_from, subscription.plan_version_id))
        return found

    @api.model
    def _price_of(self, event, versions, cards):
        """:param dict cards: by version, meter and day, what was found of them before"""
        day = date.fromisoformat(event.hour[:10])
        version = next(
            (version for first, version in versions.get(event.panel_id, ()) if first <= day), None)
        if not version:
            return {}
        key = version, event.meter_id, day
        if key not in cards:
            cards[key] = self._card_on(*key)
        if not cards[key]:
            return {}
        groups = (event.dimension_1, event.dimension_2, event.dimension_3)
        row = cards[key].stay_on(groups, day).row
        price = price_event(row, Fraction(event.value or 1))
        bracket = '' if price.bracket is None else price.bracket
        return {'amount': text(price.amount), 'tier': f'{row.key}/{bracket}'}

    @api.model
    def _card_on(self, version, meter_id, day):
        charge = version.charge_ids.filtered(
            lambda c: c.meter_id.id == meter_id and c.charge_model in PER_EVENT)[:1]
        return RateCard(
            charge._engine().rows, day, day + timedelta(days=1), charge._key()) if charge else None
