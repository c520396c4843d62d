from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase


class PaidCase(BooksCase):
    """20 February: February's invoice of 100.00 was due on the 1st and is paid since January."""

    def make_world(self):
        super().make_world()
        self.begin()

    def begin(self, **terms):
        self.start_world(100, **terms)
        self.payment = self.pay_invoice(self.invoice)
        self.on('2026-02-20')
        self.assertPanel(self.panel, 'active', '2026-02-28', 0)


@tagged('post_install', '-at_install')
class TestTakingBack(PaidCase):
    """R5: taking back counts at once, and stops nobody before the next day."""

    def test_r5_dates_fall_at_once_and_the_state_stays_for_the_day(self):
        self.payment.action_cancel()
        self.assertPanel(self.panel, 'active', '2026-01-31', 100)
        # due long ago, but reopened today: grace counts from here
        self.assertEqual(self.demand.reopened_on, self.day('2026-02-20'))
        self.assertEqual(self.panel.stop_after, self.day('2026-02-20'))
        self.assertEqual(self.panel.grace_through, self.day('2026-02-27'))
        self.run_crons()
        self.assertEqual(self.panel.state, 'active')

    def test_r5_grace_counts_from_the_taking_back(self):
        self.payment.action_cancel()
        for day, state in (('2026-02-21', 'grace'), ('2026-02-27', 'grace'),
                           ('2026-02-28', 'suspended')):
            self.on(day)
            self.assertEqual((day, self.panel.state), (day, state))

    def test_r5_without_grace_the_next_day_stops(self):
        self.begin(grace_days=0)
        self.payment.action_cancel()
        self.run_crons()
        self.assertEqual(self.panel.state, 'active')
        self.on('2026-02-21')
        self.assertEqual(self.panel.state, 'suspended')

    def test_r5_the_state_moves_up_at_once(self):
        self.payment.action_cancel()
        self.on('2026-02-22')
        self.assertEqual(self.panel.state, 'grace')
        self.pay_invoice(self.invoice)
        # March was issued meanwhile and is due later
        self.assertPanel(self.panel, 'active', '2026-02-28', 100)

    def test_r5_a_clerks_correction_leaves_no_trace(self):
        period = self.demand.period_id
        stops = self.panel.stop_after
        self.unreconcile(self.invoice)
        self.assign(self.invoice, self.payment.move_id)
        self.env.invalidate_all()
        self.assertEqual((period.settled, self.demand.period_id), (True, period))
        self.assertEqual((self.demand.reopened_on, self.panel.stop_after), (False, stops))
        self.assertPanel(self.panel, 'active', '2026-02-28', 0)

    def test_r5_taken_back_twice_counts_from_the_second_time(self):
        self.payment.action_cancel()
        self.set_clock('2026-02-22')
        second = self.pay_invoice(self.invoice)
        self.set_clock('2026-02-24')
        second.action_cancel()
        self.assertEqual(self.demand.reopened_on, self.day('2026-02-24'))

    def test_r5_a_smaller_part_taken_back_of_an_open_demand_reopens_nothing(self):
        self.payment.action_cancel()
        self.set_clock('2026-02-22')
        part = self.pay_invoice(self.invoice, 60)
        self.set_clock('2026-02-24')
        part.action_cancel()
        self.assertEqual(self.demand.amount_open, 100)
        self.assertEqual(self.demand.reopened_on, self.day('2026-02-20'))

    def test_r5_reminders_count_from_the_taking_back(self):
        self.payment.action_cancel()
        self.on('2026-02-21')
        reminder = self.demand.env['tenant.reminder'].search(
            [('demand_id', '=', self.demand.id), ('kind', '=', 'overdue')])
        self.assertEqual(
            (reminder.queued_on, reminder.stop_after, reminder.stops_on),
            (self.day('2026-02-21'), self.day('2026-02-20'), self.day('2026-02-28')))


