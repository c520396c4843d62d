from odoo import api, fields, models

from odoo.addons.tenant_billing.models.collection.tenant_message import KINDS

CHANNELS = [('mail', "Mail"), ('sms', "SMS")]
COLUMNS = (
    'panel_id', 'company_id', 'kind', 'channel', 'key', 'queued_on', 'demand_id', 'days_before',
    'stop_after', 'stops_on', 'event_id', 'alert_id', 'plan_version_id', 'day',
)


class TenantReminder(models.Model):
    """The queue of messages: one row for each panel, kind, channel and occasion, sent once."""

    _name = 'tenant.reminder'
    _description = "Message in the Queue"
    _order = 'id desc'
    _rec_name = 'kind'

    panel_id = fields.Many2one('tenant.panel', required=True, index=True, readonly=True)
    partner_id = fields.Many2one(related='panel_id.partner_id')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    channel = fields.Selection(CHANNELS, required=True, default='mail', readonly=True)
    key = fields.Char(
        required=True, readonly=True, help="The occasion: for each there is one message.")
    demand_id = fields.Many2one(
        'tenant.billing.demand', index='btree_not_null', readonly=True, ondelete='cascade')
    event_id = fields.Many2one(
        'tenant.billing.event', index='btree_not_null', readonly=True, ondelete='cascade')
    alert_id = fields.Many2one(
        'tenant.usage.alert', index='btree_not_null', readonly=True, ondelete='cascade')
    plan_version_id = fields.Many2one('tenant.plan.version', readonly=True)
    days_before = fields.Integer(readonly=True, help="For reminders before the cut-off.")
    stop_after = fields.Date(
        readonly=True, help="Cut-off: the last day without being overdue.")
    stops_on = fields.Date(
        readonly=True, help="Cut-off: the first day on which the panel is stopped.")
    day = fields.Date(
        readonly=True, help="Service day that the message names: the first one after the trial, "
        "at the new price, without service, or of the closed panel.")
    queued_on = fields.Date(required=True, readonly=True, help="Local day of queueing.")
    mail_id = fields.Many2one('mail.mail', readonly=True, ondelete='set null')
    state = fields.Selection(
        [
            ('queued', "Queued"), ('sending', "Sending"), ('sent', "Sent"),
            ('dropped', "Not needed"), ('error', "Failed"),
        ],
        required=True, default='queued', readonly=True, index=True,
    )
    error = fields.Text(readonly=True)

    _once = models.Constraint(
        'UNIQUE (panel_id, kind, channel, key)', "This message was queued already.")

    # === ACTION METHODS === #

    def action_queue_again(self):
        """Send failed messages with the next run."""
        self.panel_id.check_access('write')
        failed = self.sudo().filtered(lambda reminder: reminder.state == 'error')
        failed.write({'state': 'queued', 'error': False})

    # === BUSINESS METHODS === #

    @api.model
    def _queue(self, rows):
        """Put messages in the queue, by each channel of their company; a row that is there
        already stays as it is."""
        values = [
            tuple(row.get(name) if name != 'channel' else channel for name in COLUMNS)
            for row in rows for channel in self._channels(row['company_id'])]
        if not values:
            return
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute_values(
            f"INSERT INTO tenant_reminder ({', '.join(COLUMNS)}, state, create_uid, create_date, "
            "write_uid, write_date) VALUES %s ON CONFLICT DO NOTHING",
            [(*row, 'queued', self.env.uid, now, self.env.uid, now) for row in values])
        self.env['tenant.billing.event'].invalidate_model(['reminder_ids'])

    @api.model
    def _channels(self, company_id):
        """Mail, and text messages where the company has a sender of them."""
        sends = self.env['res.company'].browse(company_id).sudo().tenant_sms_sender
        return ('mail', 'sms') if sends else ('mail',)

    # === BUSINESS METHODS: words for the templates === #

    def _template(self):
        self.ensure_one()
        return self.env['tenant.message']._template(self.kind)

    def _render(self):
        """The message's words.

        :return: subject, body and text message, as plain text, HTML and plain text
        """
        self.ensure_one()
        template = self._template().with_context(tz=self.panel_id.zone)
        subject, body = (
            template._render_field(name, self.ids, compute_lang=True)[self.id]
            for name in ('subject', 'body_html'))
        return subject, body, f'{subject}. {self._link()}'

    def _open_text(self):
        """What is open of the invoice, for the fee and for usage."""
        parts = self.demand_id.move_id.tenant_demand_ids
        return self.demand_id.currency_id._text(sum(parts.mapped('amount_open')))

    def _paid_text(self):
        """What was paid of the invoice."""
        parts = self.demand_id.move_id.tenant_demand_ids.filtered(lambda d: d.status == 'settled')
        return self.demand_id.currency_id._text(sum((parts or self.demand_id).mapped('amount')))

    def _day_text(self, day):
        """A day as the tenant's language writes it, for the mails."""
        return self.env['ir.qweb.field.date'].value_to_html(day, {'format': 'd MMM y'})

    def _link(self):
        """Where the message leads: to its invoice, without login, or to the panel's page."""
        self.ensure_one()
        return self._pay_url() if self.demand_id else self._panel_url()

    def _pay_url(self):
        """Where the tenant sees the invoice and pays, without login."""
        self.ensure_one()
        move = self.demand_id.move_id
        return move.get_base_url() + move.get_portal_url()

    def _panel_url(self):
        self.ensure_one()
        return f'{self.panel_id.get_base_url()}/my/panels/{self.panel_id.id}'

    def _why_stopped(self):
        """What the tenant is told of a stop."""
        panel = self.panel_id
        if panel.suspension_category == 'trial':
            return self.env._("The trial has ended. Choose \"Continue\" on its page to go on.")
        if panel.hold_reason:
            return panel.hold_reason
        return self.env._("An invoice is overdue. The panel runs again as soon as it is paid.")
