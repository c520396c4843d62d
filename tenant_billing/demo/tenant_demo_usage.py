import random
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.fields import Command

from odoo.addons.tenant_billing.demo.tenant_demo import ZONE

# What the providers asked in public in 2025 for a million tokens in and out, in US dollars, turned
# into taka by a round figure. Demo data: nobody keeps it up to date.
LIST_PRICES = {
    ('openai', 'gpt-4o'): (2.5, 10), ('openai', 'gpt-4o-mini'): (.15, .6),
    ('anthropic', 'claude-sonnet-4'): (3, 15), ('anthropic', 'claude-3-5-haiku'): (.8, 4),
    ('gemini', 'gemini-2.5-pro'): (1.25, 10), ('gemini', 'gemini-2.5-flash'): (.3, 2.5),
}
ANY_MODEL = (4, 20)
TAKA_PER_DOLLAR = 120
# All from here on is invented.
METERS = (  # code, name, unit, aggregation, what it is grouped by
    ('calls', "AI calls", "calls", 'sum', ('provider', 'model')),
    ('tokens', "AI tokens", "tokens", 'sum', ('provider', 'model', 'direction')),
    ('sms', "SMS reminders", "messages", 'sum', ()),
    ('storage', "Storage", "GB", 'weighted', ()),
)
FEATURES = {'support': "Support", 'api': "API", 'audit': "Audit trail"}


class Terms(NamedTuple):
    """What a plan includes, charges for usage, in taka, and allows."""

    calls_included: int
    calls: list  # tiers: up to how many above what is included, price of each
    discount: int  # percent off the list prices of tokens
    sms: tuple  # included, price of each
    storage: tuple  # GB included, price of a GB for a period
    minimum: int  # of a period, the fee included
    features: dict
    limits: dict  # by meter: kind and quantity


TERMS = {
    'free': Terms(
        200, [(0, 1)], 0, (0, 1), (1, 20), 0, {'support': "community"},
        {'calls': ('hard', 250), 'tokens': ('hard', 50_000), 'sms': ('hard', 20)}),
    'basic': Terms(
        1000, [(0, .2)], 0, (100, .6), (5, 10), 0, {'support': "mail"},
        {'tokens': ('hard', 2_000_000), 'sms': ('hard', 500)}),
    'pro': Terms(
        4000, [(5000, .1), (15000, .08), (0, .05)], 10, (1000, .5), (50, 5), 0,
        {'support': "mail, within a day", 'api': ''},
        {'tokens': ('soft', 5_000_000), 'sms': ('hard', 2_000)}),
    'enterprise': Terms(
        50000, [(50000, .04), (0, .03)], 20, (5000, .4), (500, 3), 14000,
        {'support': "telephone, within an hour", 'api': '', 'audit': ''},
        {'calls': ('soft', 100_000)}),
}


class Profile(NamedTuple):
    """What a panel uses: on its first day and a year later."""

    calls: tuple
    sms: tuple
    storage: tuple
    is_told_by_model: bool = True


PROFILES = {
    'jashore-kidney-centre': Profile((190, 560), (24, 46), (18, 47)),
    'rangpur-heart-centre-group': Profile((1300, 2600), (120, 210), (260, 610)),
    'rangpur-heart-centre': Profile((60, 400), (12, 60), (9, 40)),
    'jashore-appointments': Profile((14, 40), (2, 6), (2, 4), False),
    'jashore-staff-training': Profile((4, 9), (0, 0), (.3, .9), False),
    'rangpur-cath-lab': Profile((16, 40), (1, 5), (2, 4), False),
    'rangpur-newsletter': Profile((5, 20), (3, 3), (1, 2), False),
}
SHARES = {  # of the calls
    ('gemini', 'gemini-2.5-flash'): .4, ('openai', 'gpt-4o-mini'): .3,
    ('anthropic', 'claude-sonnet-4'): .12, ('gemini', 'gemini-2.5-pro'): .1,
    ('openai', 'gpt-4o'): .08,
}
TOKENS = {'input': 140, 'output': 50}  # of a call
HOURS = {9: .6, 15: .4}
WEEKEND = {4: .4, 5: .7}  # Friday, Saturday


