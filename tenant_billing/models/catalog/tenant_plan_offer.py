from odoo import api, models

from odoo.addons.tenant_billing.engine.exact import as_written, fraction, text

# What a price is made of, by charge model.
PARTS = {
    'flat': ('price',),
    'per_unit': ('price', 'per'),
    'package': ('price', 'per'),
    'graduated': ('per',),
    'volume': ('per',),
    'percentage': ('percent', 'fixed_part', 'event_minimum', 'event_maximum'),
    'bracket': (),
    'dynamic': (),
}
NAMES = ('price', 'per', 'percent', 'fixed_part', 'event_minimum', 'event_maximum')


class TenantPlan(models.Model):
    """Plans on sale as programs read them: numbers as text, as they were written."""

    _inherit = 'tenant.plan'

    # === BUSINESS METHODS === #

    @api.model
    def _offers(self, companies, with_prices=False):
        """The plans that are on sale today. The number of queries does not grow with theirs.

        :param companies: whose
        :param bool with_prices: also what usage costs
        :return: list of dicts
        """
        versions = self.search([('company_id', 'in', companies.ids)]).current_version_id
        return [version._offer(with_prices) for version in versions]


class TenantPlanVersion(models.Model):
    _inherit = 'tenant.plan.version'

    # === HELPERS === #

    def _offer(self, with_prices):
        self.ensure_one()
        plan, currency = self.plan_id, self.currency_id
        offer = {
            'code': plan.code,
            'name': plan.name,
            'description': plan.description or None,
            'version': self.number,
            'price': f'{as_written(self.price):.{currency.decimal_places}f}',
            'currency': currency.name,
            'tax_included': self.tax_mode == 'gross',
            'cycle': {'count': self.cycle_id.count, 'unit': self.cycle_id.unit},
            'trial_days': self.trial_days,
            'charges_usage': self.bills_usage,
        }
        return offer if not with_prices else {
            **offer,
            'minimum': _text(self.usage_minimum or None),
            'maximum': _text(self.usage_maximum or None),
            'charges': [charge._offer() for charge in self.charge_ids],
        }


class TenantCharge(models.Model):
    _inherit = 'tenant.charge'

    # === HELPERS === #

    def _offer(self):
        self.ensure_one()
        meter = self.meter_id
        return {
            'charge': self.code,
            'name': self.name,
            'model': self.charge_model,
            'meter': meter.code or None,
            'unit': meter.unit or None,
            'discount_percent': _text(self.discount),
            'minimum': _text(self.minimum or None),
            'maximum': _text(self.maximum or None),
            'prices': [row._offer() for row in self.row_ids],
        }


class TenantRateCard(models.Model):
    _inherit = 'tenant.rate.card'

    # === HELPERS === #

    def _offer(self):
        self.ensure_one()
        names = self.charge_id.meter_id._dimensions() if self.charge_id.meter_id else ()
        parts = PARTS[self.charge_model]
        return {
            'for': {name: value for name, value in zip(names, self._values(), strict=False)
                    if value},
            'valid_from': self.valid_from.isoformat() if self.valid_from else None,
            'included': _text(self.allowance),
            **{name: _text(self[name]) if name in parts else None for name in NAMES},
            'tiers': [
                {'up_to': tier.upper and _text(tier.upper) or None, 'price': _text(tier.price),
                 'flat': _text(tier.flat)}
                for tier in self.tier_ids.sorted(lambda tier: (tier.is_last, tier.upper))],
        }


def _text(number):
    return None if number is None else text(fraction(as_written(number)))
