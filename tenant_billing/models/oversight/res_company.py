from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get

from odoo.addons.tenant_billing.engine import periods


class ResCompany(models.Model):
    _inherit = 'res.company'

    tenant_tz = fields.Selection(
        _tz_get,
        string="Billing Time Zone",
        required=True,
        default=lambda self: self._default_tenant_tz(),
        help="Days of billing begin at midnight in this zone, "
        "unless the customer's billing profile names another one.",
    )
    tenant_responsible_id = fields.Many2one(
        'res.users',
        string="Billing Responsible",
        help="Gets the activities that billing cannot settle by itself.",
    )

    @api.model
    def _default_tenant_tz(self):
        return self.env.user.tz or 'UTC'

    def _tenant_today(self, zone=None):
        """The local calendar day of now.

        :param str zone: name of a time zone; the company's billing zone by default
        :rtype: datetime.date
        """
        self.ensure_one()
        return periods.today_in(fields.Datetime.now(), zone or self.tenant_tz)

    def _tenant_responsible(self):
        """Who is asked when billing needs a person: never nobody."""
        self.ensure_one()
        return self.tenant_responsible_id or self.env.ref('base.user_admin')
