from odoo import api, fields, models
from odoo.exceptions import UserError

# What an issued line says: it is never edited (law 4), posted or not.
SAID = frozenset({
    'price_unit', 'quantity', 'discount', 'name', 'tax_ids', 'product_id', 'move_id',
    'tenant_period_id', 'tenant_demand_id',
})
# What could make it ask another amount than its demand.
AMOUNTS = frozenset({'balance', 'amount_currency', 'debit', 'credit', 'currency_id'})


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    tenant_period_id = fields.Many2one(
        'tenant.billing.period', string="Billing Period", copy=False, index='btree_not_null',
        ondelete='restrict')
    tenant_demand_id = fields.Many2one(
        'tenant.billing.demand', string="Demand", copy=False, index='btree_not_null',
        ondelete='restrict')

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        added = lines.filtered(lambda line: line.display_type == 'product')
        if added.move_id.sudo().tenant_demand_ids:
            raise UserError(self._issued_message())
        return lines

    def write(self, vals):
        said = SAID & set(vals)
        if said and any(line._says_otherwise(vals, said) for line in self):
            raise UserError(self._issued_message())
        result = super().write(vals)
        if AMOUNTS & set(vals):
            self.move_id._check_still_asks()
        return result

    def _has_field_access(self, field, operation):
        if operation == 'write' and field.name in ('tenant_period_id', 'tenant_demand_id'):
            return self.env.su  # a link that is forged would be an invoice that is not ours
        return super()._has_field_access(field, operation)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_issued(self):
        if any(line.sudo().tenant_demand_id for line in self):
            raise UserError(self._issued_message())

    def _says_otherwise(self, vals, said):
        """Whether the values would change what an issued line says."""
        self.ensure_one()
        if not self.sudo().tenant_demand_id:
            return False
        return any(
            self._fields[name].convert_to_cache(vals[name], self, validate=False)
            != self._fields[name].convert_to_cache(self[name], self, validate=False)
            for name in said)

    def _issued_message(self):
        return self.env._(
            "An issued renewal invoice is not edited. Credit it, or put the correction on the "
            "next invoice.")

    def _relink(self, period):
        """The same days, in the row that took the place of a void one."""
        if self:
            self.flush_recordset()
            self.env.cr.execute(
                'UPDATE account_move_line SET tenant_period_id = %s WHERE id IN %s',
                (period.id, tuple(self.ids)))
            self.invalidate_recordset(['tenant_period_id'], flush=False)

    def _pays(self, asked):
        """Whether this credit can be matched with what an invoice asks.

        An invoice's own credit note belongs to that invoice as long as it is open in the books;
        nothing else pays an invoice whose demands are dead.
        """
        own = self.move_id.reversed_entry_id
        is_own = own == asked.move_id
        if own.tenant_demand_ids and own.amount_residual and not is_own:
            return False
        demands = asked.move_id.tenant_demand_ids
        if not is_own and demands and all(demand.status == 'dead' for demand in demands):
            return False
        return (
            (self.account_id, self.partner_id.commercial_partner_id, self.company_id,
             self.currency_id)
            == (asked.account_id, asked.partner_id.commercial_partner_id, asked.company_id,
                asked.currency_id))
