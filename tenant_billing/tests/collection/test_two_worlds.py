from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo.addons.tenant_billing.tests.common import BillingCase


class RunCase(BillingCase):

    def asked(self, panel):
        return [
            (str(d.issued_on), str(d.due_date), d.amount, d.status)
            for d in panel.demand_ids.sorted('id')]

    def asked_people(self, panel):
        return sorted(panel.activity_ids.mapped('summary'))

    def failing(self, model, method, error, panels=None, times=None):
        """The method raises the error for these panels, or the first times that it is called."""
        cls = self.env.registry[model]
        original = getattr(cls, method)
        self.calls = 0

        def broken(records, *args, **kwargs):
            self.calls += 1
            hit = panels is None or records.filtered(lambda r: r in panels)
            if hit and (times is None or self.calls <= times):
                raise error
            return original(records, *args, **kwargs)

        return patch.object(cls, method, broken)


@tagged('post_install', '-at_install')
class TestTwoWorlds(RunCase):
    """Two companies, two currencies and two zones, UTC−8 and UTC+6, in one database. The clock
    shows Dhaka: midnight in Los Angeles is 14:00 there, 13:00 from 8 March 2026 on."""

    def setUp(self):
        super().setUp()
        self.sierra = self.make_company("Sierra Hosting", 'USD', tz='America/Los_Angeles', tax=10)
        self.env.user.company_ids |= self.sierra
        self.env = self.env(context={
            **self.env.context, 'allowed_company_ids': (self.company | self.sierra).ids})
        self.on('2026-01-01', 20, run=False)  # 1 January in both
        self.east = self.running(self.make_plan(1000, name="Padma Pro"))
        self.west = self.running(
            self.make_plan(100, name="Sierra Pro", company=self.sierra),
            tenant=self.make_tenant("Fresno Clinic"), name="West")

    def states(self):
        self.env.invalidate_all()
        return self.east.state, self.west.state

    def test_two_worlds_live_side_by_side(self):
        self.assertEqual((self.east.zone, self.west.zone), ('Asia/Dhaka', 'America/Los_Angeles'))
        self.on('2026-01-25', 0)
        self.assertEqual((len(self.east.demand_ids), len(self.west.demand_ids)), (2, 1))
        self.on('2026-01-25', 14)
        self.assertEqual(self.asked(self.east)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])
        self.assertEqual(self.asked(self.west)[1:], [('2026-01-25', '2026-02-01', 110, 'open')])
        for panel, company, money in ((self.east, self.company, 'BDT'),
                                      (self.west, self.sierra, 'USD')):
            move = self.open_demands(panel).move_id
            self.assertEqual(
                (move.company_id, move.journal_id.company_id, move.currency_id.name,
                 panel.currency_id.name, str(move.invoice_date)),
                (company, company, money, money, '2026-01-25'))
            self.assertEqual(move.line_ids.company_id, company)
        self.on('2026-02-02', 0)
        self.assertEqual(self.states(), ('grace', 'active'))
        self.on('2026-02-02', 14)
        self.assertEqual(self.states(), ('grace', 'grace'))
        self.pay(self.west)
        self.on('2026-02-09', 0)
        self.assertEqual(self.states(), ('suspended', 'active'))
        self.pay_in_march()

    def pay_in_march(self):
        """Dhaka pays on 1 March and restarts; the west is billed on in its summer time."""
        self.on('2026-03-01', 0)
        self.pay(self.east)
        # 1 March − 8 days served = 21 February, to 20 March
        self.assertPanel(self.east, 'active', '2026-03-20')
        self.assertPanel(self.west, 'active', '2026-02-28', 110)
        self.on('2026-03-10', 12)
        self.assertEqual((self.west.state, self.west.suspended_on),
                         ('suspended', self.day('2026-03-09')))
        self.on('2026-03-10', 13)  # 10 March begins there
        self.pay(self.west)
        # one day was missed: 1 March + 1
        self.assertEqual(self.periods(self.west)[2:], [('2026-03-02', '2026-04-01', 'paid')])
        self.on('2026-03-26', 12)
        self.assertEqual(len(self.west.demand_ids), 3)
        self.on('2026-03-26', 13)  # 26 March there, a week before 2 April
        self.assertEqual(self.asked(self.west)[3:], [('2026-03-26', '2026-04-02', 110, 'open')])
        self.assertNothingLeft()

    def test_money_of_one_company_pays_nothing_in_the_other(self):
        self.on('2026-01-25', 14)
        both = self.west.partner_id
        other = self.running(self.make_plan(1000, name="Basic"), tenant=both, name="Other")
        self.receive(110, tenant=both, company=self.sierra)
        self.on('2026-01-26', 14)
        self.assertEqual((self.west.amount_due, other.amount_due), (0, 0))
        self.on('2026-02-20', 14)  # the other's next is issued
        self.assertEqual(other.amount_due, 1150)
        self.receive(5000, tenant=both, company=self.sierra)
        self.run_crons()
        self.assertEqual(other.amount_due, 1150)
        self.assertNothingLeft()


