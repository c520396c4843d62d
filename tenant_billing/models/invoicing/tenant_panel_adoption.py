from odoo import fields, models


class TenantPanel(models.Model):
    """A panel that ran before it was billed here."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _adopt(self, paid_through):
        """These panels run from now on, covered up to a day; the next period begins after it.

        The cover is a settled period of kind adopted: from today, or of that one day if it has
        passed. What follows it is billed like any other period (R12).

        :param dict paid_through: panel and its last paid day
        """
        rows = []
        for panel in self:
            today, last_day = panel._today(), paid_through[panel]
            version = panel.plan_id._require_version_on_sale(today)
            start, end = min(today, last_day), fields.Date.add(last_day, days=1)
            panel._apply(
                'adopt', ordered_on=today, created_on=today, active_since=start,
                zone=panel._zone_of_customer(), until=last_day)
            panel._switch_version(version, start)
            panel.sudo().anchor_date = end
            rows.append(panel._given_row(
                version, start, end, 'adopted', self.env._("Paid before it was billed here")))
        claimed = self.env['tenant.billing.period']._claim(rows)
        for panel in self - claimed.panel_id:
            panel._check_claimed(claimed.browse())
