from datetime import timedelta
from decimal import Decimal

from odoo import Command

from odoo.addons.tenant_billing.tests.invoicing import usage_year
from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase

ZONES = ('Asia/Kolkata', 'Europe/Berlin', 'Asia/Dhaka')


class UsageYearCase(UsageCase):
    """Meters, a plan whose versions change twice in the year, and tenants in three zones."""

    def make_world(self):
        super().make_world()
        self.make_meter()
        for code, aggregation in (
            ('tokens', 'sum'), ('leads', 'sum'), ('peak', 'max'), ('storage', 'weighted'),
        ):
            self.make_meter(
                code, aggregation, **({'dimension_1': 'model'} if code == 'tokens' else {}))
        self.plan = self.make_plan(
            usage_year.FEE, lead_days=7, grace_days=900, activate_when='created',
            **self.charges(usage_year.VERSIONS[0]))
        self.plan.product_id.taxes_id = False
        self.tenants = {}
        for zone in ZONES:
            self.tenants[zone] = self.make_tenant(zone)
            self.env['tenant.billing.profile'].create(
                {'partner_id': self.tenants[zone].id, 'tz': zone})

    def charges(self, terms):
        meters = {meter.code: meter for meter in self.env['tenant.meter'].search(
            [('company_id', '=', self.company.id)])}
        factor = Decimal(terms.factor)

        def tiers(pairs, name):
            return [Command.create({'upper': upper or 0, name: float(price)})
                    for upper, price in pairs]
        rows = {
            'calls': ('graduated', [
                {'allowance': terms.included, 'tier_ids': tiers(terms.tiers, 'price')}]),
            'tokens': ('per_unit', [
                {'value_1': model, 'allowance': included, 'price': float(price), 'per': 1000}
                for model, (included, price) in terms.tokens.items()]),
            'leads': ('bracket', [{'tier_ids': tiers(
                [(bound, factor * amount) for bound, amount in usage_year.BRACKETS], 'flat')}]),
            'peak': ('per_unit', [{'price': float(terms.peak)}]),
            'storage': ('per_unit', [{'price': float(terms.storage)}]),
        }
        return {
            'usage_minimum': terms.minimum, 'usage_maximum': terms.maximum,
            'charge_ids': [Command.create({
                'name': code.title(), 'code': code, 'meter_id': meters[code].id,
                'charge_model': model, 'row_ids': [Command.create(row) for row in some],
            }) for code, (model, some) in rows.items()]}

    def publish_versions(self, day):
        """Each some five weeks before it comes into force."""
        for terms in usage_year.VERSIONS[1:]:
            effective = self.day(terms.first_day)
            if len(self.plan.version_ids) == usage_year.VERSIONS.index(terms) and (
                    day > effective - timedelta(days=40)):
                self.make_version(
                    self.plan, usage_year.FEE, lead_days=7, grace_days=900,
                    activate_when='created', effective_from=effective, **self.charges(terms))
