from odoo import api, fields, models
from odoo.exceptions import UserError

CREDIT_REASONS = [
    ('goodwill', "Goodwill"),
    ('price', "Price"),
    ('sla', "Service level"),
    ('usage', "Usage corrected"),
    ('not_delivered', "Not delivered"),
    ('cancelled', "Cancelled"),
    ('chargeback', "Chargeback"),
]
# R39: these take the payment's effect back, the others move no dates.
UNSETTLING = ('not_delivered', 'cancelled', 'chargeback')
# Whose invoice it is, in what money and of what kind: not edited once it is issued.
FROZEN = frozenset({'partner_id', 'currency_id', 'move_type', 'company_id'})


class AccountMove(models.Model):
    _inherit = 'account.move'

    tenant_demand_ids = fields.One2many('tenant.billing.demand', 'move_id', string="Demands")
    tenant_is_credit = fields.Boolean(compute='_compute_tenant_is_credit', compute_sudo=True)
    tenant_credit_reason = fields.Selection(
        CREDIT_REASONS, string="Reason of Credit", copy=False,
        help="Not delivered, cancelled and chargeback also take back the days that a paid "
        "invoice paid for; the others leave them.",
    )
    tenant_credited_demand_id = fields.Many2one(
        'tenant.billing.demand', string="Credited Demand", copy=False, readonly=True,
        index='btree_not_null', ondelete='restrict',
        help="The part of the invoice that this credit note or write-off was made for.")
    tenant_hold_for_refund = fields.Boolean(
        string="Hold for Refund", copy=False,
        help="This credit is to be paid back: it is not used for open invoices by itself.")
    tenant_is_opening = fields.Boolean(
        copy=False, readonly=True, help="What a tenant owed before it was billed here.")
    tenant_credit_told = fields.Boolean(
        copy=False, readonly=True, help="A person was told of the money left over here.")

    # === COMPUTE METHODS === #

    @api.depends('reversed_entry_id.tenant_demand_ids')
    def _compute_tenant_is_credit(self):
        for move in self:
            move.tenant_is_credit = bool(move.reversed_entry_id.tenant_demand_ids)

    # === CRUD METHODS === #

    def write(self, vals):
        frozen = FROZEN & set(vals)
        if frozen and any(move._is_issued_otherwise(vals, frozen) for move in self):
            raise UserError(self.env['account.move.line']._issued_message())
        result = super().write(vals)
        if 'tenant_credit_reason' in vals:
            self._settle_demands()
        return result

    def unlink(self):
        self._unlink_without_demand()  # before Odoo deletes the lines
        return super().unlink()

    def _has_field_access(self, field, operation):
        if operation == 'write' and field.name == 'tenant_credited_demand_id':
            return self.env.su  # it says which part of an invoice a credit takes off
        return super()._has_field_access(field, operation)

    @api.ondelete(at_uninstall=False)
    def _unlink_without_demand(self):
        if self.sudo().tenant_demand_ids:
            raise UserError(self.env._(
                "A renewal invoice is not deleted. Credit it instead."))

    # === BUSINESS METHODS: where the books change (R6) === #

    def _post(self, soft=True):
        self._check_still_asks()
        posted = super()._post(soft)
        posted._settle_demands()
        return posted

    def button_draft(self):
        self._check_dead_stay_so()
        result = super().button_draft()
        self._settle_demands()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self.env['tenant.rated.line'].sudo().search([('move_id', 'in', self.ids)])._rate_again()
        self._settle_demands()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._settle_demands()
        return result

    # === HELPERS === #

    def _is_issued_otherwise(self, vals, frozen):
        """Whether the values would make an issued invoice another one's."""
        self.ensure_one()
        return bool(self.sudo().tenant_demand_ids) and any(
            self._fields[name].convert_to_cache(vals[name], self, validate=False)
            != self._fields[name].convert_to_cache(self[name], self, validate=False)
            for name in frozen)

    def _check_still_asks(self):
        """Law 4: an issued invoice asks what its demands say, whatever was done to its lines."""
        for move in self.sudo().filtered('tenant_demand_ids'):
            asked = sum(move.tenant_demand_ids.mapped('amount'))
            if move.currency_id.compare_amounts(move.amount_total, asked):
                raise UserError(self.env['account.move.line']._issued_message())

    def _settle_demands(self):
        self.env['tenant.billing.period']._settle(self)

    def _check_dead_stay_so(self):
        if any(move.state == 'cancel' and move.sudo().tenant_demand_ids for move in self):
            raise UserError(self.env._(
                "A cancelled renewal invoice cannot come back. Open its billing period and "
                "choose Issue Again."))
