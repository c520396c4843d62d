from decimal import ROUND_CEILING, Decimal, InvalidOperation

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from odoo.addons.tenant_billing.engine.periods import midnight_utc

MILLION = 1_000_000
NEAR = 80  # percent of the cap
MOST_CAP = Decimal(10) ** 12
CAP_ACTIONS = ('refuse', 'pause')


class TenantPanel(models.Model):
    """The tab *Overview* of a panel's page: what the running period costs, will cost and may
    cost."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: cost so far, forecast and cap === #

    def _page_cost(self, facts):
        """What the running period costs so far, is expected to cost, and may cost.

        :param facts: of this panel, as `_status_facts` has read them
        :return: dict for the page, with `problem` alone where usage has no price; None where no
            period is running
        """
        self.ensure_one()
        current = self._current_usage()
        if not current:
            return None
        try:
            cost, forecast, cheapest = (
                read(current) for read in (
                    self._cost_so_far, self._forecast, self._cheapest_plan))
        except ValueError:
            return {'problem': True}
        cap, version = self._cap(), current.period.plan_version_id
        return {
            'problem': False,
            'days': self._days_range(cost.first_day, cost.last_day),
            'day': (facts.today - cost.first_day).days + 1,
            'day_count': (cost.last_day - cost.first_day).days + 1,
            'total': self._page_money(cost.total),
            'rows': self._cost_rows(cost, current.period),
            'taxed': version.tax_mode == 'gross',
            'forecast': self._page_money(forecast.total),
            'how': forecast.how,
            'forecast_day': self._day_text(cost.last_day, 'd MMM'),
            'cheapest': cheapest and self._cheapest_text(cheapest),
            'bar': self._spending_bar(cost, forecast, cap),
            'cap': cap and self._cap_facts(cap, forecast, cost.first_day),
        }

    def _cost_rows(self, cost, period):
        """The fee and each usage line, with what explains it."""
        version = period.plan_version_id
        fee = {
            'key': 'fee', 'name': version.plan_id.name, 'why': None, 'events': "",
            'told': self.env._("paid") if period.settled and cost.fee else "",
            'amount': self._plain_money(cost.fee),
        }
        meters = {
            key: charge.meter_id.code for key, charge in version._charges_by_key().items()}
        return [fee] * bool(cost.fee or not cost.lines) + [
            {
                'key': line.key.replace('/', '-'),
                'name': line.name,
                'told': "" if line.quantity is None
                else self._quantity_text(line.quantity, line.unit),
                'amount': self._plain_money(line.amount),
                'why': self._page_why(line.why, version),
                'events': self._events_url(meters.get(line.key), cost.first_day, cost.last_day),
            }
            for line in cost.lines]

    def _events_url(self, meter_code, first, last):
        """Where the events of some days stand; none of what no meter counts."""
        if not meter_code:
            return ""
        return f'/my/panels/{self.id}?meter={meter_code}&from={first}&to={last}#events'

    def _cheapest_text(self, cheapest):
        if cheapest.plan == self.plan_version_id.plan_id:
            return self.env._(
                "For this usage, %s is the cheapest plan.", cheapest.plan.name)
        return self.env._(
            "For this usage, %(plan)s would be cheaper: %(total)s, that is %(saving)s less.",
            plan=cheapest.plan.name, total=self._page_money(cheapest.total),
            saving=self._page_money(cheapest.saving))

    def _spending_bar(self, cost, forecast, cap):
        """Cost, forecast and cap as percentages of the longest of them."""
        expected = max(cost.total, forecast.total)
        whole = max(expected, cap.amount if cap else Decimal(0))
        if whole <= 0:
            return None
        used = _percent(cost.total, whole)
        if cap:
            label = self.env._(
                "%(used)s percent of the cap used, %(expected)s percent expected",
                used=_percent(cap.used, cap.amount), expected=_percent(expected, cap.amount))
        else:
            label = self.env._("%s percent of the expected cost so far", used)
        return {
            'used': used,
            'more': _percent(expected, whole) - used,
            'cap': _percent(cap.amount, whole) if cap and cap.amount < whole else None,
            'label': label,
        }

    def _cap_facts(self, cap, forecast, first_day):
        used = _percent(cap.used, cap.amount)
        told = self.env._(
            "%(used)s %% used, %(expected)s %% expected", used=used,
            expected=_percent(max(cap.used, forecast.total), cap.amount))
        pauses = cap.action == 'pause'
        raised = self._raised_cap(cap, forecast)
        refused = self._refused_at_cap(first_day) if used >= NEAR else ""
        return {
            'amount': self._page_money(cap.amount),
            'plain': str(self._round_cap(cap.amount)),
            'action': cap.action,
            'soft_for': ", ".join(cap.soft_for),
            'is_reached': cap.used >= cap.amount,
            'is_near': used >= NEAR,
            'told': told,
            'rule': self.env._("At the cap, the panel is paused. Nothing is deleted.") if pauses
            else self.env._("At the cap, usage is refused. Nothing is deleted."),
            'refused': refused,
            'says': self._cap_says(cap, used, refused),
            'raised': str(raised),
            'raised_text': self._page_money(raised),
        }

    def _refused_at_cap(self, first_day):
        """When the cap refused usage last; what is refused may be dearer than what is left."""
        refusal = self.env['tenant.usage.refusal'].search([
            ('panel_id', '=', self.id), ('code', '=', 'cap_reached'),
            ('last_at', '>=', midnight_utc(first_day, self._usage_zone())),
        ], order='last_at desc', limit=1)
        return self.env._(
            "Last refused: %s.", self._moment_text(refusal.last_at)) if refusal else ""

    def _cap_says(self, cap, used, refused):
        """How near the cap is, in a sentence that does not change with each event."""
        if refused and cap.used < cap.amount:
            return self.env._("The cap has no room for some usage: it is refused.")
        if cap.used < cap.amount:
            return self.env._("More than 80 % of the spending cap is used.") if used >= NEAR else (
                self.env._("Below the spending cap."))
        if cap.action == 'pause':
            return self.env._("The cap is reached: the panel is paused.")
        return self.env._("The cap is reached: usage is refused.")

    def _raised_cap(self, cap, forecast):
        """The cap that one click offers: a round amount with room above what is expected."""
        wanted = max(cap.amount, cap.used, forecast.total) * 5 / 4
        step = Decimal(10) ** (wanted.adjusted() - 1)
        return self._round_cap((wanted / step).to_integral_value(ROUND_CEILING) * step)

    def _round_cap(self, amount):
        return amount.quantize(Decimal(1).scaleb(-self.currency_id.decimal_places))

    def _choose_cap(self, amount, action):
        """The tenant's new spending cap.

        :param str amount: as a form sends it
        :param str action: refuse or pause; what the cap does now, by default
        :raise UserError: when it is no amount above zero
        """
        try:
            wanted = self._round_cap(Decimal(amount))
            is_amount = 0 < wanted < MOST_CAP
        except (InvalidOperation, TypeError):  # also what is no number, as NaN
            is_amount = False
        if not is_amount:
            raise UserError(self.env._("Write the cap as an amount above zero."))
        if action not in CAP_ACTIONS:
            cap = self._cap()
            action = cap.action if cap else CAP_ACTIONS[0]
        self._set_cap(wanted, action)

    # === HELPERS === #

    def _days_range(self, first, last):
        """Days as people read them, the year once: "27 Oct to 26 Nov 2026"."""
        pattern = 'd MMM' if first.year == last.year else 'd MMM y'
        return self.env._(
            "%(first)s to %(last)s", first=self._day_text(first, pattern),
            last=self._day_text(last))

    def _page_money(self, amount):
        return self.currency_id._text(amount)

    def _plain_money(self, amount):
        """An amount below others of the same currency: without its code."""
        return self.currency_id._plain_text_in(self.currency_id, amount)

    def _quantity_text(self, quantity, unit=None):
        """A quantity as people read it: "16,240", "3.19 million", "42.6 GB".

        :param str unit: written where it is a measure as GB; the name of what is counted says
            the others
        """
        quantity = Decimal(quantity or 0)
        measure = f' {unit}' if unit and unit != unit.lower() else ""
        if abs(quantity) >= MILLION:
            return self.env._("%s million", self._trimmed(quantity / MILLION, 2)) + measure
        return self._trimmed(quantity, 2 if abs(quantity) >= 1 else 6) + measure

    def _trimmed(self, number, places):
        """A number without zeros at its end."""
        number = round(number, places)
        places = max(0, -number.normalize().as_tuple().exponent)
        return formatLang(self.env, float(number), digits=places)


def _percent(part, whole):
    """Whole percent, cut: 100 is said only of what is reached."""
    return int(part * 100 / whole) if whole else 100
