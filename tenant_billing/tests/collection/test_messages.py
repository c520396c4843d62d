from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from odoo.addons.tenant_billing.models.collection.tenant_message import KINDS
from odoo.addons.tenant_billing.models.collection.tenant_panel_reminders import OF_INVOICE
from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase


class MessageCase(BooksCase):

    def rows(self, panel, *kinds):
        domain = [('kind', 'in', kinds)] if kinds else [('kind', 'not in', OF_INVOICE)]
        return self.env['tenant.reminder'].search(
            [('panel_id', '=', panel.id), *domain], order='id')

    def told(self, panel, *kinds):
        """What was told besides invoices and their reminders, as (day, kind, state)."""
        return [(str(row.queued_on), row.kind, row.state) for row in self.rows(panel, *kinds)]

    def mail(self, panel, kind):
        """Subject and text of the latest mail of a kind."""
        mail = self.rows(panel, kind)[-1:].mail_id
        return mail.subject, html2plaintext(mail.body_html or '')

    def switch(self, kind, **values):
        self.env['tenant.message'].search(
            [('company_id', '=', self.company.id), ('kind', '=', kind)]).write(values)


@tagged('post_install', '-at_install')
class TestMessages(MessageCase):
    """What happens to a panel is told to its tenant, each thing once."""

    def test_the_life_of_a_panel(self):
        panel = self.running(self.make_plan(1000, lead_days=14))
        for day in ('2026-01-01', '2026-01-18', '2026-02-02', '2026-02-09'):
            self.on(day)
        self.assertEqual(panel.state, 'suspended')
        self.on('2026-02-10', run=False)
        self.pay(panel)
        self.run_crons()
        self.on('2026-02-11', run=False)
        panel.action_cancel()
        for day in ('2026-02-11', '2026-03-02', '2026-03-24', '2026-03-25', '2026-04-01'):
            self.on(day)
            self.run_crons('cron_remind')
        self.assertEqual(panel.state, 'closed')
        self.assertEqual(self.told(panel), [
            ('2026-01-01', 'received', 'sent'), ('2026-02-09', 'suspended', 'sent'),
            ('2026-02-10', 'received', 'sent'), ('2026-02-10', 'running', 'sent'),
            ('2026-02-11', 'cancelled', 'sent'), ('2026-03-02', 'suspended', 'sent'),
            ('2026-03-25', 'closing', 'sent'), ('2026-04-01', 'closed', 'sent')])
        self.assertNothingLeft()

    def test_their_words(self):
        panel = self.running(self.make_plan(1000, lead_days=14))
        for day in ('2026-01-01', '2026-01-18', '2026-02-02', '2026-02-09'):
            self.on(day)
        subject, text = self.mail(panel, 'suspended')
        self.assertEqual(subject, "Panel is suspended")
        self.assertIn(
            "An invoice is overdue. The panel runs again as soon as it is paid.", text)
        self.pay(panel)
        panel.action_cancel()
        self.run_crons()
        subject, text = self.mail(panel, 'received')
        invoice = panel.demand_ids.sorted('id')[-1].move_id.name
        self.assertEqual(subject, f"Payment received for {invoice}")
        self.assertIn("1,150.00", text)
        self.assertEqual(self.mail(panel, 'running')[0], "Panel runs again")
        self.assertIn("It runs until *1 Mar 2026*, that day not included",
                      self.mail(panel, 'cancelled')[1])

    def test_a_hold_is_told_with_its_reason(self):
        panel = self.running(self.make_plan(1000))
        panel.action_hold('abuse', "Spam was sent from this panel.")
        self.run_crons()
        self.assertIn("Spam was sent from this panel.", self.mail(panel, 'suspended')[1])
        panel.action_lift()
        self.run_crons()
        self.assertEqual(
            [kind for _day, kind, _state in self.told(panel)],
            ['received', 'suspended', 'running'])
        self.assertNothingLeft()

    def test_what_is_not_true_any_more_is_not_told(self):
        panel = self.running(self.make_plan(1000))
        self.run_crons()
        panel.action_hold('abuse', "Spam")
        panel.action_lift()
        panel.action_cancel()
        panel.action_resume()
        self.run_crons()
        self.assertEqual(self.told(panel)[1:], [
            ('2026-01-01', 'suspended', 'dropped'), ('2026-01-01', 'running', 'sent'),
            ('2026-01-01', 'cancelled', 'dropped')])
        self.assertNothingLeft()

    def test_r14_before_a_trial_ends_and_when_it_has(self):
        panel = self.running(self.make_plan(1000, trial_days=10))
        for day in ('2026-01-07', '2026-01-08', '2026-01-09', '2026-01-11'):
            self.on(day)
        self.assertEqual(self.told(panel), [
            ('2026-01-08', 'trial', 'sent'), ('2026-01-11', 'suspended', 'sent')])
        self.assertEqual(
            self.mail(panel, 'trial')[0], "The trial of Panel ends on 11 Jan 2026")
        self.assertIn("The trial has ended.", self.mail(panel, 'suspended')[1])
        self.assertNothingLeft()

    def test_r14_a_trial_that_goes_on_is_not_told_to_end(self):
        panel = self.running(self.make_plan(1000, trial_days=10))
        panel.action_confirm_trial()
        self.on('2026-01-08')
        self.assertEqual(self.told(panel, 'trial'), [])

    def test_news_of_long_ago_is_not_told(self):
        panel = self.running(self.make_plan(1000))
        self.set_clock('2026-01-06')
        self.run_crons('cron_remind')
        self.assertEqual(self.told(panel), [])

    def test_nothing_paid_is_no_payment(self):
        panel = self.running(self.make_plan(0))
        self.run_crons()
        self.assertEqual(self.told(panel), [])


