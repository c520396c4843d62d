from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from odoo import fields, models
from odoo.tools import formatLang

from odoo.addons.tenant_billing.engine import forecast
from odoo.addons.tenant_billing.engine.aggregations import AGGREGATIONS
from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT
from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.engine.rating import rate
from odoo.addons.tenant_billing.models.invoicing.tenant_billing_rating import Item

NOTHING = Decimal(0)
PLACES = 6  # of a quantity that decimals cannot say


class Current(NamedTuple):
    """A running period, its terms as rating knows them, and what was used in it so far."""

    period: Any
    terms: Any  # engine.rating_input.Period
    used: Any  # tenant_usage_totals.Used


class CostLine(NamedTuple):
    """What a charge costs so far; quantity and unit are None where nothing is counted."""

    key: str
    name: str
    quantity: Decimal | None
    unit: str | None
    amount: Decimal
    why: list  # as `tenant.rated.line` keeps it


class Cost(NamedTuple):
    """What the running period costs so far, as the plan version's prices are: with or without tax.
    Without a running period the days are None and all else is nothing."""

    first_day: date | None
    last_day: date | None
    fee: Decimal
    usage: Decimal
    total: Decimal
    lines: list


class Forecast(NamedTuple):
    """What the running period will cost in all, and a sentence that says how that was made."""

    total: Decimal
    how: str


class Cheapest(NamedTuple):
    """The plan that costs least for the usage of the whole period, and what it would save."""

    plan: Any
    total: Decimal
    saving: Decimal


