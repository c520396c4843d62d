from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase

EDITED = ("An issued renewal invoice is not edited. Credit it, or put the correction on the "
          "next invoice.")
DELETED = "A renewal invoice is not deleted. Credit it instead."
PUBLISHED = "A published version never changes: tenants rely on it. Make a new version."
ACCOUNTANT = 'account.group_account_manager'


class GuardedCase(BooksCase):
    """February's invoice of 100.00 is open, and people who may do much try to change it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user('accountant', ACCOUNTANT, 'base.group_partner_manager')
        cls.billing_user = cls.make_user('biller', 'tenant_billing.group_user')
        cls.manager = cls.make_user('manager', 'tenant_billing.group_manager')
        cls.both = cls.make_user('both', ACCOUNTANT, 'tenant_billing.group_manager')

    @classmethod
    def make_user(cls, login, *groups):
        return new_test_user(
            cls.env, f'{login}@example.com', groups=','.join(('base.group_user', *groups)),
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])

    def make_world(self):
        super().make_world()
        self.start_world(100)
        self.line = self.invoice.invoice_line_ids

    def rpc(self, user, records, method, *args):
        """The call as it comes from outside."""
        self.env.flush_all()
        with self.env.cr.savepoint():
            return call_kw(
                self.env[records._name].with_user(user).with_context(
                    allowed_company_ids=self.company.ids),
                method, [records.ids, *args], {})

    def assertRefused(self, user, records, method, *args, error=UserError, message=None):
        with self.subTest(user=user.login, method=method, args=args), \
                self.assertRaises(error) as caught:
            self.rpc(user, records, method, *args)
        if message:
            self.assertEqual(str(caught.exception), message)
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestIssuedLines(GuardedCase):
    """Law 4: an issued invoice is never edited, posted or in draft."""

    def make_world(self):
        super().make_world()
        self.other_tax = self.company.account_sale_tax_id
        self.changes = (
            {'price_unit': 1}, {'quantity': 2}, {'discount': 50}, {'name': "Something else"},
            {'product_id': self.make_plan(5).product_id.id},
        )

    def picture(self):
        self.env.invalidate_all()
        return (
            self.invoice.amount_total, self.invoice.amount_residual, self.line.price_unit,
            self.line.quantity, self.line.name, self.line.tax_ids, self.invoice.line_ids.ids,
            self.line.tenant_demand_id, self.line.tenant_period_id, self.invoice.partner_id)

    def assertNothingChanges(self, user):
        before = self.picture()
        for values in self.changes:
            self.assertRefused(user, self.line, 'write', values, message=EDITED)
            self.assertRefused(
                user, self.invoice, 'write',
                {'invoice_line_ids': [Command.update(self.line.id, values)]})
        taxed = {'tax_ids': [Command.set(self.other_tax.ids)]}
        self.assertRefused(user, self.line, 'write', taxed, message=EDITED)
        self.assertRefused(
            user, self.line, 'write', {'tax_ids': [Command.link(self.other_tax.id)]})
        self.assertEqual(self.picture(), before)

    def test_law4_posted_lines_are_not_written_by_an_accountant(self):
        self.assertNothingChanges(self.accountant)

    def test_law4_posted_lines_are_not_written_by_a_billing_manager_who_is_accountant(self):
        self.assertNothingChanges(self.both)

    def test_law4_posted_lines_are_not_written_by_the_system(self):
        self.assertNothingChanges(self.env.ref('base.user_root'))

    def test_law4_lines_in_draft_are_not_written(self):
        self.invoice.button_draft()
        self.assertNothingChanges(self.accountant)

    def test_law4_a_billing_user_reaches_no_invoice_line(self):
        for user in (self.billing_user, self.manager):
            self.assertRefused(user, self.line, 'write', {'price_unit': 1})
            self.assertRefused(user, self.line, 'unlink')
            self.assertRefused(user, self.invoice, 'button_draft', error=AccessError)

    def test_law4_amounts_are_not_written_round_the_price(self):
        asked = self.receivable(self.invoice)
        for draft in (False, True):
            if draft:
                self.invoice.button_draft()
            before = self.picture()
            self.assertRefused(self.accountant, self.invoice, 'write', {'line_ids': [
                Command.update(self.line.id, {'amount_currency': -1, 'balance': -1}),
                Command.update(asked.id, {'amount_currency': 1, 'balance': 1})]})
            self.assertEqual(self.picture(), before)

    def test_law4_the_same_values_again_are_no_change(self):
        self.rpc(self.accountant, self.line, 'write', {
            'price_unit': 100, 'quantity': 1, 'name': self.line.name, 'tax_ids': [Command.set([])]})
        self.assertEqual(self.picture()[0], 100)

    def assertNoLineGoesOrComes(self):
        before = self.picture()
        new = {'name': "More", 'quantity': 1, 'price_unit': 5, 'tax_ids': []}
        for user in (self.accountant, self.both):
            self.assertRefused(user, self.line, 'unlink')
            for command in (Command.delete(self.line.id), Command.clear(),
                            Command.unlink(self.line.id), Command.create(new)):
                self.assertRefused(
                    user, self.invoice, 'write', {'invoice_line_ids': [command]})
            self.assertRefused(
                user, self.invoice, 'write', {'line_ids': [Command.create(new)]})
        with self.assertRaises(UserError):
            self.env['account.move.line'].with_user(self.accountant).create(
                {**new, 'move_id': self.invoice.id})
        self.env.invalidate_all()
        self.assertEqual(self.picture(), before)

    def test_law4_no_line_is_added_or_deleted_when_posted(self):
        self.assertNoLineGoesOrComes()

    def test_law4_no_line_is_added_or_deleted_in_draft(self):
        self.invoice.button_draft()
        self.assertNoLineGoesOrComes()

    def test_law4_no_line_moves_to_another_invoice(self):
        other = self.order(self.plan, name="Other").demand_ids.move_id
        (self.invoice | other).button_draft()
        self.assertRefused(self.accountant, self.line, 'write', {'move_id': other.id})

    def test_law4_the_link_to_demand_and_period_stays(self):
        before = self.picture()
        for name in ('tenant_demand_id', 'tenant_period_id'):
            self.assertRefused(self.accountant, self.line, 'write', {name: False}, message=EDITED)
        self.assertEqual(self.picture(), before)

    def test_law4_tenant_currency_and_kind_stay_in_draft(self):
        self.invoice.button_draft()
        before = self.picture()
        dollar = self.env.ref('base.USD')
        dollar.active = True
        stranger = self.make_tenant("Barisal Dental")
        for values in ({'partner_id': stranger.id}, {'currency_id': dollar.id},
                       {'move_type': 'out_refund'}):
            self.assertRefused(self.accountant, self.invoice, 'write', values)
        self.assertEqual(self.picture(), before)
        self.assertEqual(
            (self.invoice.currency_id, self.invoice.move_type),
            (self.company.currency_id, 'out_invoice'))

    def test_law4_an_invoice_is_not_deleted(self):
        self.assertRefused(self.accountant, self.invoice, 'unlink')
        self.invoice.button_draft()
        for user in (self.accountant, self.both, self.env.ref('base.user_root')):
            self.assertRefused(user, self.invoice, 'unlink', message=DELETED)
        self.assertTrue(self.invoice.exists())

    def test_law4_a_cancelled_invoice_does_not_come_back(self):
        self.invoice.button_cancel()
        self.assertBooks('dead', 0, '2026-01-31')
        self.assertRefused(
            self.accountant, self.invoice, 'button_draft',
            message="A cancelled renewal invoice cannot come back. Open its billing period and "
            "choose Issue Again.")
        self.assertRefused(self.accountant, self.invoice, 'unlink')

    def test_law4_a_credit_note_is_the_way(self):
        note = self.credit(self.invoice.with_user(self.both), lines=0.25, reason='price')
        self.assertEqual((note.reversed_entry_id, note.amount_total), (self.invoice, 25))
        self.assertBooks('open', 75, '2026-01-31', core='partial')

    def test_law4_other_invoices_are_edited_as_ever(self):
        other = self.env['account.move'].with_user(self.accountant).with_context(
            allowed_company_ids=self.company.ids).create({
                'move_type': 'out_invoice', 'partner_id': self.tenant.id,
                'invoice_line_ids': [Command.create(
                    {'name': "Consulting", 'quantity': 1, 'price_unit': 10, 'tax_ids': []})]})
        other.invoice_line_ids.price_unit = 20
        other.invoice_line_ids = [Command.create(
            {'name': "More", 'quantity': 1, 'price_unit': 5, 'tax_ids': []})]
        self.assertEqual(other.amount_total, 25)
        other.unlink()

    def test_law4_a_copy_is_an_ordinary_invoice(self):
        copy = self.invoice.copy()
        self.assertFalse(copy.tenant_demand_ids)
        self.assertFalse(copy.invoice_line_ids.tenant_demand_id)
        self.assertFalse(copy.invoice_line_ids.tenant_period_id)
        copy.invoice_line_ids.price_unit = 7
        self.assertEqual(copy.amount_total, 7)


@tagged('post_install', '-at_install')
class TestPublishedVersions(GuardedCase):
    """Law 12: a published price does not change under a tenant."""

    def make_world(self):
        super().make_world()
        self.version = self.panel.plan_version_id

    def test_law12_no_term_of_a_published_version_is_written(self):
        other = self.make_plan(5)
        before = self.version.read()
        for name, value in {
            'price': 1, 'currency_id': self.env.ref('base.USD').id, 'tax_mode': 'net',
            'cycle_id': self.env.ref('tenant_billing.cycle_year').id, 'anchor': 'calendar',
            'term_days': 5, 'grace_days': 1, 'lead_days': 1, 'retention_days': 1,
            'trial_days': 1, 'notice_days': 0, 'order_expiry_days': 1,
            'activate_when': 'created', 'after_suspension': 'continue',
            'max_prepaid_cycles': 3, 'post_zero': True, 'effective_from': '2026-06-01',
            'plan_id': other.id,
        }.items():
            self.assertRefused(
                self.manager, self.version, 'write', {name: value}, message=PUBLISHED)
            self.assertRefused(
                self.manager, self.plan, 'write',
                {'version_ids': [Command.update(self.version.id, {name: value})]},
                message=PUBLISHED)
        self.assertEqual(self.version.read(), before)

    def test_law12_a_published_version_is_not_deleted(self):
        message = "A published version cannot be deleted. Archive its plan."
        self.assertRefused(self.manager, self.version, 'unlink', message=message)
        self.assertRefused(
            self.manager, self.plan, 'write',
            {'version_ids': [Command.delete(self.version.id)]}, message=message)

    def test_law12_a_published_version_does_not_become_a_draft(self):
        for values in ({'state': 'draft'}, {'published_on': '2020-01-01'}, {'number': 9}):
            self.assertRefused(self.manager, self.version, 'write', values, error=AccessError)

    def test_law12_the_length_of_a_cycle_in_use_stays(self):
        message = ("A published plan uses this billing cycle, so its length cannot change. "
                   "Make a new billing cycle instead.")
        for values in ({'count': 2}, {'unit': 'year'}):
            self.assertRefused(
                self.manager, self.version.cycle_id, 'write', values, message=message)

    def test_law12_a_manager_makes_and_publishes_a_new_version(self):
        version = self.env['tenant.plan.version'].with_user(self.manager).create({
            'plan_id': self.plan.id, 'price': 150, 'cycle_id': self.version.cycle_id.id,
            'currency_id': self.version.currency_id.id, 'effective_from': '2026-06-01'})
        version.price = 160
        version.action_publish()
        self.assertEqual((version.number, version.state), (2, 'published'))
        self.assertEqual(str(version.published_on), '2026-01-25')
        self.assertEqual(self.version.price, 100)

    def test_law12_a_version_is_not_born_published(self):
        version = self.env['tenant.plan.version'].create({
            'plan_id': self.plan.id, 'price': 150, 'cycle_id': self.version.cycle_id.id,
            'currency_id': self.version.currency_id.id, 'state': 'published',
            'published_on': '2020-01-01', 'number': 77})
        self.assertEqual((version.state, version.published_on, version.number), ('draft', False, 2))

    def test_law12_a_billing_user_changes_no_plan(self):
        self.assertRefused(
            self.billing_user, self.plan, 'write', {'name': "Cheap"}, error=AccessError)
        self.assertRefused(self.billing_user, self.version, 'action_publish', error=AccessError)

    def test_law12_a_copy_is_a_draft(self):
        copy = self.version.copy()
        self.assertEqual((copy.state, copy.published_on, copy.number), ('draft', False, 2))


@tagged('post_install', '-at_install')
class TestDoorOnlyFields(GuardedCase):
    """What only a door may write is writable by nobody's write, create or import."""

    def make_world(self):
        super().make_world()
        self.forbidden = {
            'state': 'active', 'money_state': 'active', 'money_category': False,
            'suspension_category': False, 'paid_through': '2030-01-01',
            'stop_after': '2030-01-01', 'grace_through': '2030-01-01', 'zone': 'UTC',
            'next_issue_on': '2030-01-01', 'service_end': '2030-01-01', 'version': 7,
            'plan_version_id': self.panel.plan_version_id.id, 'anchor_date': '2026-01-01',
            'ordered_on': '2026-01-01', 'created_on': '2026-01-01',
            'active_since': '2026-01-01', 'suspended_on': False, 'closed_on': '2026-01-01',
            'trial_confirmed_on': '2026-01-01', 'close_reason': "Gone",
            'stopped_period_id': False, 'retry_at': False, 'billing_error': False,
        }
        self.lists = {
            name: [Command.create({})]
            for name in ('hold_ids', 'subscription_ids', 'period_ids', 'demand_ids')}

    def test_door_fields_of_a_panel_are_not_written(self):
        for user in (self.billing_user, self.manager, self.both):
            for name, value in {**self.forbidden, **self.lists}.items():
                self.assertRefused(
                    user, self.panel, 'write', {name: value}, error=AccessError)

    def test_door_fields_of_a_panel_are_not_given_at_its_creation(self):
        panels = self.env['tenant.panel'].with_user(self.manager)
        ordinary = {'name': "New", 'plan_id': self.plan.id, 'partner_id': self.tenant.id,
                    'company_id': self.company.id}
        for name, value in {**self.forbidden, **self.lists}.items():
            with self.subTest(name), self.assertRaises(AccessError):
                panels.create({**ordinary, name: value})
            with self.subTest(f'default_{name}'), self.assertRaises(AccessError):
                panels.with_context(**{f'default_{name}': value}).create(dict(ordinary))
        panel = panels.create(ordinary)
        self.assertEqual((panel.state, panel.ordered_on), ('creating', False))

    def test_door_fields_of_a_panel_are_not_imported(self):
        panels = self.env['tenant.panel'].with_user(self.manager)
        head = ['name', 'plan_id/.id', 'partner_id/.id', 'company_id/.id']
        row = ["Imported", str(self.plan.id), str(self.tenant.id), str(self.company.id)]
        for name, value in (('state', "Active"), ('paid_through', '2030-01-01')):
            with self.subTest(name):
                result = panels.load([*head, name], [[*row, value]])
                self.assertFalse(result['ids'])
                self.assertIn("You do not have enough rights", result['messages'][0]['message'])
        self.assertTrue(panels.load(head, [row])['ids'])
        self.assertFalse(panels.search([('name', '=', "Imported"), ('state', '!=', 'creating')]))

    def test_door_fields_are_read_only_on_every_form(self):
        described = self.env['tenant.panel'].with_user(self.manager).fields_get(
            [*self.forbidden, *self.lists], ['readonly'])
        self.assertEqual([name for name in described if not described[name]['readonly']], [])

    def test_rows_that_only_doors_write_are_nobodys(self):
        self.on('2026-01-26')
        self.panel.action_hold('abuse', "Spam")
        rows = {
            self.demand: {'status': 'settled'}, self.demand.period_id: {'settled': True},
            self.panel.hold_ids: {'date_to': '2026-01-26'},
            self.panel.subscription_ids: {'date_to': '2026-01-26'},
            self.env['tenant.reminder'].search([], limit=1): {'state': 'dropped'},
            self.env['tenant.billing.event'].search([], limit=1): {'event': 'none'},
        }
        for record, values in rows.items():
            self.assertTrue(record)
            for user in (self.billing_user, self.manager, self.both):
                self.assertRefused(user, record, 'write', values, error=AccessError)
                self.assertRefused(user, record, 'unlink', error=AccessError)
                with self.subTest(model=record._name), self.assertRaises(AccessError):
                    record.browse().with_user(user).create({})

    def test_the_audit_trail_is_changed_by_nobody(self):
        event = self.env['tenant.billing.event'].search([], limit=1)
        for method, args in (('write', [{'event': 'none'}]), ('unlink', [])):
            with self.subTest(method), self.assertRaises(UserError):
                getattr(event, method)(*args)

    def test_tenant_company_and_plan_of_an_ordered_panel_stay(self):
        stranger = self.make_tenant("Barisal Dental")
        message = ("Tenant, company and plan of an ordered panel cannot be changed here. "
                   "Use Upgrade for another plan, or close the panel and order a new one.")
        for values in ({'partner_id': stranger.id}, {'plan_id': self.make_plan(5).id}):
            self.assertRefused(self.manager, self.panel, 'write', values, message=message)

    def test_an_ordered_panel_is_not_deleted(self):
        self.assertRefused(
            self.manager, self.panel, 'unlink',
            message="An ordered panel cannot be deleted. Close it instead.")

    def test_private_doors_are_not_called_from_outside(self):
        for records, method, args in (
                (self.panel, '_apply', ['activate']), (self.panel, '_refresh', []),
                (self.demand.period_id, '_settle', [[]]), (self.demand.period_id, '_claim', [[]])):
            self.assertRefused(self.both, records, method, *args, error=AccessError)
