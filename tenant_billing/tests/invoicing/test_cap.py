from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.tenant_billing.engine.usage_limits import CAP_REACHED
from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase

BRACKETS = [{'upper': 10, 'flat': 5}, {'upper': 100, 'flat': 30}, {'flat': 90}]


@tagged('post_install', '-at_install')
class TestCap(UsageCase):
    """R26: a cap in money over the advance fee of 100.00 and all usage of January."""

    def make_world(self):
        super().make_world()
        self.calls = self.make_meter()
        self.tokens = self.make_meter('tokens', 'sum', dimension_1='model')

    def capped(self, cap, *charges, action='refuse', **terms):
        """A panel that runs since 1 January and has a cap."""
        charges = charges or [self.charge(self.calls)]
        self.panel = self.running(self.usage_plan(*charges, **{'lead_days': 0, **terms}))
        self.panel._set_cap(cap, action)
        return self.panel

    def try_to_use(self, *values, code='tokens', day='2026-01-01', **data):
        """Verdicts in short of one call, with an event of each value; None for a meter that
        counts."""
        self._sent = getattr(self, '_sent', 0) + 1
        verdicts = self.env['tenant.usage.event']._ingest([
            {'id': f'{self._sent}-{number}', 'source': 'cap', 'type': code,
             'subject': str(self.panel.id), 'time': f'{day}T05:00:00Z',
             'data': data if value is None else {'value': value, **data}}
            for number, value in enumerate(values)])
        return ''.join(
            '+' if told['verdict'] == 'accepted' else {'cap_reached': '-', 'limit_reached': '|'}[
                told['code']] for told in verdicts)

    def figures(self):
        self.panel.invalidate_recordset()
        cap = self.panel._cap()
        return float(cap.amount), float(cap.used), cap.action, cap.is_soft

    # === REFUSING === #

    def test_r26_usage_that_costs_more_than_the_cap_is_refused(self):
        self.capped(105)
        self.assertEqual(self.try_to_use(*[None] * 7, code='calls'), '+++++--')
        self.assertEqual(self.figures(), (105, 105, 'refuse', False))
        refusal = self.env['tenant.usage.refusal'].search([('panel_id', '=', self.panel.id)])
        self.assertEqual((refusal.code, refusal.events), ('cap_reached', 2))
        with self.assertRaises(UserError) as refused:
            self.panel._record_usage('calls')
        self.assertIn(CAP_REACHED.message, str(refused.exception))
        self.panel._set_cap(106)  # one click
        self.assertEqual(self.try_to_use(*[None] * 2, code='calls'), '+-')
        self.take_back_calls()
        self.assertEqual(self.try_to_use(*[None] * 2, code='calls'), '+-')
        self.panel._set_cap(None)
        self.assertIsNone(self.panel._cap())
        self.assertFalse(self.panel.is_limited)
        self.assertEqual(self.try_to_use(*[None] * 99, code='calls'), '+' * 99)
        self.assertPanel(self.panel, 'active', '2026-01-31')

    def take_back_calls(self):
        verdict, = self.env['tenant.usage.event']._ingest([{
            'id': 'undo', 'source': 'cap', 'type': 'calls', 'subject': str(self.panel.id),
            'reverses': '1-0'}])
        self.assertEqual(verdict, {'verdict': 'accepted'})

    def test_r26_what_costs_nothing_passes_at_the_cap(self):
        self.capped(100, self.charge(self.tokens, 2, code='tokens', row={'allowance': 10}))
        self.assertEqual(self.try_to_use(4, 7, 6, '0.5'), '+-+-')
        self.assertEqual(self.figures(), (100, 100, 'refuse', False))
        self.assertFalse(self.panel._check_entitlement('tokens').allowed)

    def test_r26_it_holds_for_what_things_really_cost(self):
        tiers = [Command.create(values) for values in (
            {'upper': 10, 'price': 1}, {'price': 3})]
        brackets = [Command.create(values) for values in BRACKETS]
        for charge, cap, sent, told, used in (
            (self.charge(self.tokens, code='t', model='graduated', row={'tier_ids': tiers}),
             116, [10, 2, 1], '++-', 116),
            (self.charge(self.tokens, 8, code='t', model='package', row={'per': 1000}),
             116, [900, 200, 900, 1], '+++-', 116),
            (self.charge(self.tokens, code='t', model='bracket', row={'tier_ids': brackets}),
             141, [5, 20, 9, 5, 1], '+++--', 140),
            (self.charge(self.tokens, code='t', model='dynamic'),
             110, ['9.99', '0.02', '0.01'], '+-+', 110),
            (self.charge(self.tokens, code='t', maximum=7), 107, [5, 50, 5000], '+++', 107),
        ):
            with self.subTest(told=told, used=used):
                self.capped(cap, charge)
                self.assertEqual(self.try_to_use(*sent), told)
                self.assertEqual(self.figures()[1], used)

    def test_r26_the_price_of_its_own_group_counts(self):
        dear = Command.create({'value_1': 'dear', 'price': 10})
        self.capped(120, Command.create({
            'name': "Tokens", 'code': 'tokens', 'charge_model': 'per_unit',
            'meter_id': self.tokens.id, 'row_ids': [Command.create({'price': 1}), dear]}))
        self.assertEqual(self.try_to_use(3, model='dear'), '-')
        self.assertEqual(self.try_to_use(1, 1, model='dear'), '++')
        self.panel._set_cap(125)
        self.assertEqual(self.try_to_use(1, model='dear'), '-')
        self.assertEqual(self.try_to_use(5, model='cheap'), '+')

    def test_r26_late_usage_and_corrections_pass(self):
        self.capped(101)
        self.assertEqual(self.try_to_use(None, None, code='calls'), '+-')
        self.on('2026-02-02')
        self.pay(self.panel)
        self.assertEqual(self.try_to_use(*[None] * 9, code='calls'), '+' * 9)  # of January
        self.assertEqual(
            self.try_to_use(None, None, code='calls', day='2026-02-01'), '+-')
        self.assertEqual(self.figures()[1], 101)

    def test_r26_it_says_where_it_is_soft(self):
        peak = self.make_meter('peak', 'max')
        self.capped(110, self.charge(peak, 50, code='peak'), self.charge(self.calls))
        self.assertEqual(self.try_to_use(1, code='peak'), '+')
        self.assertEqual(self.figures(), (110, 150, 'refuse', True))
        self.assertEqual(self.try_to_use(None, code='calls'), '-')
        self.assertEqual(self.try_to_use(2, code='peak'), '+')
        self.assertEqual(
            self.panel.usage_cap_note,
            "BDT 200.00 so far. The cap is soft for Peak: what that costs is known only once "
            "it is recorded.")

    def test_r26_hard_limits_and_the_cap_together(self):
        self.capped(105, entitlement_ids=[Command.create({
            'name': "Calls", 'code': 'calls', 'kind': 'hard', 'meter_id': self.calls.id,
            'quantity': 3})])
        self.assertEqual(self.try_to_use(*[None] * 4, code='calls'), '+++|')
        self.panel._set_cap(102)
        answer = self.panel._check_entitlement('calls')
        self.assertEqual((answer.allowed, answer.remaining), (False, 0))

    def test_what_is_no_cap(self):
        self.capped(105)
        for amount, action, sentence in (
            (0, 'refuse', "A cap is an amount above zero. Remove it to have none."),
            (-5, 'refuse', "A cap is an amount above zero. Remove it to have none."),
            (5, 'explode', "At the cap usage is refused or the panel paused."),
        ):
            with self.assertRaises(UserError) as refused:
                self.panel._set_cap(amount, action)
            self.assertEqual(str(refused.exception), sentence)

    def test_who_changed_it_is_remembered(self):
        self.capped(105)
        event = self.env['tenant.billing.event'].search(
            [('panel_id', '=', self.panel.id), ('event', '=', 'cap')])
        self.assertEqual(event.facts, {'amount': '105.0', 'action': 'refuse'})

    # === PAUSING === #

    def test_r26_a_panel_is_paused_and_runs_on_when_the_cap_is_raised(self):
        self.capped(105, action='pause')
        self.assertEqual(self.try_to_use(*[None] * 4, code='calls'), '++++')
        self.run_cron('cron_cap')
        self.assertPanel(self.panel, 'active', '2026-01-31')
        self.assertEqual(self.try_to_use(None, None, code='calls'), '++')  # nothing is refused
        self.assertTrue(self.env['ir.cron.trigger'].search_count(
            [('cron_id', '=', self.env.ref('tenant_billing.cron_cap').id)]))
        self.run_cron('cron_cap')
        self.assertPanel(self.panel, 'suspended', '2026-01-31')
        hold = self.panel.open_hold_ids
        self.assertEqual((hold.category, hold.is_cap, hold.reason), (
            'pause', True, "The cap of BDT 105.00 is reached. Raise it and the panel runs on."))
        self.run_cron('cron_cap')
        self.assertEqual(len(self.panel.hold_ids), 1)
        self.panel._set_cap(120, 'pause')
        self.assertPanel(self.panel, 'active', '2026-01-31')
        self.assertNothingLeft()

    def test_r26_the_next_period_lifts_the_pause(self):
        self.capped(105, action='pause')
        self.try_to_use(*[None] * 9, code='calls')
        self.run_cron('cron_cap')
        self.assertPanel(self.panel, 'suspended', '2026-01-31')
        self.set_clock('2026-02-01')
        self.run_cron('cron_cap')
        self.run_crons()
        self.assertPanel(self.panel, 'active', '2026-01-31', 109)
        self.pay(self.panel)
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertEqual(self.figures(), (105, 100, 'pause', False))
        self.run_cron('cron_cap')
        self.assertFalse(self.panel.open_hold_ids)

    def test_r26_a_fee_alone_pauses_nobody_and_another_hold_stays(self):
        self.capped(50, action='pause')
        self.run_cron('cron_cap')
        self.assertPanel(self.panel, 'active', '2026-01-31')
        self.panel.action_hold('maintenance', "New disks")
        self.try_to_use(None, code='calls')
        self.run_cron('cron_cap')
        self.assertEqual(self.panel.open_hold_ids.mapped('category'), ['pause', 'maintenance'])
        self.panel._set_cap(None)
        self.assertEqual(self.panel.open_hold_ids.mapped('category'), ['maintenance'])

    # === WHAT CHARGES INCLUDE === #

    def test_what_charges_include(self):
        self.panel = self.running(self.usage_plan(Command.create({
            'name': "Tokens", 'code': 'tokens', 'charge_model': 'per_unit',
            'meter_id': self.tokens.id, 'row_ids': [
                Command.create({'price': 1, 'allowance': 10}),
                Command.create({'price': 1, 'value_1': 'pro', 'allowance': 0.5}),
                Command.create({'price': 9, 'value_1': 'dear'})]})))
        self.try_to_use(8)
        self.try_to_use(2, model='pro')
        self.assertEqual(
            [(row.code, row.name, row.kind, row.used, row.limit, row.status)
             for row in self.panel._limits()],
            [('tokens', "Tokens", 'included', 8, 10, 'warning'),
             ('tokens:pro', "Tokens, pro", 'included', 2, Decimal('0.5'), 'limit_reached')])
        self.assertTrue(self.panel._check_entitlement('tokens:pro', 10**6).allowed)
        self.panel._set_cap(102)
        self.assertTrue(self.panel._check_entitlement('tokens', 2).allowed)
        self.assertFalse(self.panel._check_entitlement('tokens', 3).allowed)
