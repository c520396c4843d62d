import json
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing.tests.invoicing.adopting import HEADER, AdoptionCase


@tagged('post_install', '-at_install')
class TestAdoption(AdoptionCase):
    """Panels that run elsewhere are brought here, with their cover and what is owed."""

    def test_a_panel_goes_on_where_it_stood(self):
        adoption = self.adopt(self.line(until='2026-02-10'))
        panel = self.panel()
        self.assertEqual(self.results(adoption), [('done', '')])
        self.assertPanel(panel, 'active', '2026-02-10')
        [cover] = panel.period_ids
        self.assertEqual(
            (cover.kind, cover.settled_by, str(cover.date_start), str(cover.date_end)),
            ('adopted', 'adopted', '2026-01-01', '2026-02-11'))
        self.assertEqual(
            (str(panel.anchor_date), str(panel.next_issue_on), panel.name, panel.partner_id),
            ('2026-02-11', '2026-02-04', "Shop", self.tenant))
        self.assertNothingLeft()
        self.on('2026-02-04')
        self.assertEqual(
            self.periods(panel)[1:], [('2026-02-11', '2026-03-10', 'open')])
        self.pay(panel)
        self.assertPanel(panel, 'active', '2026-03-10')
        self.on('2026-03-04')
        self.assertEqual(self.periods(panel)[2:], [('2026-03-11', '2026-04-10', 'open')])
        self.assertNothingLeft()

    def test_looking_writes_nothing(self):
        before = self._picture()
        adoption = self.check(self.line(owed='500'), self.line('E2', until='yesterday'))
        self.assertEqual([row.verdict for row in adoption.row_ids], ['new', 'bad'])
        self.assertEqual(self._picture(), before)
        self.assertEqual((adoption.state, adoption.ready_count, adoption.bad_count),
                         ('checked', 1, 1))

    def test_what_is_owed_is_asked_once(self):
        self.adopt(self.line(owed='"1,234.50"'))
        panel = self.panel()
        [demand] = panel.demand_ids
        invoice = demand.move_id
        self.assertEqual(
            (demand.direction, demand.amount, str(demand.due_date), demand.period_id.id),
            ('arrears', 1234.5, '2026-01-20', False))
        self.assertEqual(
            (invoice.state, invoice.amount_total, invoice.amount_tax,
             invoice.invoice_line_ids.account_id, invoice.invoice_line_ids.name),
            ('posted', 1234.5, 0, self.opening, "Owed for Shop from before"))
        self.assertPanel(panel, 'active', '2026-01-31', 1234.5)
        self.on('2026-01-21')
        self.assertEqual(panel.state, 'grace')
        self.pay(panel)
        self.assertEqual((panel.state, demand.status), ('active', 'settled'))
        self.run_crons()
        self.assertPanel(panel, 'active', '2026-01-31', panel.amount_due)
        self.assertNothingLeft()

    def test_hosts_hear_of_what_is_owed(self):
        self.env['tenant.webhook.endpoint'].create({
            'name': "Host", 'company_id': self.company.id, 'url': 'https://host.example/'})
        self.adopt(self.line(owed='500'))
        told = self.env['tenant.webhook.delivery'].search([('event', '=', 'invoice.issued')])
        self.assertEqual(
            json.loads(told.payload)['data']['invoice']['number'],
            self.panel().demand_ids.move_id.name)

    def test_r1_unpaid_it_stops_the_panel(self):
        self.adopt(self.line(until='2026-03-31', owed='500'))
        self.on('2026-01-21')
        self.on('2026-01-28')
        self.assertPanel(self.panel(), 'suspended', '2026-03-31', 500)
        self.assertNothingLeft()

    def test_r40_closed_what_was_served_stays_owed(self):
        self.adopt(self.line(owed='500'))
        panel = self.panel()
        panel.action_close("Moved away")
        self.assertPanel(panel, 'closed', '2026-01-31', 500)
        self.assertNothingLeft()

    def test_r40_closed_what_was_paid_elsewhere_is_a_question(self):
        self.adopt(self.line(until='2026-03-31'), self.line('E2', until='2026-03-31'))
        panel, kept = self.panel(), self.panel('E2')
        self.on('2026-03-22')
        panel.action_close("Moved away")
        kept.action_close("Spam", credit_rest=False)
        [asked] = panel.activity_ids
        self.assertEqual(asked.summary, "Refund days that were paid elsewhere")
        self.assertIn(
            "The days up to 03/31/2026 were paid before the panel was billed here; 10 of them "
            "are without service now.", asked.note)
        self.assertFalse(kept.activity_ids)
        self.assertNothingLeft()

    def test_r12_a_day_that_has_passed_is_billed_from_there(self):
        self.set_clock('2026-03-05')
        adoption = self.check(self.line(until='2026-01-31'))
        self.assertEqual(self.results(adoption), [(
            'new', "Paid through a day that has passed: 2 periods are invoiced at once.")])
        adoption.action_import()
        self.run_cron('cron_adopt')
        self.run_crons()
        self.assertEqual(self.periods(self.panel()), [
            ('2026-01-31', '2026-01-31', 'paid'), ('2026-02-01', '2026-02-28', 'open'),
            ('2026-03-01', '2026-03-31', 'open')])
        self.assertNothingLeft()

    def test_r10_by_the_calendar_the_next_is_a_stub(self):
        plan = self.make_plan(
            3000, anchor='calendar', activate_when='created', after_suspension='continue')
        plan.code = 'calendar'
        self.adopt(self.line(plan='calendar', until='2026-01-15'))
        self.on('2026-01-09')
        panel = self.panel()
        stub = panel._live_periods()[-1:]
        self.assertEqual(
            (str(stub.date_start), str(stub.last_day), stub.kind, stub.amount),
            ('2026-01-16', '2026-01-31', 'stub', 1548.39))
        self.assertNothingLeft()

    def test_a_free_panel_and_a_plan_with_trial(self):
        self.make_plan(0).code = 'free'
        self.make_plan(1000, trial_days=14).code = 'trial'
        self.adopt(self.line(plan='free', until='2026-01-10'),
                   self.line('E2', plan='trial', until='2026-01-20'))
        self.on('2026-01-14')
        self.assertPanel(self.panel(), 'active', '2026-02-10')
        trial = self.panel('E2')
        self.assertFalse(trial.is_on_trial)
        self.assertEqual(self.periods(trial)[1:], [('2026-01-21', '2026-02-20', 'open')])
        self.assertNothingLeft()

    def test_r17_days_are_those_of_the_customer(self):
        self.set_clock('2026-01-05')
        self.env['tenant.billing.profile'].create(
            {'partner_id': self.tenant.id, 'tz': 'Pacific/Honolulu'})
        self.adopt(self.line())
        panel = self.panel()
        self.assertEqual((panel.zone, str(panel.period_ids.date_start)),
                         ('Pacific/Honolulu', '2026-01-04'))
        self.assertNothingLeft()

    def test_r7a_account_credit_pays_it(self):
        self.receive(500)
        self.adopt(self.line(owed='500'))
        self.assertPanel(self.panel(), 'active', '2026-01-31', 0)
        self.assertNothingLeft()

    def test_a_panel_that_was_entered_by_hand_is_linked(self):
        panel = self.make_panel(self.plan, name="Shop", external_id='E1')
        adoption = self.check(self.line())
        self.assertEqual(self.results(adoption), [('link', '')])
        adoption.action_import()
        self.run_cron('cron_adopt')
        self.assertEqual(adoption.row_ids.panel_id, panel)
        self.assertPanel(panel, 'active', '2026-01-31')


