from datetime import datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.usage_events import Event
from odoo.addons.tenant_billing.engine.usage_limits import (
    CAP_REACHED,
    LIMIT_REACHED,
    Days,
    Room,
    too_dear,
    total_with,
    without_room,
)
from odoo.addons.tenant_billing.models.catalog.tenant_entitlement import COUNTED

MONEY = 0  # stands for a meter in the row that is locked for a panel's cap


class Capped(NamedTuple):
    """A panel whose cost is held against its cap at each event."""

    panel: Any
    days: Days
    cost: Any  # of a list of Event, besides what is recorded
    amount: Decimal
    action: str


class Guard(NamedTuple):
    """What limits the events of a call. Its rows of running totals are locked."""

    rooms: dict  # Room by panel and meter
    capped: list
    versions: dict  # the id of the plan version that sets the limits, by panel


class TenantUsageEvent(models.Model):
    """R24 and R26: hard limits and caps are decided under the lock of a running total, for events
    of the panel's current period. Corrections and what came late pass."""

    _inherit = 'tenant.usage.event'

    # === SETUP METHODS === #

    def init(self):
        """Of panels with hard limits and caps alone: what was used in the period that began at
        `start`, or nothing where it has to be added up from the totals again."""
        super().init()
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS tenant_usage_running (
                panel_id int4 NOT NULL,
                meter_id int4 NOT NULL,
                start date,
                used numeric,
                PRIMARY KEY (panel_id, meter_id))
            """)

    # === BUSINESS METHODS: deciding === #

    @api.model
    def _cron_keep(self):
        super()._cron_keep()
        self.env['tenant.panel']._forget_limits()

    @api.model
    def _guard(self, read, panels):
        """What limits the events of a call, locked until its end.

        :param list read: all that was read
        :param panels: Panel of each that is named, or None
        :return: Guard; None for most calls, after no query at all
        """
        limited = {panel.id for panel in panels if panel and panel.is_limited}
        places = limited and {
            (event.panel_id, event.meter_id) for event in read
            if type(event) is Event and event.panel_id in limited}
        if not places:
            return None
        panels = self.env['tenant.panel'].sudo().browse({place[0] for place in places})
        windows = {panel.id: panel._usage_window() for panel in panels}
        hard = {
            (panel_id, meter_id): most for panel_id, window in windows.items()
            for meter_id, most in window.version.entitlement_ids._hard_limits().items()
            if (panel_id, meter_id) in places}
        capped = panels.filtered('usage_cap')
        if not hard and not capped:
            return None
        used = self._lock_running([*hard, *((panel.id, MONEY) for panel in capped)], windows)
        days = {panel_id: Days(str(window.start), str(window.end))
                for panel_id, window in windows.items()}
        return Guard(
            {place: Room(days[place[0]], most, used[place]) for place, most in hard.items()},
            [Capped(panel, days[panel.id], costing.cost, as_written(panel.usage_cap),
                    panel.usage_cap_action)
             for panel in capped if (costing := panel._costing())],
            {panel_id: window.version.id for panel_id, window in windows.items()})

    @api.model
    def _let_in(self, guard, read):
        """What was read, with a Refused in place of each event for which there is no room. A key
        that is known takes no room and is told as what it is.

        :rtype: list
        """
        refused = self._refused_by(guard, read, ())
        if refused:
            known = self._contents([event.digest for event in read if type(event) is Event])
            refused = self._refused_by(guard, read, known)
        if not refused:
            return read
        codes = {event.digest: why for event, why in refused}
        self.env['tenant.usage.refusal']._log(
            [(event, why.code) for event, why in refused], guard.versions)
        return [
            codes[event.digest]._replace(digest=event.digest, content=event.content)
            if type(event) is Event and not event.correction and event.digest in codes else event
            for event in read]

    @api.model
    def _refused_by(self, guard, read, known):
        """:return: (Event, Refused) of each event without room"""
        new = {}  # the first of each key; corrections pass
        for event in read:
            if type(event) is Event and not event.correction and event.digest not in known:
                new.setdefault(event.digest, event)
        refused = [(event, LIMIT_REACHED) for event in without_room(new.values(), guard.rooms)]
        for event, _why in refused:
            del new[event.digest]
        for capped in guard.capped:
            if capped.action == 'refuse':
                some = self._decided(capped, new.values())
                refused += [(event, CAP_REACHED)
                            for event in too_dear(some, capped.cost, capped.amount)]
        return refused

    @api.model
    def _decided(self, capped, events):
        """The events on which a cap decides, priced: it is soft for meters of which nobody knows
        what an event adds."""
        events = [event for event in events
                  if event.panel_id == capped.panel.id and capped.days.hold(event)]
        meters = self.env['tenant.meter'].sudo().browse({event.meter_id for event in events})
        counted = meters.filtered(lambda meter: meter.aggregation in COUNTED)._ids
        return self._price([event for event in events if event.meter_id in counted])

    # === BUSINESS METHODS: running totals === #

    @api.model
    def _lock_running(self, places, windows):
        """What was used of each place in its panel's window; until the end nobody else decides.

        :param places: panel and meter of each
        :param dict windows: Window by panel
        :rtype: dict
        """
        places = sorted(places)
        found = self._select_running(places)
        if len(found) < len(places):
            self.env.cr.execute(SQL(
                """
                INSERT INTO tenant_usage_running (panel_id, meter_id)
                SELECT * FROM unnest(%s::int4[], %s::int4[]) ON CONFLICT DO NOTHING
                """, *_columns(places)), log_exceptions=False)
            found = self._select_running(places)
        used = {place: amount and Decimal(amount) for place, (_start, amount) in found.items()}
        unknown = [place for place in places
                   if place[1] != MONEY and found[place][0] != windows[place[0]].start]
        return used | self._add_up(unknown, windows)

    @api.model
    def _select_running(self, places):
        self.env.cr.execute(SQL(
            """
            SELECT panel_id, meter_id, start, used::text FROM tenant_usage_running
              JOIN unnest(%s::int4[], %s::int4[]) AS p(panel_id, meter_id)
                   USING (panel_id, meter_id)
             ORDER BY panel_id, meter_id FOR UPDATE OF tenant_usage_running
            """, *_columns(places)), log_exceptions=False)
        return {(panel_id, meter_id): found
                for panel_id, meter_id, *found in self.env.cr.fetchall()}

    @api.model
    def _add_up(self, places, windows):
        """What was used of places in their panels' windows, from the totals."""
        if not places:
            return {}
        windows = [windows[panel_id] for panel_id, _meter_id in places]
        self.env.cr.execute(SQL(
            """
            SELECT p.panel_id, p.meter_id, COALESCE(sum(
                       CASE m.aggregation WHEN 'count' THEN t.events ELSE t.value END), 0)::text
              FROM unnest(%s::int4[], %s::int4[], %s::timestamp[], %s::timestamp[])
                   AS p(panel_id, meter_id, first, last)
              JOIN tenant_meter m ON m.id = p.meter_id
              LEFT JOIN tenant_usage_total t ON t.panel_id = p.panel_id
                   AND t.meter_id = p.meter_id AND t.hour >= p.first AND t.hour < p.last
             GROUP BY 1, 2
            """, *_columns(places),
            [datetime.combine(window.start, time()) for window in windows],
            [datetime.combine(window.end, time()) for window in windows]))
        return {(panel_id, meter_id): Decimal(used)
                for panel_id, meter_id, used in self.env.cr.fetchall()}

    @api.model
    def _note_running(self, guard, recorded):
        """Write the running totals as they are with what was recorded. What a correction touched
        is added up when it is asked for next."""
        used = {place: room.used for place, room in guard.rooms.items()}
        for event in recorded:
            place = event.panel_id, event.meter_id
            if place not in used or used[place] is None:
                continue
            if event.correction:
                used[place] = None
            elif guard.rooms[place].days.hold(event):
                used[place] = total_with(used[place], event)
        rows = [
            (*place, None if amount is None else guard.rooms[place].days.start, amount)
            for place, amount in used.items()]
        rows += [(capped.panel.id, MONEY, None, None) for capped in guard.capped]
        if rows:
            self.env.cr.execute(SQL(
                """
                UPDATE tenant_usage_running r SET start = u.start, used = u.used
                  FROM unnest(%s::int4[], %s::int4[], %s::date[], %s::numeric[])
                       AS u(panel_id, meter_id, start, used)
                 WHERE (r.panel_id, r.meter_id) = (u.panel_id, u.meter_id)
                """, *_columns(rows)), log_exceptions=False)
        for capped in guard.capped:
            if capped.action == 'pause' and any(
                    event.panel_id == capped.panel.id for event in recorded):
                capped.panel._pause_at_cap_soon()

    @api.model
    def _wrong_running(self):
        """Running totals that are not what the totals say.

        :return: (panel, meter) of each
        """
        self.env.cr.execute(
            "SELECT panel_id, meter_id, start, used::text FROM tenant_usage_running "
            "WHERE start IS NOT NULL ORDER BY panel_id, meter_id")
        rows = self.env.cr.fetchall()
        panels = self.env['tenant.panel'].sudo().browse({row[0] for row in rows})
        windows = {panel.id: panel._usage_window() for panel in panels}
        told = {(panel_id, meter_id): Decimal(used) for panel_id, meter_id, start, used in rows
                if start == windows[panel_id].start}
        return [
            (panels.browse(place[0]), self.env['tenant.meter'].sudo().browse(place[1]))
            for place, used in self._add_up(list(told), windows).items() if used != told[place]]


def _columns(rows):
    """Rows as arrays, one for each of their parts."""
    return map(list, zip(*rows, strict=True))
