from odoo import models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _tell_of_spare_money(self):
        """R7a: money that no demand asks for is told to a person, once."""
        demands = self.env['tenant.billing.demand']
        for partner in self.commercial_partner_id:
            panels = self.env['tenant.panel'].search(
                [('partner_id', 'child_of', partner.id)], order='id')
            spare = self.env['account.move.line'].search(
                demands._domain_free_credit(partner, panels.company_id)
                & demands._domain_untold_money())
            for line in spare:
                panels[:1]._ask_person(
                    self.env._("Money left over from %s", line.move_id.name),
                    self.env._(
                        "%(amount)s of %(partner)s pays nothing yet. It is used for the next "
                        "invoice; mark the entry \"Hold for Refund\" to pay it back instead.",
                        amount=line.currency_id._text(-line.amount_residual_currency),
                        partner=partner.name))
            spare.move_id.tenant_credit_told = True

    def _set_aside(self, error):
        self.tenant_panel_ids[:1]._ask_person(self.env._("Account credit failed"), error)