@tagged('post_install', '-at_install')
class TestTakingBackCredits(BooksCase):
    """R4, R5: what credit notes and entries said is taken back like money."""

    def make_world(self):
        super().make_world()
        self.start_world(100)

    def test_r4_own_credit_note_in_draft_is_no_money(self):
        note = self.credit(self.invoice)
        note.button_draft()
        # Odoo keeps the match, so nothing is left to ask, but nobody has paid either
        self.assertBooks('dead', 0, '2026-01-31')
        note.action_post()
        self.assertBooks('dead', 0, '2026-01-31')

    def test_r5_own_credit_note_cancelled_opens_the_demand(self):
        note = self.credit(self.invoice)
        self.set_clock('2026-02-03')
        note.button_cancel()
        self.assertBooks('open', 100, '2026-01-31', core='not_paid')
        self.assertEqual(self.demand.reopened_on, self.day('2026-02-03'))
        self.pay_invoice(self.invoice)
        self.assertBooks('settled', 0, '2026-02-28', core='paid')

    def test_r5_credit_note_of_a_paid_invoice_cancelled_gives_the_days_back(self):
        self.pay_invoice(self.invoice)
        note = self.credit(self.invoice, reason='not_delivered')
        self.assertBooks('dead', 0, '2026-01-31')
        note.button_cancel()
        self.assertBooks('settled', 0, '2026-02-28', core='paid')

    def test_r5_account_credit_taken_back_opens_the_demand(self):
        note = self.other_credit_note(100)
        self.assign(self.invoice, note)
        self.assertBooks('settled', 0, '2026-02-28')
        self.set_clock('2026-02-03')
        note.button_cancel()
        self.assertBooks('open', 100, '2026-01-31', core='not_paid')
        self.assertEqual(self.panel.stop_after, self.day('2026-02-03'))

    def test_r5_days_that_were_billed_elsewhere_meanwhile_ask_a_person(self):
        entry = self.write_off(self.invoice)
        self.demand.period_id.action_issue_again()
        self.assertPanel(self.panel, 'active', '2026-01-31', 100)
        self.unreconcile(entry)
        self.assertEqual((self.demand.status, self.demand.period_id.state), ('open', 'void'))
        self.assertEqual(
            self.panel.activity_ids.filtered(
                lambda a: a.summary == "Invoice open again, days billed elsewhere").mapped('note'),
            [f"<p>Invoice {self.invoice.name} is open again, but its days 1 Feb 2026 to "
             "28 Feb 2026 are in another billing period now. Credit one of the two.</p>"])

    def test_r5_a_write_off_in_draft_stays_dead(self):
        entry = self.write_off(self.invoice)
        entry.button_draft()
        self.assertBooks('dead', 0, '2026-01-31')


