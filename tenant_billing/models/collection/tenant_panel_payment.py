from typing import Any, NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.models.invoicing.tenant_panel_renewal import PAID_KINDS


class PayOption(NamedTuple):
    """One way to pay: a provider, a method of payment, and what one payment charges there."""

    provider: Any
    method: Any
    amount: float


class TenantPanel(models.Model):
    """R33 and R34: what Pay charges, where, and the renewal before its day."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: Pay === #

    def _payable(self, only_due=False):
        """The open demands, the oldest first: what one payment charges.

        :param bool only_due: leave out what is issued and not due yet; money for a fee fills the
            usage of its invoice first (R41), so that is asked for as well
        """
        self.ensure_one()
        demands = self.demand_ids.filtered(lambda demand: demand._is_payable())
        if only_due:
            due = demands.filtered(lambda demand: demand._is_due())
            demands = due | demands.filtered(
                lambda d: d.direction == 'arrears' and d.move_id in due.move_id)
        return demands.sorted(lambda demand: (demand.due_date, demand.id))

    def _is_partly_due(self):
        """Whether some demands are due and others are not."""
        return bool(self._payable(only_due=True)) and self._payable(only_due=True) != (
            self._payable())

    def _is_confirming(self):
        """R7: whether a payment is under way, so that there is nothing to press."""
        self.ensure_one()
        return any(demand._is_confirming() for demand in self.demand_ids)

    def _pay_options(self, demands, payer):
        """The ways in which a partner may pay these demands in one payment.

        :return: list of PayOption, in the order of the providers
        """
        total, currency = sum(demands.mapped('amount_open')), self.currency_id
        options = []
        for provider in self._pay_providers(payer):
            amount = provider._tenant_charge(total, currency)
            for method in provider.payment_method_ids._get_compatible_payment_methods(
                    provider.ids, payer.id, currency_id=currency.id) if amount else ():
                options.append(PayOption(provider, method, amount))
        return options

    def _pay_providers(self, payer):
        """Providers that the payer may use here, whatever the amount."""
        self.ensure_one()
        return self.env['payment.provider']._get_compatible_providers(
            self.company_id.id, payer.id, 0, currency_id=self.currency_id.id)

    def _open_transaction(self, demands, option):
        """A payment of the same that was started already and can still be made: a young page of
        the gateway, or the instructions for a bank transfer."""
        return demands.move_id.transaction_ids.filtered(
            lambda tx: tx.invoice_ids == demands.move_id and tx.provider_id == option.provider
            and not tx.currency_id.compare_amounts(tx.amount, option.amount)
            and (tx._has_open_page() or tx.state == 'pending' and tx.provider_code == 'custom'))[:1]

    def _confirm_by_paying(self):
        """R14: Pay after a trial's end says yes to the plan, which then asks for its first
        period."""
        if self.is_on_trial and self.money_category == 'trial' and not self._payable():
            self.action_confirm_trial()

    # === BUSINESS METHODS: Renew early === #

    def _renew_early(self):
        """Issue the next period before its day; it is due at its start. Again does nothing.

        :raise UserError: when there is nothing to renew, or not yet
        """
        self.ensure_one()
        if self._has_unpaid_ahead(self._today()):
            return
        refusal = self._refuses_renewal()
        if refusal:
            raise UserError(refusal)
        self._check_claimed(self._issue_next())

    def _refuses_renewal(self):
        """Why the next period cannot be issued now, in words; empty when it can."""
        today = self._today()
        if self.state not in ('active', 'grace') or self.is_on_trial or self._undated_period():
            return self.env._("Only a running panel is renewed early.")
        if self.service_end:
            return self.env._("%s is cancelled. Resume it first.", self.name)
        if self.is_free:
            return self.env._("%s renews by itself, there is nothing to pay.", self.name)
        if self._payable():
            return self.env._("Pay what is open first.")
        ahead = self._live_periods().filtered(
            lambda period: period.kind in PAID_KINDS and period.date_start > today)
        if len(ahead) >= self.plan_version_id.max_prepaid_cycles:
            return self.env._(
                "%(panel)s is renewed to %(day)s already. Renew again once its next period has "
                "begun.", panel=self.name,
                day=format_date(self.env, ahead[-1:].last_day, date_format='d MMM y')
            ) if ahead else self.env._("%s cannot be renewed early on its plan.", self.name)
        return ""

    def _next_amount(self):
        """What the next period costs with tax, and the closed usage that its invoice carries: what
        Renew early and a trial's end ask for.

        :rtype: float
        """
        self.ensure_one()
        version, span = self._next_span()
        amount = float(self._period_row(version, span)['amount'])
        items = self._periods_to_rate()._usage_items() if (
            self._bills_usage() and version.usage_invoice == 'with_renewal') else ()
        return version._price_with_tax(amount, self.partner_id) + sum(
            item.period.plan_version_id._price_with_tax(float(item.amount), self.partner_id)
            for item in items)

    def _next_span(self):
        """The version and the days of the period that would be issued next."""
        start = self._next_start() or self._today()
        if self.money_category == 'trial':
            start = self._today()
        version = self.plan_version_id._successor_for(start)
        on_series = version.anchor == 'calendar' or (self.anchor_date and periods.is_boundary(
            self.anchor_date, version.cycle_id._engine(), start))
        return version, version._span_from(start, self.anchor_date if on_series else start)
