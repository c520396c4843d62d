from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.metering.metering import MeterCase


@tagged('post_install', '-at_install')
class TestUsageCorrections(MeterCase):
    """R22: what was told wrongly is taken back or replaced by events that say so."""

    def make_world(self):
        super().make_world()
        self.ingest(self.event('e1', value=12000, model='pro'), self.event('e2', value=3))

    def figures(self):
        return {row['dimension_1']: (row['events'], float(row['value']))
                for row in self.totals(self.tokens)}

    def test_a_reversal_is_the_exact_negative_at_the_same_hour(self):
        self.set_clock('2026-01-05')
        self.assertEqual(
            self.told(self.event('r1', at='2026-01-05T03:00:00Z', reverses='e1')), ['accepted'])
        self.assertEqual(self.figures(), {'pro': (0, 0.0), '': (1, 3.0)})
        row = self.env['tenant.usage.event'].search([('external_id', '=', 'r1')])
        self.assertEqual(
            (row.sign, row.value, row.dimension_1, str(row.time), row.hour,
             row.corrects_id.external_id),
            (-1, -12000, 'pro', '2026-01-01 05:00:00', '2026-01-01 11:00', 'e1'))
        self.assertTotalsRight()

    def test_a_replacement_is_both(self):
        sent = self.event('n1', at='2026-01-01T05:30:00Z', value=4000, model='pro', replaces='e1')
        self.assertEqual(self.told(sent), ['accepted'])
        self.assertEqual(self.told(sent), ['duplicate'])
        self.assertEqual(self.figures()['pro'], (1, 4000.0))
        rows = self.env['tenant.usage.event'].search([('external_id', '=', 'n1')])
        self.assertEqual(sorted(rows.mapped('value')), [-12000, 4000])
        self.assertEqual(set(rows.mapped('time')), set(
            self.env['tenant.usage.event'].search([('external_id', '=', 'e1')]).mapped('time')))
        self.assertTotalsRight()

    def test_reversed_first_and_then_replaced(self):
        self.assertEqual(self.told(
            self.event('r1', reverses='e1'),
            self.event('n1', value=4000, model='pro', replaces='e1'),
            self.event('n2', value=5000, model='pro', replaces='e1')),
            ['accepted', 'accepted', 'already_reversed'])
        self.assertEqual(self.figures()['pro'], (1, 4000.0))

    def test_once_only(self):
        self.assertEqual(self.told(
            self.event('r1', reverses='e1'), self.event('r2', reverses='e1'),
            self.event('r3', reverses='r1'), self.event('r1', reverses='e1')),
            ['accepted', 'already_reversed', 'is_reversal', 'duplicate'])
        self.assertEqual(self.told(self.event('r2', reverses='e1')), ['already_reversed'])
        self.assertEqual(self.told(self.event('r1', reverses='e2')), ['payload_differs'])
        self.assertEqual(self.figures()['pro'], (0, 0.0))

    def test_what_is_not_there_cannot_be_corrected(self):
        other = self.running(self.plan, name="Other")
        for sent in (
            self.event('r1', reverses='e9'), self.event('r1', reverses='e1', source='b'),
            self.event('r1', reverses='e1', panel=other), self.event('r1', 'calls', reverses='e1'),
            self.event('r1', reverses=None), self.event('r1', reverses=['e1']),
            self.event('r1', reverses='r1'), self.event('r1', reverses='\ud800'),
            self.event('r1', replaces='e9', value='much'),
        ):
            self.assertEqual(self.told(sent), ['unknown_original'])
        self.assertEqual(self.told(self.event('e9', value=1)), ['accepted'])
        self.assertEqual(self.told(self.event('r1', reverses='e9')), ['accepted'])

    def test_a_correction_beside_its_original(self):
        """In one call the order does not matter, so that the same call twice changes nothing."""
        batch = [
            self.event('r3', reverses='n3'), self.event('n3', value=7, replaces='e3'),
            self.event('e3', value=9)]
        self.assertEqual(self.told(*batch), ['accepted'] * 3)
        self.assertEqual(self.told(*batch), ['duplicate'] * 3)
        self.assertEqual(self.figures()[''], (1, 3.0))
        self.assertTotalsRight()

    def test_corrections_that_name_each_other(self):
        batch = [self.event('a', reverses='b'), self.event('b', reverses='a')]
        for _again in range(2):
            self.assertEqual(self.told(*batch), ['unknown_original'] * 2)

    def test_its_own_time_serves_age_and_future_alone(self):
        self.set_clock('2026-02-25')
        self.panel.action_close("Gone")
        self.set_clock('2026-03-20')
        self.assertEqual(self.told(
            self.event('r1', at='2026-03-20T06:10:00Z', reverses='e1'),
            self.event('r2', at='2026-01-01T05:00:00Z', reverses='e1'),
            self.event('r3', at='2026-03-20T05:00:00Z', reverses='e1')),
            ['in_the_future', 'too_old', 'accepted'])

    def test_a_replacement_must_be_right_itself(self):
        self.assertEqual(self.told(
            self.event('n1', value=-4, replaces='e1'), self.event('n1', replaces='e1')),
            ['negative_value', 'invalid_value'])
        self.assertEqual(self.figures()['pro'], (1, 12000.0))

    def test_a_reversed_level_counts_as_never_sent(self):
        """max, last and unique are counted again from the events."""
        self.ingest(
            self.event('m1', 'peak', value=7), self.event('m2', 'peak', value=9),
            self.event('l1', 'level', value=4), self.event('l2', 'level', value=2, source='b'),
            self.event('u1', 'users', user='Karim'), self.event('u2', 'users', user='Nila'),
            self.event('u3', 'users', user='Karim'))

        def figures():
            return (self.total(self.peak, 'maximum'), self.total(self.level, 'latest'),
                    self.total(self.users, 'members'))
        self.assertEqual(figures(), (9, 2, 2))
        self.assertEqual(self.told(
            self.event('r1', 'peak', reverses='m2'),
            self.event('r2', 'level', reverses='l2', source='b'),
            self.event('r3', 'users', reverses='u1')), ['accepted'] * 3)
        self.assertEqual(figures(), (7, 4, 2))
        self.ingest(self.event('r4', 'users', reverses='u3'),
                    self.event('n1', 'peak', value=8, replaces='m1'))
        self.assertEqual(figures(), (8, 4, 1))
        self.assertTotalsRight()

    def test_the_last_of_one_instant_is_the_greater_source_then_id(self):
        """R29b"""
        self.ingest(*[
            self.event(name, 'level', value=value, source=source)
            for name, source, value in (('z', 'a', 1), ('a', 'b', 2), ('b', 'b', 3), ('c', 'ab', 4))
        ])
        self.assertEqual(self.total(self.level, 'latest'), 3)
        self.env['tenant.usage.total']._fold()
        self.ingest(self.event('zz', 'level', '2026-01-01T05:00:00.000001Z', value=5, source='a'))
        self.assertEqual(self.total(self.level, 'latest'), 5)
        self.assertTotalsRight()

    def test_many_corrections_take_few_queries(self):
        self.ingest(*[self.event(f'o{n}', value=n) for n in range(100)])

        def queries(first, last):
            before = self.env.cr.sql_log_count
            self.ingest(*[
                self.event(f'r{n}', reverses=f'o{n}') for n in range(first, last)])
            return self.env.cr.sql_log_count - before
        self.assertEqual(queries(0, 90), queries(90, 92))
