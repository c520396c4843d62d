from odoo import fields, models

from odoo.addons.tenant_billing.models.collection.tenant_reminder_sending import NEWS

TRIAL_DAYS = 3  # before its end
CLOSING_DAYS = 7  # before the closing
MOST_STEPS = 1000  # periods looked ahead for a new price


class TenantPanel(models.Model):
    """Messages that a day asks for besides R35's reminders."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _message_row(self, kind, key, **values):
        """A row for the queue."""
        self.ensure_one()
        return {
            'panel_id': self.id, 'company_id': self.company_id.id, 'kind': kind, 'key': str(key),
            'queued_on': self._today(), **values}

    def _day_messages(self):
        """Rows for what lies ahead of these panels."""
        rows = []
        for panel in self.filtered('ordered_on'):
            rows += panel._trial_messages() + panel._price_messages() + panel._closing_messages()
        return rows + self._failed_payment_messages() + self._alert_messages()

    def _trial_messages(self):
        """A few days before a trial's end."""
        if not self.is_on_trial or self.service_end:
            return []
        end = self._cover_end()
        if not fields.Date.subtract(end, days=TRIAL_DAYS) <= self._today() < end:
            return []
        return [self._message_row('trial', end, day=end)]

    def _closing_messages(self):
        """A few days before a stopped panel is closed."""
        day = self._closes_on()
        if not day or self._today() < fields.Date.subtract(day, days=CLOSING_DAYS):
            return []
        return [self._message_row('closing', day, day=day)]

    def _closes_on(self):
        """The day on which the panel is closed if nothing happens, or False."""
        stopped_on = self._stopped_for_good_since()
        return stopped_on and self.state != 'closed' and fields.Date.add(
            stopped_on, days=self.plan_version_id.retention_days)

    def _price_messages(self):
        """R36: a published version that will reach the panel is told once."""
        version, day = self._new_price()
        return [self._message_row('price', version.id, plan_version_id=version.id, day=day)] if (
            version) else []

    def _new_price(self):
        """R36: the next version of the panel's plan and the first day at which it counts.

        :return: version and day; both empty where nothing changes
        """
        current = self.plan_version_id
        none = current.browse(), False
        first_day = current._successor_day()
        start = first_day and self._next_start()
        if not start or self.state == 'closed':
            return none
        for _step in range(MOST_STEPS):
            if self.service_end and start >= self.service_end:
                break
            version = current._successor_for(start) if start >= first_day else current
            if version != current:
                return version, start
            start = current._span_from(start, self.anchor_date).end
        return none

    def _failed_payment_messages(self):
        """Payments that a gateway refused, as long as that is news; of those that nobody started
        also the cancelled ones."""
        since = fields.Datetime.now() - NEWS
        payments = self.env['payment.transaction'].sudo().search([
            '|', ('state', '=', 'error'),
            '&', ('state', '=', 'cancel'), ('tenant_attempt_ids.state', '=', 'sent'),
            ('last_state_change', '>=', since),
            ('invoice_ids.tenant_demand_ids.panel_id', 'in', self.ids)])
        rows = []
        for payment in payments:
            demands = payment.invoice_ids.tenant_demand_ids.filtered(
                lambda demand: demand.panel_id in self)
            for panel, asked in demands.grouped('panel_id').items():
                kind = 'confirm' if payment.tenant_needs_payer else 'failed'
                rows.append(panel._message_row(kind, payment.id, demand_id=asked[:1].id))
        return rows

    def _alert_messages(self):
        """Usage alerts, as long as they are news."""
        alerts = self.env['tenant.usage.alert'].sudo().search([
            ('panel_id', 'in', self.ids), ('state', '=', 'fired'), ('reminder_ids', '=', False),
            ('fired_at', '>=', fields.Datetime.now() - NEWS)])
        return [alert.panel_id._message_row('usage', alert.id, alert_id=alert.id)
                for alert in alerts]
