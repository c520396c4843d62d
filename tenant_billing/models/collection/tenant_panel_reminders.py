from odoo import models

OF_INVOICE = ('issued', 'before', 'overdue', 'last')  # these tell of an invoice that is to be paid


class TenantPanel(models.Model):
    """R35: which mails a panel's open demands ask for."""

    _inherit = 'tenant.panel'

    def _queue_reminders(self):
        """R35: the messages that the panels' days ask for."""
        rows = []
        for panel in self.filtered(
                lambda p: p.state in ('creating', 'active', 'grace') or p.next_usage_on):
            reminders = panel._reminders()
            told = {row['demand_id'] for row in reminders}
            rows += reminders + panel._issue_mails(told)
        rows += self._day_messages()
        self.env['tenant.reminder']._queue(rows)

    def _issue_mails(self, told):
        """Each new invoice is told once, by a mail of its own where no reminder tells it."""
        told |= set(self.env['tenant.reminder'].search(
            [('panel_id', '=', self.id), ('kind', 'in', OF_INVOICE)]).demand_id.ids)
        asking = self.demand_ids.filtered(
            lambda d: d.status == 'open' and d.move_id.state == 'posted' and self._tells_of(d))
        rows = []
        for move, demands in asking.sorted('direction').grouped('move_id').items():
            if not told & set(move.tenant_demand_ids.ids) and not all(
                    demand._waits_for_more() for demand in demands):
                demand = demands[:1]  # an invoice that asks twice is told once
                rows.append(demand._reminder_row(
                    'issued', 0, stop_after=demand._stops_after() or demand.due_date))
        return rows

    def _tells_of(self, demand):
        """After the end of service only what is issued then is told."""
        end = self._usage_ends_on()
        return self.state in ('creating', 'active', 'grace') or bool(end) and (
            demand.issued_on >= end)

    def _reminders(self):
        """The latest reminder whose day has come, of the demand that stops the panel first."""
        if self.state not in ('active', 'grace') or not self.stop_after:
            return []
        today = self._today()
        demand = self.demand_ids.filtered(
            lambda d: d._stops_after() == self.stop_after).sorted(
                lambda d: (d.plan_version_id.grace_days, d.id))[:1]
        come = [point for point in demand._reminder_points() if point[0] <= today]
        if not come:
            return []
        day, kind, days_before = max(come)
        if day < demand.issued_on:  # the mail with the invoice has just said it
            return []
        return [demand._reminder_row(kind, days_before)]
