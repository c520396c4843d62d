from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase

QUESTION = "Stopped panel without open demand"


class MoneyCase(BooksCase):
    """25 January, and February's invoice of 100.00 is open: due 1 February, 7 days of grace."""

    def make_world(self):
        super().make_world()
        self.start_world(100)

    def assertCutOff(self, stop_after, grace_through=False):
        self.panel.invalidate_recordset()
        self.assertEqual(
            (self.panel.stop_after, self.panel.grace_through),
            (self.day(stop_after) or False, self.day(grace_through) or False))

    def assertStates(self, **states):
        """The state on each day after the scheduled actions: feb_01='active'."""
        months = {'jan': 1, 'feb': 2, 'mar': 3, 'apr': 4}
        for name, state in states.items():
            month, day = name.split('_')
            self.on(f'2026-{months[month]:02}-{day}')
            self.assertEqual((name, self.panel.state), (name, state))


@tagged('post_install', '-at_install')
class TestMoneyStateR1(MoneyCase):
    """R1: the state comes from the open demands, not from a date that is counted up."""

    def test_r1_active_to_the_due_day_then_grace_then_suspended(self):
        self.assertCutOff('2026-02-01', '2026-02-08')
        self.assertStates(feb_01='active', feb_02='grace', feb_08='grace', feb_09='suspended')
        self.assertEqual(self.panel.suspension_category, 'billing')
        self.assertEqual(self.panel.suspended_on, self.day('2026-02-09'))

    def test_r1_without_grace_the_day_after_is_stopped(self):
        self.start_world(100, grace_days=0)
        self.assertCutOff('2026-02-01', '2026-02-01')
        self.assertStates(feb_01='active', feb_02='suspended')

    def test_r1_nothing_open_stops_never(self):
        self.pay(self.panel)
        self.assertCutOff(False)
        self.assertStates(feb_20='active')

    def test_r1_long_terms_stop_nobody(self):
        self.start_world(100, term_days=30)
        # due 30 days after the period's start on 1 February, not after the issue
        self.assertCutOff('2026-03-03', '2026-03-10')
        self.assertStates(feb_20='active', mar_03='active', mar_04='grace')
        self.assertPanel(self.panel, 'grace', '2026-01-31', 200)

    def test_r1_free_plan_runs_for_ever(self):
        panel = self.running(self.make_plan(0, name="Free"), name="Free panel")
        self.on('2026-12-24')
        self.assertEqual((panel.state, panel.stop_after), ('active', False))

    def test_r1_the_earliest_demand_counts_until_it_is_paid(self):
        later = self.ask_in_arrears(self.panel, 30, '2026-01-28')
        # arrears have no period that could start later: due 28 January
        self.assertCutOff('2026-01-28', '2026-02-04')
        self.pay_invoice(later.move_id)
        self.assertCutOff('2026-02-01', '2026-02-08')

    def test_r1_arrears_stop_without_a_period(self):
        self.pay(self.panel)
        self.ask_in_arrears(self.panel, 30, '2026-02-10')
        self.assertCutOff('2026-02-10', '2026-02-17')
        self.assertStates(feb_10='active', feb_11='grace', feb_18='suspended')

    def test_r1_start_of_a_period_that_was_moved(self):
        # lead 20 issues March on 9 February; grace 14 stops the panel on 16 February (s = 15)
        self.start_world(100, lead_days=20, grace_days=14)
        self.on('2026-02-09')
        self.on('2026-02-16')
        self.assertEqual(self.panel.state, 'suspended')
        march = self.open_demands(self.panel)[-1]
        self.assertEqual(march.due_date, self.day('2026-03-01'))
        self.on('2026-02-20', run=False)
        self.pay_invoice(self.demand.move_id)
        # February moves to [5 Feb, 5 Mar), March to [5 Mar, 5 Apr): its start - 1 is after 1 March
        self.assertEqual(march.period_id.date_start, self.day('2026-03-05'))
        self.assertCutOff('2026-03-04', '2026-03-18')

    def test_r1_grace_is_that_of_the_demands_own_version(self):
        self.start_world(100, term_days=30, notice_days=0)
        self.make_version(self.plan, 120, grace_days=1, term_days=30, notice_days=0)
        self.on('2026-02-22')
        self.assertEqual(self.panel.plan_version_id.grace_days, 1)
        self.assertEqual(self.open_demands(self.panel).mapped('amount'), [100, 120])
        self.assertCutOff('2026-03-03', '2026-03-10')
        self.assertStates(mar_10='grace', mar_11='suspended')

    def test_r1_an_invoice_that_could_not_be_made_stops_nobody(self):
        self.pay(self.panel)
        tax = self.company.account_sale_tax_id.copy({'price_include_override': 'tax_included'})
        self.plan.product_id.taxes_id = tax
        self.assertStates(feb_22='active', mar_31='active')
        self.assertTrue(self.panel.billing_error)
        self.assertCutOff(False)

    def test_r1_an_outage_before_the_invoice_stops_nobody(self):
        self.pay(self.panel)
        self.on('2026-04-20')
        # March and April are caught up on 20 April: due that day
        self.assertPanel(self.panel, 'active', '2026-02-28', 200)
        self.assertCutOff('2026-04-20', '2026-04-27')
        self.assertNothingLeft()
        self.assertEqual(self.panel.state, 'active')

    def test_r1_an_outage_of_enforcement_stops_nobody_who_paid_meanwhile(self):
        self.on('2026-02-20', run=False)
        self.pay(self.panel)
        self.on('2026-02-21')
        self.assertPanel(self.panel, 'active', '2026-02-28', 0)
        self.assertFalse(self.panel.message_ids.filtered(lambda m: 'Stopped' in (m.body or '')))

    def test_r1_an_outage_of_enforcement_keeps_an_overdue_panel_running_until_the_run(self):
        self.on('2026-02-20', run=False)
        self.run_crons('cron_settle', 'cron_renew')
        self.assertEqual(self.panel.state, 'active')
        self.run_cron('cron_enforce')
        self.assertEqual(self.panel.state, 'suspended')
        # stopped days count from the run: until then it ran
        self.assertEqual(self.panel.suspended_on, self.day('2026-02-20'))


