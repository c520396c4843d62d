from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """When and by what messages to tenants leave."""

    _inherit = 'res.company'

    tenant_quiet = fields.Boolean(
        string="Quiet Hours", help="Messages wait for the morning in the tenant's time zone.")
    tenant_quiet_from = fields.Float(
        string="Quiet From", default=21.0, help="Hour of the tenant's day, 0 to 24.")
    tenant_quiet_to = fields.Float(
        string="Quiet To", default=8.0, help="Hour of the tenant's day, 0 to 24.")
    tenant_sms_sender = fields.Selection(
        [('http', "A gateway by HTTP"), ('twilio', "Twilio, by Odoo's app")],
        string="Text Messages", help="What sends text messages; without one there are none.")
    tenant_sms_url = fields.Char(
        string="SMS Address", groups='base.group_system',
        help="The gateway's address, https only. With GET it holds {number} and {text}.")
    tenant_sms_method = fields.Selection(
        [('POST', "POST"), ('GET', "GET")], string="SMS Method", default='POST',
        groups='base.group_system')
    tenant_sms_headers = fields.Text(
        string="SMS Headers", groups='base.group_system', help="One in a line: Name: value.")
    tenant_sms_body = fields.Text(
        string="SMS Body", groups='base.group_system',
        help="With {number} and {text}. JSON if it begins with a brace, else a form: "
        "to={number}&message={text}.")
    tenant_sms_number = fields.Selection(
        [
            ('plus', "+8801712345678"), ('digits', "8801712345678"),
            ('local', "01712345678 in Bangladesh, else without plus"),
        ],
        string="SMS Numbers", default='plus', groups='base.group_system')
    tenant_sms_answer = fields.Char(
        string="SMS Answer", groups='base.group_system',
        help="Text that the gateway's answer holds when it took the message. Empty: its status "
        "alone tells.")

    tenant_charge_hour = fields.Integer(
        string="Hour of Automatic Payments", default=9,
        help="Saved cards are charged on the due date from this hour of the tenant's day on.")

    _tenant_charge_hours = models.Constraint(
        'CHECK (tenant_charge_hour BETWEEN 0 AND 23)',
        "The hour of automatic payments is one from 0 to 23.")
    _tenant_quiet_hours = models.Constraint(
        'CHECK (tenant_quiet_from BETWEEN 0 AND 24 AND tenant_quiet_to BETWEEN 0 AND 24)',
        "An hour of the day is from 0 to 24.")

    # === CONSTRAINT METHODS === #

    @api.constrains('tenant_sms_sender')
    def _check_tenant_sms_sender(self):
        if 'sms_provider' not in self._fields and 'twilio' in self.mapped('tenant_sms_sender'):
            raise ValidationError(self.env._(
                "Install Odoo's app \"Twilio SMS\" first, and choose Twilio in its settings."))

    @api.constrains('tenant_sms_url')
    def _check_tenant_sms_url(self):
        if any(url and not url.startswith('https://')
               for url in self.sudo().mapped('tenant_sms_url')):
            raise ValidationError(self.env._(
                "The address of the SMS gateway begins with https://."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env['tenant.message'].sudo()._fill(companies)
        return companies

    # === BUSINESS METHODS === #

    def _is_quiet(self, zone):
        """Whether nothing is sent now to a tenant in a time zone."""
        self.ensure_one()
        first, last = self.tenant_quiet_from, self.tenant_quiet_to
        if not self.tenant_quiet or first == last:
            return False
        now = fields.Datetime.now().replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
        hour = now.hour + now.minute / 60
        return first <= hour < last if first < last else hour >= first or hour < last