@tagged('post_install', '-at_install')
class TestBadRecords(RunCase):
    """Law 9: one bad record is set aside with its error and an activity; the run goes on."""

    def three(self):
        """Three panels of three plans: the second one's will be in trouble."""
        return [
            self.running(self.make_plan(1000, name=name), name=name)
            for name in ("Alpha", "Beta", "Gamma")]

    def assertSetAside(self, panel, error):
        panel.invalidate_recordset()
        self.assertIn(error, panel.billing_error)
        self.assertEqual(panel.retry_at, fields.Datetime.now() + timedelta(hours=1))
        self.assertEqual(len(panel.demand_ids), 1)
        self.assertEqual(len(panel.period_ids), 1)
        asked = panel.activity_ids.filtered(
            lambda a: a.summary == "Billing of this panel failed")
        self.assertIn(error, asked.note)
        self.assertEqual(asked.user_id, self.company._tenant_responsible())

    def test_law9_a_lost_income_account_sets_one_panel_aside(self):
        alpha, beta, gamma = self.three()
        account = self.env['account.account'].create({
            'name': "Hosting", 'code': '400777', 'account_type': 'income'})
        beta.plan_id.product_id.property_account_income_id = account
        self.env.flush_all()
        account.active = False
        self.on('2026-01-25')
        self.assertEqual([len(p.demand_ids) for p in (alpha, beta, gamma)], [2, 1, 2])
        self.assertSetAside(beta, "400777")
        account.active = True
        self.on('2026-01-25', hour=13)
        self.assertEqual(self.asked(beta)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])
        self.assertEqual((beta.billing_error, beta.retry_at), (False, False))
        self.assertNothingLeft()

    def test_law9_a_tax_included_in_prices_sets_one_panel_aside(self):
        alpha, beta, gamma = self.three()
        good = beta.plan_id.product_id.taxes_id
        beta.plan_id.product_id.taxes_id = self.env['account.tax'].create({
            'name': "15 % included", 'amount': 15, 'company_id': self.company.id,
            'price_include_override': 'tax_included', 'tax_group_id': good.tax_group_id.id})
        error = ("The tax 15 % included is included in prices, but the plan's price is without "
                 "tax. Set the tax to be added, or map it by a fiscal position.")
        self.on('2026-01-25')
        self.assertEqual([len(p.demand_ids) for p in (alpha, beta, gamma)], [2, 1, 2])
        self.assertSetAside(beta, error)
        beta.plan_id.product_id.taxes_id = good
        self.set_clock('2026-01-25', 12)
        self.run_crons()  # within the hour nothing is tried again
        self.assertEqual(len(beta.demand_ids), 1)
        self.on('2026-01-25', hour=13)
        self.assertEqual(self.asked(beta)[1:], [('2026-01-25', '2026-02-01', 1150, 'open')])
        self.assertNothingLeft()

    def test_law9_set_aside_again_a_person_is_asked_once(self):
        _alpha, beta, _gamma = self.three()
        with self.failing('tenant.panel', '_renew', UserError("No luck."), panels=beta):
            self.on('2026-01-25', 12)
            self.on('2026-01-25', 13)
            self.on('2026-01-25', 14)
            self.assertSetAside(beta, "No luck.")
        self.assertEqual(self.asked_people(beta).count("Billing of this panel failed"), 1)
        self.on('2026-01-25', 15)
        self.assertEqual(len(beta.demand_ids), 2)
        self.assertNothingLeft()

    def test_law9_a_person_tries_again_at_once(self):
        _alpha, beta, _gamma = self.three()
        with self.failing('tenant.panel', '_renew', UserError("No luck."), panels=beta):
            self.on('2026-01-25')
        self.assertSetAside(beta, "No luck.")
        self.env['account.move']._get_sequence_cache().clear()
        beta.action_try_again()
        self.assertEqual((len(beta.demand_ids), beta.billing_error, beta.retry_at),
                         (2, False, False))
        self.assertNothingLeft()

    def test_law9_an_unforeseen_error_stops_no_run(self):
        alpha, beta, gamma = self.three()
        with self.failing('tenant.panel', '_renew', ZeroDivisionError("a bug"), panels=beta), \
                mute_logger('odoo.addons.tenant_billing.models.invoicing.tenant_billing_run'):
            self.on('2026-01-25')
        self.assertEqual([len(p.demand_ids) for p in (alpha, beta, gamma)], [2, 1, 2])
        self.assertSetAside(beta, "ZeroDivisionError: a bug")

    def test_law9_an_enforcement_that_fails_stops_no_other(self):
        alpha, beta, gamma = self.three()
        self.on('2026-01-25')
        with self.failing('tenant.panel', '_enforce', UserError("No luck."), panels=beta):
            self.on('2026-02-02')
        self.assertEqual([p.state for p in (alpha, beta, gamma)], ['grace', 'active', 'grace'])
        self.assertEqual(beta.billing_error, "No luck.")
        self.on('2026-02-03')
        self.assertEqual(beta.state, 'grace')

    def test_law9_what_the_database_refuses_is_set_aside(self):
        alpha, beta, gamma = self.three()
        with self.failing('tenant.panel', '_renew', IntegrityError("twice"), panels=beta), \
                mute_logger('odoo.addons.tenant_billing.models.invoicing.tenant_billing_run'):
            self.on('2026-01-25')
        self.assertEqual([len(p.demand_ids) for p in (alpha, beta, gamma)], [2, 1, 2])
        self.assertSetAside(beta, "IntegrityError: twice")

    def test_law9_a_conflict_is_tried_again_at_once(self):
        panels = self.three()
        with self.failing('tenant.panel', '_renew', SerializationFailure("busy"), times=2):
            self.on('2026-01-25')
        self.assertEqual(self.calls, 3)
        self.assertEqual([len(p.demand_ids) for p in panels], [2, 2, 2])
        self.assertEqual([p.billing_error for p in panels], [False] * 3)
        self.assertNothingLeft()

    def test_law9_after_three_conflicts_it_goes_one_by_one(self):
        panels = self.three()
        with self.failing('tenant.panel', '_renew', SerializationFailure("busy"), times=3):
            self.on('2026-01-25')
        self.assertEqual(self.calls, 6)  # three slices, then each panel
        self.assertEqual([len(p.demand_ids) for p in panels], [2, 2, 2])
        self.assertNothingLeft()

    def test_law9_a_lasting_conflict_waits_for_the_next_run(self):
        panels = self.three()
        with self.failing('tenant.panel', '_renew', SerializationFailure("busy")):
            self.on('2026-01-25')
        self.assertEqual([len(p.demand_ids) for p in panels], [1, 1, 1])
        self.assertEqual([p.billing_error for p in panels], [False] * 3)
        self.run_crons()
        self.assertEqual([len(p.demand_ids) for p in panels], [2, 2, 2])
        self.assertNothingLeft()

    def test_law9_settling_goes_on_past_a_bad_demand(self):
        panels = self.three()
        self.on('2026-01-25')
        self.receive(3450)
        demand = self.open_demands(panels[1])
        with self.failing('tenant.billing.demand', '_use_account_credit', UserError("No luck."),
                          panels=demand):
            self.run_crons('cron_settle')
        self.assertEqual([p.amount_due for p in panels], [0, 1150, 0])
        self.assertIn("Settlement failed", self.asked_people(panels[1]))
        self.run_crons('cron_settle')
        self.assertEqual([p.amount_due for p in panels], [0, 0, 0])
        self.assertNothingLeft()
