from odoo import api, fields, models
from odoo.fields import Domain


class TenantBillingEvent(models.Model):
    """What of the audit trail is told to the tenant by a message: the trail is the truth, so a
    message is missed by no door and sent once for each event."""

    _inherit = 'tenant.billing.event'

    reminder_ids = fields.One2many('tenant.reminder', 'event_id', string="Messages")

    # === BUSINESS METHODS === #

    @api.model
    def _domain_news(self, since):
        """Events from a day on that may need a message and have none."""
        return (
            Domain('date', '>=', since) & Domain('panel_id', '!=', False)
            & Domain('reminder_ids', '=', False)
            & (Domain('event', 'in', ('settle', 'cancel', 'close'))
               | Domain('state_to', '=', 'suspended') & Domain('state_from', '!=', 'suspended')
               | Domain('state_from', '=', 'suspended')
               & Domain('state_to', 'in', ('active', 'grace'))))

    def _queue_messages(self):
        """Put the messages of these events in the queue."""
        rows = [row for event in self if (row := event._message_row())]
        self.env['tenant.reminder']._queue(rows)

    def _message_row(self):
        """The row that the event asks for, or None."""
        facts, panel, values = self.facts or {}, self.panel_id, {}
        if self.event == 'settle':
            demand = panel.demand_ids.filtered(
                lambda d: d.amount and d.move_id.name == facts.get('invoice'))[:1]
            if not demand or self._is_told_later(demand):
                return None
            kind, values = 'received', {'demand_id': demand.id}
        elif self.event == 'cancel':
            kind, values = 'cancelled', {'day': fields.Date.to_date(facts.get('service_end'))}
        elif self.event == 'close':
            kind, values = 'closed', {'day': self.date}
        else:
            kind = 'suspended' if self.state_to == 'suspended' else 'running'
        return panel._message_row(kind, self.id, event_id=self.id, **values)

    def _is_told_later(self, demand):
        """An invoice that asks for a fee and for usage is told once, when both are paid."""
        parts = demand.move_id.tenant_demand_ids
        return len(parts) > 1 and (
            'open' in parts.mapped('status') or bool(self.search([
                ('event', '=', 'settle'), ('panel_id', '=', self.panel_id.id),
                ('id', '>', self.id)]).filtered(
                    lambda event: event.facts.get('invoice') == demand.move_id.name)))

    def _set_aside(self, error):
        self.panel_id._ask_person(self.env._("A mail could not be sent"), error)
