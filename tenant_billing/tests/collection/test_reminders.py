from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger
from psycopg2 import IntegrityError

from odoo.addons.tenant_billing.models.collection.tenant_panel_reminders import OF_INVOICE
from odoo.addons.tenant_billing.tests.common import BillingCase, add_days


@tagged('post_install', '-at_install')
class TestReminders(BillingCase):
    """R35. February is issued on 18 January, due on 1 February, in grace from the 2nd to the 8th
    and would stop on the 9th: reminders on 25, 29, 31 January, 2 and 8 February."""

    def renewal(self, **terms):
        panel = self.running(self.make_plan(1000, **{'lead_days': 14, 'grace_days': 7, **terms}))
        self.run_crons()
        self.before = self.env['tenant.reminder'].search([('panel_id', '=', panel.id)])
        return panel

    def told(self, panel):
        """What was told since the renewal's beginning, as (day, kind, days before, state)."""
        rows = self.env['tenant.reminder'].search(
            [('panel_id', '=', panel.id), ('kind', 'in', OF_INVOICE)], order='id')
        return [
            (str(row.queued_on), row.kind, row.days_before, row.state)
            for row in rows - self.before]

    def live(self, first, last):
        """Every day from one to another, the scheduled actions run twice."""
        day = self.day(first)
        while day <= self.day(last):
            self.on(day)
            self.run_crons('cron_enforce', 'cron_remind')
            day = add_days(day, 1)

    def mails(self, panel, kind):
        return self.env['tenant.reminder'].search(
            [('panel_id', '=', panel.id), ('kind', '=', kind)]).mail_id

    def test_r35_each_on_its_day_and_once(self):
        panel = self.renewal()
        self.live('2026-01-17', '2026-02-12')
        self.assertEqual(self.told(panel), [
            ('2026-01-18', 'issued', 0, 'sent'),
            ('2026-01-25', 'before', 7, 'sent'), ('2026-01-29', 'before', 3, 'sent'),
            ('2026-01-31', 'before', 1, 'sent'), ('2026-02-02', 'overdue', 0, 'sent'),
            ('2026-02-08', 'last', 0, 'sent')])
        self.assertEqual(panel.state, 'suspended')
        self.assertNothingLeft()

    def test_r35_terms_move_the_days(self):
        panel = self.renewal(term_days=5)  # due, and stop_after, 6 February
        self.live('2026-01-29', '2026-02-08')
        self.assertEqual(self.told(panel)[1:], [
            ('2026-01-30', 'before', 7, 'sent'), ('2026-02-03', 'before', 3, 'sent'),
            ('2026-02-05', 'before', 1, 'sent'), ('2026-02-07', 'overdue', 0, 'sent')])

    def test_r35_without_grace_nobody_is_told_that_it_is_overdue(self):
        panel = self.renewal(grace_days=0)
        self.live('2026-01-31', '2026-02-03')
        self.assertEqual([kind for _day, kind, _n, _s in self.told(panel)][1:], [])
        self.assertEqual(panel.state, 'suspended')

    def test_r35_after_days_without_a_run_the_latest_goes_out(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-18')
        self.live('2026-02-01', '2026-02-01')
        self.assertEqual(self.told(panel)[1:], [('2026-02-01', 'before', 1, 'sent')])
        self.live('2026-02-05', '2026-02-05')
        self.assertEqual(self.told(panel)[2:], [('2026-02-05', 'overdue', 0, 'sent')])
        self.assertNothingLeft()

    def test_r35_again_after_a_deferral(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-18')
        self.live('2026-02-02', '2026-02-03')
        self.open_demands(panel).action_defer('2026-02-20', "Promised by phone")
        count = len(self.told(panel))
        self.live('2026-02-04', '2026-02-28')
        february = self.env['tenant.reminder'].search([
            ('panel_id', '=', panel.id), ('stop_after', '=', '2026-02-20')], order='id')
        self.assertEqual(
            [(str(r.queued_on), r.kind, r.days_before) for r in february], [
                ('2026-02-13', 'before', 7), ('2026-02-17', 'before', 3),
                ('2026-02-19', 'before', 1), ('2026-02-21', 'overdue', 0),
                ('2026-02-27', 'last', 0)])
        self.assertEqual(set(february.mapped('stops_on')), {self.day('2026-02-28')})
        # besides them only the mail with March's invoice, issued on 15 February
        self.assertEqual(len(self.told(panel)) - count, 6)
        self.assertNothingLeft()

    def test_r35_paid_nobody_is_reminded(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-18')
        self.pay(panel)
        self.live('2026-01-24', '2026-02-08')
        self.assertEqual(self.told(panel), [('2026-01-18', 'issued', 0, 'sent')])
        self.assertNothingLeft()

    def test_r35_paid_between_queueing_and_sending_it_is_dropped(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-18')
        self.set_clock('2026-01-25')
        demand = self.open_demands(panel)
        self.env['tenant.reminder']._queue([demand._reminder_row('before', 7)])
        self.pay(panel)
        self.run_crons()
        self.assertEqual(self.told(panel)[1:], [('2026-01-25', 'before', 7, 'dropped')])
        self.assertFalse(self.mails(panel, 'before'))
        self.assertNothingLeft()

    def test_r35_a_held_or_stopped_panel_is_not_reminded(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-18')
        self.set_clock('2026-01-24')
        panel.action_hold('abuse', "Spam")
        self.live('2026-01-25', '2026-02-02')
        self.assertEqual(len(self.told(panel)), 1)

    def test_r35_the_mails_say_when_it_is_due_and_when_it_stops(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-02-08')
        demand = self.open_demands(panel).sorted('id')[0]
        link = demand.move_id.get_portal_url()
        for kind, subject in (
            ('issued', f"Invoice {demand.move_id.name} for Panel"),
            ('before', "Panel: invoice due on 1 Feb 2026"),
            ('overdue', "Panel: payment overdue"),
            ('last', "Panel stops tomorrow"),
        ):
            mail = (self.mails(panel, kind) - self.before.mail_id)[:1]
            text = html2plaintext(mail.body_html)
            with self.subTest(kind=kind):
                self.assertEqual(mail.subject, subject)
                self.assertEqual(mail.recipient_ids, self.tenant)
                for word in ("1 Feb 2026", "9 Feb 2026", "1,150.00", demand.move_id.name, "Panel",
                             "Jashore Kidney Centre", "Padma Hosting"):
                    self.assertIn(word, text)
                self.assertIn(link, mail.body_html)

    def test_r35_mails_need_no_pdf(self):
        panel = self.renewal()
        report = 'odoo.addons.base.models.ir_actions_report'
        with patch(f'{report}._run_wkhtmltopdf', side_effect=AssertionError("no PDF")), patch(
                f'{report}.IrActionsReport.get_wkhtmltopdf_state', return_value='install'):
            self.live('2026-01-18', '2026-01-25')
        mails = self.mails(panel, 'before')
        self.assertEqual((len(mails), mails.attachment_ids.ids), (1, []))
        self.assertEqual([state for *_rest, state in self.told(panel)], ['sent', 'sent'])
        self.assertNothingLeft()

    def test_r35_the_language_of_the_tenant(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.tenant.lang = 'fr_FR'
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-25')
        self.assertIn("1 févr. 2026", html2plaintext(self.mails(panel, 'before').body_html))

    def test_r35_the_demand_that_stops_first_is_reminded_of(self):
        panel = self.renewal(grace_days=40)
        self.live('2026-01-18', '2026-01-18')
        self.live('2026-02-15', '2026-02-15')  # March is issued, due on 1 March
        self.live('2026-02-20', '2026-03-03')
        stops = self.env['tenant.reminder'].search(
            [('panel_id', '=', panel.id), ('kind', 'in', OF_INVOICE), ('kind', '!=', 'issued')]
        ).mapped('stop_after')
        self.assertEqual(set(stops), {self.day('2026-02-01')})

    def test_r35_one_row_for_each_demand_kind_offset_and_cut_off(self):
        panel = self.renewal()
        self.live('2026-01-18', '2026-01-25')
        demand = self.open_demands(panel)
        reminders = self.env['tenant.reminder']
        count = reminders.search_count([])
        reminders._queue([demand._reminder_row('before', 7)] * 2)
        self.assertEqual(reminders.search_count([]), count)
        with self.assertRaises(IntegrityError) as refused, mute_logger('odoo.sql_db'):
            reminders.create(demand._reminder_row('before', 7))
        self.assertEqual(refused.exception.diag.constraint_name, 'tenant_reminder_once')

    def test_law9_a_mail_that_cannot_be_made_stops_no_other(self):
        bad = self.renewal()
        good = self.running(bad.plan_id, name="Good", tenant=self.make_tenant("Khulna Clinic"))
        reminder = self.env.registry['tenant.reminder']
        template = reminder._template

        def broken(record):
            if record.panel_id == bad:
                raise UserError("The template is broken.")
            return template(record)

        with patch.object(reminder, '_template', broken):
            self.on('2026-01-18')
            self.run_crons()
        self.assertEqual(self.told(bad)[-1][3], 'error')
        rows = self.env['tenant.reminder'].search(
            [('panel_id', '=', good.id), ('kind', '=', 'issued')])
        self.assertEqual(set(rows.mapped('state')), {'sent'})
        row = self.env['tenant.reminder'].search(
            [('panel_id', '=', bad.id), ('kind', '=', 'issued')], limit=1)
        self.assertEqual(row.error, "The template is broken.")
        self.assertIn("A mail could not be sent", bad.activity_ids.mapped('summary'))
        self.assertNothingLeft()