@tagged('post_install', '-at_install')
class TestAdoptionAgain(AdoptionCase):
    """Run twice it changes nothing; what is here with other data is told and left alone."""

    def test_twice(self):
        lines = [self.line(owed='500'), self.line('E2', until='2026-02-28')]
        first = self.adopt(*lines)
        first.action_import()
        self.run_cron('cron_adopt')
        before = self._picture()
        self.on('2026-01-03', run=False)
        second = self.check(*lines)
        self.assertEqual(self.results(second), [('same', ''), ('same', '')])
        second.action_import()
        self.run_cron('cron_adopt')
        self.assertEqual(self._picture(), before)
        self.assertEqual((second.state, second.same_count), ('done', 2))

    def test_what_differs_is_told_and_not_changed(self):
        basic = self.make_plan(500, name="Basic")
        basic.code = 'basic'
        other = self.make_tenant("Khulna Clinic")
        self.adopt(*[self.line(f'E{number}') for number in range(6)])
        before = self._picture()
        adoption = self.adopt(
            self.line('E0', until='2026-02-28'), self.line('E1', plan='basic'),
            self.line('E2', tenant=other.email), self.line('E3', owed='7'),
            self.line('E4', name="Office"), self.line('E5', name="A", until='2026-03-31'))
        money = self.company.currency_id.format
        told = [message.removeprefix("Nothing was changed: ")
                for _verdict, message in self.results(adoption)]
        self.assertEqual(told, [
            "paid-through date is 01/31/2026 here and 02/28/2026 in the file.",
            "plan is pro here and basic in the file.",
            "tenant is Jashore Kidney Centre here and Khulna Clinic in the file.",
            f"amount owed is {money(0)} here and {money(7)} in the file.",
            "name is Shop here and Office in the file.",
            "name is Shop here and A in the file; paid-through date is 01/31/2026 here and "
            "03/31/2026 in the file.",
        ])
        self.assertEqual(set(adoption.row_ids.mapped('verdict')), {'different'})
        self.assertEqual(self._picture(), before)

    def test_a_panel_that_was_ordered_here_is_not_adopted(self):
        self.running(self.plan, name="Shop", external_id='E1')
        self.assertEqual(self.results(self.check(self.line())), [(
            'different', "Nothing was changed: paid-through date is nothing here and 01/31/2026 "
            "in the file.")])

    def test_a_panel_of_another_company_is_another_panel(self):
        self.adopt(self.line())
        company = self.make_company("Meghna Hosting")
        self.make_plan(700, company=company).code = 'pro'
        self.env.user.company_ids |= company
        adoption = self.env(context={'allowed_company_ids': company.ids})[
            'tenant.adoption'].create({
                'company_id': company.id, 'file': self.upload(self.line()).file})
        adoption.action_check()
        self.assertEqual(self.results(adoption), [('new', '')])
        adoption.action_import()
        self.run_cron('cron_adopt')
        self.assertEqual(adoption.row_ids.panel_id.company_id, company)
        self.assertNothingLeft()

    def test_1000_rows_with_30_bad_ones(self):
        lines = [self.line(f'K{number}', owed='5' if number % 50 == 0 else '')
                 for number in range(970)]
        for number in range(10):
            lines.insert(97 * number, self.line(f'B{number}', until='31/12/2026'))
            lines.insert(97 * number, self.line(f'C{number}', plan='gold'))
            lines.insert(97 * number, self.line(f'D{number}', tenant='nobody@example.com'))
        adoption = self.adopt(*lines)
        self.assertEqual(
            (adoption.state, adoption.done_count, adoption.bad_count), ('done', 970, 30))
        bad = adoption.row_ids.filtered(lambda row: row.verdict == 'bad')
        self.assertTrue(all(bad.mapped('message')))
        self.assertEqual(self.env['tenant.panel'].search_count(
            [('company_id', '=', self.company.id), ('state', '=', 'active')]), 970)
        again = self.adopt(*lines)
        self.assertEqual((again.done_count, again.same_count, again.bad_count), (0, 970, 30))


