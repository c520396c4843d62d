from odoo import models

LIMIT_LOOKS = {
    'active': ('green', 'check-circle'),
    'warning': ('amber', 'exclamation-triangle'),
    'limit_reached': ('red', 'ban'),
    'used_up': ('blue', 'info-circle'),
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
        days = {limit.resets_at for limit in rows}
        return {
            'rows': [self._limit_row(limit) for limit in rows],
            'features': [self._feature_row(limit) for limit in limits if limit.kind == 'feature'],
            'again': self._day_text(days.pop()) if len(days) == 1 and all(days) else "",
        }

    def _limit_row(self, limit):
        is_over = limit.status == 'limit_reached'
        look = 'used_up' if is_over and limit.kind != 'hard' else limit.status
        color, icon = LIMIT_LOOKS[look]
        used = min(limit.used, limit.limit) if limit.kind == 'included' else limit.used
        return {
            'code': f'{limit.kind}-{limit.code}',
            'name': limit.name,
            'percent': min(100, int(limit.percent)),
            'used': self.env._(
                "%(used)s of %(limit)s", used=self._quantity_text(used),
                limit=self._quantity_text(limit.limit, limit.unit)),
            'told': self._limit_text(limit),
            'color': color,
            'icon': icon,
        }

    def _limit_text(self, limit):
        left = self._quantity_text(max(limit.remaining, 0), limit.unit)
        if limit.status == 'active':
            return self.env._("Active, %s remaining", left)
        if limit.status == 'warning':
            return self.env._("Warning, %s remaining", left)
        if limit.kind == 'hard':
            return self.env._(
                "Limit reached, refused until %s", self._day_text(limit.resets_at, 'd MMM'))
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
            'is_on': bool(limit.limit),
            'told': self.env._("Yes") if limit.limit else self.env._("No"),
        }
