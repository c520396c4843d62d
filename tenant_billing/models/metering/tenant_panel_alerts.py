from odoo import fields, models


class TenantPanel(models.Model):
    """What is told of a panel's usage."""

    _inherit = 'tenant.panel'

    alert_ids = fields.One2many(
        'tenant.usage.alert', 'panel_id', string="Usage Alerts", readonly=True, copy=False,
        domain=[('state', '=', 'fired')])
    alert_count = fields.Integer(compute='_compute_alert_count')

    # === COMPUTE METHODS === #

    def _compute_alert_count(self):
        """What nobody of the operator has seen yet."""
        counts = dict(self.env['tenant.usage.alert']._read_group(
            [('panel_id', 'in', self.ids), ('state', '=', 'fired'), ('seen_at', '=', False)],
            ['panel_id'], ['__count']))
        for panel in self:
            panel.alert_count = counts.get(panel, 0)

    # === ACTION METHODS === #

    def action_open_alerts(self):
        """The alerts of these panels."""
        self.check_access('read')
        action = self.env['ir.actions.actions']._for_xml_id(
            'tenant_billing.action_tenant_usage_alert')
        return {**action, 'domain': [('panel_id', 'in', self.ids), ('state', '=', 'fired')],
                'context': {}}

    # === BUSINESS METHODS === #

    def _alerts(self):
        """What the tenant is told of this panel's usage, the newest first.

        :rtype: tenant.usage.alert
        """
        self.ensure_one()
        return self.env['tenant.usage.alert'].sudo().search(
            [('panel_id', '=', self.id), ('state', '=', 'fired')])

    def _usage_changed(self):
        super()._usage_changed()
        self._look_at_thresholds()

    def _usage_refused(self):
        super()._usage_refused()
        self._look_at_thresholds()

    # === HELPERS === #

    def _look_at_thresholds(self):
        rules = self.env['tenant.usage.alert.rule']
        watched = rules._watched_companies()
        if watched and any(panel.company_id.id in watched for panel in self):
            rules._wake()
