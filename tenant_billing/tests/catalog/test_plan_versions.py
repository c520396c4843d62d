from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from odoo.addons.tenant_billing.tests.common import BillingCase

CALENDAR = {'anchor': 'calendar', 'activate_when': 'created', 'after_suspension': 'continue'}
NOT_ON_SALE = (
    "The plan Pro is not on sale on 2026-01-01: publish a version, and do not archive the plan.")


class CatalogCase(BillingCase):

    def assertRefused(self, message, action, error=UserError):
        with self.assertRaises(error) as refused:
            action()
        self.assertEqual(str(refused.exception), message)

    def assertBreaksLaw(self, name, action):
        """The database refuses, by this constraint, and people read its message."""
        with self.assertRaises(IntegrityError) as refused, mute_logger('odoo.sql_db'):
            action()
        self.assertEqual(refused.exception.diag.constraint_name, name)

    def message_of(self, model, name):
        """What people read when the constraint of that name is broken."""
        return self.env[model]._table_objects[name].get_error_message(self.env[model])


@tagged('post_install', '-at_install')
class TestImmutable(CatalogCase):
    """Law 12: a published price never changes under a tenant."""

    def test_law12_no_term_of_a_published_version_changes(self):
        plan = self.make_plan(1000)
        version = plan.version_ids
        other = self.make_plan(5)
        terms = {
            'plan_id': other.id, 'price': 999, 'currency_id': self.env.ref('base.USD').id,
            'tax_mode': 'gross', 'cycle_id': self.env.ref('tenant_billing.cycle_week').id,
            'anchor': 'calendar', 'term_days': 1, 'grace_days': 1, 'lead_days': 1,
            'retention_days': 1, 'trial_days': 1, 'notice_days': 1, 'order_expiry_days': 1,
            'activate_when': 'created', 'after_suspension': 'continue',
            'max_prepaid_cycles': 5, 'post_zero': True, 'effective_from': '2026-05-05',
        }
        for name, value in terms.items():
            with self.subTest(term=name):
                self.assertRefused(
                    "A published version never changes: tenants rely on it. Make a new version.",
                    lambda name=name, value=value: version.write({name: value}))
        self.assertEqual((version.price, version.grace_days), (1000, 7))

    def test_law12_every_business_field_is_a_term(self):
        """A field added later is either a term that is frozen, or named here with intent."""
        free = {'id', 'display_name', 'create_uid', 'create_date', 'write_uid', 'write_date',
                'company_id', 'number', 'state', 'published_on', 'terms_key'}
        version = self.make_plan(1000).version_ids
        for name, field in version._fields.items():
            if name in free or not field.store or field.type == 'one2many':
                continue
            with self.subTest(field=name), self.assertRaises(UserError):
                version.write({name: version._fields[name].convert_to_write(
                    version[name], version)})

    def test_law12_a_draft_may_change_and_be_deleted(self):
        draft = self.make_plan(1000, publish=False).version_ids
        draft.write({'price': 900, 'grace_days': 3})
        self.assertEqual((draft.price, draft.state, draft.published_on), (900, 'draft', False))
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_law12_a_published_version_is_not_deleted(self):
        plan = self.make_plan(1000)
        self.assertRefused(
            "A published version cannot be deleted. Archive its plan.", plan.version_ids.unlink)
        self.assertRefused(
            "A published version cannot be deleted. Archive its plan.",
            (plan.version_ids | self.make_version(plan, 5, publish=False)).unlink)

    def test_law12_publishing_has_one_door(self):
        manager = new_test_user(
            self.env, 'manager', 'tenant_billing.group_manager', company_id=self.company.id)
        draft = self.make_plan(1000, publish=False).version_ids.with_user(manager)
        for values in ({'state': 'published'}, {'published_on': '2025-01-01'}, {'number': 7},
                       {'terms_key': 'other'}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                draft.write(values)
        draft.action_publish()
        draft.action_publish()
        self.assertEqual((draft.state, str(draft.published_on)), ('published', '2026-01-01'))
        self.assertEqual(len(draft.plan_id.message_ids.filtered(
            lambda m: "Version 1 published" in m.body)), 1)

    def test_law12_a_version_is_born_as_a_draft(self):
        plan = self.make_plan(1000)
        version = self.env['tenant.plan.version'].create({
            'plan_id': plan.id, 'price': 1, 'state': 'published', 'published_on': '2025-01-01',
            'number': 77, 'terms_key': 'other', 'cycle_id': plan.version_ids.cycle_id.id,
            'currency_id': plan.version_ids.currency_id.id})
        self.assertEqual(
            (version.state, version.published_on, version.number, version.terms_key),
            ('draft', False, 2, False))
        copy = plan.version_ids.filtered(lambda v: v.state == 'published').copy()
        self.assertEqual((copy.state, copy.number, copy.price), ('draft', 3, 1000))

    def test_law12_a_clerk_makes_no_prices(self):
        clerk = new_test_user(
            self.env, 'clerk', 'tenant_billing.group_user', company_id=self.company.id)
        draft = self.make_plan(1000, publish=False).version_ids.with_user(clerk)
        with self.assertRaises(AccessError):
            draft.action_publish()
        with self.assertRaises(AccessError):
            draft.write({'price': 1})

    def test_law12_the_cycle_of_a_published_version_keeps_its_length(self):
        cycle = self.env.ref('tenant_billing.cycle_month')
        cycle.count = 2
        cycle.count = 1
        self.make_plan(1000)
        for values in ({'count': 2}, {'unit': 'year'}):
            self.assertRefused(
                "A published plan uses this billing cycle, so its length cannot change. Make a "
                "new billing cycle instead.", lambda values=values: cycle.write(values))
        cycle.name = "Each month"
        self.assertEqual(cycle.name, "Each month")

    def test_a_plan_with_versions_stays_in_its_company(self):
        plan = self.make_plan(1000)
        self.assertRefused(
            "A plan with versions cannot move to another company.",
            lambda: plan.write({'company_id': self.env.ref('base.main_company').id}))


@tagged('post_install', '-at_install')
class TestTerms(CatalogCase):
    """What a version must keep to."""

    def test_an_inactive_currency_is_refused(self):
        money = self.env.ref('base.CHF')
        money.active = False
        plan = self.make_plan(1000, publish=False, currency_id=money.id)
        refused = ("The currency CHF is not active. Activate it before publishing a price in it.")
        self.assertRefused(refused, plan.version_ids.action_publish)
        self.assertEqual(plan.version_ids.state, 'draft')
        money.active = True
        plan.version_ids.action_publish()
        self.assertEqual(plan.version_ids.state, 'published')

    def test_a_tax_included_in_prices_is_refused(self):
        plan = self.make_plan(1000, publish=False)
        plan.product_id.taxes_id = self.env['account.tax'].create({
            'name': "15 % included", 'amount': 15, 'company_id': self.company.id,
            'price_include_override': 'tax_included',
            'tax_group_id': self.company.account_sale_tax_id.tax_group_id.id})
        self.assertRefused(
            "The tax 15 % included of the product Pro is included in prices, but this version's "
            "price is without tax. Use a tax that is added.", plan.version_ids.action_publish)

    def test_r11_lead_is_shorter_than_the_shortest_period(self):
        # a quarter from 31 January to 30 April, half a year from 31 August to 28 February
        for cycle, shortest in (('week', 7), ('month', 28), ('quarter', 89), ('half_year', 181),
                                ('year', 365)):
            with self.subTest(cycle=cycle):
                self.assertRefused(
                    f"The lead of {shortest} days must be shorter than the shortest period of "
                    f"this cycle, {shortest} days.",
                    lambda cycle=cycle, lead=shortest: self.make_plan(
                        1, publish=False, cycle=cycle, lead_days=lead), ValidationError)
                self.assertTrue(self.make_plan(1, cycle=cycle, lead_days=shortest - 1))

    def test_r11_a_longer_lead_of_a_draft_is_refused(self):
        draft = self.make_plan(1000, publish=False).version_ids
        self.assertRefused(
            "The lead of 40 days must be shorter than the shortest period of this cycle, 28 days.",
            lambda: draft.write({'lead_days': 40}), ValidationError)

    def test_r9_r13_terms_of_a_calendar_plan(self):
        for terms in ({'activate_when': 'paid'}, {'after_suspension': 'restart'}):
            with self.subTest(terms=terms):
                self.assertBreaksLaw(
                    'tenant_plan_version_calendar_terms',
                    lambda terms=terms: self.make_plan(1, publish=False, **{**CALENDAR, **terms}))
        self.assertTrue(self.make_plan(1, **CALENDAR))
        self.assertEqual(
            self.message_of('tenant.plan.version', 'tenant_plan_version_calendar_terms'),
            "A plan by the calendar provisions when created (its first price depends on the "
            "first day) and continues after a suspension.")

    def test_r10_days_have_no_calendar(self):
        days = self.env['tenant.billing.cycle'].create(
            {'name': "30 days", 'count': 30, 'unit': 'day'})
        plan = self.make_plan(1, publish=False, cycle_id=days.id)
        self.assertRefused(
            "A cycle in days has no calendar. Choose weeks, months or years, or periods from the "
            "first day.", lambda: plan.version_ids.write(CALENDAR), ValidationError)

    def test_days_and_prices_are_not_negative(self):
        for name in ('term_days', 'grace_days', 'lead_days', 'retention_days', 'trial_days',
                     'notice_days', 'max_prepaid_cycles'):
            with self.subTest(term=name):
                self.assertBreaksLaw(
                    'tenant_plan_version_days_positive',
                    lambda name=name: self.make_plan(1, publish=False, **{name: -1}))
        self.assertBreaksLaw(
            'tenant_plan_version_days_positive',
            lambda: self.make_plan(1, publish=False, order_expiry_days=0))
        self.assertBreaksLaw(
            'tenant_plan_version_price_positive', lambda: self.make_plan(-1, publish=False))
        self.assertEqual(
            self.message_of('tenant.plan.version', 'tenant_plan_version_days_positive'),
            "Days cannot be negative, and an order has at least one day to be paid.")
        self.assertEqual(
            self.message_of('tenant.plan.version', 'tenant_plan_version_price_positive'),
            "A price cannot be negative.")

    def test_r18_versions_of_a_plan_share_their_rhythm(self):
        plan = self.make_plan(1000)
        dollars = self.env.ref('base.USD')
        dollars.active = True
        for terms in ({'currency_id': dollars.id}, {'cycle': 'year'}, CALENDAR):
            with self.subTest(terms=terms):
                self.assertRefused(
                    "All versions of the plan Pro share currency, billing cycle and anchor. Make "
                    "a new plan instead.",
                    lambda terms=terms: self.make_version(plan, 5, publish=False, **terms),
                    ValidationError)
        self.assertTrue(self.make_version(plan, 5, grace_days=1, lead_days=3, term_days=9))

    def test_r18_two_drafts_are_held_together_when_they_are_published(self):
        plan = self.make_plan(1000, publish=False)
        other = self.make_version(plan, 5, publish=False, cycle='year')
        (plan.version_ids - other).action_publish()
        self.assertRefused(
            "All versions of the plan Pro share currency, billing cycle and anchor. Make a new "
            "plan instead.", other.action_publish, ValidationError)
        self.assertEqual(other.state, 'draft')

    def test_a_code_names_one_plan_of_a_company(self):
        plan = self.make_plan(1000)
        self.assertBreaksLaw('tenant_plan_unique_code', lambda: plan.copy({'code': plan.code}))
        self.assertEqual(self.message_of('tenant.plan', 'tenant_plan_unique_code'),
                         "There is a plan with this code already.")

    def test_cycles_have_a_length_of_their_own(self):
        cycles = self.env['tenant.billing.cycle']
        for count in (0, -1, 1001):
            self.assertBreaksLaw(
                'tenant_billing_cycle_count_positive',
                lambda count=count: cycles.create({'name': "x", 'count': count, 'unit': 'week'}))
        self.assertBreaksLaw(
            'tenant_billing_cycle_unique_length',
            lambda: cycles.create({'name': "x", 'count': 1, 'unit': 'month'}))
        self.assertEqual(
            self.message_of('tenant.billing.cycle', 'tenant_billing_cycle_count_positive'),
            "A billing cycle has between 1 and 1000 days, weeks, months or years.")
        self.assertEqual(
            self.message_of('tenant.billing.cycle', 'tenant_billing_cycle_unique_length'),
            "There is a billing cycle of this length already.")

    def test_only_what_is_on_sale_can_be_ordered(self):
        plan = self.make_plan(1000, publish=False)
        self.assertRefused(NOT_ON_SALE, lambda: self.order(plan))
        plan.version_ids.effective_from = '2026-01-02'
        plan.version_ids.action_publish()
        self.assertRefused(NOT_ON_SALE, lambda: self.order(plan))
        self.assertFalse(plan.current_version_id)
        self.set_clock('2026-01-02')
        plan.invalidate_recordset()
        self.assertEqual(plan.current_version_id, plan.version_ids)
        self.assertEqual(self.order(plan).state, 'creating')

    def test_an_archived_plan_is_not_on_sale_but_goes_on(self):
        plan = self.make_plan(1000)
        panel = self.running(plan)
        plan.active = False
        self.assertRefused(
            NOT_ON_SALE, lambda: self.order(plan))
        self.on('2026-01-25')
        self.assertPanel(panel, 'active', '2026-01-31', 1150)
        self.assertNothingLeft()

    def test_a_plan_makes_its_product(self):
        plan = self.env['tenant.plan'].create(
            {'name': "Basic", 'code': 'basic', 'company_id': self.company.id})
        self.assertEqual((plan.product_id.name, plan.product_id.type, plan.product_id.company_id),
                         ("Basic", 'service', self.company))

    def test_an_income_account_of_the_product_is_used(self):
        account = self.env['account.account'].create({
            'name': "Hosting", 'code': '400777', 'account_type': 'income',
            'company_ids': [Command.set(self.company.ids)]})
        plan = self.make_plan(1000)
        plan.product_id.property_account_income_id = account
        panel = self.order(plan)
        self.assertEqual(panel.demand_ids.move_id.invoice_line_ids.account_id, account)