@tagged('post_install', '-at_install')
class TestAdoptionRefusals(AdoptionCase):
    """What is left out, and the words that say why."""

    def test_rows(self):
        for ref in ('C1', 'C2'):
            self.make_tenant("Twin", ref=ref, email=f'{ref}@example.com')
        self.make_plan(1000, publish=False).code = 'draft'
        cases = {
            self.line(tenant='nobody'):
                "No tenant has the reference, e-mail or name nobody. Create the contact first.",
            self.line(tenant='Twin'):
                "2 customers are called Twin. Give one of them an external reference, and write "
                "it here.",
            self.line(plan='gold'): "No plan with the code gold is on sale in this company.",
            self.line(plan='draft'): "No plan with the code draft is on sale in this company.",
            self.line(until=''): "Nothing in paid-through date.",
            self.line(until='31/12/2026'):
                "31/12/2026 is no date as chosen above (Year-Month-Day: 2026-12-31).",
            self.line(owed='"1.234,50"'):
                "1.234,50 is no amount as chosen above (Point: 1,234.50).",
            self.line(owed='-5'):
                "-5 is less than nothing. Give credit by a credit note instead.",
            self.line(owed='5.005'): "5.005 has more decimals than BDT.",
            self.line(until='2024-12-30'):
                "The paid-through date lies more than a year back: everything since then would "
                "be invoiced at once.",
            self.line(until='2062-01-31'):
                "The paid-through date lies more than ten years ahead.",
        }
        for number, (line, message) in enumerate(cases.items()):
            with self.subTest(message=message):
                adoption = self.check(line.replace('E1', f'E{number}', 1))
                self.assertEqual(self.results(adoption), [('bad', message)])

    def test_the_same_panel_twice_in_the_file(self):
        adoption = self.check(self.line(), self.line(until='2026-02-28'))
        self.assertEqual(self.results(adoption), [
            ('new', ''), ('bad', "The same external ID stands in line 2.")])

    def test_a_tenant_by_reference_e_mail_or_name(self):
        self.tenant.ref = 'C7'
        person = self.make_tenant("Front desk", parent_id=self.tenant.id)
        person.email = self.tenant.email  # the same address, the same customer
        adoption = self.check(*[
            self.line(f'E{number}', tenant=word) for number, word in enumerate(
                ('C7', self.tenant.email.upper(), "Jashore Kidney Centre"))])
        self.assertEqual(adoption.row_ids.partner_id, self.tenant)
        self.assertEqual({row.verdict for row in adoption.row_ids}, {'new'})

    def test_files(self):
        for content, message in {
            b'': "The file holds no panels",
            b'id,plan\n1,pro': "Missing: tenant, paid-through date.",
            'external id;tenant;plan;paid until\nE1;Café;pro;2026-01-31'.encode('latin-1'):
                "Line 2 is not text in UTF-8. Save the file as \"CSV UTF-8\" and try again.",
            b'external id,tenant,plan,paid until\n"E1,a,pro,2026-01-31':
                "Line 2 has a quotation mark that does not fit.",
            b'id,tenant,plan,plan code,paid until\n': "The column plan code is there twice.",
        }.items():
            with self.subTest(message=message), self.assertRaises(UserError) as raised:
                self.upload(content=content or b'\n').action_check()
            self.assertIn(message, str(raised.exception))

    def test_any_bytes_are_rows_or_a_sentence(self):
        pieces = st.sampled_from([
            HEADER, self.line(), '\n', ',', '"', '%', '%(text)s', '\u2028', '\x1f', '\ufeff',
            self.tenant.email, "O'Brien", '২০২৬-০১-৩১', '9999-12-31', '0001-01-01', 'é', '\0'])

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.one_of(st.binary(min_size=1), st.lists(pieces, max_size=15).map(
            lambda parts: f'{HEADER}\n{"".join(parts)}'.encode())))
        def look(content):
            adoption = self.upload(content=content)
            try:
                adoption.action_check()
            except UserError:
                return
            self.assertTrue(adoption.row_ids)

        look()

    def test_other_dates_and_decimals(self):
        adoption = self.adopt(
            'E1;Shop;Jashore Kidney Centre;pro;31/01/2026;1.234,50',
            header='id;name;tenant;plan;paid until;owed', date_order='dmy', decimal_sign=',')
        self.assertEqual(self.results(adoption), [('done', '')])
        self.assertPanel(self.panel(), 'active', '2026-01-31', 1234.5)

    def test_money_from_before_needs_an_account_and_a_day(self):
        for values, message in (
            ({'opening_account_id': False}, "Choose the opening account and the day"),
            ({'due_date': False}, "Choose the opening account and the day"),
            ({'due_date': '2025-12-31'}, "is due today at the earliest"),
        ):
            adoption = self.check(self.line(owed='5'), **values)
            with self.subTest(values=values), self.assertRaisesRegex(UserError, message):
                adoption.action_import()
        self.adopt(self.line(), opening_account_id=False, due_date=False)
        self.assertPanel(self.panel(), 'active', '2026-01-31')

    def test_what_changed_since_the_look_is_seen(self):
        adoption = self.check(self.line(), self.line('E2'))
        self.running(self.plan, name="Shop", external_id='E1')
        adoption.action_import()
        self.run_cron('cron_adopt')
        self.assertEqual([row.verdict for row in adoption.row_ids], ['different', 'done'])

    def test_law9_one_that_cannot_be_brought_in_stops_no_other(self):
        builder = self.env.registry['tenant.invoice.builder']
        opening = builder._opening_vals

        def broken(records, row):
            if row.external_id == 'E2':
                raise UserError("The books are locked.")
            return opening(records, row)

        with patch.object(builder, '_opening_vals', broken):
            adoption = self.adopt(*[self.line(f'E{n}', owed='5') for n in (1, 2, 3)])
        self.assertEqual(self.results(adoption), [
            ('done', ''), ('bad', "The books are locked."), ('done', '')])
        self.assertFalse(self.panel('E2'))
        self.assertEqual(adoption.state, 'done')
        again = self.adopt(*[self.line(f'E{n}', owed='5') for n in (1, 2, 3)])
        self.assertEqual([row.verdict for row in again.row_ids], ['same', 'done', 'same'])

    def test_another_file_is_looked_at_again(self):
        adoption = self.check(self.line())
        adoption.file = self.upload(self.line('E2')).file
        self.assertEqual((adoption.state, len(adoption.row_ids)), ('draft', 0))
        adoption.action_import()
        self.run_cron('cron_adopt')
        self.assertFalse(self.panel('E1') | self.panel('E2'))

    def test_only_managers(self):
        adoption = self.check(self.line())
        user, manager = (
            new_test_user(self.env, f'adopt-{group}', groups=f'tenant_billing.group_{group}',
                          company_id=self.company.id, company_ids=self.company.ids)
            for group in ('user', 'manager'))
        for action in ('action_check', 'action_import'):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(adoption.with_user(user), action)()
        with self.assertRaises(AccessError):
            adoption.with_user(manager).state = 'done'
        with self.assertRaises(AccessError):
            adoption.row_ids.with_user(manager).verdict = 'done'
        adoption.with_user(manager).action_import()
        with self.assertRaisesRegex(UserError, "This file was imported."):
            adoption.with_user(manager).due_date = '2026-02-01'
        self.run_cron('cron_adopt')
        self.assertPanel(self.panel(), 'active', '2026-01-31')