@tagged('post_install', '-at_install')
class TestSweep(PaidCase):
    """R6: the sweep mends what nobody told us of."""

    def behind_our_back(self, query, *params):
        self.env.flush_all()
        self.env.cr.execute(query, params)
        self.env.invalidate_all(flush=False)

    def assertSettledAgain(self):
        self.run_cron('cron_settle')
        self.assertBooks('settled', 0, '2026-02-28')
        self.assertEqual(self.demand.period_id.settled_by, 'money')
        self.assertNothingLeft()

    def test_r6_a_demand_opened_by_sql_is_settled_again(self):
        self.behind_our_back(
            "UPDATE tenant_billing_demand SET status = 'open' WHERE id = %s", self.demand.id)
        self.assertSettledAgain()

    def test_r6_an_amount_changed_by_sql_is_corrected(self):
        self.behind_our_back(
            "UPDATE tenant_billing_demand SET amount_open = 7 WHERE id = %s", self.demand.id)
        self.assertSettledAgain()

    def test_r6_a_period_unsettled_by_sql_is_settled_again(self):
        self.behind_our_back(
            "UPDATE tenant_billing_period SET settled = FALSE, settled_by = NULL WHERE id = %s",
            self.demand.period_id.id)
        self.assertSettledAgain()

    def test_r6_a_period_settled_by_sql_is_unsettled(self):
        self.payment.action_cancel()
        self.behind_our_back(
            "UPDATE tenant_billing_period SET settled = TRUE, settled_by = 'money' WHERE id = %s",
            self.demand.period_id.id)
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')

    def test_r6_paid_through_changed_by_sql_is_derived_again(self):
        self.behind_our_back(
            "UPDATE tenant_panel SET paid_through = '2030-01-01', stop_after = '2020-01-01', "
            "grace_through = '2020-01-01' WHERE id = %s", self.panel.id)
        self.run_crons('cron_settle', 'cron_enforce')
        self.assertPanel(self.panel, 'active', '2026-02-28', 0)
        self.assertFalse(self.panel.stop_after)

    def test_r6_a_match_deleted_by_sql_opens_the_demand(self):
        self.payment.move_id.tenant_hold_for_refund = True
        self.behind_our_back(
            "DELETE FROM account_partial_reconcile WHERE debit_move_id = %s",
            self.receivable(self.invoice).id)
        self.run_cron('cron_settle')
        self.assertBooks('open', 100, '2026-01-31')
        self.assertEqual(self.demand.reopened_on, self.day('2026-02-20'))

    def test_r6_the_self_audit_names_the_difference(self):
        self.behind_our_back(
            "UPDATE tenant_billing_demand SET status = 'open' WHERE id = %s", self.demand.id)
        self.assertIn(
            f"The books say otherwise than the demand of {self.invoice.name}.", self.findings())


@tagged('post_install', '-at_install')
class TestDoorIsQuiet(BooksCase):
    """R6: the door posts nothing and sends nothing, for it runs inside other people's payments."""

    def make_world(self):
        super().make_world()
        self.start_world(100, after_suspension='continue')

    def papers(self):
        self.env.flush_all()
        return {
            model: self.env[model].sudo().search_count([])
            for model in ('account.move', 'mail.mail', 'mail.notification', 'tenant.reminder')}

    def assertOnlyPapers(self, before, moves):
        after = self.papers()
        self.assertEqual(after.pop('account.move') - before.pop('account.move'), moves)
        self.assertEqual(after, before)

    def test_r6_a_payment_makes_its_own_entry_and_nothing_else(self):
        before = self.papers()
        self.pay_invoice(self.invoice)
        self.assertOnlyPapers(before, 1)

    def test_r6_a_payment_that_ends_a_stop_leaves_the_new_invoice_to_the_run(self):
        self.on('2026-02-09')
        self.on('2026-03-13', run=False)
        before = self.papers()
        self.pay_invoice(self.invoice)
        self.assertEqual(self.panel.state, 'active')
        self.assertOnlyPapers(before, 1)
        self.run_cron('cron_renew')
        # "continue": the period that holds 13 March is issued in full
        self.assertEqual(
            self.periods(self.panel)[-1], ('2026-03-01', '2026-03-31', 'open'))

    def test_r6_a_question_to_a_person_sends_no_mail(self):
        self.on('2026-02-09')
        before = self.papers()
        self.credit(self.invoice)
        self.assertEqual(self.panel.activity_ids[-1].summary, "Stopped panel without open demand")
        self.assertOnlyPapers(before, 1)

    def test_r6_the_door_recomputes_when_the_invoice_goes_to_draft(self):
        self.invoice.button_draft()
        self.assertFalse(self.panel.stop_after)
        self.invoice.action_post()
        self.assertEqual(self.panel.stop_after, self.day('2026-02-01'))

    def test_r6_the_door_takes_moves_that_are_none_of_its_business(self):
        period = self.env['tenant.billing.period']
        nothing = self.env['account.move']
        self.assertFalse(period._settle(nothing))
        self.assertFalse(period._settle(self.other_credit_note(5)))
        nothing._invoice_paid_hook()
        self.assertBooks('open', 100, '2026-01-31')

    def test_r6_the_panels_row_is_written(self):
        version = self.panel.version
        self.pay_invoice(self.invoice)
        self.env.invalidate_all()
        self.assertGreater(self.panel.version, version)
