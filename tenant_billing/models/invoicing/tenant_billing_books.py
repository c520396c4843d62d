from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.models.invoicing.account_move import UNSETTLING


class TenantBillingPeriod(models.Model):
    """What the books say about each demand, as queries. R41: where an invoice has several
    demands, money fills one after the other; credit notes and write-offs are bound to their own."""

    _inherit = 'tenant.billing.period'

    @api.model
    def _books(self, only):
        """The figures behind a verdict, one row for each demand, in the invoice's currency.

        :param only: condition on `d`; must hold for all demands of an invoice or for none
        """
        return SQL(
            """
            SELECT *, total - own - money - other - test AS rest
              FROM (SELECT id, move_state, total, tick, places, small, own, credited, undone,
                           %(money)s AS money, other_here + %(more)s - %(money)s AS other,
                           %(most)s - %(more)s AS test
                      FROM (SELECT *, total - own - other_here AS rest_room,
                                   %(rest_before)s AS rest_before
                              FROM (%(credited)s) c) s) b
            """,
            money=self._filled("all_money", 'rest'),
            more=self._filled("all_money + all_other", 'rest'),
            most=self._filled("all_money + all_other + all_test", 'rest'),
            rest_before=self._before("total - own - other_here"), credited=self._credited(only))

    @api.model
    def _credited(self, only):
        """What its own credit notes take off each demand: those of the demand, and of those that
        a person made for the invoice as a whole what reaches it."""
        return SQL(
            """
            SELECT *, own_here + %(own)s AS own, credited_here + %(credited)s AS credited,
                   undone_here + %(undone)s AS undone
              FROM (SELECT *, total - own_here AS note_room, %(before)s AS note_before
                      FROM (%(figures)s) f) n
            """,
            own=self._filled("own_free", 'note'), credited=self._filled("credited_free", 'note'),
            undone=self._filled("undone_free", 'note'), before=self._before("total - own_here"),
            figures=self._figures(only))

    @api.model
    def _filled(self, amount, kind):
        """How much of an amount of the whole invoice reaches a demand when those before it are
        filled first; what nobody has room for stays with the last."""
        left = SQL("%s - %s", SQL(amount), SQL.identifier(f'{kind}_before'))
        return SQL(
            "GREATEST(0, CASE WHEN is_last THEN %s ELSE LEAST(%s, %s) END)",
            left, left, SQL.identifier(f'{kind}_room'))

    @api.model
    def _before(self, amount):
        """The sum over the demands before one: what was served first is paid first."""
        return SQL(
            "COALESCE(SUM(%s) OVER (PARTITION BY move_id ORDER BY place"
            " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)", SQL(amount))

    @api.model
    def _figures(self, only):
        """The invoice's money and credit notes, beside each of its demands."""
        test = SQL("FALSE") if self._test_money_counts() else SQL(
            "COALESCE(pay.payment_transaction_id IS NOT NULL AND NOT tx.is_live, FALSE)")
        return SQL(
            """
            SELECT d.id, d.move_id, m.state AS move_state, cur.rounding / 2 AS tick,
                   cur.decimal_places AS places, COALESCE(d.small_difference, 0) AS small,
                   ROW_NUMBER() OVER place AS place, COUNT(*) OVER whole = ROW_NUMBER() OVER place
                   AS is_last,
                   CASE WHEN COUNT(*) OVER whole = 1 THEN m.amount_total ELSE d.amount END AS total,
                   COALESCE(x.own_here, 0) AS own_here, COALESCE(x.own_free, 0) AS own_free,
                   COALESCE(x.other_here, 0) AS other_here,
                   COALESCE(x.money, 0) + COALESCE(y.waiting, 0) AS all_money,
                   COALESCE(x.other, 0) AS all_other, COALESCE(x.test, 0) AS all_test,
                   COALESCE(z.credited_here, 0) AS credited_here,
                   COALESCE(z.credited_free, 0) AS credited_free,
                   COALESCE(z.undone_here, 0) AS undone_here,
                   COALESCE(z.undone_free, 0) AS undone_free
              FROM tenant_billing_demand d
              JOIN account_move m ON m.id = d.move_id
              JOIN res_currency cur ON cur.id = m.currency_id
              LEFT JOIN LATERAL (%(matched)s) x ON TRUE
              LEFT JOIN LATERAL (%(waiting)s) y ON TRUE
              LEFT JOIN LATERAL (%(notes)s) z ON TRUE
             WHERE %(only)s
            WINDOW whole AS (PARTITION BY d.move_id),
                   place AS (PARTITION BY d.move_id ORDER BY d.direction = 'advance', d.id)
            """,
            matched=self._matched(test), waiting=self._waiting(test), notes=self._notes(),
            only=only)

    @api.model
    def _notes(self):
        """The invoice's own credit notes: those that are matched with it, and those whose reason
        takes the payment's effect back."""
        return SQL(
            """
            SELECT SUM(own.amount) FILTER (WHERE own.is_matched AND own.section = d.id)
                   AS credited_here,
                   SUM(own.amount) FILTER (WHERE own.is_matched AND own.section IS NULL)
                   AS credited_free,
                   SUM(own.amount) FILTER (WHERE own.is_undoing AND own.section = d.id)
                   AS undone_here,
                   SUM(own.amount) FILTER (WHERE own.is_undoing AND own.section IS NULL)
                   AS undone_free
              FROM (
                SELECT note.amount_total AS amount, note.tenant_credited_demand_id AS section,
                       note.state = 'posted' AND note.tenant_credit_reason IN %s AS is_undoing,
                       EXISTS (
                           SELECT FROM account_partial_reconcile part
                             JOIN account_move_line line ON line.id = part.debit_move_id
                             JOIN account_move_line credit ON credit.id = part.credit_move_id
                            WHERE line.move_id = m.id AND credit.move_id = note.id) AS is_matched
                  FROM account_move note
                 WHERE note.reversed_entry_id = m.id AND note.move_type = 'out_refund'
              ) own
            """, UNSETTLING)

    @api.model
    def _matched(self, test):
        """What is reconciled with the invoice's receivable, by the kind of its counterpart; of an
        entry that is neither payment nor credit note the withheld share is money. Credit notes and
        write-offs may be made for one demand."""
        return SQL(
            """
            SELECT SUM(k.amount) FILTER (WHERE k.kind = 'own' AND k.section = d.id) AS own_here,
                   SUM(k.amount) FILTER (WHERE k.kind = 'own' AND k.section IS NULL) AS own_free,
                   SUM(k.amount) FILTER (WHERE k.kind = 'other' AND k.section = d.id)
                   AS other_here,
                   COALESCE(SUM(k.amount) FILTER (WHERE k.kind = 'money'), 0)
                   + COALESCE(SUM(k.amount * k.withheld)
                              FILTER (WHERE k.kind = 'other' AND k.section IS NULL), 0) AS money,
                   SUM(k.amount * (1 - k.withheld))
                   FILTER (WHERE k.kind = 'other' AND k.section IS NULL) AS other,
                   SUM(k.amount) FILTER (WHERE k.kind = 'test') AS test
              FROM (
                SELECT part.debit_amount_currency AS amount,
                       part_of.id AS section,
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
                  LEFT JOIN tenant_billing_demand part_of
                         ON part_of.id = c.tenant_credited_demand_id AND part_of.move_id = m.id
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
