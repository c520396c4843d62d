from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.event_prices import reversal_of
from odoo.addons.tenant_billing.engine.exact import negative
from odoo.addons.tenant_billing.engine.usage_events import Event, Refused
from odoo.addons.tenant_billing.models.metering.tenant_usage_recount import GREATEST, LEVELS

STANDS, REVERSED, REPLACED = 0, 1, 2  # marks of a key
RECOUNTED = frozenset(GREATEST + LEVELS)  # a part cannot be taken from their totals
UNKNOWN = Refused('unknown_original', "There is no event of this source, panel and type with the "
                  "id that is named, or it is not kept any more.")
REVERSED_ALREADY = Refused('already_reversed', "The event that is named was corrected before.")
IS_REVERSAL = Refused('is_reversal', "The event that is named is a reversal, which stays.")


class Original(NamedTuple):
    """A recorded event that is to be corrected."""

    mark: int
    row: int
    panel_id: int
    meter_id: int
    time: str
    hour: str
    value: str | None
    member: str
    dimension_1: str
    dimension_2: str
    dimension_3: str
    sign: int
    amount: str | None
    tier: str


class TenantUsageEvent(models.Model):
    """R22: reversals and replacements of recorded events."""

    _inherit = 'tenant.usage.event'

    @api.model
    def _correct(self, read, first, meters, pricer=None):
        """Record the corrections of a call, after its other events. What corrects a correction of
        the same call waits for the next turn.

        :param list read: all that was read
        :param dict first: by key, the number of the event that was recorded; it is added to
        :param dict meters: how the meters count, by their id
        :return: verdicts of those that are refused, by number
        :rtype: dict
        """
        waiting = [(number, event) for number, event in enumerate(read)
                   if type(event) is Event and event.correction]
        verdicts, recounted = {}, set()
        while waiting:
            keys = {event.digest for _number, event in waiting}
            later = [(number, event) for number, event in waiting
                     if event.original in keys and event.original != event.digest]
            if len(later) == len(waiting):  # they name each other
                later = []
            waiting_for = {number for number, _event in later}
            turn = [pair for pair in waiting if pair[0] not in waiting_for]
            recounted |= self._correct_turn(turn, first, verdicts, meters, pricer)
            waiting = later
        if recounted:
            self.env['tenant.usage.total']._recount(recounted)
        return verdicts

    @api.model
    def _correct_turn(self, turn, first, verdicts, meters, pricer):
        """:return: panels, meters and hours whose totals must be counted again"""
        known = self._contents([event.digest for _number, event in turn])
        turn = [(number, event) for number, event in turn if event.digest not in known]
        originals = self._lock_originals({event.original for _number, event in turn} - {None})
        rows, taken = [], {}
        for number, event in turn:
            original = originals.get(event.original)
            refused = _refused(event, original) or event.refused
            if event.digest in taken:
                continue
            if refused:
                verdicts[number] = {
                    'verdict': 'rejected', 'code': refused.code, 'message': refused.message}
                continue
            new, mark = _rows(event, original, pricer)
            rows += new
            taken[event.digest] = (number, event.original, mark)
            originals[event.original] = original._replace(mark=mark)
        for digest in self._store(rows, meters) if rows else ():
            del taken[digest]  # another call was first
        first.update({digest: number for digest, (number, *_mark) in taken.items()})
        self._mark({original: mark for _number, original, mark in taken.values()})
        return {
            (found.panel_id, found.meter_id, found.hour)
            for found in (originals[original] for _number, original, _mark in taken.values())
            if meters[found.meter_id] in RECOUNTED}

    @api.model
    def _lock_originals(self, digests):
        """The events behind keys; until the end nobody else corrects them.

        :rtype: dict
        """
        if not digests:
            return {}
        self.env.cr.execute(SQL(
            """
            SELECT k.digest, k.mark, e.id, e.panel_id, e.meter_id,
                   to_char(e.time, 'YYYY-MM-DD HH24:MI:SS.US'), e.hour::text, e.value::text,
                   e.member, e.dimension_1, e.dimension_2, e.dimension_3, e.sign, e.amount::text,
                   e.tier
              FROM tenant_usage_key k
              LEFT JOIN tenant_usage_raw e ON e.id = k.event_id
             WHERE k.digest = ANY(%s::bytea[])
             ORDER BY k.digest
               FOR UPDATE OF k
            """, sorted(digests)), log_exceptions=False)
        return {
            bytes(digest): Original(*found) for digest, *found in self.env.cr.fetchall()
            if found[1]}  # the event itself may be gone

    @api.model
    def _mark(self, marks):
        if marks:
            self.env.cr.execute(SQL(
                """
                UPDATE tenant_usage_key SET mark = m.mark
                  FROM unnest(%s::bytea[], %s::int2[]) AS m(digest, mark)
                 WHERE tenant_usage_key.digest = m.digest
                """, list(marks), list(marks.values())))


def _refused(event, original):
    if not original or original.meter_id != event.meter_id:
        return UNKNOWN
    if original.sign < 0:
        return IS_REVERSAL
    if original.mark == REPLACED or original.mark == REVERSED and event.correction == 'reverses':
        return REVERSED_ALREADY
    return None


def _rows(event, original, pricer):
    """What a correction records, at the original's time: the negative of what the original counted
    unless it was taken back before, and the new value.

    :return: rows, and the original's new mark
    """
    rows, is_undone = [], event.correction == 'reverses'
    if original.mark == STANDS:
        amount, tier = reversal_of(original.amount, original.tier)
        rows.append(event._replace(
            time=original.time, hour=original.hour, value=negative(original.value),
            member=original.member, dimension_1=original.dimension_1,
            dimension_2=original.dimension_2, dimension_3=original.dimension_3,
            data=event.data if is_undone else '{}', sign=-1, corrects=original.row,
            amount=amount, tier=tier))
    if is_undone:
        return rows, REVERSED
    new = [event._replace(time=original.time, hour=original.hour, corrects=original.row)]
    return rows + (pricer(new) if pricer else new), REPLACED
