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
        """What Pay charges, as `_payable` says it of one panel. The statement joins nothing: to
        plan joins takes longer than to read what they lead to.

        :return: dict of panel ids and lists of Due; dict of panel ids and ids of payments
        """
        for model, names in {
            'tenant.billing.demand': ['panel_id', 'move_id', 'status', 'amount_open', 'due_date'],
            'account.move': ['name', 'state', 'transaction_ids'],
        }.items():
            self.env[model].flush_model(names)
        demands, payments = {}, {}
        for panel_id, move_id, name, amount, day, currency_id, paid_by in self.env.execute_query(
            SQL("""
                SELECT d.panel_id, d.move_id, (
                           SELECT name FROM account_move
                            WHERE id = d.move_id AND state = 'posted'),
                       d.amount_open, d.due_date, d.currency_id, ARRAY(
                           SELECT transaction_id FROM account_invoice_transaction_rel
                            WHERE invoice_id = d.move_id)
                  FROM tenant_billing_demand d
                 WHERE d.panel_id IN %s AND d.status = 'open' AND d.amount_open > 0
                 ORDER BY d.due_date, d.id
                """, self._ids)):
            if name:
                demands.setdefault(panel_id, []).append(
                    Due(move_id, name, amount, self._currency_facts(currency_id), day))
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
        self.env['tenant.billing.period'].flush_model()
        found = {}
        for panel_id, state, *facts, currency_id in self.env.execute_query(SQL(
                """
                SELECT panel_id, state, kind, settled, date_start, date_end, currency_id
                  FROM tenant_billing_period
                 WHERE panel_id IN %s AND (
                       state = 'undated'
                       OR state IN ('claimed', 'invoiced') AND date_start <= %s AND date_end > %s)
                 ORDER BY date_start
                """, self._ids, max(todays.values()), min(todays.values()))):
            found.setdefault(panel_id, []).append((state, Period(*facts), currency_id))
        return {panel.id: panel._period_on(todays[panel.id], found.get(panel.id, ()))
                for panel in self}

    def _period_on(self, today, found):
        """The period that holds a day, of those that were found, and its currency."""
        self.ensure_one()
        is_making = self.state == 'creating'
        period, currency_id = next((
            (period, currency_id) for state, period, currency_id in found
            if (state == 'undated') == is_making
            and (is_making or period.date_start <= today < period.date_end)), (Period(), None))
        plan = self.sudo()
        return period, self._currency_facts(
            currency_id or (plan.plan_version_id or plan.company_id).currency_id.id)

    def _currency_facts(self, currency_id):
        """By Odoo's own cache, which knows the currencies that are in use."""
        known = self.env['res.currency'].get_all_currencies().get(currency_id)
        if known:
            return Currency(known['name'], known['digits'][1])
        currency = self.env['res.currency'].sudo().browse(currency_id)
        return Currency(currency.name, currency.decimal_places)

    def _fetch_holds(self):
        """The reasons of all that are held, together."""
        self.filtered(lambda panel: panel._is_held()).open_hold_ids.fetch(
            ['category', 'reason', 'date_from'])
