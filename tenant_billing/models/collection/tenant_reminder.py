from odoo import api, fields, models


class TenantReminder(models.Model):
    """The queue of mails: one row for each demand, kind, offset and cut-off, sent once."""

    _name = 'tenant.reminder'
    _description = "Reminder"
    _order = 'id desc'
    _rec_name = 'kind'

    demand_id = fields.Many2one(
        'tenant.billing.demand', required=True, index=True, readonly=True, ondelete='cascade')
    panel_id = fields.Many2one('tenant.panel', required=True, index=True, readonly=True)
    partner_id = fields.Many2one(related='panel_id.partner_id')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    kind = fields.Selection(
        [
            ('issued', "Invoice"),
            ('before', "Before the cut-off"),
            ('overdue', "First day overdue"),
            ('last', "Last day before the stop"),
        ],
        required=True, readonly=True,
    )
    days_before = fields.Integer(readonly=True, help="For reminders before the cut-off.")
    stop_after = fields.Date(
        required=True, readonly=True, help="Cut-off: the last day without being overdue.")
    stops_on = fields.Date(
        required=True, readonly=True, help="Cut-off: the first day on which the panel is stopped.")
    queued_on = fields.Date(required=True, readonly=True, help="Local day of queueing.")
    mail_id = fields.Many2one('mail.mail', readonly=True, ondelete='set null')
    state = fields.Selection(
        [('queued', "Queued"), ('sent', "Sent"), ('dropped', "Not needed"), ('error', "Failed")],
        required=True, default='queued', readonly=True, index=True,
    )
    error = fields.Text(readonly=True)

    _once = models.Constraint(
        'UNIQUE (demand_id, kind, days_before, stop_after)', "This reminder was queued already.")

    # === ACTION METHODS === #

    def action_queue_again(self):
        """Send failed mails with the next run."""
        self.panel_id.check_access('write')
        failed = self.sudo().filtered(lambda reminder: reminder.state == 'error')
        failed.write({'state': 'queued', 'error': False})

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_send(self):
        run = self.env['tenant.billing.run']
        run._run_batches(
            'tenant.panel', [('state', 'in', ('creating', 'active', 'grace'))],
            lambda panels: panels._queue_reminders())
        run._run_batches(
            'tenant.reminder', [('state', '=', 'queued')], lambda reminders: reminders._send())

    # === BUSINESS METHODS === #

    @api.model
    def _queue(self, rows):
        """Put mails in the queue; a row that is there already stays as it is."""
        if not rows:
            return
        names = ('demand_id', 'panel_id', 'company_id', 'kind', 'days_before', 'stop_after',
                 'stops_on', 'queued_on')
        self.env.flush_all()
        self.env.cr.execute_values(
            f"INSERT INTO tenant_reminder ({', '.join(names)}, state, create_uid, create_date, "
            "write_uid, write_date) VALUES %s ON CONFLICT DO NOTHING",
            [tuple(row[name] for name in names) + (
                'queued', self.env.uid, fields.Datetime.now(), self.env.uid, fields.Datetime.now())
             for row in rows])

    def _send(self):
        """Hand the mails to Odoo's mail queue, in the transaction that marks them sent."""
        for reminder in self:
            if reminder.demand_id.status != 'open':
                reminder.state = 'dropped'
                continue
            template = reminder._template()
            mail_id = template.with_context(tz=reminder.panel_id.zone).send_mail(
                reminder.id, force_send=False,
                email_layout_xmlid='mail.mail_notification_light')
            reminder.write({'state': 'sent', 'mail_id': mail_id})

    def _template(self):
        self.ensure_one()
        return self.env.ref(f'tenant_billing.mail_template_{self.kind}')

    def _day_text(self, day):
        """A day as the tenant's language writes it, for the mails."""
        return self.env['ir.qweb.field.date'].value_to_html(day, {'format': 'd MMM y'})

    def _pay_url(self):
        """Where the tenant sees the invoice and pays, without login."""
        self.ensure_one()
        move = self.demand_id.move_id
        return move.get_base_url() + move.get_portal_url()

    def _set_aside(self, error):
        self.sudo().write({'state': 'error', 'error': error})
        self.panel_id._ask_person(self.env._("A mail could not be sent"), error)
