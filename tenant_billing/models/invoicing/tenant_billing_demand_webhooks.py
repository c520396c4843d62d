from odoo import models
from odoo.tools import float_repr


class TenantBillingDemand(models.Model):
    """What hosts are told of invoices."""

    _inherit = 'tenant.billing.demand'

    def _tell_invoice(self, event):
        """Tell hosts of the invoices of these demands. One that asks for a fee and for usage is
        told once, with its whole amount; as paid, when nothing of it is open."""
        rows = []
        for move in self.move_id:
            parts = move.tenant_demand_ids
            if event == 'invoice.paid':
                parts = parts.filtered(lambda demand: demand.status != 'dead')
            if event != 'invoice.paid' or 'open' not in parts.mapped('status'):
                told = parts.sorted('direction')[:1]  # the fee, if there is one
                rows.append((told.panel_id, {'invoice': told._webhook_facts(parts)}))
        self.env['tenant.panel']._tell_hosts(event, rows)

    def _tell_rest_paid(self):
        """What was open of an invoice is closed: what else it asks for may have been paid before,
        which was not told as long as something was open."""
        parts = self.move_id.tenant_demand_ids
        if any(part.status == 'settled' and part.amount for part in parts):
            self._tell_invoice('invoice.paid')

    def _webhook_facts(self, parts):
        """The invoice as hosts read it.

        :param parts: the demands whose amounts make up its own
        """
        self.ensure_one()
        period = self.period_id if self.period_id.is_dated else self.period_id.browse()
        return {
            'id': self.move_id.id,
            'number': self.move_id.name,
            'amount': float_repr(sum(parts.mapped('amount')), self.currency_id.decimal_places),
            'currency': self.currency_id.name,
            'issued_on': self.issued_on.isoformat(),
            'due_date': self.due_date.isoformat(),
            'first_day': period.date_start.isoformat() if period else None,
            'last_day': period.last_day.isoformat() if period else None,
        }
