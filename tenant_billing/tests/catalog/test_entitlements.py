from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.catalog.test_plan_versions import CatalogCase

NEVER = "A published version never changes: tenants rely on it. Make a new version."


@tagged('post_install', '-at_install')
class TestEntitlements(CatalogCase):
    """What a plan version allows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens, cls.peak = cls.env['tenant.meter'].create([
            {'name': "Tokens", 'code': 'tokens', 'company_id': cls.company.id},
            {'name': "Peak", 'code': 'peak', 'aggregation': 'max',
             'company_id': cls.company.id}])
        cls.plan = cls.make_plan(1000, publish=False, entitlement_ids=[
            Command.create({'name': "Single sign-on", 'code': 'sso', 'value': "SAML"}),
            Command.create({'name': "Tokens", 'code': 'tokens', 'kind': 'hard',
                            'meter_id': cls.tokens.id, 'quantity': 0.1})])
        cls.version = cls.plan.version_ids
        cls.limit = cls.version.entitlement_ids[1]

    def entitle(self, **values):
        return self.env['tenant.entitlement'].create({
            'name': "One", 'code': 'one', 'version_id': self.version.id, **values})

    def test_law12_entitlements_of_a_published_version_stay(self):
        self.limit.quantity = 5
        self.version.action_publish()
        for action in (
            lambda: self.limit.write({'quantity': 6}), lambda: self.limit.unlink(), self.entitle,
        ):
            self.assertRefused(NEVER, action)
        draft = self.version.copy()
        self.assertEqual(draft.entitlement_ids.mapped('code'), ['sso', 'tokens'])
        draft.entitlement_ids[1].quantity = 7
        self.assertEqual(self.limit.quantity, 5)
        with self.assertRaises(UserError):
            draft.entitlement_ids[0].version_id = self.version

    def test_r24_a_hard_limit_needs_a_meter_that_adds_up(self):
        words = {'max': "greatest value", 'last': "last value",
                 'unique': "number of different values", 'weighted': "level over time"}
        for aggregation, word in words.items():
            self.peak.aggregation = aggregation
            with self.subTest(aggregation=aggregation):
                self.assertRefused(
                    "One: a hard limit decides at each event, so it needs a meter that counts "
                    f"events or adds up values. Peak has another way: {word}. Make it a soft "
                    "limit.", lambda: self.entitle(kind='hard', meter_id=self.peak.id),
                    ValidationError)
        self.assertTrue(self.entitle(kind='soft', meter_id=self.peak.id))
        with self.assertRaises(ValidationError):
            self.tokens.aggregation = 'max'  # the meter of a hard limit

    def test_what_is_no_entitlement(self):
        for values in ({'kind': 'soft'}, {'meter_id': self.tokens.id}):
            self.assertRefused(
                "One: a feature has no meter, and every limit has one.",
                lambda values=values: self.entitle(**values), ValidationError)
        self.assertRefused(
            "The code Ab! is not possible. Use up to 64 small letters and digits, with points, "
            "hyphens or underscores in between.", lambda: self.entitle(code='Ab!'),
            ValidationError)
        self.assertBreaksLaw('tenant_entitlement_quantity_positive', lambda: self.entitle(
            kind='soft', meter_id=self.tokens.id, quantity=-1))

    def test_the_same_code_twice(self):
        self.assertBreaksLaw(
            'tenant_entitlement_unique_code', lambda: self.entitle(code='sso'))

    def test_of_two_hard_limits_the_lower_one_counts(self):
        self.entitle(kind='hard', meter_id=self.tokens.id, quantity=3)
        limits = self.version.entitlement_ids._hard_limits()
        self.assertEqual(limits, {self.tokens.id: Decimal('0.1')})