@tagged('post_install', '-at_install')
class TestPriceMessages(MessageCase):
    """R36: who is reached by a new price hears of it once, with the price and its first day."""

    def make_world(self):
        super().make_world()
        self.plan = self.make_plan(1000, notice_days=30)
        self.panel = self.running(self.plan)
        self.run_crons()
        self.set_clock('2026-01-05')

    def test_r36_told_once_and_true(self):
        version = self.make_version(self.plan, 1200, notice_days=30)
        other = self.running(self.make_plan(500, name="Basic"), name="Other")
        for day in ('2026-01-05', '2026-01-06', '2026-01-25'):
            self.on(day)
        [row] = self.rows(self.panel, 'price')
        self.assertEqual(
            (row.plan_version_id, row.day, row.state), (version, self.day('2026-03-01'), 'sent'))
        subject, text = self.mail(self.panel, 'price')
        self.assertEqual(subject, "New price of Panel from 1 Mar 2026")
        for words in ("1,200.00", "1,000.00", "1 Mar 2026", "cancel before that day"):
            self.assertIn(words, text)
        self.assertFalse(self.rows(other, 'price'))
        self.pay(self.panel)
        self.on('2026-02-22')
        march = self.panel._live_periods()[-1:]
        self.assertEqual((march.date_start, march.plan_version_id), (row.day, version))
        self.assertNothingLeft()

    def test_r36_a_draft_is_nobodys_business(self):
        self.make_version(self.plan, 1200, publish=False)
        self.run_crons()
        self.assertFalse(self.rows(self.panel, 'price'))

    def test_r36_of_two_the_later_is_told_too(self):
        self.make_version(self.plan, 1200, notice_days=30)
        self.run_crons()
        third = self.make_version(self.plan, 900, notice_days=30)
        self.run_crons()
        self.assertEqual(self.rows(self.panel, 'price')[-1].plan_version_id, third)
        self.assertEqual(len(self.rows(self.panel, 'price')), 2)
        self.assertNothingLeft()

    def test_r36_who_leaves_before_hears_nothing(self):
        self.panel.action_cancel()
        self.make_version(self.plan, 1200, notice_days=30)
        self.run_crons()
        self.assertFalse(self.rows(self.panel, 'price'))

    def test_r36_far_ahead(self):
        self.make_version(self.plan, 1200, effective_from='2027-06-15')
        self.run_crons()
        self.assertEqual(self.rows(self.panel, 'price').day, self.day('2027-07-01'))


@tagged('post_install', '-at_install')
class TestFailedPayments(MessageCase):
    """A payment that a gateway refused."""

    def make_world(self):
        super().make_world()
        self.start_world(100)

    def test_told_once(self):
        self.start_online(self.invoice)._set_error("Declined")
        self.run_crons()
        self.run_crons()
        self.assertEqual(self.told(self.panel, 'failed'), [('2026-01-25', 'failed', 'sent')])
        self.assertEqual(self.mail(self.panel, 'failed')[0], "Payment for Panel failed")
        self.assertNothingLeft()

    def test_not_told_once_it_is_paid(self):
        self.start_online(self.invoice)._set_error("Declined")
        self.panel._queue_reminders()
        self.pay(self.panel)
        self.run_crons()
        self.assertEqual(self.told(self.panel, 'failed'), [('2026-01-25', 'failed', 'dropped')])


