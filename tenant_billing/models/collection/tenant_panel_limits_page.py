from odoo import models
from odoo.tools.misc import format_datetime

LIMIT_LOOKS = {
    'active': ('green', 'check-circle'),
    'warning': ('amber', 'exclamation-triangle'),
    'limit_reached': ('red', 'ban'),
    'used_up': ('blue', 'info-circle'),
}

ALERT_LOOKS = {
    'notice': ('blue', 'info-circle'),
    'warning': ('amber', 'exclamation-triangle'),
    'limit': ('red', 'exclamation-circle'),
}


class TenantPanel(models.Model):
    """The tab *Overview* of a panel's page: what is left of what the plan includes, and what the
    tenant was told about it."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: allowances and limits === #

    def _page_limits(self):
        """What the plan includes and limits, and how much of it is left.

        :return: dict of rows with a bar, features without one, and the day on which all of them
            start again, if it is one
        """
        limits = self._limits()
        rows = [limit for limit in limits if limit.kind != 'feature']
        days = {self._local_day(limit.resets_at) for limit in rows}
        return {
            'rows': [self._limit_row(limit) for limit in rows],
            'features': [self._feature_row(limit) for limit in limits if limit.kind == 'feature'],
            'again': self._day_text(days.pop()) if len(days) == 1 else "",
        }

    def _limit_row(self, limit):
        is_over = limit.status == 'limit_reached'
        look = 'used_up' if is_over and limit.kind != 'hard' else limit.status
        color, icon = LIMIT_LOOKS[look]
        used = min(limit.used, limit.limit) if limit.kind == 'included' else limit.used
        return {
            'code': f'{limit.kind}-{limit.code}',
            'name': limit.name if limit.kind == 'included' else self.env._("%s, limit", limit.name),
            'percent': min(100, limit.percent),
            'used': self.env._(
                "%(used)s of %(limit)s", used=self._quantity_text(used),
                limit=self._quantity_text(limit.limit, limit.unit)),
            'told': self._limit_text(limit),
            'color': color,
            'icon': icon,
        }

    def _limit_text(self, limit):
        left = self._quantity_text(limit.remaining, limit.unit)
        if limit.status == 'active':
            return self.env._("Active, %s remaining", left)
        if limit.status == 'warning':
            return self.env._("Warning, %s remaining", left)
        if limit.kind == 'hard':
            return self.env._(
                "Limit reached, refused until %s",
                self._day_text(self._local_day(limit.resets_at), 'd MMM'))
        over = limit.used - limit.limit
        if over <= 0:
            return self.env._("Used up")
        if limit.kind == 'included':
            return self.env._(
                "Used up, %s more at plan price", self._quantity_text(over, limit.unit))
        return self.env._("Used up, %s more", self._quantity_text(over, limit.unit))

    def _feature_row(self, limit):
        """A feature that is on or off, or has a value."""
        return {
            'code': limit.code,
            'name': limit.name,
            'is_on': limit.allowed,
            'told': limit.value or (self.env._("Yes") if limit.allowed else self.env._("No")),
        }

    # === BUSINESS METHODS: alerts === #

    def _page_alerts(self, limit):
        """What the tenant was told of this panel's usage, the newest first.

        :param int limit: how many rows
        :return: dict of rows, how many are new, and whether there are more
        """
        alerts = self._alerts()
        unread = len(alerts.filtered(lambda alert: not alert.read_at))
        return {
            'rows': [self._alert_row(alert) for alert in alerts[:limit]],
            'unread': unread,
            'told': self.env._("%s new", unread),
            'is_cut': len(alerts) > limit,
        }

    def _alert_row(self, alert):
        color, icon = ALERT_LOOKS[alert.severity]
        return {
            'id': alert.id,
            'word': dict(alert._fields['severity']._description_selection(self.env))[
                alert.severity],
            'color': color,
            'icon': icon,
            'title': alert.title,
            'text': alert.message,
            'time': self._moment_text(alert.fired_at),
            'is_new': not alert.read_at,
        }

    def _moment_text(self, moment):
        """An instant in the tenant's zone: "Today, 07:48", "22 Nov, 16:20"."""
        zone, today = self._usage_zone(), self._today()
        clock = format_datetime(self.env, moment, tz=zone, dt_format='HH:mm')
        day = self._local_day(moment)
        if day == today:
            return self.env._("Today, %s", clock)
        pattern = 'd MMM' if day.year == today.year else 'd MMM y'
        return f'{self._day_text(day, pattern)}, {clock}'
