from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from odoo import api, fields, models

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.usage_limits import Limit, limit_of
from odoo.addons.tenant_billing.models.catalog.tenant_meter import ACTIVE_HOURS
from odoo.addons.tenant_billing.models.metering.tenant_usage_spans import GROUPS, Span

COLOURS = {'active': 'success', 'warning': 'warning', 'limit_reached': 'danger'}


class Window(NamedTuple):
    """Local days `[start, end)` for which limits count, and the plan version that sets them."""

    start: date
    end: date
    version: Any


class TenantPanel(models.Model):
    """R24: what a panel may use in its current period."""

    _inherit = 'tenant.panel'

    is_limited = fields.Boolean(
        compute='_compute_is_limited', store=True,
        help="Whether events of this panel may be refused. Of all others nothing is looked up.")
    limits_text = fields.Html(
        string="Limits", compute='_compute_limits_text', compute_sudo=True, sanitize=False,
        help="What the panel may use in its current period, and how much of it is left.")

    # === COMPUTE METHODS === #

    @api.depends(
        'subscription_ids.date_to', 'subscription_ids.plan_version_id.entitlement_ids.kind')
    def _compute_is_limited(self):
        """By plan versions that are in force or will be. The day can only take limits away, and
        does so once a day (`_forget_limits`)."""
        for panel in self:
            in_force = panel.sudo().subscription_ids.filtered(
                lambda s, panel=panel: not s.date_to or s.date_to > panel._today())
            panel.is_limited = 'hard' in in_force.plan_version_id.mapped('entitlement_ids.kind')

    @api.depends_context('lang', 'uid')
    @api.depends('plan_version_id')
    def _compute_limits_text(self):
        for panel in self:
            panel.limits_text = panel.plan_version_id and self.env['ir.qweb']._render(
                'tenant_billing.panel_limits', {'limits': list(panel._limits_to_read())})

    # === BUSINESS METHODS: what may be used === #

    def _usage_window(self):
        """The period in which usage counts now: by the plan's rhythm, where nothing is billed.

        :rtype: Window
        """
        self.ensure_one()
        today, version = self._today(), self._version_now()
        cycle = version.cycle_id._engine()
        if version.anchor == 'calendar':
            return Window(*periods.calendar_period(cycle, today), version)
        anchor = self.anchor_date or self.active_since or today
        return Window(
            periods.boundary_on_or_before(anchor, cycle, today),
            periods.boundary_after(anchor, cycle, today), version)

    def _version_now(self):
        """The plan version that is in force today; one that begins later is known already."""
        self.ensure_one()
        today = self._today()
        begun = self.sudo().subscription_ids.filtered(lambda s: s.date_from <= today)
        return begun.sorted(lambda s: (s.date_from, s.id))[-1:].plan_version_id or (
            self.sudo().plan_version_id)

    def _limits(self):
        """What the panel may use in its current period, and what it may do.

        :return: Limit for each entitlement of its plan version, in their order
        :rtype: list
        """
        self.ensure_one()
        if not self.sudo().plan_version_id:
            return []
        window = self._usage_window()
        entitlements = window.version.entitlement_ids
        used = self._used(window, entitlements.meter_id)
        return [self._limit(entitlement, used, window) for entitlement in entitlements]

    def _check_entitlement(self, code, quantity=1):
        """Whether the panel may use so much more of something now, or do it.

        :param str code: of an entitlement of its plan version, or of a charge that includes some
        :param quantity: a number, or text of one; nothing to a feature
        :return: the Limit with `allowed` as an event of so much would be decided on now; None
            where the plan version says nothing of it
        :rtype: Limit
        """
        limit = next((limit for limit in self._limits() if limit.code == code), None)
        if not limit or limit.kind == 'feature':
            return limit
        quantity = Decimal(str(quantity))
        return limit._replace(allowed=quantity <= 0 or (
            (limit.kind != 'hard' or limit.used + quantity <= limit.limit)
            and self._fits_cap(self._meter_of(code), quantity)))

    def _meter_of(self, code):
        """What an entitlement or a charge of the current plan version counts."""
        version = self._usage_window().version
        return (version.entitlement_ids.filtered(lambda e: e.code == code)
                or version.charge_ids.filtered(lambda c: c.code == code.partition(':')[0])).meter_id

    # === HELPERS === #

    @api.model
    def _forget_limits(self):
        """Look again at panels that were limited."""
        self.env.add_to_compute(
            self._fields['is_limited'], self.search([('is_limited', '=', True)]))

    def _limit(self, entitlement, used, window):
        if entitlement.kind == 'feature':
            return Limit(
                entitlement.code, entitlement.name, '', 'feature', None, None, None, None,
                'active', None, entitlement.value or None, entitlement.is_on)
        return limit_of(
            entitlement.code, entitlement.name, entitlement.unit or '', entitlement.kind,
            used[entitlement.meter_id], as_written(entitlement.quantity),
            self._resets_at(window))

    def _resets_at(self, window):
        return periods.midnight_utc(window.end, self.sudo().zone or self._zone_of_customer())

    def _used(self, window, meters):
        """What was used of meters in a window: of levels over time, what stands now.

        :return: Decimal by meter
        :rtype: dict
        """
        found, rows = dict.fromkeys(meters, Decimal(0)), defaultdict(list)
        if not meters:
            return found
        totals = self.env['tenant.usage.total'].sudo()
        some, = totals._of_spans([Span(self.id, window.start, window.end)])
        for row in some:
            rows[row['meter_id']].append(row)
        for meter in meters:
            found[meter] = max(_used_of(meter.aggregation, rows[meter.id]), Decimal(0))
        for meter in meters.filtered(lambda meter: meter.aggregation == ACTIVE_HOURS):
            hours = Fraction(self._active_hours(window.start, window.end))
            found[meter] = Decimal(hours.numerator) / Decimal(hours.denominator)
        if levels := meters.filtered(lambda meter: meter.aggregation == 'weighted'):
            tomorrow = self._today() + timedelta(days=1)
            last, = totals._levels_before([Span(self.id, tomorrow, tomorrow)], levels)
            for meter in levels:
                found[meter] = sum(
                    (Decimal(level) for (meter_id, _groups), level in last.items()
                     if meter_id == meter.id), Decimal(0))
        return found

    def _limits_to_read(self):
        """The limits as rows of texts."""
        states = {'active': self.env._("Active"), 'warning': self.env._("Warning"),
                  'limit_reached': self.env._("Limit reached")}
        kinds = {'hard': self.env._("Hard limit"), 'soft': self.env._("Soft limit"),
                 'included': self.env._("Included"), 'feature': self.env._("Feature")}
        on, off = self.env._("On"), self.env._("Off")
        for limit in self._limits():
            is_feature = limit.kind == 'feature'
            yield {
                'name': limit.name, 'kind': kinds[limit.kind], 'unit': limit.unit,
                'used': '' if is_feature else _plain(limit.used),
                'limit': (limit.value or (on if limit.allowed else off)) if is_feature else (
                    _plain(limit.limit)),
                'colour': COLOURS[limit.status],
                'words': '' if is_feature else states[limit.status]}


def _used_of(aggregation, rows):
    """What rows of totals of a meter come to, over all groups."""
    if aggregation == 'count':
        return Decimal(sum(row['events'] for row in rows))
    if aggregation == 'sum':
        return sum((Decimal(row['value'] or 0) for row in rows), Decimal(0))
    if aggregation == 'max':
        return max((Decimal(row['maximum'] or 0) for row in rows), default=Decimal(0))
    if aggregation == 'unique':
        return Decimal(len({member for row in rows for member in row['members'] or ()}))
    latest = {}
    for row in rows:
        groups = tuple(row[name] for name in GROUPS)
        latest[groups] = max(latest.get(groups, ''), row['latest'] or '')
    return sum((Decimal(told.split('\x01')[-1]) for told in latest.values() if told), Decimal(0))


def _plain(number):
    """A number without zeros at its end."""
    return f'{number.normalize():f}'
