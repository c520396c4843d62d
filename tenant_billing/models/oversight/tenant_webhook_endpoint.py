import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config, str2bool

from odoo.addons.tenant_billing import outbound
from odoo.addons.tenant_billing.engine import webhook_signature

# What hosts can hear of, and the field by which an endpoint chooses it.
EVENTS = {
    'panel.provision': 'on_provision',
    'panel.state_changed': 'on_state',
    'panel.paid_through_changed': 'on_paid_through',
    'panel.closing': 'on_closing',
    'invoice.issued': 'on_invoice_issued',
    'invoice.paid': 'on_invoice_paid',
}
TEST = 'webhook.test'
OVERLAP = timedelta(days=1)  # how long the secret before the newest still signs


class TenantWebhookEndpoint(models.Model):
    """A host of panels, or anybody else, who is told of what happens to them."""

    _name = 'tenant.webhook.endpoint'
    _description = "Webhook Endpoint"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'name, id'

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    url = fields.Char(
        string="Address", required=True, tracking=True,
        help="Messages are posted here. It begins with https://.")
    active = fields.Boolean(
        default=True, tracking=True,
        help="An archived endpoint hears of nothing new; what waits for it waits on.")
    on_provision = fields.Boolean(
        string="Panel to provision", default=True, help="panel.provision: the panel may be made.")
    on_state = fields.Boolean(
        string="Panel's state", default=True,
        help="panel.state_changed: stop or start the panel, or take it down.")
    on_paid_through = fields.Boolean(
        string="Panel's paid days", default=True,
        help="panel.paid_through_changed: the panel is paid up to another day.")
    on_closing = fields.Boolean(
        string="Panel ends", default=True,
        help="panel.closing: the panel is closed for ever.")
    on_invoice_issued = fields.Boolean(
        string="Invoice issued", default=True, help="invoice.issued")
    on_invoice_paid = fields.Boolean(string="Invoice paid", default=True, help="invoice.paid")
    secret = fields.Char(copy=False, groups='base.group_system')
    previous_secret = fields.Char(copy=False, groups='base.group_system')
    previous_until = fields.Datetime(
        string="Old Secret Until", readonly=True, copy=False,
        help="Until then messages are signed with the secret before the newest as well.")
    delivery_ids = fields.One2many('tenant.webhook.delivery', 'endpoint_id')
    failing_count = fields.Integer(string="Not Delivered", compute='_compute_failing_count')

    # === COMPUTE METHODS === #

    @api.depends('delivery_ids.state')
    def _compute_failing_count(self):
        counts = dict(self.env['tenant.webhook.delivery']._read_group(
            [('endpoint_id', 'in', self.ids), ('state', 'in', ('failed', 'given_up'))],
            ['endpoint_id'], ['__count']))
        for endpoint in self:
            endpoint.failing_count = counts.get(endpoint, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains('url')
    def _check_url(self):
        for endpoint in self:
            try:
                outbound.check_url(endpoint.url, self._allows_private())
            except outbound.Refused as refusal:
                raise ValidationError(self._problem(refusal.problem)) from refusal

    @api.constrains('secret')
    def _check_secret(self):
        for endpoint in self.sudo():
            try:
                webhook_signature.key_of(endpoint.secret or '')
            except ValueError as error:
                raise ValidationError(self.env._(
                    "A secret is whsec_ and the base64 of 24 to 64 random bytes.")) from error

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        endpoints = super().create(vals_list)
        for endpoint in endpoints.sudo().filtered(lambda endpoint: not endpoint.secret):
            endpoint.secret = self._new_secret()
        return endpoints

    def write(self, vals):
        if 'company_id' in vals and any(
                endpoint.company_id.id != vals['company_id'] for endpoint in self):
            raise UserError(self.env._(
                "An endpoint stays with its company, or it would hear of another one's panels. "
                "Make another endpoint."))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_new_secret(self):
        """Make a new secret and show it once; the old one goes on signing for a day."""
        self.check_access('write')
        self.ensure_one()
        endpoint = self.sudo()
        endpoint.write({
            'previous_secret': endpoint.secret, 'secret': self._new_secret(),
            'previous_until': fields.Datetime.now() + OVERLAP})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("New Secret"),
            'res_model': 'tenant.webhook.secret',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_secret': endpoint.secret},
        }

    def action_test(self):
        """Send a test message and show what becomes of it."""
        self.check_access('write')
        self.ensure_one()
        delivery = self._queue(TEST, f'endpoint-{self.id}', {'endpoint': self.name})
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'tenant.webhook.delivery',
            'res_id': delivery.id,
            'views': [(False, 'form')],
        }

    def action_open_deliveries(self):
        """The messages to these endpoints."""
        self.check_access('read')
        action = self.env['ir.actions.actions']._for_xml_id(
            'tenant_billing.action_tenant_webhook_delivery')
        return {**action, 'domain': [('endpoint_id', 'in', self.ids)], 'context': {}}

    # === BUSINESS METHODS === #

    @api.model
    def _listening(self, company, event):
        """The endpoints of a company that want to hear of an event."""
        return self.sudo().search([('company_id', '=', company.id), (EVENTS[event], '=', True)])

    def _queue(self, event, subject, data, **values):
        """Queue a message to each endpoint, in the transaction of what it tells.

        Whoever queues writes the row that stands for the subject first, so that two who tell of
        it at once cannot take the same place in the sequence.

        :param str event: a key of EVENTS
        :param str subject: messages about one subject arrive in the order of their queueing
        :param dict data: what JSON can carry
        :return: the deliveries
        """
        deliveries = self.env['tenant.webhook.delivery'].sudo()
        last = dict(deliveries._read_group(
            [('endpoint_id', 'in', self.ids), ('subject', '=', subject)],
            ['endpoint_id'], ['sequence:max']))
        queued = deliveries.create([
            {
                **deliveries._message_vals(event, last.get(endpoint, 0) + 1, data),
                'endpoint_id': endpoint.id, 'subject': subject, **values,
            }
            for endpoint in self])
        self.env.ref('tenant_billing.cron_deliver').sudo()._trigger()
        return queued

    def _secrets(self):
        """The secrets that sign now, the newest first."""
        endpoint = self.sudo()
        old_counts = endpoint.previous_until and fields.Datetime.now() < endpoint.previous_until
        return [endpoint.secret] + ([endpoint.previous_secret] if old_counts else [])

    def _ask_person(self, summary, note):
        """An activity for the responsible of billing; the same question is asked once."""
        for endpoint in self:
            if summary not in endpoint.activity_ids.mapped('summary'):
                endpoint.with_context(mail_activity_quick_update=True).activity_schedule(
                    'mail.mail_activity_data_todo', summary=summary, note=note,
                    date_deadline=endpoint.company_id._tenant_today(),
                    user_id=endpoint.company_id._tenant_responsible().id)

    # === HELPERS === #

    @api.model
    def _new_secret(self):
        return webhook_signature.secret_of(secrets.token_bytes(32))

    @api.model
    def _allows_private(self):
        """Only the server's configuration file can allow addresses of its own network."""
        return str2bool(str(config.get('tenant_billing_allow_private_webhooks', '')), False)

    @api.model
    def _problem(self, problem):
        """What a person reads of a problem that `outbound` names."""
        return {
            'url': self.env._("This is not a web address. It looks like https://host/path."),
            'https': self.env._("The address must begin with https://."),
            'name': self.env._("The name of the host is not known."),
            'private': self.env._(
                "The address lies in a private network or on this machine: nothing is sent there."),
            'timeout': self.env._("The host did not answer in time."),
            'certificate': self.env._("The host's certificate is not valid."),
            'connection': self.env._("The host could not be reached."),
            'answer': self.env._("The host's answer is not HTTP."),
        }[problem]
