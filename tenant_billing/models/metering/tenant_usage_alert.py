from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from odoo.addons.tenant_billing.models.metering.tenant_usage_alert_rule import BASES, SEVERITIES

COLUMNS = (
    'rule_id', 'panel_id', 'company_id', 'date_start', 'date_end', 'subject', 'name', 'unit',
    'basis', 'threshold', 'severity', 'currency_id', 'value', 'limit_value', 'state', 'fired_at',
)


class Level(NamedTuple):
    """How far something has come in a panel's current period."""

    basis: str  # of BASES
    value: Fraction
    limit: Fraction | None = None  # of percent: what is included or allowed
    subject: str = ''  # tells it from others of its basis within the period
    name: str = ''
    unit: str = ''
    meter_id: int | None = None

    @property
    def _reading(self):
        """What a threshold is compared with, exactly."""
        return self.value * 100 / self.limit if self.basis == 'percent' else self.value


class Days(NamedTuple):
    """The current period of a panel, `[start, end)`, and what has come how far in it."""

    panel: Any
    start: date
    end: date
    levels: list


class TenantUsageAlert(models.Model):
    """A threshold that was reached: one row for each rule, panel and period, whatever follows."""

    _name = 'tenant.usage.alert'
    _description = "Usage Alert"
    _order = 'id desc'

    rule_id = fields.Many2one(
        'tenant.usage.alert.rule', required=True, index=True, readonly=True, ondelete='restrict')
    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='cascade')
    partner_id = fields.Many2one(related='panel_id.partner_id')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    date_start = fields.Date(
        string="Period From", required=True, readonly=True,
        help="Service day: the first one of the period in which it happened.")
    date_end = fields.Date(
        required=True, readonly=True, help="Service day: the first one after that period.")
    last_day = fields.Date(
        string="Period To", compute='_compute_last_day',
        help="Service day: the last one of that period.")
    subject = fields.Char(required=True, readonly=True, help="What was measured, for programs.")
    name = fields.Char(string="Of", readonly=True)
    unit = fields.Char(readonly=True)
    basis = fields.Selection(BASES, string="Threshold In", required=True, readonly=True)
    threshold = fields.Float(digits=(16, 6), readonly=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    currency_id = fields.Many2one('res.currency', readonly=True)
    value = fields.Float(digits=0, readonly=True, help="When it was told.")
    limit_value = fields.Float(
        string="Included or Allowed", digits=0, readonly=True, help="When it was told.")
    state = fields.Selection(
        [('fired', "Told"), ('passed', "Passed")], required=True, readonly=True,
        help="Passed: a higher threshold was reached at the same time and was told instead.")
    fired_at = fields.Datetime(string="At", required=True, readonly=True)
    read_at = fields.Datetime(
        string="Read by Tenant", readonly=True, help="When the tenant said that it was read.")
    seen_at = fields.Datetime(
        string="Seen", readonly=True, help="When somebody of the operator said so.")
    title = fields.Char(compute='_compute_words')
    message = fields.Char(compute='_compute_words')

    _once = models.Constraint(
        'UNIQUE (rule_id, panel_id, date_start, subject)',
        "This threshold was told in this period already.")
    _unread = models.Index("(panel_id) WHERE state = 'fired' AND read_at IS NULL")
    _unseen = models.Index("(company_id) WHERE state = 'fired' AND seen_at IS NULL")

    # === COMPUTE METHODS === #

    @api.depends('date_end')
    def _compute_last_day(self):
        for alert in self:
            alert.last_day = fields.Date.subtract(alert.date_end, days=1)

    @api.depends('basis', 'name', 'threshold', 'value', 'limit_value', 'unit')
    @api.depends_context('lang')
    def _compute_words(self):
        for alert in self:
            used, limit = alert._number_text(alert.value), alert._number_text(alert.limit_value)
            if alert.basis == 'money':
                alert.title = self.env._(
                    "%s reached", alert.currency_id.format(alert.threshold))
                alert.message = self.env._(
                    "This period costs %s so far, before tax.",
                    alert.currency_id.format(alert.value))
            elif alert.basis == 'quantity':
                alert.title = self.env._(
                    "%(name)s: %(threshold)s reached", name=alert.name,
                    threshold=alert._number_text(alert.threshold))
                alert.message = self.env._(
                    "%(used)s %(unit)s used in this period.", used=used, unit=alert.unit or "")
            else:
                alert.title = self.env._(
                    "%(name)s: %(threshold)s %% reached", name=alert.name,
                    threshold=alert._number_text(alert.threshold))
                alert.message = self.env._(
                    "%(used)s of %(limit)s %(unit)s used in this period.", used=used, limit=limit,
                    unit=alert.unit or "")
            alert.message = " ".join(alert.message.split()).replace(" .", ".")

    @api.depends('title')
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = alert.title

    # === ACTION METHODS === #

    def action_mark_seen(self):
        """The operator has seen these alerts; what the tenant has read is another matter."""
        self.check_access('read')
        self.filtered(lambda alert: not alert.seen_at).sudo().seen_at = fields.Datetime.now()

    def action_mark_unseen(self):
        """They are to be looked at again."""
        self.check_access('read')
        self.sudo().seen_at = False

    # === BUSINESS METHODS === #

    def _mark_read(self):
        """The tenant has read these alerts; again does nothing."""
        self.filtered(lambda alert: not alert.read_at).sudo().read_at = fields.Datetime.now()

    @api.model
    def _check(self, standing):
        """Tell what thresholds were reached since the last time.

        :param list standing: Days of panels
        :return: the new alerts that are told
        """
        rules = self.env['tenant.usage.alert.rule'].sudo().search(
            [('company_id', 'in', [days.panel.company_id.id for days in standing])])
        rows = []
        for days in standing:
            ours = rules.filtered(lambda rule, panel=days.panel: rule._covers(panel))
            for level in days.levels:
                rows += [self._row(rule, days, level)
                         for rule in ours if rule._is_reached(level)]
        return self._fire(rows)

    @api.model
    def _fire(self, rows):
        """Keep thresholds that were reached; of those that are new together the highest is told.

        :param list rows: dicts of COLUMNS without state
        :return: the alerts that are told
        """
        known = self._known(rows)
        best = {}
        for row in (*known, *rows):
            rank = self.env['tenant.usage.alert.rule'].sudo().browse(row['rule_id'])._rank()
            best[_series(row)] = max(best.get(_series(row), rank), rank)
        told_before = set(map(_identity, known))
        new = [
            {**row, 'state': 'fired' if best[_series(row)][-1] == row['rule_id'] else 'passed'}
            for row in rows if _identity(row) not in told_before]
        fired = self._insert(new).filtered(lambda alert: alert.state == 'fired')
        if fired:
            fired._after_fire()
        return fired

    def _after_fire(self):
        """Say it at once to whoever looks at a page now."""
        for alert in self.sudo():
            told = {
                'id': alert.id, 'panel_id': alert.panel_id.id, 'severity': alert.severity,
                'title': alert.title, 'message': alert.message}
            people = alert.partner_id.commercial_partner_id
            people |= people.search([('id', 'child_of', people.id), ('user_ids', '!=', False)])
            people._bus_send('tenant_billing.usage_alert', told)
            alert.company_id._tenant_responsible().partner_id._bus_send('simple_notification', {
                'type': 'danger' if alert.severity == 'limit' else 'warning',
                'title': alert.panel_id.display_name,
                'message': f'{alert.title}. {alert.message}'})

    # === HELPERS === #

    @api.model
    def _row(self, rule, days, level):
        return {
            'rule_id': rule.id, 'panel_id': days.panel.id, 'company_id': days.panel.company_id.id,
            'date_start': days.start, 'date_end': days.end, 'subject': level.subject,
            'name': level.name, 'unit': level.unit or None, 'basis': level.basis,
            'threshold': rule.threshold, 'severity': rule.severity,
            'currency_id': days.panel.currency_id.id or None, 'value': float(level.value),
            'limit_value': None if level.limit is None else float(level.limit),
            'fired_at': fields.Datetime.now(),
        }

    @api.model
    def _known(self, rows):
        """What was reached before in the periods of these rows, as dicts like them."""
        if not rows:
            return []
        return self.env.execute_query_dict(SQL(
            """
            SELECT rule_id, panel_id, date_start, subject, basis
              FROM tenant_usage_alert WHERE (panel_id, date_start) IN %s
            """, tuple({(row['panel_id'], row['date_start']) for row in rows})))

    @api.model
    def _insert(self, rows):
        if not rows:
            return self.browse()
        self.env.flush_all()
        inserted = self.env.execute_query(SQL(
            "INSERT INTO tenant_usage_alert (%s, create_uid, create_date) VALUES %s"
            " ON CONFLICT DO NOTHING RETURNING id",
            SQL(", ").join(map(SQL.identifier, COLUMNS)),
            SQL(", ").join(SQL("%s", (
                *(row[name] for name in COLUMNS), self.env.uid, row['fired_at']))
                for row in rows)))
        return self.browse(alert for alert, in inserted)

    def _number_text(self, number):
        digits = 0 if number == int(number) else 2
        return formatLang(self.env, number, digits=digits)


def _identity(row):
    """What the database lets in once."""
    return row['rule_id'], row['panel_id'], row['date_start'], row['subject']


def _series(row):
    """Thresholds of one thing in one period: of these the highest is told."""
    return row['panel_id'], row['date_start'], row['basis'], row['subject']
