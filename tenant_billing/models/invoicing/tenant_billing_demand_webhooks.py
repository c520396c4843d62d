from odoo import models
from odoo.tools import float_repr


class TenantBillingDemand(models.Model):
    """What hosts are told of invoices."""

    _inherit = 'tenant.billing.demand'

    def _tell_invoice(self, event):
        self.env['tenant.panel']._tell_hosts(
            event, [(demand.panel_id, {'invoice': demand._webhook_facts()}) for demand in self])

    def _webhook_facts(self):
        self.ensure_one()
        period = self.period_id if self.period_id.is_dated else self.period_id.browse()
        return {
            'id': self.move_id.id,
            'number': self.move_id.name,
            'amount': float_repr(self.amount, self.currency_id.decimal_places),
            'currency': self.currency_id.name,
            'issued_on': self.issued_on.isoformat(),
            'due_date': self.due_date.isoformat(),
            'first_day': period.date_start.isoformat() if period else None,
            'last_day': period.last_day.isoformat() if period else None,
        }
