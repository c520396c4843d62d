from odoo import api, models
from odoo.tools import SQL, config, str2bool

from odoo.addons.tenant_billing.models.invoicing.account_move import UNSETTLING


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
                             'tenant_credit_reason', 'origin_payment_id', 'statement_line_id'],
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
    def _books(self, only):
        """The figures behind a verdict, one row for each demand, in the invoice's currency."""
        test = SQL("FALSE") if self._test_money_counts() else SQL(
            "COALESCE(pay.payment_transaction_id IS NOT NULL AND NOT tx.is_live, FALSE)")
        return SQL(
            """
            SELECT d.id, m.state AS move_state, m.amount_total AS total,
                   cur.rounding / 2 AS tick, cur.decimal_places AS places,
                   d.small_difference AS small,
                   m.amount_total - COALESCE(x.matched, 0) - COALESCE(y.waiting, 0) AS rest,
                   COALESCE(x.money, 0) + COALESCE(y.waiting, 0) AS money,
                   COALESCE(x.other, 0) AS other, COALESCE(x.test, 0) AS test,
                   COALESCE(z.credited, 0) AS credited, COALESCE(z.undone, 0) AS undone
              FROM tenant_billing_demand d
              JOIN account_move m ON m.id = d.move_id
              JOIN res_currency cur ON cur.id = m.currency_id
              LEFT JOIN LATERAL (%(matched)s) x ON TRUE
              LEFT JOIN LATERAL (%(waiting)s) y ON TRUE
              LEFT JOIN LATERAL (
                  SELECT SUM(own.amount_total) FILTER (WHERE EXISTS (
                             SELECT FROM account_partial_reconcile part
                               JOIN account_move_line line ON line.id = part.debit_move_id
                               JOIN account_move_line ol ON ol.id = part.credit_move_id
                              WHERE line.move_id = m.id AND ol.move_id = own.id)) AS credited,
                         SUM(own.amount_total) FILTER (
                             WHERE own.state = 'posted'
                               AND own.tenant_credit_reason IN %(unsettling)s) AS undone
                    FROM account_move own
                   WHERE own.reversed_entry_id = m.id AND own.move_type = 'out_refund') z ON TRUE
             WHERE %(only)s
            """,
            matched=self._matched(test), waiting=self._waiting(test), unsettling=UNSETTLING,
            only=only)

    @api.model
    def _matched(self, test):
        """What is reconciled with the invoice's receivable, by the kind of its counterpart; of an
        entry that is neither payment nor credit note the withheld share is money."""
        return SQL(
            """
            SELECT SUM(k.amount) AS matched,
                   COALESCE(SUM(k.amount) FILTER (WHERE k.kind = 'money'), 0)
                   + COALESCE(SUM(k.amount * k.withheld) FILTER (WHERE k.kind = 'other'), 0)
                   AS money,
                   SUM(k.amount * (1 - k.withheld)) FILTER (WHERE k.kind = 'other') AS other,
                   SUM(k.amount) FILTER (WHERE k.kind = 'test') AS test
              FROM (
                SELECT part.debit_amount_currency AS amount,
                       CASE WHEN %(test)s THEN 'test'
                            WHEN c.origin_payment_id IS NOT NULL
                                 OR c.statement_line_id IS NOT NULL THEN 'money'
                            WHEN c.move_type = 'out_refund' AND c.reversed_entry_id = m.id
                                 THEN 'own'
                            WHEN c.move_type = 'out_refund' THEN 'money'
                            ELSE 'other' END AS kind,
                       COALESCE((
                           SELECT GREATEST(0, LEAST(1, COALESCE(SUM(w.balance) / NULLIF((
                                      SELECT -SUM(r.balance)
                                        FROM account_move_line r
                                        JOIN account_account ra ON ra.id = r.account_id
                                       WHERE r.move_id = c.id
                                         AND ra.account_type = 'asset_receivable'), 0), 0)))
                             FROM account_move_line w
                             JOIN tenant_withholding_account allowed
                               ON allowed.account_id = w.account_id
                              AND allowed.company_id = m.company_id
                            WHERE w.move_id = c.id), 0) AS withheld
                  FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                  JOIN account_partial_reconcile part ON part.debit_move_id = line.id
                  JOIN account_move_line cl ON cl.id = part.credit_move_id
                  JOIN account_move c ON c.id = cl.move_id
                  LEFT JOIN account_payment pay ON pay.id = c.origin_payment_id
                  LEFT JOIN payment_transaction tx ON tx.id = pay.payment_transaction_id
                 WHERE line.move_id = m.id AND account.account_type = 'asset_receivable'
              ) k
            """, test=test)

    @api.model
    def _waiting(self, test):
        """Payments without a journal entry of their own: there the residual stays until a bank
        line comes, yet the money counts; one payment of several fills the older invoice first."""
        return SQL(
            """
            SELECT SUM(GREATEST(0, pay.amount - COALESCE((
                       SELECT SUM(older.amount_total)
                         FROM account_move__account_payment r
                         JOIN account_move older ON older.id = r.invoice_id
                        WHERE r.payment_id = pay.id AND older.id < m.id), 0))) AS waiting
              FROM account_move__account_payment rel
              JOIN account_payment pay ON pay.id = rel.payment_id
              LEFT JOIN payment_transaction tx ON tx.id = pay.payment_transaction_id
             WHERE NOT %(test)s AND rel.invoice_id = m.id AND pay.move_id IS NULL
               AND pay.currency_id = m.currency_id
               AND (pay.state = 'in_process' OR pay.state = 'paid' AND NOT EXISTS (
                    SELECT FROM account_move_line line
                      JOIN account_partial_reconcile part ON part.debit_move_id = line.id
                      JOIN account_move_line bank ON bank.id = part.credit_move_id
                     WHERE line.move_id = m.id AND bank.statement_line_id IS NOT NULL))
            """, test=test)

    @api.model
    def _test_money_counts(self):
        """R7b: only the server's configuration file can let test payments count."""
        return str2bool(str(config.get('tenant_billing_allow_test_money', '')), False)