class TenantDemoUsage(models.AbstractModel):
    """What the demo's panels use, day by day, and what it costs."""

    _inherit = 'tenant.demo'

    # === THE STORY === #

    @api.model
    def _live_a_day(self, panels):
        """What was used the day before is told before anything is invoiced."""
        today = self.env.company._tenant_today()
        if today.day == 1:
            self.env['tenant.usage.event']._make_partitions()
        self._record([
            event for panel in panels.values() if panel.state in ('active', 'grace')
            for event in self._used(panel, today - timedelta(days=1))])
        super()._live_a_day(panels)

    @api.model
    def _used(self, panel, day):
        """What a panel used on a local day, as events."""
        profile = PROFILES.get(panel.external_id)
        if not profile or day < panel.active_since:
            return
        chance = random.Random(f'{panel.external_id} {day}')
        age = (day - panel.active_since).days / 365
        busy = chance.uniform(.85, 1.15) * WEEKEND.get(day.weekday(), 1)
        calls, sms, storage = (
            first + (last - first) * age for first, last in profile[:3])
        for hour, part in HOURS.items():
            for (provider, model), share in SHARES.items():
                group = {'provider': provider, 'model': model}
                count = round(calls * busy * part * share * chance.uniform(.8, 1.2))
                yield self._event(panel, 'calls', day, hour, count, **group)
                if not profile.is_told_by_model:
                    continue
                for direction, tokens in TOKENS.items():
                    value = round(count * tokens * chance.uniform(.8, 1.2))
                    yield self._event(
                        panel, 'tokens', day, hour, value, **group, direction=direction)
        yield self._event(panel, 'sms', day, 10, round(sms * busy))
        yield self._event(panel, 'storage', day, 3, round(storage, 1))

    @api.model
    def _event(self, panel, code, day, hour, value, **groups):
        at = datetime.combine(day, time(hour), ZoneInfo(ZONE))
        return {
            'id': '-'.join([code, f'{at:%Y%m%d%H}', *groups.values()]), 'source': 'demo/gateway',
            'type': code, 'subject': str(panel.id), 'time': at.isoformat(),
            'data': {'value': value, **groups}}

    @api.model
    def _record(self, events):
        told = self.env['tenant.usage.event']._ingest(events) if events else []
        refused = [verdict for verdict in told if verdict['verdict'] != 'accepted']
        if refused:
            raise ValueError(f"Usage of the demo was refused: {refused[0]}")

    # === WHAT PEOPLE DO === #

    @api.model
    def _do_tell_late(self, panels, number, plans, tenants, days, count):
        """A gateway that was cut off tells what it sent some days ago."""
        day = self.env.company._tenant_today() - timedelta(days=days)
        self._record([self._event(panels[number], 'sms', day, 20, count)])

    @api.model
    def _do_take_back(self, panels, number, plans, tenants, days):
        """The messages of a day did not arrive and are not charged."""
        day = self.env.company._tenant_today() - timedelta(days=days)
        event = self._event(panels[number], 'sms', day, 10, 0)
        event.update(id=f'undo-{event["id"]}', reverses=event['id'], data={})
        del event['time']  # it is said now
        self._record([event])

    @api.model
    def _do_cap(self, panels, number, plans, tenants, amount):
        """The tenant wants no more than so much to be spent."""
        panels[number]._set_cap(amount, 'refuse')

    @api.model
    def _do_include_more(self, panels, number, plans, tenants, plan, calls):
        """A new version of a plan that includes more calls."""
        version = plans[plan].version_ids[:1].copy({
            'effective_from': self.env.company._tenant_today() + timedelta(days=31)})
        version.charge_ids.filtered(lambda c: c.code == 'calls').row_ids.allowance = calls
        version.action_publish()

    # === THE STAGE === #

    @api.model
    def _make_plans(self, company):
        self.env['tenant.usage.event']._make_partitions()
        self.env['tenant.meter'].create([
            {'code': code, 'name': name, 'unit': unit, 'aggregation': aggregation,
             'company_id': company.id,
             **{f'dimension_{place}': group for place, group in enumerate(groups, 1)}}
            for code, name, unit, aggregation, groups in METERS])
        return super()._make_plans(company)

    @api.model
    def _usage_terms(self, code, company):
        """The charges of a plan."""
        terms = TERMS[code]
        meters = {meter.code: meter for meter in self.env['tenant.meter'].search(
            [('company_id', '=', company.id)])}
        tiers = [Command.create({'upper': upper, 'price': price}) for upper, price in terms.calls]
        rows = {
            'calls': [{'allowance': terms.calls_included, 'tier_ids': tiers}],
            'tokens': self._rate_card(),
            'sms': [{'allowance': terms.sms[0], 'price': terms.sms[1]}],
            'storage': [{'allowance': terms.storage[0], 'price': terms.storage[1]}],
        }
        return {
            'usage_minimum': terms.minimum,
            'charge_ids': [Command.create({
                'name': name, 'code': code, 'meter_id': meters[code].id, 'sequence': place,
                'charge_model': 'graduated' if code == 'calls' else 'per_unit',
                'discount': terms.discount if code == 'tokens' else 0,
                'row_ids': [Command.create(row) for row in rows[code]],
            }) for place, (code, name, *_rest) in enumerate(METERS)],
            'entitlement_ids': [
                *(Command.create({'code': feature, 'name': FEATURES[feature], 'value': value})
                  for feature, value in terms.features.items()),
                *(Command.create({
                    'code': limited, 'name': meters[limited].name, 'kind': kind,
                    'meter_id': meters[limited].id, 'quantity': quantity,
                }) for limited, (kind, quantity) in terms.limits.items())]}

    @api.model
    def _rate_card(self):
        """A price for each model and direction, one for models that are not listed, and one for
        anything else."""
        prices = {**LIST_PRICES, (False, False): ANY_MODEL}
        rows = [
            {'value_1': provider, 'value_2': model, 'value_3': direction, 'price': price}
            for (provider, model), pair in prices.items()
            for direction, price in zip(TOKENS, pair, strict=True)]
        rows.append({'price': max(ANY_MODEL)})
        return [{**row, 'price': round(row['price'] * TAKA_PER_DOLLAR, 2), 'per': 1_000_000}
                for row in rows]
