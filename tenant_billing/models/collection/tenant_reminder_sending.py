from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

NEWS = timedelta(days=3)  # what happened before is no news any more


class TenantReminder(models.Model):
    """How queued messages leave: each once, not at night, and none that is not true any more."""

    _inherit = 'tenant.reminder'

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_send(self):
        run = self.env['tenant.billing.run']
        since = fields.Datetime.now() - NEWS
        run._run_batches(
            'tenant.billing.event', self.env['tenant.billing.event']._domain_news(since.date()),
            lambda events: events._queue_messages())
        run._run_batches(
            'tenant.panel', [('state', 'not in', ('failed', 'closed'))],
            lambda panels: panels._queue_reminders())
        run._run_batches(
            self._name, self._domain_lost(), lambda reminders: reminders._set_lost_aside())
        run._run_batches(
            self._name, [('state', '=', 'queued')], lambda reminders: reminders._send())

    # === BUSINESS METHODS === #

    def _send(self):
        """Hand the messages over, each in the transaction that marks it sent. A text message is
        marked before: it may be lost in a crash, then a person is asked, but never sent twice."""
        for row in self:
            if row.state != 'queued' or row.company_id._is_quiet(row._zone()):
                continue
            if not row._is_wanted():
                row.state = 'dropped'
            elif row.channel == 'mail':
                row._send_mail()
            else:
                text = row._render()[2]  # before it is marked: without words nothing goes out
                row.state = 'sending'
                self.env['ir.cron']._commit_progress()
                row._send_sms(text)
                self.env['ir.cron']._commit_progress()

    def _send_mail(self):
        if not self.partner_id.email:
            raise UserError(self.env._(
                "%s has no e-mail address. Enter one, then send the mail again.",
                self.partner_id.display_name))
        mail_id = self._template().with_context(tz=self.panel_id.zone).send_mail(
            self.id, force_send=False, email_layout_xmlid='mail.mail_notification_light')
        self.write({'state': 'sent', 'mail_id': mail_id})

    def _send_sms(self, text):
        try:
            self.env['tenant.sms.sender']._send(self.company_id, self.partner_id, text)
        except UserError as error:
            self._set_aside(str(error))
        else:
            self.state = 'sent'

    def _is_wanted(self):
        """Whether the company sends such messages, and this one is still true."""
        self.ensure_one()
        return (
            self.env['tenant.message']._is_on(self.company_id, self.kind, self.channel)
            and bool(self._is_true()))

    def _is_true(self):
        panel, demand, today = self.panel_id, self.demand_id, self.panel_id._today()
        return {
            'issued': lambda: demand.status == 'open',
            'suspended': lambda: panel.state == 'suspended',
            'running': lambda: panel.state in ('active', 'grace'),
            'received': lambda: demand.status == 'settled',
            'failed': lambda: demand.status == 'open' and not demand._is_confirming(),
            'confirm': lambda: demand.status == 'open' and not demand._is_confirming(),
            'trial': lambda: panel.is_on_trial and today < self.day,
            'price': lambda: panel._new_price() == (self.plan_version_id, self.day),
            'cancelled': lambda: panel.service_end == self.day,
            'usage': lambda: not self.alert_id.read_at,
            'closing': lambda: panel._closes_on() == self.day,
            'closed': lambda: panel.state == 'closed',
        }.get(self.kind, lambda: demand.status == 'open' and today < self.stops_on)()

    def _zone(self):
        return self.panel_id.zone or self.panel_id._zone_of_customer()

    # === BUSINESS METHODS: what went wrong === #

    @api.model
    def _domain_lost(self):
        """Mails that Odoo's queue could not deliver, and text messages cut off while sending."""
        return Domain('state', '=', 'sending') | Domain(
            [('state', '=', 'sent'), ('mail_id.state', '=', 'exception')])

    def _set_lost_aside(self):
        for row in self:
            row._set_aside(row.mail_id.sudo().failure_reason or self.env._(
                "Nobody knows whether it went out."))

    def _set_aside(self, error):
        self.sudo().write({'state': 'error', 'error': error})
        self.panel_id._ask_person(
            self.env._("A text message could not be sent") if self.channel == 'sms'
            else self.env._("A mail could not be sent"), error)