class TenantPanel(models.Model):
    """Cost so far, forecast and the cheapest plan: read from totals, however many events there
    are; nothing is written. Each takes what `_current_usage` has read, for those who ask for
    several."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _current_usage(self):
        """What the figures of the running period are made of; None where no period runs.

        :rtype: Current
        """
        self.ensure_one()
        period = self._current_period()
        if not period:
            return None
        return Current(
            period, period._engine_period(),
            period._usage(until=fields.Datetime.now())[period])

    def _cost_so_far(self, current=None):
        """What the running period costs until now; minimums wait for its end.

        :rtype: Cost
        :raise ValueError: when usage has no price
        """
        current = current or self._current_usage()
        if not current:
            return Cost(None, None, NOTHING, NOTHING, NOTHING, [])
        rating = rate(current.terms, current.used.totals, current.used.events, closed=False)
        period, fee = current.period, current.period._fee_owed()
        charges = period.plan_version_id._charges_by_key()
        return Cost(
            period.date_start, fields.Date.subtract(period._usage_end(), days=1),
            fee, rating.amount, fee + rating.amount,
            [self._cost_line(period, rated, charges.get(rated.key)) for rated in rating.charges])

    def _forecast(self, current=None):
        """What the running period will cost if usage goes on as it did.

        :rtype: Forecast
        :raise ValueError: when usage has no price
        """
        current = current or self._current_usage()
        if not current:
            return Forecast(NOTHING, self.env._("No billing period runs, so nothing is foretold."))
        projection = self._project(current)
        return Forecast(
            current.period._fee_owed() + projection.rating.amount,
            self._how_foretold(current, projection))

    def _cheapest_plan(self, current=None):
        """The plan on sale that would cost least for the usage of this period, carried on to its
        end as in the forecast; the panel's own where none costs less. Compared are plans of the
        same company, currency, cycle and kind of price that price all that the own one does and
        whose hard limits would take the usage.

        :return: Cheapest; None on days that cost nothing by agreement, or without a period
        :raise ValueError: when usage has no price
        """
        current = current or self._current_usage()
        if not current or not current.period._is_committed():
            return None
        projection = self._project(current)
        own = current.period._fee_owed() + projection.rating.amount
        plan, total = current.period.plan_version_id.plan_id, own
        versions = self._versions_to_compare(current.period)
        priced = _priced(current.terms.segments[0].version)
        costs = forecast.compare(
            [current.period._candidate(version) for version in versions], current.terms,
            projection.totals, self._values_by_event(current, versions, projection.growth))
        for cost in costs:
            version = versions.browse(int(cost.key))
            if cost.total < total and not priced & set(cost.unpriced) and (
                    _takes(version, projection.totals)):
                plan, total = version.plan_id, cost.total
        return Cheapest(plan, total, own - total)

    # === HELPERS === #

    def _project(self, current):
        return forecast.project(
            current.terms, current.used.totals, current.used.events, fields.Datetime.now(),
            current.used.levels)

    def _cost_line(self, period, rated, charge):
        """:param charge: none for the plan's own minimum and maximum"""
        why = [line.why for line in rated.lines]
        name = charge.name if charge else self.env['tenant.invoice.builder']._charge_name(
            Item(period, rated.key, rated.key, rated.amount, rated.amount, why))
        return CostLine(rated.key, name, *self._quantity_of(why, charge), rated.amount, why)

    def _quantity_of(self, why, charge):
        """What was measured in all, or how many events had a price each."""
        if not charge or not charge.meter_id:
            return None, None
        counts = [step['count'] for part in why for step in part.get('steps', ())
                  if 'count' in step]
        if counts:
            return Decimal(sum(counts)), self.env._("events")
        return _decimal(sum(
            (Fraction(part['quantity']) for part in why if 'quantity' in part), Fraction(0),
        )), charge.unit or None

    def _versions_to_compare(self, period):
        """Without those that would price single events which are kept no longer."""
        today = self._today()
        versions = period.plan_version_id._comparable(today)
        kept_since = fields.Date.subtract(today, days=self.company_id.tenant_usage_keep_days)
        return versions if kept_since <= period.date_start else versions.filtered(
            lambda version: not version._meters_by_event())

    def _values_by_event(self, current, versions, growth):
        """The single events that one of these versions prices by their own value."""
        meters = versions._meters_by_event()
        if not meters:
            return []
        rows = self.env['tenant.usage.event'].sudo()._values_of(
            self, current.period.date_start, current.period._usage_end(), meters)
        return [row._replace(count=row.count * growth) for row in rows]

    # === HELPERS: how a forecast was made === #

    def _how_foretold(self, current, projection):
        if not projection.days:
            return self.env._("Nothing of the period has passed yet: this is what it costs "
                              "without more usage.")
        methods = {}
        for row in projection.how:
            methods.setdefault(row['method'], []).append(row.get('meter') or row['charge'])
        charges = current.period.plan_version_id._charges()
        said = []
        words = self._quantities_foretold(
            charges, projection, methods.get(forecast.PER_DAY, ()))
        if quantities := ", ".join(words):
            said.append(self.env._(
                "The usage of the %(days)s days so far is carried on to %(whole)s days, then "
                "priced by the plan: %(quantities)s.",
                days=self._number(projection.days),
                whole=self._number(projection.days + projection.days_left),
                quantities=quantities))
        for method, sentence in (
            (forecast.LEVEL_HOLDS, self.env._("These stay as high as they are now: %s.")),
            (forecast.AS_IT_STANDS, self.env._("To these, more days add nothing: %s.")),
        ):
            if method in methods:
                names = charges.meter_id.filtered(
                    lambda meter, codes=methods[method]: meter.code in codes).mapped('name')
                said.append(sentence % ", ".join(names))
        return " ".join(said) or self.env._(
            "Nothing was used so far, so this is what the period costs without usage.")

    def _quantities_foretold(self, charges, projection, keys):
        """In words, what each meter will have counted; of single events what they are charged
        as."""
        by_event = charges.filtered(lambda charge: charge.charge_model in PER_EVENT)
        for meter in (charges - by_event).meter_id.filtered(lambda meter: meter.code in keys):
            kind = AGGREGATIONS[meter._counts_as()]
            quantity = kind.quantity(kind.combine(
                total.total for total in projection.totals if total.meter == meter.code), 1)
            yield f"{self._number(quantity)} {meter.unit or meter.name}"
        yield from by_event.filtered(lambda charge: charge._key() in keys).mapped('name')

    def _number(self, number):
        """As people read it: whole, or with one decimal."""
        number = round(Fraction(number), 1)
        return formatLang(self.env, float(number), digits=0 if number.denominator == 1 else 1)


def _priced(version):
    """The codes of the meters that a version prices."""
    return {charge.meter.code for charge in version.charges if charge.meter}


def _takes(version, totals):
    """Whether the hard limits of a version let this usage in."""
    limits = version.entitlement_ids.filtered(lambda limit: limit.kind == 'hard')
    return all(
        sum(Fraction(total.total) for total in totals if total.meter == limit.meter_id.code)
        <= as_written(limit.quantity) for limit in limits)


def _decimal(number):
    number = Fraction(number)
    whole = Fraction(round(number, PLACES))
    return Decimal(whole.numerator) / Decimal(whole.denominator)
