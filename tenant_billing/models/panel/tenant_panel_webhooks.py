from odoo import api, models
from odoo.tools import SQL


class TenantPanel(models.Model):
    """What hosts are told of a panel: queued in the transaction of the change."""

    _inherit = 'tenant.panel'

    def _remember(self, event, before, facts):
        super()._remember(event, before, facts)
        changed = self.filtered(lambda panel: panel.state != before[panel])
        if event == 'close':
            self._tell_hosts('panel.closing', [
                (panel, {'closed_on': panel._webhook_day(panel.closed_on)}) for panel in changed])
        self._tell_hosts('panel.state_changed', [
            (panel, {'from': before[panel], 'to': panel.state, 'cause': event})
            for panel in changed])

    def _tell_provision(self):
        """The host may make the panel now."""
        self._tell_hosts('panel.provision', [
            (panel, {'tenant': {
                'id': panel.partner_id.id, 'name': panel.partner_id.name,
                'email': panel.partner_id.email or None}})
            for panel in self])

    @api.model
    def _tell_hosts(self, event, told):
        """Queue a message about panels to all who want to hear of the event.

        :param str event: a key of the endpoints' list of events
        :param list told: panel and what is said beside the panel itself, for each message
        """
        panels = self.browse(panel.id for panel, _data in told).sudo()
        for company, ours in panels.grouped('company_id').items():
            endpoints = self.env['tenant.webhook.endpoint']._listening(company, event)
            if endpoints:
                ours._take_turn()
                for panel, data in told:
                    if panel in ours:
                        endpoints._queue(
                            event, f'panel-{panel.id}',
                            {'panel': panel.sudo()._webhook_facts(), **data}, panel_id=panel.id)

    def _take_turn(self):
        """Write the panels' rows, the same values: two who tell of a panel at once collide here,
        and the second looks again, instead of both taking one place in the sequence."""
        self.env.cr.execute(SQL(
            "UPDATE tenant_panel SET company_id = company_id WHERE id IN %s", tuple(self.ids)))

    def _webhook_facts(self):
        """The panel, in every message about it."""
        self.ensure_one()
        return {
            'id': self.id,
            'external_id': self.external_id or None,
            'name': self.name,
            'plan': self.plan_id.code,
            'state': self.state,
            'suspended_for': self.suspension_category or None,
        }

    def _webhook_day(self, day):
        return day.isoformat() if day else None
