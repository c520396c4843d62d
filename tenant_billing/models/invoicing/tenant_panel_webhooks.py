from odoo import fields, models


class TenantPanel(models.Model):
    """What hosts are told of the days that a panel is paid for."""

    _inherit = 'tenant.panel'

    told_paid_through = fields.Date(
        readonly=True, copy=False,
        help="Service day: the paid-through date that hosts were told of last.")

    def _tell_paid_through(self):
        """Level-triggered: once for each change, whatever wrote it and in how many steps."""
        changed = self.filtered(lambda panel: panel.paid_through != panel.told_paid_through)
        told = [
            (panel, {
                'paid_through': panel._webhook_day(panel.paid_through),
                'previous': panel._webhook_day(panel.told_paid_through)})
            for panel in changed]
        for panel in changed.sudo():
            panel.told_paid_through = panel.paid_through
        self._tell_hosts('panel.paid_through_changed', told)
