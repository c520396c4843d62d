from odoo import api, fields, models


class TenantUsageAlert(models.Model):
    """What thresholds are held against: the usage and the cost of panels' running periods."""

    _inherit = 'tenant.usage.alert'

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_check(self):
        """Look at the panels that may have come to a threshold since the last time."""
        rules = self.env['tenant.usage.alert.rule'].search([('active', '=', True)])
        now = fields.Datetime.now()
        self.env['tenant.billing.run']._run_batches(
            'tenant.panel', rules._domain_to_check(), lambda panels: panels._check_alerts())
        if self.env['ir.cron']._commit_progress() > 0:  # else there was no time for all
            rules.exists().write({'checked_at': now})