@tagged('post_install', '-at_install')
class TestSwitches(MessageCase):
    """Switches, previews, quiet hours, and mails that do not arrive."""

    def test_every_kind_has_a_switch_and_a_template(self):
        messages = self.env['tenant.message'].search([('company_id', '=', self.company.id)])
        self.assertEqual(messages.mapped('kind'), [kind for kind, _name in KINDS])
        self.assertTrue(all(messages.mapped('template_id')))
        self.assertEqual((set(messages.mapped('by_mail')), set(messages.mapped('by_sms'))),
                         ({True}, {False}))
        self.assertFalse(self.env['tenant.message']._fill())

    def test_switched_off_and_on_again(self):
        self.switch('received', by_mail=False)
        panel = self.running(self.make_plan(1000))
        self.run_crons()
        self.assertEqual(self.told(panel), [('2026-01-01', 'received', 'dropped')])
        self.switch('received', by_mail=True)
        self.run_crons()
        self.assertEqual(self.told(panel), [('2026-01-01', 'received', 'dropped')])
        self.assertNothingLeft()

    def test_preview_of_each_and_nothing_is_kept(self):
        messages = self.env['tenant.message'].search([('company_id', '=', self.company.id)])
        with self.assertRaisesRegex(UserError, "There is none yet."):
            messages[0].action_preview()
        self.start_world(100)
        self.panel.action_hold('request', "On holiday")
        self.make_alert(self.panel)
        before = self._picture()
        for message in messages:
            with self.subTest(kind=message.kind):
                preview = self.env['tenant.message.preview'].browse(
                    message.action_preview()['res_id'])
                self.assertTrue(preview.subject)
                self.assertIn("Jashore Kidney Centre", html2plaintext(preview.body))
                self.assertTrue(preview.text.startswith(f'{preview.subject}. http'))
        self.assertEqual(self._picture(), before)

    def test_quiet_hours_are_those_of_the_tenant(self):
        self.company.tenant_quiet = True
        abroad = self.make_tenant("Queens Clinic")
        self.env['tenant.billing.profile'].create(
            {'partner_id': abroad.id, 'tz': 'America/New_York'})
        here, there = (
            self.running(self.make_plan(1000), name=name, tenant=tenant)
            for name, tenant in (("Here", self.tenant), ("There", abroad)))
        self.run_crons()  # noon in Dhaka is one o'clock at night in New York
        self.assertEqual([row.state for row in self.rows(here) | self.rows(there)],
                         ['sent', 'queued'])
        self.on('2026-01-01', hour=22)
        self.assertEqual(self.rows(there).state, 'sent')
        here.action_hold('abuse', "Spam")
        self.run_crons()
        self.assertEqual(self.rows(here)[-1].state, 'queued')
        self.on('2026-01-02', hour=7)
        self.assertEqual(self.rows(here)[-1].state, 'queued')
        self.on('2026-01-02', hour=8)
        self.assertEqual(self.rows(here)[-1].state, 'sent')
        self.assertNothingLeft()

    def test_quiet_hours_at_their_ends(self):
        for first, last, quiet in (
            (21, 8, {21, 23, 0, 1, 4, 5, 7}), (1, 5, {1, 4}), (8, 8, set()),
            (0, 24, set(range(24))),
        ):
            self.company.write({
                'tenant_quiet': True, 'tenant_quiet_from': first, 'tenant_quiet_to': last})
            for hour in (0, 1, 4, 5, 7, 8, 20, 21, 23):
                self.set_clock('2026-01-01', hour)
                with self.subTest(first=first, last=last, hour=hour):
                    self.assertEqual(self.company._is_quiet(self.tz), hour in quiet)

    def test_a_stop_in_the_past_is_not_announced(self):
        self.start_world(100, grace_days=1)
        row = self.demand._reminder_row('last', 0)
        self.env['tenant.reminder']._queue([row])
        self.set_clock(row['stops_on'])
        self.run_crons('cron_remind')
        self.assertEqual(self.rows(self.panel, 'last').state, 'dropped')

    def test_without_an_address_a_person_is_asked(self):
        self.tenant.email = False
        panel = self.running(self.make_plan(1000))
        self.run_crons()
        row = self.rows(panel)
        self.assertEqual((row.state, row.error), (
            'error', "Jashore Kidney Centre has no e-mail address. Enter one, then send the mail "
            "again."))
        self.assertIn("A mail could not be sent", panel.activity_ids.mapped('summary'))
        self.tenant.email = 'a@example.com'
        row.action_queue_again()
        self.run_crons()
        self.assertEqual(row.state, 'sent')
        self.assertNothingLeft()

    def test_a_mail_that_bounces_off_the_server_is_set_aside(self):
        panel = self.running(self.make_plan(1000))
        self.run_crons()
        row = self.rows(panel)
        row.mail_id.write({'state': 'exception', 'failure_reason': "No such mailbox"})
        self.run_crons()
        self.assertEqual((row.state, row.error), ('error', "No such mailbox"))
        self.assertIn("A mail could not be sent", panel.activity_ids.mapped('summary'))
        self.assertNothingLeft()
