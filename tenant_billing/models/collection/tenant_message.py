from odoo import api, fields, models
from odoo.exceptions import UserError

# Every message to tenants, in the order of the list.
KINDS = [
    ('issued', "Invoice"),
    ('before', "Before the cut-off"),
    ('overdue', "First day overdue"),
    ('last', "Last day before the stop"),
    ('suspended', "Panel suspended"),
    ('running', "Panel running again"),
    ('received', "Payment received"),
    ('failed', "Payment failed"),
    ('confirm', "Payment to be confirmed"),
    ('trial', "Trial ending"),
    ('usage', "Usage alert"),
    ('price', "New price"),
    ('cancelled', "Cancelled"),
    ('closing', "Closing soon"),
    ('closed', "Panel closed"),
]
# These speak of an invoice.
OF_DEMAND = frozenset({
    'issued', 'before', 'overdue', 'last', 'received', 'failed', 'confirm'})


class TenantMessage(models.Model):
    """The switches of one kind of message in one company."""

    _name = 'tenant.message'
    _description = "Message to Tenants"
    _order = 'company_id, id'
    _rec_name = 'kind'

    company_id = fields.Many2one(
        'res.company', required=True, index=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(KINDS, required=True, readonly=True)
    by_mail = fields.Boolean(default=True)
    by_sms = fields.Boolean(
        string="By SMS", help="Needs a sender of text messages in the settings of Billing.")
    template_id = fields.Many2one(
        'mail.template', compute='_compute_template_id', help="Its subject is the text message.")

    _once = models.Constraint(
        'UNIQUE (company_id, kind)', "The company has this message already.")

    # === COMPUTE METHODS === #

    @api.depends('kind')
    def _compute_template_id(self):
        for message in self:
            message.template_id = message._template(message.kind)

    # === CRUD METHODS === #

    def _has_field_access(self, field, operation):
        if operation == 'write' and field.name in ('company_id', 'kind'):
            return self.env.su
        return super()._has_field_access(field, operation)

    # === ACTION METHODS === #

    def action_preview(self):
        """Show the message as a tenant of the company would get it; nothing is sent."""
        self.check_access('read')
        self.ensure_one()
        subject, body, text = self.sudo()._render_sample()
        preview = self.env['tenant.message.preview'].create(
            {'subject': subject, 'body': body, 'text': text})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Preview"),
            'res_model': 'tenant.message.preview',
            'res_id': preview.id,
            'view_mode': 'form',
            'target': 'new',
        }

    # === BUSINESS METHODS === #

    @api.model
    def _fill(self, companies=None):
        """Give each company the switches that it has not yet."""
        companies = companies or self.env['res.company'].search([('id', '>', 0)])
        here = {(message.company_id.id, message.kind) for message in self.search(
            [('company_id', 'in', companies.ids)])}
        return self.create([
            {'company_id': company.id, 'kind': kind}
            for company in companies for kind, _name in KINDS if (company.id, kind) not in here])

    @api.model
    def _is_on(self, company, kind, channel):
        """Whether a company sends messages of a kind by a channel."""
        switch = self.sudo().search([('company_id', '=', company.id), ('kind', '=', kind)])
        return switch.by_sms if channel == 'sms' else switch.by_mail

    @api.model
    def _template(self, kind):
        return self.env.ref(f'tenant_billing.mail_template_{kind}')

    # === HELPERS === #

    def _render_sample(self):
        """Subject, body and text message about the company's latest panel, invoice or alert."""
        row = self._sample_alert() if self.kind == 'usage' else self._sample()
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            return self.env['tenant.reminder'].create(row)._render()
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _sample(self):
        domain = [('company_id', '=', self.company_id.id)]
        demand = self.env['tenant.billing.demand'].search(domain, order='id desc', limit=1)
        panel = demand.panel_id or self.env['tenant.panel'].search(
            [*domain, ('ordered_on', '!=', False)], order='id desc', limit=1)
        if not panel or (self.kind in OF_DEMAND and not demand):
            raise UserError(self.env._(
                "A preview tells of the latest panel and its invoice. There is none yet."))
        row = panel._message_row(
            self.kind, 'preview', day=panel._today(), plan_version_id=panel.plan_version_id.id)
        if demand:
            row = {**demand._reminder_row(self.kind, 0, demand.due_date), **row,
                   'demand_id': demand.id}
        return row

    def _sample_alert(self):
        alert = self.env['tenant.usage.alert'].search(
            [('company_id', '=', self.company_id.id), ('state', '=', 'fired')], limit=1)
        if not alert:
            raise UserError(self.env._(
                "A preview tells of the latest usage alert. There is none yet."))
        return alert.panel_id._message_row(self.kind, 'preview', alert_id=alert.id)
