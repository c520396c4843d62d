from datetime import date
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL


class Currency(NamedTuple):
    """What amounts are written with."""

    name: str
    decimal_places: int


class Due(NamedTuple):
    """An open demand that Pay charges."""

    invoice_id: int
    invoice_name: str
    amount: float  # with tax, what is still open
    currency: Currency
    due_date: date


class Period(NamedTuple):
    """The period that holds today; of a panel in the making the one that waits for its days."""

    kind: str | None = None
    settled: bool = False
    date_start: date | None = None
    date_end: date | None = None


class Facts(NamedTuple):
    """What is read at once for many panels, before each of them is looked at."""

    today: date
    demands: list  # of Due, the oldest due first
    period: Period
    amount: float  # of all demands
    currency: Currency  # of what is due, else of the plan
    pending: bool  # a payment is under way (R7)


class TenantPanel(models.Model):
    """What the status is made of, in plain values: cards ask for it every half minute, and
    hosting platforms as often as they like."""

    _inherit = 'tenant.panel'

    def _status_facts(self):
        """What is read of all these panels together, in two statements.

        :return: dict of panel and Facts
        """
        if not self:
            return {}
        todays = {panel.id: panel._today() for panel in self}
        demands, paid_by = self._demands_due()
        periods = self._periods_on(todays)
        self._fetch_holds()
        on_its_way = self._on_its_way(paid_by)
        facts = {}
        for panel in self:
            due = demands.get(panel.id, [])
            period, currency = periods[panel.id]
            facts[panel] = Facts(
                todays[panel.id], due, period, sum(one.amount for one in due),
                due[0].currency if due else currency, panel.id in on_its_way)
        return facts

    # === HELPERS === #

    def _demands_due(self):
        """What Pay charges, as `_payable` says it of one panel.

        :return: dict of panel ids and lists of Due; dict of panel ids and ids of payments
        """
        for model, names in {
            'tenant.billing.demand': ['panel_id', 'move_id', 'status', 'amount_open', 'due_date'],
            'account.move': ['name', 'state', 'transaction_ids'],
        }.items():
            self.env[model].flush_model(names)
        demands, payments = {}, {}
        for panel_id, move_id, name, amount, day, code, places, paid_by in self.env.execute_query(
            SQL("""
                SELECT d.panel_id, m.id, m.name, d.amount_open, d.due_date, c.name,
                       c.decimal_places, ARRAY(
                           SELECT transaction_id FROM account_invoice_transaction_rel
                            WHERE invoice_id = m.id)
                  FROM tenant_billing_demand d
                  JOIN account_move m ON m.id = d.move_id
                  JOIN res_currency c ON c.id = d.currency_id
                 WHERE d.panel_id IN %s AND d.status = 'open' AND d.amount_open > 0
                   AND m.state = 'posted'
                 ORDER BY d.due_date, d.id
                """, self._ids)):
            demands.setdefault(panel_id, []).append(
                Due(move_id, name, amount, Currency(code, places), day))
            payments.setdefault(panel_id, set()).update(paid_by)
        return demands, payments

    def _on_its_way(self, paid_by):
        """The ids of the panels that a payment is under way for."""
        payments = self.env['payment.transaction'].browse(set().union(*paid_by.values()))
        going = {tx.id for tx in payments if tx._is_on_its_way()}
        return {panel_id for panel_id, ids in paid_by.items() if ids & going}

    def _periods_on(self, todays):
        """The period of each panel on its day, and the currency that it is billed in.

        :param dict todays: a day for each panel id
        :return: dict of panel ids and pairs of Period and Currency
        """
        for model in ('tenant.panel', 'tenant.billing.period'):
            self.env[model].flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT panel.id, c.name, c.decimal_places,
                   p.kind, p.settled, p.date_start, p.date_end
              FROM (VALUES %s) day (panel_id, today)
              JOIN tenant_panel panel ON panel.id = day.panel_id
              JOIN res_company company ON company.id = panel.company_id
              LEFT JOIN tenant_plan_version version ON version.id = panel.plan_version_id
              LEFT JOIN LATERAL (
                  SELECT * FROM tenant_billing_period
                   WHERE panel_id = panel.id AND CASE WHEN panel.state = 'creating'
                         THEN state = 'undated'
                         ELSE state IN ('claimed', 'invoiced')
                              AND date_start <= today AND today < date_end END
                   ORDER BY date_start LIMIT 1) p ON TRUE
              JOIN res_currency c ON c.id = COALESCE(
                       p.currency_id, version.currency_id, company.currency_id)
            """,
            SQL(", ").join(SQL("(%s, %s::date)", *each) for each in todays.items())))
        return {
            panel_id: (Period(*period) if period[0] else Period(), Currency(name, places))
            for panel_id, name, places, *period in rows}

    def _fetch_holds(self):
        """The reasons of all that are held, together."""
        self.filtered(lambda panel: panel._is_held()).open_hold_ids.fetch(
            ['category', 'reason', 'date_from'])