@tagged('post_install', '-at_install')
class TestMoneyStateR2(MoneyCase):
    """R2: paid through the end of the unbroken chain of settled periods."""

    def two_open(self):
        """February and March are open."""
        self.on('2026-02-22', run=False)
        self.panel._renew()
        return self.open_demands(self.panel)

    def test_r2_later_period_paid_first_does_not_jump_the_gap(self):
        february, march = self.two_open()
        self.pay_invoice(march.move_id)
        self.assertPanel(self.panel, 'active', '2026-01-31', 100)
        self.pay_invoice(february.move_id)
        self.assertPanel(self.panel, 'active', '2026-03-31', 0)

    def test_r2_void_gap_is_bridged(self):
        february, march = self.two_open()
        self.credit(february.move_id)
        self.assertPanel(self.panel, 'active', '2026-01-31', 100)
        self.pay_invoice(march.move_id)
        self.assertPanel(self.panel, 'active', '2026-03-31', 0)

    def test_r2_a_void_period_pays_nothing_by_itself(self):
        _february, march = self.two_open()
        self.pay(self.panel)
        self.assertPanel(self.panel, 'active', '2026-03-31', 0)
        self.credit(march.move_id, reason='not_delivered')
        self.assertPanel(self.panel, 'active', '2026-02-28', 0)

    def test_r2_unreconciling_an_early_period_takes_all_later_ones_out_of_the_chain(self):
        february, _march = self.two_open()
        self.pay(self.panel)
        self.unreconcile(february.move_id)
        self.assertPanel(self.panel, 'active', '2026-01-31', 100)

    def test_r2_an_undated_period_does_not_count(self):
        panel = self.order(self.plan, name="New")
        self.pay(panel)
        self.assertPanel(panel, 'creating', None, 0)
        panel.action_mark_created()
        # its month begins on 25 January
        self.assertPanel(panel, 'active', '2026-02-24', 0)

    def test_r2_replaying_everything_changes_nothing(self):
        self.pay(self.panel)
        before = (self.panel.paid_through, self.panel.stop_after, self.panel.state)
        for _time in range(3):
            self.env['tenant.billing.period']._settle(self.invoice)
            self.invoice._invoice_paid_hook()
            self.panel._refresh(lift=True)
        self.env.invalidate_all()
        self.assertEqual(
            (self.panel.paid_through, self.panel.stop_after, self.panel.state), before)
        self.assertEqual(str(self.panel.paid_through), '2026-02-28')


