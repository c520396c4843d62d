from odoo import api, models
from odoo.tools import SQL, config, str2bool


class TenantBillingPeriod(models.Model):
    """R4 to R6: what the books say about a demand, and what follows from it."""

    _inherit = 'tenant.billing.period'

    @api.model
    def _settle(self, moves):
        """Bring demands, periods and panels into line with the books.

        Level-triggered: it looks at what the books say now, not at what happened, so it may be
        called at any time, any number of times. It posts nothing and sends nothing.

        :param moves: journal entries that changed
        :return: the demands whose status changed
        """
        moves = (moves.sudo() | moves.sudo().reversed_entry_id).filtered(
            lambda move: move.move_type == 'out_invoice' and move.tenant_demand_ids)
        if not moves:
            return self.env['tenant.billing.demand']
        demands = self.env['tenant.billing.demand'].sudo()
        changed = demands.browse()
        flips = {}
        for demand_id, before, now, how in self._flip(moves):
            demand = demands.browse(demand_id)
            changed |= demand
            if before != now:
                flips[demand] = (before, now, how)
        changed.invalidate_recordset(['status', 'amount_open'])
        changed.panel_id.invalidate_recordset(['amount_due'])
        for demand in moves.tenant_demand_ids - demands.union(*flips):
            if demand._contradicts_period():
                flips[demand] = (demand.status, demand.status, 'money')
        for demand, (before, now, how) in flips.items():
            demand._after_flip(before, now, how)
        flipped = demands.union(*flips)
        for panel in flipped.panel_id:
            panel._after_settlement(flipped.filtered(lambda d, p=panel: d.panel_id == p), flips)
        (moves.tenant_demand_ids.panel_id - flipped.panel_id)._refresh_if_stale()
        return flipped

    @api.model
    def _flip(self, moves):
        """Write what the books say to the demands that say otherwise.

        :return: list of (demand id, status before, status now, settled by)
        """
        for model, names in {
            'account.move': ['state', 'move_type', 'amount_total', 'reversed_entry_id',
                             'tenant_credit_reason', 'tenant_credited_demand_id',
                             'origin_payment_id', 'statement_line_id'],
            'account.move.line': ['move_id', 'account_id', 'balance'],
            'account.partial.reconcile': None,
            'account.payment': ['state', 'move_id', 'payment_transaction_id', 'amount',
                                'currency_id', 'invoice_ids'],
            'payment.transaction': ['is_live'],
            'tenant.billing.demand': None,
        }.items():
            self.env[model].flush_model(names)
        only = SQL("d.move_id IN %s", tuple(moves.ids))
        return self.env.execute_query(SQL(
            """
            WITH verdict AS (%s)
            UPDATE tenant_billing_demand d
               SET status = v.status, amount_open = v.amount_open
              FROM verdict v, tenant_billing_demand old
             WHERE v.id = d.id AND old.id = d.id
               AND (d.status, d.amount_open) IS DISTINCT FROM (v.status, v.amount_open)
         RETURNING d.id, old.status, d.status, v.how
            """, self._verdicts(only)))

    @api.model
    def _differences(self):
        """The query for the ids of all demands that the books contradict."""
        return SQL(
            """
            SELECT d.id
              FROM tenant_billing_demand d
              JOIN (%s) v ON v.id = d.id
              LEFT JOIN tenant_billing_period p ON p.id = d.period_id AND p.state != 'void'
             WHERE (d.status, d.amount_open) IS DISTINCT FROM (v.status, v.amount_open)
                OR p.settled IS DISTINCT FROM (v.status = 'settled') AND p.id IS NOT NULL
            """, self._verdicts(SQL("TRUE")))

    @api.model
    def _verdicts(self, only):
        """R4 as a query: id, status, amount_open and how, for the demands that `only` selects.

        `rest` is what the books leave open; money is what counts as payment whatever its amount,
        other what is neither payment nor credit note; credited is the invoice's own credit notes
        that are matched with it, undone those whose reason takes the payment's effect back.
        """
        return SQL(
            """
            SELECT b.id,
                   CASE WHEN b.move_state = 'cancel' THEN 'dead'
                        WHEN b.move_state = 'draft' THEN 'open'
                        WHEN b.total < b.tick THEN 'settled'
                        WHEN b.undone > b.total - b.tick THEN 'dead'
                        WHEN b.rest >= b.tick THEN 'open'
                        WHEN b.money < b.total AND b.credited > b.total - b.tick THEN 'dead'
                        WHEN b.other > b.small THEN 'dead'
                        WHEN b.test >= b.tick THEN 'open'
                        ELSE 'settled' END AS status,
                   CASE WHEN b.move_state = 'posted' AND b.rest >= b.tick
                             AND b.undone <= b.total - b.tick
                        THEN ROUND(b.rest, b.places) ELSE 0 END AS amount_open,
                   CASE WHEN b.total < b.tick THEN 'zero' ELSE 'money' END AS how
              FROM (%s) b
            """, self._books(only))

    @api.model
    def _test_money_counts(self):
        """R7b: only the server's configuration file can let test payments count."""
        return str2bool(str(config.get('tenant_billing_allow_test_money', '')), False)
