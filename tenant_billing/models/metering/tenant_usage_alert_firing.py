from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

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
    has_refused: bool = False  # a hard limit: what did not fit was not taken

    @property
    def _reading(self):
        """What a threshold is compared with, exactly: a limit that refused is reached."""
        if self.basis != 'percent':
            return self.value
        percent = self.value * 100 / self.limit
        return max(percent, Fraction(100)) if self.has_refused else percent


class Days(NamedTuple):
    """The current period of a panel, `[start, end)`, and what has come how far in it."""

    panel: Any
    start: date
    end: date
    levels: list


class TenantUsageAlert(models.Model):
    """How thresholds that are reached become alerts: each once, of several at once the highest."""

    _inherit = 'tenant.usage.alert'

    # === BUSINESS METHODS === #

    @api.model
    def _check(self, standing):
        """Tell what thresholds were reached since the last time.

        :param list standing: Days of panels
        :return: the new alerts that are told
        """
        rules = self.env['tenant.usage.alert.rule'].sudo().search([
            ('company_id', 'in', [days.panel.company_id.id for days in standing]),
            ('active', '=', True)])  # runs see archived records
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


def _identity(row):
    """What the database lets in once."""
    return row['rule_id'], row['panel_id'], row['date_start'], row['subject']


def _series(row):
    """Thresholds of one thing in one period: of these the highest is told."""
    return row['panel_id'], row['date_start'], row['basis'], row['subject']
