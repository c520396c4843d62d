"""Small ways to break metering and rating in the engine, and the tests that notice."""

from mutation_list import Mutation

ENGINE = 'engine/'
MODELS = ENGINE + 'charge_models/'
PRICES = ('engine/test_charge_models.py',)
METERS = ('engine/test_aggregations.py',)
CARD = ('engine/test_rate_card.py',)
RATING = ('engine/test_rating.py',)
ORACLE = ('engine/test_rating_oracle.py',)
EVENT_PRICES = ('engine/test_event_prices.py',)
FORECAST = ('engine/test_forecast.py',)
CATALOG = 'models/catalog/'
CHARGES = ('catalog/test_charges.py',)

RATINGS = [
    Mutation(
        'R19 a period is closed before its collection hours', ENGINE + 'arrears.py',
        "issue_instant(end, zone, hours) <=", "issue_instant(end, zone, hours) >=", RATING),
    Mutation(
        'R21 what was invoiced is asked for again', ENGINE + 'rating.py',
        "- Decimal(invoiced.get(key, 0))", "", RATING),
    Mutation(
        'R21 what is charged no more is kept', ENGINE + 'rating.py',
        "for key in (*amounts, *(key for key in invoiced if key not in amounts))}",
        "for key in amounts}", RATING),
    Mutation(
        'R23 a lower bound is not in its bracket', ENGINE + 'event_prices.py',
        "self.prices[bisect_right(self.bounds, number)]",
        "self.prices[__import__('bisect').bisect_left(self.bounds, number)]", EVENT_PRICES),
    Mutation(
        'R22 a reversal is priced anew', ENGINE + 'event_prices.py',
        "amount=-self.amount", "amount=-self.row.model.price(4000)", RATING),
    Mutation(
        'R22 amounts below zero are given back', ENGINE + 'segment_rating.py',
        "max(amount, Fraction(0))", "amount", RATING),
    Mutation(
        'R22 a reversed event still counts', ENGINE + 'aggregations/base.py',
        " and (e.source, e.id) not in gone", "", METERS),
    Mutation(
        'R27 the newest row wins over the most specific', ENGINE + 'rate_card.py',
        "key=lambda stay: specificity(stay.row)", "key=lambda stay: stay.start", CARD),
    Mutation(
        'R27 ties go to the rightmost value', ENGINE + 'rate_card.py',
        "return sum(given), given", "return sum(given), given[::-1]", CARD),
    Mutation(
        'R27 no wildcard row is needed', ENGINE + 'rate_card.py',
        "if not any(not _pattern(row) for row in rows):", "if not rows:", CARD),
    Mutation(
        'R27 a new row prices a day early or late', ENGINE + 'rate_card.py',
        "if stay.start <= day < stay.end", "if stay.start < day <= stay.end", CARD),
    Mutation(
        'R27 tiers change inside a period', ENGINE + 'rate_card.py',
        "and not later.model.tiered", "", CARD),
    Mutation(
        'R28 the true-up forgets the advance fee', ENGINE + 'rating.py',
        "return fees + sum(", "return sum(", RATING),
    Mutation(
        'R28 the true-up does not wait for the end', ENGINE + 'rating.py',
        "if closed and floor", "if floor", RATING),
    Mutation(
        'R28 a minimum is not lowered by days', ENGINE + 'rating.py',
        "        * by_days(segment.start, segment.end, period.whole_start, period.whole_end)\n",
        "", RATING),
    Mutation(
        'R29 tier bounds are not prorated', MODELS + 'tiers.py',
        "tier.upper * part", "tier.upper", RATING),
    Mutation(
        'R29 tier flats are not prorated', MODELS + 'tiers.py',
        "tier.flat * part", "tier.flat", RATING),
    Mutation(
        'R29 the allowance is not prorated', ENGINE + 'adjustments/allowance.py',
        "included *= part", "pass", RATING),
    Mutation(
        'R29 a maximum counts whole in each segment', ENGINE + 'segment_rating.py',
        "rounded * part if aggregation.by_days else rounded", "rounded", RATING),
    Mutation(
        'R29b the smaller id wins at equal times', ENGINE + 'aggregations/last.py',
        "max((e for e", "min((e for e", METERS),
    Mutation(
        'R29b levels do not carry on', ENGINE + 'aggregations/weighted.py',
        "fraction(window.level)", "Fraction(0)", METERS),
    Mutation(
        'R29b a quantity is not rounded', ENGINE + 'segment_rating.py',
        "round_quantity(measured, charge.meter.rounding, charge.meter.step)", "measured", RATING),
    Mutation(
        'R29b a clock change does not change a period\'s length', ENGINE + 'segment_rating.py',
        "midnight_utc(day, period.zone) for day", "midnight_utc(day, 'UTC') for day", RATING),
    Mutation(
        'R29c an upper bound belongs to the next tier', MODELS + 'volume.py',
        "quantity <= upper", "quantity < upper", PRICES),
    Mutation(
        'R29c a bracket\'s upper bound is its own', MODELS + 'bracket.py',
        "value < tier.upper", "value <= tier.upper", PRICES),
    Mutation(
        'R29c the maximum comes before the minimum', ENGINE + 'adjustments/__init__.py',
        "(discount, minimum, maximum)", "(maximum, minimum, discount)", RATING + ORACLE),
    Mutation(
        'R29c no minimum without usage', ENGINE + 'adjustments/minimum.py',
        "if terms.minimum is None:", "if terms.minimum is None or not amount:", RATING),
    Mutation(
        'R29c a package that is begun is not full', MODELS + 'package.py',
        "ceil(quantity / self.size)", "int(quantity / self.size)", PRICES),
    Mutation(
        'R29c a flat charge wants usage', ENGINE + 'segment_rating.py',
        "parts = [_flat(charge, segment, period)]", "parts = []", RATING),
    Mutation(
        'R29c allowance counts in the tiers', ENGINE + 'segment_rating.py',
        "period, model.price(allowed.billable), {", "period, model.price(quantity), {", RATING),
    Mutation(
        'R30 lines are rounded each for itself', ENGINE + 'rating.py',
        "amounts = split(amount, [part.exact for part in parts], rounding)",
        "amounts = [round_half_up(part.exact, rounding) for part in parts]", RATING),
    Mutation(
        'R30 the first parts get what is left', ENGINE + 'proration.py',
        "for i in lost[:int(left)]", "for i in range(int(left))", RATING + ORACLE),
    Mutation(
        'Forecast: today counts as a whole day', ENGINE + 'forecast.py',
        "Fraction(day < today) if day != today else part", "Fraction(day <= today)", FORECAST),
    Mutation(
        'Forecast: seats grow by the day', ENGINE + 'forecast.py',
        "if kind.by_days:", "if False:", FORECAST),
    Mutation(
        'Forecast: the dearest plan is the cheapest', ENGINE + 'forecast.py',
        "key=lambda cost: cost.total)", "key=lambda cost: -cost.total)", FORECAST),
    Mutation(
        'Law 12: a charge of a published version changes', CATALOG + 'tenant_charge.py',
        "if set(vals) - {'row_ids'}:", "if False:", CHARGES),
    Mutation(
        'Law 12: a version\'s minimum changes', CATALOG + 'tenant_plan_version_charges.py',
        "if set(USAGE_TERMS) & set(vals)", "if set() & set(vals)", CHARGES),
    Mutation(
        'R27 a price in force changes', CATALOG + 'tenant_rate_card.py',
        "if any(row.is_frozen for row in self):", "if False:", CHARGES),
    Mutation(
        'R27 a tier in force changes', CATALOG + 'tenant_charge_tier.py',
        "    def write(self, vals):\n        self.row_id._check_open()\n",
        "    def write(self, vals):\n        return super().write(vals)\n", CHARGES),
    Mutation(
        'R27 a price begins where the day has begun', CATALOG + 'tenant_rate_card.py',
        "fields.Datetime.now() + FIRST_ZONE", "fields.Datetime.now()", CHARGES),
    Mutation(
        'R27 a version without a price for everything is published',
        CATALOG + 'tenant_plan_version_charges.py',
        "self.charge_ids._check_complete()", "return", CHARGES),
]
