from fractions import Fraction

from odoo import fields, models

from odoo.addons.tenant_billing.engine.exact import text

PROVIDER = 'provider'  # the property by which a dashboard divides cost


class TenantPanel(models.Model):
    """What a panel used and costs, as programs read it: amounts as text, with the currency."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _subscription_figures(self):
        """What the panel is on, and until when."""
        self.ensure_one()
        version, period = self.plan_version_id, self._current_period()
        return {
            'panel_id': self.id,
            'state': self.state,
            'plan': {
                'code': self.plan_id.code, 'name': self.plan_id.name,
                'version': version.number or None},
            'price': self._amount(version.price, version.currency_id or self._any_currency()),
            'currency': self._any_currency().name,
            'tax_included': version.tax_mode == 'gross',
            'cycle': self._cycle_figures(version.cycle_id),
            'period': self._days_figures(period.date_start, period.last_day),
            'paid_through': self._iso(self.paid_through),
            'next_invoice_on': self._iso(self.next_issue_on),
            'service_end': self._iso(self.service_end),
        }

    def _usage_figures(self, current=None):
        """What the running period costs so far, charge by charge."""
        self.ensure_one()
        cost, currency = self._cost_so_far(current), self._any_currency()
        return {
            'panel_id': self.id,
            'period': self._days_figures(cost.first_day, cost.last_day),
            'currency': currency.name,
            'tax_included': self.plan_version_id.tax_mode == 'gross',
            'fee': self._amount(cost.fee, currency),
            'usage': self._amount(cost.usage, currency),
            'total': self._amount(cost.total, currency),
            'charges': [
                {'charge': line.key.split('/')[-1], 'name': line.name,
                 'quantity': None if line.quantity is None else f'{line.quantity:f}',
                 'unit': line.unit, 'amount': self._amount(line.amount, currency)}
                for line in cost.lines],
            'as_of': self._now_figures(),
        }

    def _trend_figures(self, months, metric):
        """How cost, calls or tokens went in the last months."""
        self.ensure_one()
        currency = self._any_currency()
        return {
            'panel_id': self.id, 'metric': metric, 'range': f'{months}m',
            'currency': currency.name if metric == 'cost' else None,
            'months': [
                {'month': month.strftime('%Y-%m'),
                 'value': self._amount(value, currency) if metric == 'cost' else f'{value:f}'}
                for month, value in self._trends(months, metric)],
        }

    def _dashboard_figures(self):
        """All that a dashboard shows of the running period, from one reading of its usage."""
        self.ensure_one()
        current, currency = self._current_usage(), self._any_currency()
        forecast = current and self._forecast(current)
        cheapest = current and self._cheapest_plan(current)
        return {
            'subscription': self._subscription_figures(),
            'usage': self._usage_figures(current),
            'forecast': forecast and {
                'total': self._amount(forecast.total, currency), 'how': forecast.how},
            'cheapest': cheapest and {
                'plan': cheapest.plan.code, 'name': cheapest.plan.name,
                'total': self._amount(cheapest.total, currency),
                'saving': self._amount(cheapest.saving, currency)},
            'by_provider': [
                {'provider': value, 'amount': self._amount(amount, currency)}
                for value, amount in (self._cost_by(PROVIDER, current) if current else ())],
            'trend': self._trend_figures(6, 'cost')['months'],
        }

    def _daily_figures(self, first, last):
        """What meters counted on each of these days, over all groups. Levels over time are left
        out: they are of a period, not of a day.

        :param date first: the first local day
        :param date last: the last one
        """
        self.ensure_one()
        return {
            'panel_id': self.id,
            **self._days_figures(first, last),
            'meters': [
                {'meter': meter.code, 'name': meter.name, 'unit': meter.unit or None,
                 'aggregation': meter.aggregation,
                 'days': [{'day': day.isoformat(), 'quantity': _plain(quantity)}
                          for day, quantity in counted]}
                for meter, counted in self._usage_by_day(first, last)],
        }

    # === HELPERS === #

    def _any_currency(self):
        return self.currency_id or self.company_id.currency_id

    def _amount(self, amount, currency):
        """Exact or not, with the currency's decimals."""
        return self._money(float(amount), currency)

    def _days_figures(self, first, last):
        return {'first_day': first.isoformat(), 'last_day': last.isoformat()} if first else None

    def _cycle_figures(self, cycle):
        return {'count': cycle.count, 'unit': cycle.unit} if cycle else None

    def _now_figures(self):
        return f'{fields.Datetime.now().isoformat(timespec="seconds")}Z'


def _plain(number):
    """A quantity as text; six decimals where decimals cannot say it."""
    return text(number) if '/' not in text(number) else text(Fraction(round(number, 6)))
