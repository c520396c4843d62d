from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from odoo.addons.tenant_billing.tests.collection.test_messages import MessageCase
from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase


@tagged('post_install', '-at_install')
class TestUsageAlerts(MessageCase, UsageCase):
    """What is told of usage: each threshold once in a period, the highest of several (R24). The
    plan costs 100, ten calls are included, a further one costs 2."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.meter = cls.make_meter(unit="calls")
        cls.plan = cls.usage_plan(cls.charge(cls.meter, 2, row={'allowance': 10}))

    def make_world(self):
        super().make_world()
        self.panel = self.running(self.plan)

    def rule(self, threshold, **values):
        return self.env['tenant.usage.alert.rule'].create({
            'name': f"At {threshold}", 'threshold': threshold, 'company_id': self.company.id,
            **values})

    def quantity(self, threshold, **values):
        return self.rule(threshold, basis='quantity', meter_id=self.meter.id, **values)

    def look(self):
        """What the scheduled action tells now: of each new row, threshold and state."""
        before = self.env['tenant.usage.alert'].search([])
        self.run_cron('cron_alert')
        new = self.env['tenant.usage.alert'].search([]) - before
        return sorted((alert.threshold, alert.state) for alert in new)

    def wakes(self):
        """How often the scheduled action was asked for."""
        return self.env['ir.cron.trigger'].search_count(
            [('cron_id', '=', self.env.ref('tenant_billing.cron_alert').id)])

    # === ONCE === #

    def test_each_once_and_the_highest_wins(self):
        for threshold, severity in ((50, 'notice'), (80, 'warning'), (100, 'limit')):
            self.rule(threshold, severity=severity)
        self.use(self.panel, '2026-01-05', 4)
        self.assertEqual(self.look(), [])
        call = self.use(self.panel, '2026-01-06')
        self.assertEqual(self.look(), [(50, 'fired')])
        self.assertEqual(self.look(), [])
        self.use(self.panel, '2026-01-07', 7)
        self.assertEqual(self.look(), [(80, 'passed'), (100, 'fired')])
        latest = self.panel._alerts()[0]
        self.assertEqual(
            (latest.title, latest.message, latest.severity, str(latest.last_day)),
            ("Calls: 100 % reached", "Used in this period: 12 of 10 calls.", 'limit',
             '2026-01-31'))
        self.assertEqual(self.panel._alerts().mapped('threshold'), [100, 50])

        self.take_back(self.panel, call)  # it falls and rises again
        self.use(self.panel, '2026-01-08', 20)
        self.assertEqual(self.look(), [])
        self.rule(70)  # of a rule that is new, what lies below was told
        self.assertEqual(self.look(), [(70, 'passed')])

        self.on('2026-02-01', run=False)
        self.panel._renew()
        self.pay(self.panel)
        self.use(self.panel, '2026-02-02', 6)
        self.assertEqual(self.look(), [(50, 'fired')])
        self.assertNothingLeft()

    def test_what_was_told_before_is_told_no_lower(self):
        """Usage fell since, and a rule is new."""
        self.rule(100)
        call = self.use(self.panel, '2026-01-05', 10)
        self.assertEqual(self.look(), [(100, 'fired')])
        self.take_back(self.panel, call)
        self.rule(70)
        self.assertEqual(self.look(), [(70, 'passed')])

    def test_the_database_lets_each_in_once(self):
        alert = self.make_alert(self.panel)
        self.assertFalse(self.env['tenant.usage.alert']._insert([{
            **self.env['tenant.usage.alert']._row(alert.rule_id, *self._place(alert)),
            'state': 'fired'}]))

    def _place(self, alert):
        firing = 'odoo.addons.tenant_billing.models.metering.tenant_usage_alert_firing'
        module = __import__(firing, fromlist=['Days', 'Level'])
        level = module.Level('percent', 9, 10, alert.subject, "Calls")
        return module.Days(self.panel, alert.date_start, alert.date_end, []), level

    # === WHAT IS MEASURED === #

    def test_money_counts_fee_and_usage_of_the_own_currency(self):
        self.rule(150, basis='money', currency_id=self.company.currency_id.id)
        self.rule(1, basis='money', currency_id=self.env.ref('base.USD').id)
        self.use(self.panel, '2026-01-05', 34)
        self.assertEqual(self.look(), [])  # 100 + 24 × 2
        self.use(self.panel, '2026-01-06')
        self.assertEqual(self.look(), [(150, 'fired')])
        alert = self.panel._alerts()
        self.assertEqual(alert.value, float(self.panel._cost_so_far().total))
        self.assertEqual(
            (alert.title, alert.message),
            ("BDT 150.00 reached", "This period costs BDT 150.00 so far."))
        self.run_crons('cron_remind')
        _subject, body, text = alert.reminder_ids._render()
        self.assertIn("This period costs BDT 150.00 so far.", body)
        self.assertEqual(text, f"Panel: BDT 150.00 reached. {alert.reminder_ids._link()}")

    def test_percent_of_limits_too(self):
        """Of what is included and of what is allowed, each by itself."""
        plan = self.usage_plan(
            self.charge(self.meter, row={'allowance': 4}), entitlement_ids=[Command.create({
                'name': "Calls in all", 'code': 'calls', 'kind': 'soft', 'quantity': 8,
                'meter_id': self.meter.id})])
        panel = self.running(plan)
        self.rule(75)
        self.use(panel, '2026-01-05', 3)
        self.assertEqual(self.look(), [(75, 'fired')])
        self.use(panel, '2026-01-06', 3)
        self.assertEqual(self.look(), [(75, 'fired')])
        self.assertEqual(panel._alerts().mapped('title'), [
            "Calls in all: 75 % reached", "Calls: 75 % reached"])
        self.assertEqual(self.look(), [])
        self.assertEqual(  # on the tenant's page
            [(row['name'], row['used'], row['told']) for row in panel._page_limits()['rows']],
            [("Calls in all, limit", "6 of 8", "Active, 2 remaining"),
             ("Calls", "4 of 4", "Used up, 2 more at plan price")])

    def test_r24_a_hard_limit_that_refused_is_reached(self):
        """Else who sends more at once than is left would never hear of the limit. What a smaller
        plan refused says nothing of the limit after an upgrade, on the same day."""
        tokens = self.make_meter('tokens', 'sum', unit="tokens")
        small, large = (self.usage_plan(
            self.charge(tokens, code='tokens'), price=price, entitlement_ids=[Command.create({
                'name': "Tokens", 'code': 'tokens', 'kind': 'hard', 'quantity': most,
                'meter_id': tokens.id})]) for price, most in ((0, 10), (50, 20)))
        panel = self.running(small)
        for threshold in (50, 100, 120):
            self.rule(threshold, panel_id=panel.id)
        self.use(panel, '2026-01-05', code='tokens', value=9)
        self.assertEqual(self.look(), [(50, 'fired')])
        before = self.wakes()
        self.send_too_much(panel, 'first')
        self.assertEqual(self.wakes(), before + 1)
        self.assertEqual(self.look(), [(100, 'fired')])
        self.assertEqual(self._told(panel._alerts()[:1]), (
            "Tokens: 100 % reached",
            "Used in this period: 9 of 10 tokens. More than is left was sent and refused."))
        self.send_too_much(panel, 'second')
        self.assertEqual(self.look(), [])

        panel.action_upgrade(large.id)
        self.pay(panel)
        self.use(panel, '2026-01-05', code='tokens', value=1)
        self.assertEqual(self.look(), [(50, 'fired')])
        self.assertEqual(
            panel._alerts()[0].message, "Used in this period: 10 of 20 tokens.")

    def send_too_much(self, panel, name):
        verdict, = self.env['tenant.usage.event']._ingest([{
            'id': name, 'source': 'test', 'type': 'tokens', 'subject': str(panel.id),
            'time': f'{fields.Datetime.now().isoformat()}Z', 'data': {'value': 2}}])
        self.assertEqual(verdict['code'], 'limit_reached')

    def test_for_a_plan_a_tenant_or_a_panel(self):
        other = self.running(self.usage_plan(self.charge(self.meter)), tenant=self.make_tenant(
            "Rangpur Heart Centre"))
        ours = (
            self.quantity(3) | self.quantity(5, plan_id=self.plan.id)
            | self.quantity(4, partner_id=self.tenant.id)
            | self.quantity(2, panel_id=self.panel.id))
        self.quantity(1, plan_id=other.plan_id.id)
        self.quantity(1, partner_id=other.partner_id.id)
        self.quantity(1, panel_id=other.id)
        self.use(self.panel, '2026-01-05', 5)
        self.assertEqual(
            self.look(), [(2, 'passed'), (3, 'passed'), (4, 'passed'), (5, 'fired')])
        alerts = self.env['tenant.usage.alert'].search([])
        self.assertEqual((alerts.panel_id, set(alerts.rule_id)), (self.panel, set(ours)))
        self.assertEqual(self._told(alerts), ("Calls: 5 reached", "Used in this period: 5 calls."))

    def _told(self, alerts):
        alert = alerts.filtered(lambda alert: alert.state == 'fired')
        return alert.title, alert.message

    def test_rules_that_make_no_sense(self):
        for values, said in (
            ({'basis': 'quantity'}, "A threshold in quantity needs a meter."),
            ({'basis': 'money', 'meter_id': self.meter.id},
             "A threshold in money has a currency and no meter"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, said):
                self.rule(5, **values)
        for values in ({'threshold': 0}, {
                'threshold': 5, 'plan_id': self.plan.id, 'panel_id': self.panel.id}):
            with self.subTest(values), mute_logger('odoo.sql_db'), (
                    self.assertRaises(CheckViolation)), self.cr.savepoint():
                self.rule(**values)
        rule = self.make_alert(self.panel).rule_id
        with self.assertRaisesRegex(UserError, "There are alerts of this rule"):
            rule.unlink()

    # === WHO IS LOOKED AT === #

    def test_a_new_rule_looks_at_what_was_used_before(self):
        self.use(self.panel, '2026-01-05', 6)
        rule = self.quantity(9)
        self.quantity(1, active=False)
        self.assertEqual(self.look(), [])
        self.on('2026-01-20', run=False)
        self.assertEqual(self.look(), [])
        rule.threshold = 6
        self.assertEqual(self.look(), [(6, 'fired')])

    def test_only_panels_that_used_something_since(self):
        rule = self.quantity(100)
        self.look()
        self.on('2026-01-10', run=False)
        self.assertFalse(self.env['tenant.panel'].search(rule._domain_to_check()))
        self.use(self.panel, '2026-01-10')
        self.assertEqual(self.env['tenant.panel'].search(rule._domain_to_check()), self.panel)

    def test_usage_wakes_it_where_there_is_a_rule(self):
        before = self.wakes()
        self.use(self.panel, '2026-01-05', 5)
        self.assertEqual(self.wakes(), before)
        rule = self.quantity(100)
        before = self.wakes()
        self.use(self.panel, '2026-01-05', 5)
        self.assertEqual(self.wakes(), before + 1)
        rule.active = False
        before = self.wakes()
        self.use(self.panel, '2026-01-05')
        self.assertEqual(self.wakes(), before)

    def test_many_panels_cost_the_queries_of_a_few(self):
        self.rule(50)
        panels = self.panel
        counts = []
        for _turn in range(2):
            for _number in range(2):
                panels |= self.running(self.plan)
            for panel in panels:
                self.use(panel, '2026-01-05', 1)
            panels._check_alerts()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            panels._check_alerts()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_r17_each_panel_has_its_own_today(self):
        """At five in the morning of 1 February in Dhaka it is January in New York."""
        abroad = self.make_tenant("Queens Clinic")
        self.env['tenant.billing.profile'].create(
            {'partner_id': abroad.id, 'tz': 'America/New_York'})
        both = self.panel | self.running(self.plan, tenant=abroad)
        self.on('2026-01-28')
        self.set_clock('2026-02-01', hour=5)
        running = both._running_periods()
        self.assertEqual(
            {period.panel_id: str(period.date_start) for period in running},
            dict(zip(both, ('2026-02-01', '2026-01-01'), strict=True)))
        self.assertEqual([panel._current_period() for panel in both], [
            running.filtered(lambda p, panel=panel: p.panel_id == panel) for panel in both])
        before = self.cr.sql_log_count
        both._running_periods()
        self.assertEqual(self.cr.sql_log_count, before + 1)
        self.assertFalse(self.env['tenant.panel']._running_periods())

    # === WHO IS TOLD === #

    def test_mail_and_what_open_pages_hear(self):
        self.rule(50)
        self.use(self.panel, '2026-01-05', 5)
        heard = []
        with patch.object(
                self.env.registry['bus.bus'], '_sendone',
                lambda _self, target, kind, told: heard.append(
                    (target.display_name, kind, told))):
            self.run_crons('cron_alert', 'cron_remind', 'cron_remind')
        self.assertEqual(self.told(self.panel, 'usage'), [('2026-01-05', 'usage', 'sent')])
        subject, text = self.mail(self.panel, 'usage')
        self.assertEqual(subject, "Panel: Calls: 50 % reached")
        self.assertIn("Used in this period: 5 of 10 calls. The period ends on 31 Jan 2026.", text)
        kinds = {kind: (target, told) for target, kind, told in heard}
        self.assertEqual(kinds['tenant_billing.usage_alert'][0], self.tenant.display_name)
        self.assertEqual(kinds['tenant_billing.usage_alert'][1]['panel_id'], self.panel.id)
        self.assertEqual(
            kinds['simple_notification'][1]['message'],
            "Calls: 50 % reached. Used in this period: 5 of 10 calls.")

    def test_what_the_tenant_has_read_is_not_mailed(self):
        self.make_alert(self.panel)._mark_read()
        self.run_cron('cron_remind')
        self.assertEqual(self.told(self.panel, 'usage'), [('2026-01-01', 'usage', 'dropped')])

    def test_read_by_the_tenant_is_not_seen_by_us(self):
        alert = self.make_alert(self.panel)
        alert._mark_read()
        self.assertTrue(alert.read_at)
        self.assertEqual((self.panel.alert_count, bool(alert.seen_at)), (1, False))
        alert.action_mark_seen()
        self.panel.invalidate_recordset()
        self.assertEqual((self.panel.alert_count, bool(alert.seen_at)), (0, True))
        alert.action_mark_unseen()
        self.assertFalse(alert.seen_at)
