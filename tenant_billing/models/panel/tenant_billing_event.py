from odoo import api, fields, models
from odoo.http import request


class TenantBillingEvent(models.Model):
    _inherit = 'tenant.billing.event'

    panel_id = fields.Many2one('tenant.panel', index=True, readonly=True, ondelete='restrict')
    event_name = fields.Char(string="What Happened", compute='_compute_event_name')

    # === COMPUTE METHODS === #

    @api.depends('event', 'state_from', 'state_to')
    def _compute_event_name(self):
        panels = self.env['tenant.panel']
        states = dict(panels._fields['state']._description_selection(self.env))
        for event in self:
            event.event_name = panels._event_name(event.event)
            if event.state_from != event.state_to:
                event.event_name += f' · {states[event.state_from]} → {states[event.state_to]}'

    # === BUSINESS METHODS === #

    @api.model
    def _record(self, rows):
        """All keys act as one technical user: the trail names the key too."""
        if caller := request and getattr(request, 'tenant_caller', None):
            for row in rows:
                row['facts'] = {**row['facts'], 'api_key': f'{caller.name} (#{caller.id})'}
        return super()._record(rows)
