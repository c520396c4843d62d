from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.metering.metering import MeterCase


@tagged('post_install', '-at_install')
class TestMeters(MeterCase):
    """What is measured, and that it stays what it is once something was measured."""

    def test_codes_are_slugs(self):
        for code in ('tokens-2', 'com.example.tokens', 'a_b', '7'):
            self.make_meter(code)
        for code in ('', 'Tokens', 'a b', '-a', 'a..b', 'a/b', 'é', 'x' * 65):
            with self.subTest(code), self.assertRaises(ValidationError):
                self.make_meter(code)

    def test_a_code_is_unique_in_its_company(self):
        self.make_meter('tokens', company=self.make_company("Meghna Hosting"))
        with self.assertRaisesRegex(Exception, "code already|unique_code"), self.env.cr.savepoint():
            self.make_meter('tokens')

    def test_a_value_is_read_where_one_is_needed(self):
        self.assertFalse(self.calls.value_property)
        self.assertEqual(self.tokens.value_property, 'value')
        with self.assertRaises(ValidationError):
            self.tokens.value_property = False
        with self.assertRaises(ValidationError):
            self.calls.value_property = 'value'

    def test_groups_are_named_once_and_in_order(self):
        for values in (
            {'dimension_2': 'model'}, {'dimension_1': 'model', 'dimension_3': 'direction'},
            {'dimension_1': 'value'}, {'dimension_1': 'model', 'dimension_2': 'model'},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.make_meter('other', **values)

    def test_with_events_it_stays_as_it_is(self):
        self.tokens.dimension_2 = 'way'
        self.ingest(self.event('e1', value=1))
        for values in (
            {'code': 'x'}, {'aggregation': 'max'}, {'value_property': 'n'}, {'dimension_1': False},
            {'allow_negative': True}, {'rounding': 'up'}, {'company_id': self.company.id},
        ):
            with self.subTest(values), self.assertRaisesRegex(
                    UserError, "Events were counted by this meter, so it stays as it is."):
                self.tokens.write(values)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.tokens.unlink()
        self.tokens.write({'name': "Tokens of models", 'unit': "token", 'active': False})
        self.assertEqual(self.told(self.event('e2', value=1)), ['unknown_meter'])
        self.assertEqual(self.told(self.event('e1', value=1)), ['duplicate'])
        self.peak.unlink()
