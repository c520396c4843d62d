from fractions import Fraction

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.tenant_billing.engine.charge_models import CHARGE_MODELS
from odoo.addons.tenant_billing.tests.catalog.test_plan_versions import CatalogCase

NEVER = "A published version never changes: tenants rely on it. Make a new version."
TIERS = [{'upper': 100, 'price': 0.5}, {'price': 0.1, 'flat': 5}]
LEADS = [{'upper': upper, 'flat': flat} for upper, flat in (
    (5000, 100), (10000, 180), (20000, 250), (50000, 320), (100000, 400), (0, 500))]


class ChargeCase(CatalogCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.meter = cls.env['tenant.meter'].create({
            'name': "Tokens", 'code': 'tokens', 'unit': "token", 'aggregation': 'sum',
            'dimension_1': 'provider', 'dimension_2': 'model', 'company_id': cls.company.id})

    def make_world(self):
        super().make_world()
        self.version = self.make_plan(1000, publish=False).version_ids

    def make_charge(self, rows, charge_model='per_unit', **values):
        """A charge with rows of plain values; 'tiers' of a row are such too."""
        return self.env['tenant.charge'].create({
            'name': "Tokens", 'code': 'tokens', 'version_id': self.version.id,
            'charge_model': charge_model,
            'meter_id': False if charge_model == 'flat' else self.meter.id,
            'row_ids': [Command.create(self._row(row)) for row in rows], **values})

    def _row(self, values):
        tiers = values.pop('tiers', ())
        return {**values, 'tier_ids': [Command.create(dict(tier)) for tier in tiers]}

    def add_row(self, charge, **values):
        return self.env['tenant.rate.card'].create({
            'charge_id': charge.id, **self._row(values)})

    def tried(self, charge, **values):
        trial = self.env['tenant.charge.try'].create({'charge_id': charge.id, **values})
        self.assertFalse(trial.problem)
        return trial.amount


@tagged('post_install', '-at_install')
class TestCharges(ChargeCase):
    """What a version charges for usage, and that it is what rating gets."""

    def test_every_charge_model_can_be_chosen(self):
        chosen = dict(self.env['tenant.charge']._fields['charge_model'].selection)
        self.assertEqual(set(chosen), set(CHARGE_MODELS))

    def test_rows_are_priced_as_they_were_written(self):
        for model, row, quantity, amount in (
            ('flat', {'price': 49.9}, 1, '49.9'),
            ('per_unit', {'price': 2.5, 'per': 1000000}, 1234567, '3.0864175'),
            ('per_unit', {'price': 0.0000025}, 3, '0.0000075'),
            ('graduated', {'tiers': TIERS}, 150, '60'),
            ('volume', {'tiers': TIERS[::-1]}, 150, '20'),
            ('package', {'price': 8, 'per': 1000}, 1001, '16'),
            ('percentage', {'percent': 2.9, 'fixed_part': 0.3}, 100, '3.2'),
            ('percentage', {'percent': 1, 'event_minimum': 0.5}, 20, '0.5'),
            ('percentage', {'percent': 1, 'event_maximum': 25}, 10000, '25'),
            ('bracket', {'tiers': LEADS}, 12000, '250'),
            ('bracket', {'tiers': LEADS}, 100000, '500'),
            ('dynamic', {}, 7, '7'),
        ):
            with self.subTest(model=model, row=row):
                charge = self.make_charge([dict(row)], model, code=f'c{quantity}{model}{amount}')
                self.assertEqual(charge._engine().model.price(quantity), Fraction(amount))

    def test_rating_gets_all_terms(self):
        self.meter.write({'rounding': 'up', 'rounding_step': 0.25})
        charge = self.make_charge([
            {'price': 1, 'allowance': 100},
            {'price': 2, 'value_1': "openai", 'value_2': " ", 'valid_from': '2026-03-01'},
            {'price': 3, 'value_2': "mini"},
        ], discount=12.5, minimum=10, maximum=99.99)
        self.version.write({'usage_minimum': 20})
        self.env.flush_all()
        self.env.invalidate_all()
        version = self.version._engine_usage()
        [engine] = version.charges
        self.assertEqual((version.minimum, version.maximum), (20, None))
        self.assertEqual(
            (engine.key, engine.discount, engine.minimum, str(engine.maximum)),
            (f'{self.version.plan_id.code}/tokens', 12.5, 10, '99.99'))
        self.assertEqual(
            (engine.meter.code, engine.meter.rounding, engine.meter.step), ('tokens', 'up', 0.25))
        self.assertEqual(
            [(row.dimensions, row.allowance, str(row.valid_from)) for row in engine.rows],
            [((None, None, None), 100, '0001-01-01'), ((None, 'mini', None), 0, '0001-01-01'),
             (('openai', None, None), 0, '2026-03-01')])
        self.assertEqual([row.key for row in engine.rows], [str(i) for i in charge.row_ids.ids])

    def test_a_new_version_takes_the_charges_along(self):
        self.make_charge([{'tiers': TIERS}], 'graduated')
        self.version.action_publish()
        copy = self.version.copy({'effective_from': '2026-02-01'})
        self.assertEqual(
            copy.charge_ids._engine().model.price(150), self.version.charge_ids._engine().model
            .price(150))
        self.assertEqual(copy.charge_ids._key(), self.version.charge_ids._key())
        copy.charge_ids.row_ids.tier_ids[0].price = 1
        self.assertEqual(copy.charge_ids.state, 'draft')

    # === WHAT IS REFUSED === #

    def test_what_makes_no_price(self):
        for model, row, message in (
            ('per_unit', {'price': -1}, "Tokens, Any: The unit price cannot be negative: -1."),
            ('package', {'price': 1, 'per': 0},
             "Tokens, Any: The size of a package must be greater than 0: 0."),
            ('graduated', {}, "Tokens, Any: There must be at least one tier."),
            ('graduated', {'tiers': TIERS[:1], 'value_1': "openai"},
             "Tokens, openai: The last tier must have no upper bound, so that every quantity has "
             "a price."),
            ('per_unit', {'value_3': "out"},
             "Tokens: the meter groups by fewer properties than the price for Any, Any, out has "
             "values."),
        ):
            with self.subTest(message=message):
                self.assertRefused(
                    message, lambda model=model, row=row: self.make_charge([dict(row)], model),
                    ValidationError)

    def test_a_flat_charge_has_no_meter_and_others_have_one(self):
        message = "Tokens: a flat charge has no meter, and every other charge has one."
        self.assertRefused(message, lambda: self.make_charge(
            [{}], 'flat', meter_id=self.meter.id), ValidationError)
        self.assertRefused(
            message, lambda: self.make_charge([{}], meter_id=False), ValidationError)

    def test_events_below_zero_have_no_bracket(self):
        self.meter.allow_negative = True
        self.assertRefused(
            "Tokens: the meter Tokens takes negative values, which have no percentage and no "
            "bracket. Use another meter.",
            lambda: self.make_charge([{'tiers': LEADS}], 'bracket'), ValidationError)
        self.assertTrue(self.make_charge([{}], 'dynamic'))

    def test_r27_nothing_is_published_without_a_price_for_everything(self):
        charge = self.make_charge([{'price': 1, 'value_1': "openai"}])
        self.assertRefused(
            "The charge Tokens cannot be used. A rate card needs a row for any value, so that "
            "everything that is used has a price.", self.version.action_publish, ValidationError)
        self.add_row(charge, price=2)
        self.version.action_publish()
        self.assertEqual(self.version.state, 'published')

    def test_a_maximum_below_the_minimum_is_not_published(self):
        self.version.write({'usage_minimum': 20, 'usage_maximum': 10})
        self.assertRefused(
            f"The version {self.version.display_name} cannot be published. The maximum, 10, "
            "cannot be lower than the minimum, 20.", self.version.action_publish, ValidationError)

    def test_constraints_have_names(self):
        charge = self.make_charge([{'price': 1}])
        self.assertBreaksLaw('tenant_charge_unique_code', lambda: self.make_charge([{'price': 1}]))

        def second_row():
            self.add_row(charge, price=2)
            self.env.flush_all()
        self.assertBreaksLaw('tenant_rate_card_unique_row', second_row)


@tagged('post_install', '-at_install')
class TestPublishedPrices(ChargeCase):
    """Law 12 and R27: published prices stay; later ones may follow."""

    def make_world(self):
        super().make_world()
        self.charge = self.make_charge([{'tiers': TIERS}], 'graduated', minimum=5)
        self.row = self.charge.row_ids
        self.version.action_publish()

    def test_law12_no_term_of_a_charge_changes(self):
        other = self.make_version(self.version.plan_id, 5, publish=False)
        for name, value in {
            'name': "Other", 'code': 'other', 'version_id': other.id, 'charge_model': 'volume',
            'meter_id': False, 'discount': 5, 'minimum': 1, 'maximum': 9,
        }.items():
            with self.subTest(term=name):
                self.assertRefused(
                    NEVER, lambda name=name, value=value: self.charge.write({name: value}))
        self.assertRefused(NEVER, self.charge.unlink)
        self.assertRefused(NEVER, lambda: self.charge.copy({'code': 'second'}))
        draft = self.charge.copy({'code': 'second', 'version_id': other.id})
        self.assertRefused(NEVER, lambda: draft.write({'version_id': self.version.id}))
        for name in ('usage_minimum', 'usage_maximum'):
            self.assertRefused(NEVER, lambda name=name: self.version.write({name: 1}))

    def test_r27_a_price_in_force_stays(self):
        message = (
            "Tenants rely on the prices of a published version. A new price begins on 01/02/2026 "
            "or later; what was used before keeps the old one.")
        tier = self.row.tier_ids[0]
        for action in (
            lambda: self.row.write({'per': 2}), self.row.unlink,
            lambda: self.row.write({'valid_from': '2027-01-01'}),
            lambda: tier.write({'price': 9}), tier.unlink,
            lambda: tier.copy({'upper': 50}),
            lambda: self.add_row(self.charge, value_1="openai", tiers=TIERS),
            lambda: self.add_row(
                self.charge, valid_from='2026-01-01', value_1="openai", tiers=TIERS),
        ):
            self.assertRefused(message, action)

    def test_r27_no_zone_has_begun_the_first_day_of_a_new_price(self):
        """At 20:00 in Dhaka it is the next day in Kiritimati, 14 hours ahead of UTC."""
        self.set_clock('2026-01-01', hour=20)
        with self.assertRaises(UserError):
            self.add_row(self.charge, valid_from='2026-01-02', tiers=TIERS)
        self.add_row(self.charge, valid_from='2026-01-03', tiers=TIERS)

    def test_r27_a_later_price_may_be_added_changed_and_withdrawn_until_it_begins(self):
        row = self.add_row(self.charge, valid_from='2026-02-01', tiers=TIERS)
        row.tier_ids[0].price = 0.4
        row.valid_from = '2026-01-20'
        with self.assertRaises(UserError):
            row.valid_from = '2025-12-31'
        self.set_clock('2026-01-20')
        with self.assertRaises(UserError):
            row.tier_ids[0].price = 0.3
        with self.assertRaises(UserError):
            row.unlink()
        self.set_clock('2026-01-05')
        row.unlink()
        self.assertEqual(self.charge.row_ids, self.row)

    def test_terms_are_read_once_and_follow_each_change(self):
        """Also one that is undone: what was kept for it is not found again."""
        def change(**values):
            return lambda: row.tier_ids[0].write(values)

        def picture(version):
            return [charge._replace(rows=[
                row._replace(model=vars(row.model)) for row in charge.rows])
                for charge in version.charges]
        row, told = self.row, [picture(self.version._engine_usage())]
        self.assertIs(self.version._engine_usage(), self.version._engine_usage())
        self.assertEqual(told[0], picture(self.version._read_usage()))
        with self.cr.savepoint() as undone:
            self.add_row(self.charge, valid_from='2026-02-01', tiers=TIERS)
            self.assertEqual(len(self.version._engine_usage().charges[0].rows), 2)
            undone.rollback()
        self.env.invalidate_all()
        self.assertEqual(picture(self.version._engine_usage()), told[0])
        row = self.add_row(self.charge, valid_from='2026-03-01', tiers=TIERS)
        for action in (
            lambda: None, change(price=0.4), change(upper=90), change(flat=3),
            lambda: row.write({'allowance': 10}), lambda: row.write({'value_1': "openai"}),
            lambda: row.write({'valid_from': '2026-04-01'}),
            lambda: row.write({'per': 1000}), lambda: self.meter.write({'rounding': 'up'}),
            lambda: self.meter.write({'rounding_step': 5}),
            lambda: self.version.plan_id.write({'code': 'renamed'}), row.unlink,
        ):
            action()
            told.append(picture(self.version._engine_usage()))
            self.assertEqual(told[-1], picture(self.version._read_usage()))
            self.assertNotEqual(*told[-2:])

    def test_terms_of_a_draft_are_not_kept(self):
        draft = self.version.copy({'effective_from': '2026-02-01'})
        self.assertFalse(draft.terms_key)
        draft.charge_ids.minimum = 7
        self.assertEqual(draft._engine_usage().charges[0].minimum, 7)

    def test_a_later_price_must_be_complete(self):
        with self.assertRaises(ValidationError):
            self.add_row(self.charge, valid_from='2026-02-01')
        row = self.add_row(self.charge, valid_from='2026-02-01', tiers=TIERS)
        with self.assertRaises(ValidationError):
            row.tier_ids[-1].upper = 1000

    def test_a_clerk_makes_no_prices(self):
        clerk = new_test_user(
            self.env, 'clerk-charges', 'tenant_billing.group_user', company_id=self.company.id)
        draft = self.charge.copy(
            {'version_id': self.make_version(self.version.plan_id, 5, publish=False).id})
        for records in (draft, draft.row_ids, draft.row_ids.tier_ids):
            records = records.with_user(clerk)
            self.assertTrue(records.read(['id']))
            for action in (lambda r=records: r[0].write({'sequence': 1}), records.unlink):
                with self.assertRaises(AccessError):
                    action()


@tagged('post_install', '-at_install')
class TestTryIt(ChargeCase):
    """The calculator: a quantity in, an explained price out."""

    def test_each_model(self):
        for model, row, values, amount in (
            ('flat', {'price': 30}, {}, 30),
            ('graduated', {'tiers': TIERS, 'allowance': 50}, {'quantity': 200}, 60),
            ('bracket', {'tiers': LEADS}, {'value': 12000, 'events': 3}, 750),
            ('percentage', {'percent': 1, 'fixed_part': 0.1}, {'value': 5, 'events': 2}, 0.3),
            ('dynamic', {}, {'value': -2}, 0),
        ):
            with self.subTest(model=model):
                charge = self.make_charge([dict(row)], model, code=model)
                self.assertEqual(self.tried(charge, **values), amount)

    def test_the_row_of_the_day_and_the_values_prices(self):
        charge = self.make_charge([
            {'price': 1}, {'price': 2, 'value_1': "openai"},
            {'price': 3, 'value_1': "openai", 'valid_from': '2026-02-01'}])
        self.assertEqual(self.tried(charge, quantity=10, value_1="meta"), 10)
        self.assertEqual(self.tried(charge, quantity=10, value_1="openai", value_2="mini"), 20)
        self.assertEqual(self.tried(charge, quantity=10, value_1="openai", day='2026-02-01'), 30)

    def test_any_aggregation_is_given_its_quantity(self):
        for number, aggregation in enumerate(
                ('count', 'sum', 'max', 'last', 'unique', 'weighted')):
            self.meter.write({'aggregation': aggregation})
            charge = self.make_charge([{'price': 2, 'allowance': 3}], code=f'c{number}')
            self.assertEqual(self.tried(charge, quantity=10), 14)

    def test_the_explanation_can_be_read(self):
        charge = self.make_charge(
            [{'tiers': TIERS, 'allowance': 50}], 'graduated', discount=10, maximum=50)
        trial = self.env['tenant.charge.try'].new({'charge_id': charge.id, 'quantity': 200})
        text = trial.explanation
        for word in ("Included", "150", "Discount", "-6", "Maximum", "-4"):
            self.assertIn(word, text)
        self.assertEqual(trial.amount, 50)

    def test_what_is_wrong_is_told(self):
        charge = self.make_charge([{'price': 1, 'value_1': "openai"}])
        trial = self.env['tenant.charge.try'].create({'charge_id': charge.id})
        self.assertEqual(
            trial.problem, "A rate card needs a row for any value, so that everything that is "
            "used has a price.")
        bracket = self.make_charge([{'tiers': LEADS}], 'bracket', code='leads')
        trial = self.env['tenant.charge.try'].create({'charge_id': bracket.id, 'value': -1})
        self.assertEqual(trial.problem, "A quantity cannot be negative: -1.")

    def test_the_button_opens_it(self):
        charge = self.make_charge([{'price': 1}])
        action = charge.action_try()
        trial = self.env[action['res_model']].with_context(action['context']).create({})
        self.assertEqual((trial.charge_id, trial.amount), (charge, 1))

    def test_the_forms_can_be_filled(self):
        form = Form(self.env['tenant.charge'].with_context(default_version_id=self.version.id))
        form.name, form.code = "Tokens", 'tokens'
        form.charge_model = 'graduated'
        form.meter_id = self.meter
        with form.row_ids.new() as row:
            row.allowance = 50
            for values in TIERS:
                with row.tier_ids.new() as tier:
                    for name, value in values.items():
                        setattr(tier, name, value)
        charge = form.save()
        with Form(self.version) as version:
            version.usage_minimum = 10
            self.assertEqual(len(version.charge_ids), 1)
        trial = Form(self.env['tenant.charge.try'].with_context(default_charge_id=charge.id))
        trial.quantity = 200
        self.assertEqual(trial.amount, 60)
        self.assertIn("Included", str(trial.explanation))
