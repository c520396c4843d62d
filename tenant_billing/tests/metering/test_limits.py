from decimal import Decimal
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.tenant_billing.engine.usage_limits import LIMIT_REACHED
from odoo.addons.tenant_billing.tests.metering.metering import MeterCase


@tagged('post_install', '-at_install')
class TestLimits(MeterCase):
    """R24: what a plan version allows in a period, and what happens to usage beyond it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.storage = cls.make_meter('storage', 'weighted', dimension_1='disk')
        cls.limited = cls.make_plan(0, name="Limited", entitlement_ids=[
            cls.entitled('sso', value="SAML"), cls.entitled('export', is_on=False),
            cls.entitled('tokens', cls.tokens, 100, 'hard'),
            cls.entitled('calls', cls.calls, 3, 'hard'),
            cls.entitled('fair-use', cls.tokens, 50), cls.entitled('peak', cls.peak, 10),
            cls.entitled('level', cls.level, 10), cls.entitled('users', cls.users, 2),
            cls.entitled('storage', cls.storage, 20)])
        cls.unlimited, cls.panel = cls.panel, cls('run_crons').running(cls.limited)

    @classmethod
    def entitled(cls, code, meter=None, quantity=0, kind=None, **values):
        return Command.create({
            'name': code.title(), 'code': code, 'quantity': quantity,
            'kind': kind or ('soft' if meter else 'feature'),
            'meter_id': meter.id if meter else False, **values})

    def limit(self, code):
        return next(limit for limit in self.panel._limits() if limit.code == code)

    def figures(self, code):
        found = self.limit(code)
        return float(found.used), float(found.remaining), found.percent, found.status

    def refusals(self):
        return [(row.meter_id.code, row.code, row.hour, row.events, row.quantity, row.last_id)
                for row in self.env['tenant.usage.refusal'].search(
                    [('panel_id', '=', self.panel.id)], order='id')]

    # === HARD LIMITS === #

    def test_r24_usage_beyond_a_hard_limit_is_refused(self):
        self.assertEqual(
            self.told(self.event('e1', value=60), self.event('e2', value=50),
                      self.event('e3', value=40, model='pro'), self.event('e4', value='0.01')),
            ['accepted', 'limit_reached', 'accepted', 'limit_reached'])
        self.assertEqual(self.told(self.event('e5', value=0)), ['accepted'])
        verdict, = self.ingest(self.event('e6', value=1))
        self.assertEqual(verdict, {
            'verdict': 'rejected', 'code': 'limit_reached', 'message': LIMIT_REACHED.message})
        self.assertEqual(self.figures('tokens'), (100, 0, 100, 'limit_reached'))
        self.assertEqual(self.refusals(), [
            ('tokens', 'limit_reached', '2026-01-01 11:00', 3, 51.01, 'e6')])
        self.assertTotalsRight()

    def test_r24_a_meter_that_counts_events(self):
        calls = [self.event(f'c{number}', 'calls') for number in range(5)]
        self.assertEqual(self.told(*calls), ['accepted'] * 3 + ['limit_reached'] * 2)
        self.assertEqual(self.told(*calls), ['duplicate'] * 3 + ['limit_reached'] * 2)

    def test_r24_a_known_event_takes_no_room(self):
        first, second = self.event('e1', value=30), self.event('e2', value=30)
        self.ingest(first, second)
        self.assertEqual(
            self.told(first, self.event('e3', value=40), self.event('e1', value=5), second),
            ['duplicate', 'accepted', 'payload_differs', 'duplicate'])
        self.assertEqual(self.told(first, self.event('e4', value=1)), [
            'duplicate', 'limit_reached'])

    def test_r24_one_key_twice_in_a_call_does_not_pass(self):
        for sent in ([200, 200], [200, 1], [60, 60]):
            told = self.told(*(self.event('same', value=value) for value in sent))
            self.assertEqual(told, ['limit_reached'] * 2 if sent[0] == 200 else [
                'accepted', 'duplicate'])
        self.assertEqual(self.figures('tokens')[0], 60)

    def test_r24_a_correction_frees_room_at_once(self):
        late = self.event('e2', value=40)
        self.assertEqual(self.told(self.event('e1', value=90), late), [
            'accepted', 'limit_reached'])
        self.assertEqual(self.told(self.event('r1', value=55, replaces='e1')), ['accepted'])
        self.assertEqual(self.told(late), ['accepted'])  # what was refused burnt no key
        self.assertEqual(self.told(self.event('e3', value=6)), ['limit_reached'])
        self.assertEqual(self.told(self.event('r2', reverses='e2')), ['accepted'])
        self.assertEqual(self.told(self.event('e4', value=45)), ['accepted'])
        self.assertEqual(self.figures('tokens')[0], 100)

    def test_r24_corrections_and_late_events_are_never_refused(self):
        self.ingest(self.event('e1', value=100))
        self.assertEqual(self.told(self.event('r1', value=500, replaces='e1')), ['accepted'])
        self.assertEqual(self.told(self.event('e2', value=1)), ['limit_reached'])
        self.set_clock('2026-02-03')
        self.assertEqual(
            self.told(self.event('late', value=70),
                      self.event('new', at='2026-02-02T05:00:00Z', value=100),
                      self.event('more', at='2026-02-03T05:00:00Z', value=1)),
            ['accepted', 'accepted', 'limit_reached'])
        self.assertEqual(self.figures('tokens')[0], 100)
        self.assertEqual(self.total(self.tokens, end='2026-02-01'), 570)

    def test_r24_what_was_used_before_is_counted(self):
        """A running total begins with what the totals say, and is not believed blindly."""
        self.ingest(self.event('e1', value=70))
        self.env.cr.execute("DELETE FROM tenant_usage_running")
        self.assertEqual(self.told(self.event('e2', value=31)), ['limit_reached'])
        audit = self.env['tenant.billing.audit']
        self.assertEqual(list(audit._check_usage_running()), [])
        self.env.cr.execute("UPDATE tenant_usage_running SET used = 7 WHERE meter_id = %s",
                            [self.tokens.id])
        self.assertEqual(list(audit._check_usage_running()), [(
            self.panel, "The running total of tokens, on which its limit is decided, is not what "
            "was used.")])

    def test_r24_a_plan_version_brings_its_own_limits(self):
        self.ingest(self.event('e1', value=100))
        more = self.make_version(self.limited, 0, publish=False, notice_days=0, entitlement_ids=[
            self.entitled('tokens', self.tokens, 150, 'hard')])
        more.action_publish()
        self.set_clock('2026-02-01')
        self.run_crons('cron_renew')
        self.assertEqual(
            self.told(self.event('e2', at='2026-02-01T05:00:00Z', value=150),
                      self.event('e3', at='2026-02-01T05:00:00Z', value=1)),
            ['accepted', 'limit_reached'])
        self.assertEqual([limit.code for limit in self.panel._limits()], ['tokens'])

    def test_a_panel_is_limited_until_its_last_day_with_limits(self):
        self.make_version(self.limited, 0, notice_days=0)
        self.set_clock('2026-01-25')
        self.run_crons('cron_renew')
        self.assertEqual(self.panel.subscription_ids.mapped('date_to'), [
            False, self.day('2026-02-01')])
        self.env['tenant.usage.event']._cron_keep()
        self.assertTrue(self.panel.is_limited)
        self.set_clock('2026-02-01')
        self.env['tenant.usage.event']._cron_keep()
        self.assertFalse(self.panel.is_limited)

    def test_r24_recorded_from_inside(self):
        self.panel._record_usage('tokens', 100)
        with self.assertRaises(UserError) as refused:
            self.panel._record_usage('tokens', 1)
        self.assertEqual(str(refused.exception),
                         "Usage of Panel was not recorded: " + LIMIT_REACHED.message)

    def test_numbers_of_fifty_digits_are_added_exactly(self):
        least = '0.' + '0' * 29 + '1'
        self.assertEqual(
            self.told(self.event('e1', value='99.' + '9' * 30), self.event('e2', value=least),
                      self.event('e3', value=least)),
            ['accepted', 'accepted', 'limit_reached'])
        self.assertEqual(list(self.env['tenant.billing.audit']._check_usage_running()), [])

    def test_panels_without_limits_are_looked_up_no_further(self):
        usage = self.registry['tenant.usage.event']
        self.assertEqual((self.panel.is_limited, self.unlimited.is_limited), (True, False))
        with patch.object(usage, '_lock_running', side_effect=AssertionError):
            self.told(self.event('e1', panel=self.unlimited, value=10**6))
            self.told(self.event('e2', 'peak', value=5))  # nor meters without a hard limit
        before = self.env.cr.sql_log_count
        self.assertIsNone(self.env['tenant.usage.event']._guard(
            *self._read([self.event('e3', panel=self.unlimited, value=1)])))
        reader = self.env.cr.sql_log_count - before
        self.assertEqual(reader, 2)  # panels and meters, as without limits

    def _read(self, batch):
        reader = self.env['tenant.usage.event']._reader(batch, [(1, '=', 1)])
        return [reader.read_event(event) for event in batch], reader.panels.values()

    # === WHAT IS TOLD === #

    def test_what_is_used_by_each_kind_of_meter(self):
        self.ingest(
            self.event('t1', value=40), self.event('t2', value=0.5, model='pro'),
            self.event('c1', 'calls'), self.event('p1', 'peak', value=12),
            self.event('p2', 'peak', value=3), self.event('l1', 'level', value=9),
            self.event('l2', 'level', at='2026-01-01T05:10:00Z', value=8),
            self.event('u1', 'users', user="Karim"), self.event('u2', 'users', user="Karim"),
            self.event('s1', 'storage', value=11, disk='a'),
            self.event('s2', 'storage', value=4, disk='b'))
        for code, told in {
            'tokens': (40.5, 59.5, 40, 'active'), 'fair-use': (40.5, 9.5, 81, 'warning'),
            'calls': (1, 2, 33, 'active'), 'peak': (12, 0, 120, 'limit_reached'),
            'level': (8, 2, 80, 'warning'), 'users': (1, 1, 50, 'active'),
            'storage': (15, 5, 75, 'active'),
        }.items():
            with self.subTest(code):
                self.assertEqual(self.figures(code), told)
        self.assertEqual(str(self.limit('tokens').resets_at), '2026-01-31 18:00:00')

    def test_check_entitlement(self):
        self.ingest(self.event('t1', value=90))
        for code, quantity, allowed in (
            ('tokens', 10, True), ('tokens', 11, False), ('tokens', '10.01', False),
            ('tokens', 0, True), ('calls', 3, True), ('calls', 4, False),
            ('fair-use', 10**6, True), ('sso', 1, True), ('export', 1, False),
        ):
            with self.subTest(code, quantity=quantity):
                self.assertEqual(
                    self.panel._check_entitlement(code, quantity).allowed, allowed)
        self.assertEqual(
            self.panel._check_entitlement('tokens')[4:8],
            (Decimal(90), Decimal(100), Decimal(10), 90))
        feature = self.panel._check_entitlement('sso')
        self.assertEqual((feature.value, feature.limit, feature.resets_at), ("SAML", None, None))
        self.assertIsNone(self.panel._check_entitlement('nonsense'))
        self.assertIsNone(self.unlimited._check_entitlement('tokens'))

    def test_the_form_shows_them(self):
        self.ingest(self.event('t1', value=90))
        text = str(self.panel.limits_text)
        for words in ("Tokens", "Hard limit", "90", "Limit reached", "SAML", "Off"):
            self.assertIn(words, text)
        self.assertIn("The plan sets no limits.", str(self.unlimited.limits_text))
