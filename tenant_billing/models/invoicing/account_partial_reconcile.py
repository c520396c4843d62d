from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = 'account.partial.reconcile'

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self.env['tenant.billing.period']._settle(partials._matched_moves())
        return partials

    def unlink(self):
        moves = self._matched_moves()
        result = super().unlink()
        self.env['tenant.billing.period']._settle(moves.exists())
        return result

    def _matched_moves(self):
        return self.debit_move_id.move_id | self.credit_move_id.move_id