@tagged('post_install', '-at_install')
class TestMoneyStateR3(MoneyCase):
    """R3: how a stop for money ends."""

    def make_world(self):
        super().make_world()
        self.on('2026-02-09')
        self.assertPanel(self.panel, 'suspended', '2026-01-31', 100)
        self.set_clock('2026-02-13')

    def questions(self):
        return self.panel.activity_ids.filtered(lambda activity: activity.summary == QUESTION)

    def assertRuns(self, state='active'):
        self.env.invalidate_all()
        self.assertEqual(
            (self.panel.state, self.panel.money_state, self.panel.suspension_category,
             self.panel.suspended_on), (state, state, False, False))

    def test_r3_payment_lifts_at_once(self):
        self.pay(self.panel)
        self.assertRuns()

    def test_r3_part_payment_lifts_nothing(self):
        self.pay(self.panel, 99)
        self.assertPanel(self.panel, 'suspended', '2026-01-31', 1)

    def test_r3_payment_of_one_of_two_overdue_demands_lifts_nothing(self):
        usage = self.ask_in_arrears(self.panel, 30, '2026-02-05')
        self.on('2026-02-14', run=False)
        self.pay_invoice(self.invoice)
        self.assertEqual(self.panel.state, 'suspended')
        self.pay_invoice(usage.move_id)
        self.assertRuns()

    def test_r3_lifted_into_grace_when_r1_says_grace(self):
        self.ask_in_arrears(self.panel, 30, '2026-02-10')
        self.pay_invoice(self.invoice)
        # usage is due 10 February, in grace to the 17th
        self.assertRuns('grace')
        self.assertEqual(self.panel.stop_after, self.day('2026-02-10'))

    def test_r3_holds_stay_when_money_lifts(self):
        self.panel.action_hold('abuse', "Spam")
        self.pay(self.panel)
        self.env.invalidate_all()
        self.assertEqual(
            (self.panel.state, self.panel.suspension_category, self.panel.money_state),
            ('suspended', 'abuse', 'active'))
        self.panel.action_lift()
        self.assertRuns()

    def test_r3_lifting_a_hold_leaves_the_stop_for_money(self):
        self.panel.action_hold('abuse', "Spam")
        self.panel.action_lift()
        self.assertEqual(
            (self.panel.state, self.panel.suspension_category), ('suspended', 'billing'))

    def test_r3_deferral_lifts_and_the_demand_stays_open(self):
        self.demand.action_defer('2026-02-20', "The bank is closed")
        self.assertRuns()
        self.assertEqual((self.demand.status, self.panel.amount_due), ('open', 100))
        self.assertCutOff('2026-02-20', '2026-02-27')
        self.assertStates(feb_20='active', feb_21='grace', feb_28='suspended')

    def test_r3_deferral_to_a_day_gone_by_lifts_nothing(self):
        self.demand.action_defer('2026-02-05', "Too late")
        # 5 February and 7 days of grace end on the 12th
        self.assertEqual(self.panel.state, 'suspended')

    def test_r3_wizard_credits_and_lifts(self):
        self.settle_by(self.demand, 'credit')
        self.assertRuns()
        self.assertEqual(self.demand.status, 'dead')
        self.assertEqual(self.invoice.payment_state, 'reversed')
        self.assertFalse(self.questions())

    def test_r3_wizard_credits_only_what_is_left(self):
        self.credit(self.invoice, lines=.4)
        self.settle_by(self.demand, 'credit')
        self.assertRuns()
        self.assertEqual(self.demand.status, 'dead')
        notes = self.invoice.reversal_move_ids
        self.assertEqual(sorted(notes.mapped('amount_total')), [40, 60])
        self.assertEqual(sum(notes.mapped('amount_residual')), 0)

    def test_r3_wizard_writes_off_and_lifts(self):
        self.settle_by(self.demand, 'write_off')
        self.assertRuns()
        self.assertEqual(self.demand.status, 'dead')
        lost = self.env['account.move.line'].search(
            [('account_id', '=', self.company.tenant_bad_debt_account_id.id)])
        self.assertEqual((lost.balance, lost.parent_state), (100, 'posted'))
        self.assertFalse(self.questions())

    def test_r3_wizard_writes_off_only_what_is_open(self):
        self.pay(self.panel, 30)
        self.settle_by(self.demand, 'write_off')
        lost = self.env['account.move.line'].search(
            [('account_id', '=', self.company.tenant_bad_debt_account_id.id)])
        self.assertEqual(lost.balance, 70)
        self.assertEqual((self.demand.status, self.panel.state), ('dead', 'active'))

    def test_r3_wizard_writes_off_instalments(self):
        self.in_instalments(self.invoice)
        self.settle_by(self.demand, 'write_off')
        self.assertEqual((self.demand.status, self.panel.state), ('dead', 'active'))
        self.assertEqual(self.invoice.amount_residual, 0)

    def test_r3_wizard_credits_and_closes(self):
        self.settle_by(self.demand, 'credit', afterwards='close')
        self.assertEqual(
            (self.panel.state, self.panel.close_reason, self.panel.amount_due),
            ('closed', "A reason", 0))
        self.assertFalse(self.questions())

    def test_r3_wizard_writes_off_and_closes(self):
        self.settle_by(self.demand, 'write_off', afterwards='close')
        self.assertEqual((self.panel.state, self.demand.status), ('closed', 'dead'))

    def test_r3_a_billing_user_without_accounting_rights_uses_the_wizard(self):
        user = new_test_user(
            self.env, 'biller', groups='base.group_user,tenant_billing.group_user',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        for kind in ('credit', 'write_off'):
            with self.subTest(kind), self.env.cr.savepoint() as savepoint:
                self.env['tenant.demand.action'].with_user(user).create({
                    'demand_id': self.demand.id, 'kind': kind, 'reason': "Settled by phone",
                }).action_apply()
                self.assertRuns()
                self.assertEqual(self.demand.status, 'dead')
                savepoint.rollback()
            self.env.invalidate_all()

    def test_r3_wizard_takes_open_demands_only(self):
        self.pay(self.panel)
        with self.assertRaisesRegex(
                UserError, "Only an open demand can be written off or credited."):
            self.settle_by(self.demand, 'credit')

    def test_r3_the_written_off_days_are_not_billed_again(self):
        self.settle_by(self.demand, 'write_off')
        self.on('2026-02-22')
        self.assertEqual(self.periods(self.panel), [
            ('2026-01-01', '2026-01-31', 'paid'), ('2026-03-01', '2026-03-31', 'open')])
        self.assertNothingLeft()

    def test_r3_credited_on_cores_screens_stays_stopped_and_asks_once(self):
        self.credit(self.invoice)
        self.assertEqual((self.demand.status, self.panel.state), ('dead', 'suspended'))
        self.assertEqual(len(self.questions()), 1)
        self.run_crons()
        self.on('2026-02-14')
        self.assertEqual(self.panel.state, 'suspended')
        self.assertEqual(len(self.questions()), 1)
        self.panel.action_run_again()
        self.assertRuns()

    def test_r3_written_off_on_cores_screens_stays_stopped_and_asks_once(self):
        entry = self.write_off(self.invoice)
        self.unreconcile(entry)
        self.assign(self.invoice, entry)
        self.assertEqual((self.demand.status, self.panel.state), ('dead', 'suspended'))
        self.assertEqual(len(self.questions()), 1)

    def test_r3_running_again_by_hand_needs_nothing_overdue(self):
        message = (f"A demand on {self.panel.name} is still overdue. Take the payment, defer it, "
                   "or write it off first.")
        with self.assertRaisesRegex(UserError, message):
            self.panel.action_run_again()
