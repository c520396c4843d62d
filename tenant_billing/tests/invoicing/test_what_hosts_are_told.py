import json

from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.common import BillingCase

PROVISION = 'panel.provision'


@tagged('post_install', '-at_install')
class TestWhatHostsAreTold(BillingCase):
    """Each change is told once, in its order, and nothing else is."""

    def make_world(self):
        super().make_world()
        self.endpoint = self.make_endpoint()

    def make_endpoint(self, **values):
        return self.env['tenant.webhook.endpoint'].create({
            'name': "Host", 'company_id': self.company.id, 'url': 'https://host.example/',
            **values})

    def told(self, endpoint=None):
        """What was queued since the last look, in words; it counts as delivered."""
        waiting = self.env['tenant.webhook.delivery'].search([
            ('endpoint_id', '=', (endpoint or self.endpoint).id), ('state', '=', 'waiting'),
        ], order='id')
        words = [self._in_words(json.loads(delivery.payload)) for delivery in waiting]
        waiting.state = 'delivered'
        return words

    def _in_words(self, message):
        data, event = message['data'], message['type']
        if event == 'panel.state_changed':
            return f'{data["from"]} → {data["to"]}'
        if event == 'panel.paid_through_changed':
            return f'paid through {data["previous"]} → {data["paid_through"]}'
        if event.startswith('invoice.'):
            days = f'{data["invoice"]["first_day"]} to {data["invoice"]["last_day"]}'
            return f'{event} {days if data["invoice"]["first_day"] else "first period"}'
        return event

    def on(self, day, hour=12, run=True):
        """As elsewhere, but nothing goes out: the host of these stories is no real one."""
        self.set_clock(day, hour)
        self.run_crons('cron_settle', 'cron_enforce', 'cron_renew', 'cron_remind', 'cron_audit')

    def paid_up(self, **terms):
        """A panel that runs and is paid for January; the host was told."""
        panel = self.running(self.make_plan(1000, **terms))
        self.told()
        return panel

    # === FROM ORDER TO CLOSING === #

    def test_the_whole_life_of_a_panel(self):
        panel = self.order(self.make_plan(1000, retention_days=60))
        self.assertEqual(self.told(), ['invoice.issued first period'])
        self.pay(panel)
        self.assertEqual(self.told(), ['invoice.paid first period', PROVISION])
        panel.action_mark_created()
        self.assertEqual(self.told(), [
            'creating → active', 'paid through None → 2026-01-31'])
        self.on('2026-01-25')
        self.assertEqual(self.told(), ['invoice.issued 2026-02-01 to 2026-02-28'])
        self.on('2026-02-02')
        self.assertEqual(self.told(), ['active → grace'])
        self.on('2026-02-09')
        self.assertEqual(self.told(), ['grace → suspended'])
        self.on('2026-03-13')
        self.pay(panel)
        self.assertEqual(self.told(), [
            'invoice.paid 2026-02-01 to 2026-02-28', 'suspended → active',
            'paid through 2026-01-31 → 2026-04-04'])
        panel.action_cancel()
        self.on('2026-04-04')
        self.assertEqual(self.told(), [])
        self.on('2026-04-05')
        self.assertEqual(self.told(), ['active → suspended'])
        self.on('2026-06-04')
        self.assertEqual(self.told(), ['panel.closing', 'suspended → closed'])
        self.on('2026-06-05')
        self.assertEqual(self.told(), [])

    def test_what_a_message_says(self):
        panel = self.order(self.make_plan(1000), name="Clinic", external_id='clinic-7')
        self.pay(panel)
        issued, paid, provision = self.endpoint.delivery_ids.sorted('id')
        self.assertEqual((issued | paid | provision).mapped('sequence'), [1, 2, 3])
        self.assertEqual(provision.panel_id, panel)
        facts = {
            'id': panel.id, 'external_id': 'clinic-7', 'name': "Clinic",
            'plan': panel.plan_id.code, 'state': 'creating', 'suspended_for': None}
        self.assertEqual(json.loads(provision.payload)['data'], {
            'panel': facts, 'tenant': {
                'id': self.tenant.id, 'name': "Jashore Kidney Centre",
                'email': 'jashore.kidney.centre@example.com'}})
        move = panel.demand_ids.move_id
        self.assertEqual(json.loads(issued.payload)['data'], {
            'panel': facts, 'invoice': {
                'id': move.id, 'number': move.name, 'amount': '1150.00', 'currency': 'BDT',
                'issued_on': '2026-01-01', 'due_date': '2026-01-01', 'first_day': None,
                'last_day': None}})

    # === HOW IT BEGINS === #

    def test_a_plan_that_is_billed_from_its_first_day(self):
        panel = self.order(self.make_plan(1000, activate_when='created'))
        self.assertEqual(self.told(), [PROVISION])
        panel.action_mark_created()
        self.assertEqual(self.told(), [
            'creating → active', 'invoice.issued 2026-01-01 to 2026-01-31'])
        self.pay(panel)
        self.assertEqual(self.told(), [
            'invoice.paid 2026-01-01 to 2026-01-31', 'paid through None → 2026-01-31'])

    def test_free_plans_and_trials(self):
        panel = self.order(self.make_plan(0))
        self.assertEqual(self.told(), [PROVISION])
        panel.action_mark_created()
        self.assertEqual(self.told(), ['creating → active', 'paid through None → 2026-01-31'])
        trial = self.order(self.make_plan(1000, trial_days=14))
        self.assertEqual(self.told(), [PROVISION])
        trial.action_mark_created()
        self.assertEqual(self.told(), ['creating → active', 'paid through None → 2026-01-14'])
        self.on('2026-01-15')
        self.assertEqual(self.told(), ['active → suspended'])

    def test_a_host_that_fails_is_asked_again(self):
        """Whether the panel was paid before it failed or not."""
        for terms in ({}, {'activate_when': 'created'}, {'trial_days': 14}):
            with self.subTest(terms=terms):
                panel = self.order(self.make_plan(1000, **terms))
                if not terms:
                    self.pay(panel)
                self.assertEqual(self.told()[-1], PROVISION)
                panel.action_mark_failed("No room")
                self.assertEqual(self.told()[0], 'creating → failed')
                panel.action_retry()
                self.run_crons('cron_settle')  # what was credited pays again
                told = self.told()
                self.assertEqual((told[0], told.count(PROVISION)), ('failed → creating', 1))

    def test_a_zero_invoice_is_issued_and_then_paid(self):
        self.order(self.make_plan(0, post_zero=True))
        told = self.told()
        self.assertEqual(
            [word for word in told if word != PROVISION],
            ['invoice.issued first period', 'invoice.paid first period'])
        self.assertEqual(told.count(PROVISION), 1)

    # === MONEY TAKEN BACK AND GIVEN === #

    def test_a_payment_that_is_taken_back_and_comes_again(self):
        panel = self.paid_up()
        move = panel.demand_ids.move_id
        lines = move.line_ids.filtered(lambda ln: ln.account_id.account_type == 'asset_receivable')
        others = lines.matched_credit_ids.credit_move_id
        self.unreconcile(move)
        self.assertEqual(self.told(), ['paid through 2026-01-31 → None'])
        (lines + others).reconcile()
        self.assertEqual(self.told(), [
            'invoice.paid 2026-01-01 to 2026-01-31', 'paid through None → 2026-01-31'])

    def test_account_credit_pays_at_once(self):
        panel = self.paid_up()
        self.receive(1150)
        self.on('2026-01-25')
        self.assertEqual(self.told(), [
            'invoice.issued 2026-02-01 to 2026-02-28', 'invoice.paid 2026-02-01 to 2026-02-28',
            'paid through 2026-01-31 → 2026-02-28'])
        self.assertPanel(panel, 'active', '2026-02-28')

    def test_a_part_of_the_money_changes_nothing(self):
        panel = self.paid_up()
        self.on('2026-01-25')
        self.told()
        self.pay(panel, 500)
        self.assertEqual(self.told(), [])
        self.pay(panel)
        self.assertEqual(self.told(), [
            'invoice.paid 2026-02-01 to 2026-02-28', 'paid through 2026-01-31 → 2026-02-28'])

    def test_granted_days(self):
        panel = self.paid_up()
        panel.action_grant(5, "Sorry")
        self.assertEqual(self.told(), ['paid through 2026-01-31 → 2026-02-05'])

    def test_a_written_off_invoice_is_not_paid(self):
        panel = self.paid_up()
        self.on('2026-01-25')
        self.told()
        self.settle_by(self.open_demands(panel), 'write_off')
        self.assertEqual(self.told(), [])

    # === STOPS BY A PERSON === #

    def test_holds(self):
        panel = self.paid_up()
        panel.action_hold('abuse', "Spam")
        panel.action_hold('pause', "On holiday")  # it stands still already
        self.assertEqual(self.told(), ['active → suspended'])
        message = json.loads(self.endpoint.delivery_ids.sorted('id')[-1].payload)
        self.assertEqual(message['data']['panel']['suspended_for'], 'abuse')
        self.assertNotIn("Spam", str(message))
        panel.action_lift()
        self.assertEqual(self.told()[0], 'suspended → active')

    def test_closing_by_a_person(self):
        panel = self.paid_up()
        panel.action_close("Gone", credit_rest=False)
        panel.action_close("Gone")
        self.assertEqual(self.told(), ['panel.closing', 'active → closed'])

    # === WHO HEARS === #

    def test_everybody_hears_what_they_chose(self):
        money = self.make_endpoint(on_provision=False, on_state=False, on_paid_through=False)
        closed = self.make_endpoint(active=False)
        other = self.make_company("Meghna Hosting")
        elsewhere = self.make_endpoint(company_id=other.id)
        self.running(self.make_plan(1000))
        self.assertEqual(len(self.told()), 5)
        self.assertEqual(self.told(money), [
            'invoice.issued first period', 'invoice.paid first period'])
        self.assertEqual(
            [json.loads(one.payload)['sequence'] for one in money.delivery_ids.sorted('id')],
            [1, 2])
        self.assertEqual((self.told(closed), self.told(elsewhere)), ([], []))

    def test_an_endpoint_that_comes_later_hears_no_old_news(self):
        self.endpoint.active = False
        panel = self.running(self.make_plan(1000))
        late = self.make_endpoint()
        panel._refresh()
        self.assertEqual(self.told(late), [])

    def test_nothing_is_told_twice(self):
        panel = self.running(self.make_plan(1000))
        self.on('2026-01-25')
        self.told()
        for _time in range(2):
            self.env['tenant.billing.period']._settle(panel.demand_ids.move_id)
            panel._refresh()
            panel._enforce()
            panel._renew()
            panel.action_order()
            panel.action_mark_created()
            self.on('2026-01-25')
        self.assertEqual(self.told(), [])
        self.assertNothingLeft()

    def test_many_panels_in_one_run(self):
        plan = self.make_plan(1000, activate_when='created')
        panels = [self.running(plan, name=f'Panel {number}') for number in range(4)]
        for panel in panels:
            self.pay(panel)
        self.told()
        self.on('2026-01-25')
        self.assertEqual(self.told(), ['invoice.issued 2026-02-01 to 2026-02-28'] * 4)
        for panel in panels:
            deliveries = self.endpoint.delivery_ids.filtered(
                lambda one, panel=panel: one.panel_id == panel).sorted('id')
            self.assertEqual(
                deliveries.mapped('sequence'), list(range(1, len(deliveries) + 1)))
