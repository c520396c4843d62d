from datetime import datetime

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.tenant_billing.tests.common import BillingCase

# Every law that the database itself keeps: (table, constraint or unique index)
LAWS = (
    ('tenant_billing_period', 'tenant_billing_period_no_day_twice'),
    ('tenant_billing_period', 'tenant_billing_period_not_empty'),
    ('tenant_billing_period', 'tenant_billing_period_one_undated'),
    ('tenant_billing_demand', 'tenant_billing_demand_one_per_direction'),
    ('tenant_panel', 'tenant_panel_unique_external_id'),
    ('tenant_subscription', 'tenant_subscription_one_open'),
)
UNIQUE_INDEXES = ('tenant_billing_period_one_undated', 'tenant_subscription_one_open')


@tagged('post_install', '-at_install')
class TestSelfAudit(BillingCase):
    """Each check finds what is broken behind the doors, and is silent otherwise."""

    def make_world(self):
        super().make_world()
        self.panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        self.on('2026-01-26')
        self.paid, self.open = self.panel.demand_ids.sorted('id')

    def sql(self, query, *params):
        self.env.flush_all()
        self.env.cr.execute(query, params)
        self.env.invalidate_all()

    def found(self, *checks):
        """What the self-audit says now, as (check, record, message)."""
        self.env.flush_all()
        self.env['tenant.billing.audit']._run()
        findings = self.env['tenant.billing.audit'].search([], order='id')
        return [
            (finding.check_name, self.env[finding.res_model].browse(finding.res_id),
             finding.message)
            for finding in findings if not checks or finding.check_name in checks]

    def test_a_sound_world_has_no_findings(self):
        self.assertEqual(self.found(), [])
        self.assertNothingLeft()

    # === LAWS IN THE DATABASE === #

    def test_laws_stand_in_the_database(self):
        self.env.cr.execute(
            "SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
            " WHERE k.convalidated AND k.contype IN ('x', 'c', 'u')")
        constraints = set(self.env.cr.fetchall())
        self.env.cr.execute(
            "SELECT c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid "
            "JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisunique AND x.indisvalid")
        self.assertLessEqual(set(LAWS), constraints | set(self.env.cr.fetchall()))

    def test_law1_the_columns_of_the_exclusion_are_never_null(self):
        self.env.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'tenant_billing_period'::regclass "
            "AND attnotnull AND attname IN ('panel_id', 'date_start', 'date_end', 'state')")
        self.assertEqual(len(self.env.cr.fetchall()), 4)

    def test_a_law_that_the_database_lost_is_found(self):
        for table, name in LAWS:
            with self.subTest(law=name), self.env.cr.savepoint() as savepoint:
                if name in UNIQUE_INDEXES:
                    self.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
                else:
                    self.env.cr.execute(SQL(
                        "ALTER TABLE %s DROP CONSTRAINT %s",
                        SQL.identifier(table), SQL.identifier(name)))
                self.assertEqual(self.found(), [(
                    'law_in_database', self.env.company,
                    f"The database does not keep the law {name} of {table}. Upgrade the addon "
                    "and read the server's log.")])
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.found(), [])

    # === BOOKS AGAINST DEMANDS AND PERIODS === #

    def test_a_demand_that_the_books_contradict(self):
        for demand, status in ((self.paid, 'open'), (self.paid, 'dead'), (self.open, 'settled'),
                               (self.open, 'dead')):
            with self.subTest(status=status), self.env.cr.savepoint() as savepoint:
                self.sql("UPDATE tenant_billing_demand SET status = %s WHERE id = %s",
                         status, demand.id)
                self.assertIn(
                    ('books', demand,
                     f"The books say otherwise than the demand of {demand.move_id.name}."),
                    self.found())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_open_amount_that_the_books_contradict(self):
        self.sql("UPDATE tenant_billing_demand SET amount_open = 1 WHERE id = %s", self.open.id)
        self.assertEqual(self.found(), [
            ('books', self.open,
             f"The books say otherwise than the demand of {self.open.move_id.name}.")])

    def test_a_period_that_its_demand_contradicts(self):
        for demand, days in ((self.paid, "1 Jan 2026 to 31 Jan 2026"),
                             (self.open, "1 Feb 2026 to 28 Feb 2026")):
            period = demand.period_id
            with self.subTest(days=days), self.env.cr.savepoint() as savepoint:
                self.sql("UPDATE tenant_billing_period SET settled = NOT settled WHERE id = %s",
                         period.id)
                self.assertIn(
                    ('books', period,
                     f"Period {days} and the demand of {demand.move_id.name} disagree."),
                    self.found())
                savepoint.rollback()
                self.env.invalidate_all()

    # === WHAT IS DERIVED === #

    def test_dates_that_do_not_follow(self):
        for name, value, label in (
            ('paid_through', '2026-12-31', "Paid Through"),
            ('stop_after', '2026-12-31', "Stop After"),
            ('grace_through', '2026-12-31', "Grace Through"),
            ('next_issue_on', None, "Next Invoice"),
            ('zone', 'UTC', "Time Zone"),
        ):
            with self.subTest(field=name), self.env.cr.savepoint() as savepoint:
                self.sql(f"UPDATE tenant_panel SET {name} = %s WHERE id = %s",
                         value, self.panel.id)
                self.assertEqual(self.found(), [
                    ('derived', self.panel,
                     f"{label} of Panel does not follow from its periods and demands.")])
                savepoint.rollback()
                self.env.invalidate_all()

    # === PAYMENTS === #

    def test_r4_a_payment_in_draft_on_a_settled_demand(self):
        self.set_clock('2026-01-28')
        entry = self.env['account.move'].search([
            ('origin_payment_id', '!=', False), ('partner_id', '=', self.tenant.id)])
        if not entry:  # this chart pays without an entry of its own: give the payment one
            entry = self.receive(1150).move_id
            self.run_crons('cron_settle')
        self.env['account.move']._get_sequence_cache().clear()
        entry.origin_payment_id.action_draft()
        self.env.flush_all()
        demand = (self.paid | self.open).filtered(
            lambda d: entry.line_ids & d.move_id.line_ids.matched_credit_ids.credit_move_id)
        self.assertEqual((demand.status, entry.state), ('settled', 'draft'))
        self.assertEqual(self.found(), [
            ('draft_payment', demand,
             f"A payment of {demand.move_id.name} is in draft: post it again or cancel it.")])
        entry.origin_payment_id.action_post()
        self.assertEqual(self.found(), [])

    def test_r7b_an_invoice_paid_with_test_money(self):
        provider = self.env['payment.provider'].create({
            'name': "Gate", 'company_id': self.company.id, 'state': 'test'})
        move = self.open.move_id
        transaction = self.env['payment.transaction'].create({
            'provider_id': provider.id, 'reference': move.name, 'amount': 1150,
            'payment_method_id': self.env.ref('payment.payment_method_unknown').id,
            'currency_id': move.currency_id.id, 'partner_id': move.partner_id.id,
            'state': 'done'})
        payment = self.receive(1150)
        payment.payment_transaction_id = transaction
        (payment.move_id.line_ids + move.line_ids).filtered(
            lambda line: line.account_id.account_type == 'asset_receivable').reconcile()
        self.assertEqual(self.open.status, 'open')
        self.assertEqual(self.found(), [
            ('test_money', self.open,
             f"{move.name} is paid with test money, which does not count.")])

    # === PANELS THAT RUN WITHOUT A PERIOD === #

    def move_january_away(self):
        self.sql("UPDATE tenant_billing_period SET date_start = '2025-01-01', "
                 "date_end = '2025-02-01' WHERE id = %s", self.paid.period_id.id)

    def test_a_panel_that_runs_without_a_period(self):
        self.move_january_away()
        self.assertEqual(self.found('no_period'), [
            ('no_period', self.panel,
             "Panel runs today, but no billing period covers the day.")])

    def test_a_stopped_panel_needs_no_period(self):
        self.panel.action_hold('abuse', "Spam")
        self.move_january_away()
        self.assertEqual(self.found('no_period'), [])

    def test_days_that_are_void_for_good_are_covered(self):
        self.sql("UPDATE tenant_billing_period SET state = 'void', rebill = FALSE WHERE id = %s",
                 self.paid.period_id.id)
        self.assertEqual(self.found('no_period'), [])
        self.sql("UPDATE tenant_billing_period SET rebill = TRUE WHERE id = %s",
                 self.paid.period_id.id)
        self.assertEqual(len(self.found('no_period')), 1)

    # === FINDINGS === #

    def test_a_finding_stays_until_it_is_mended(self):
        self.sql("UPDATE tenant_billing_demand SET amount_open = 1 WHERE id = %s", self.open.id)
        self.run_cron('cron_audit')
        finding = self.env['tenant.billing.audit'].search([])
        self.assertEqual(finding.found_on, datetime(2026, 1, 26, 6))
        self.set_clock('2026-01-27')
        self.run_cron('cron_audit')
        self.assertEqual(self.env['tenant.billing.audit'].search([]), finding)
        self.assertEqual(finding.found_on, datetime(2026, 1, 26, 6))
        self.run_cron('cron_settle')  # the sweep mends it
        self.run_cron('cron_audit')
        self.assertFalse(finding.exists())
        self.assertNothingLeft()

    def test_a_finding_leads_to_its_record(self):
        self.sql("UPDATE tenant_panel SET paid_through = NULL WHERE id = %s", self.panel.id)
        self.found()
        finding = self.env['tenant.billing.audit'].search([])
        self.assertEqual(finding.company_id, self.company)
        self.assertEqual(finding.action_open_record(), {
            'type': 'ir.actions.act_window', 'res_model': 'tenant.panel',
            'res_id': self.panel.id, 'view_mode': 'form'})
