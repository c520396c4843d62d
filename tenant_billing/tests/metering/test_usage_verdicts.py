from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.metering.metering import MeterCase


@tagged('post_install', '-at_install')
class TestUsageVerdicts(MeterCase):
    """R20, R25, R29a: what the door answers to each event, whatever else is in the call."""

    def make_world(self):
        super().make_world()
        self.env['tenant.usage.event']._make_function()  # as the code has it today

    def test_an_event_counts_once(self):
        sent = [self.event('e1', value=5, model='pro'), self.event('e2', value='2.5', model='pro')]
        self.assertEqual(self.told(*sent), ['accepted', 'accepted'])
        for _again in range(2):
            self.assertEqual(self.told(*sent), ['duplicate', 'duplicate'])
            self.assertEqual(self.total(self.tokens), 7.5)
        new = [self.event(name, value=2, model='pro') for name in ('e0', 'e3')]
        self.assertEqual(
            self.told(new[0], *sent, new[1]), ['accepted', 'duplicate', 'duplicate', 'accepted'])
        self.assertEqual(self.total(self.tokens), 11.5)
        self.assertTotalsRight()

    def test_a_bad_event_costs_the_good_ones_nothing(self):
        verdicts = self.ingest(
            self.event('e1', value=1), None, self.event('e2', value='much'),
            self.event('e3', 'nothing'), self.event('e4', value=-1), self.event('e1', value=1),
            self.event('e5', value=2))
        self.assertEqual([verdict['verdict'] for verdict in verdicts], [
            'accepted', 'rejected', 'rejected', 'rejected', 'rejected', 'duplicate', 'accepted'])
        self.assertEqual(verdicts[2], {
            'verdict': 'rejected', 'code': 'invalid_value',
            'message': "value must be a number."})
        self.assertEqual(verdicts[5], {'verdict': 'duplicate'})
        self.assertEqual(self.total(self.tokens), 3)

    def test_the_first_of_a_key_stays(self):
        self.assertEqual(
            self.told(self.event('e1', value=1), self.event('e1', value=2)),
            ['accepted', 'payload_differs'])
        self.assertEqual(
            self.told(self.event('e1', value=3), self.event('e1', value='1.0')),
            ['payload_differs', 'duplicate'])
        self.assertEqual(self.total(self.tokens), 1)

    def test_the_same_event_said_otherwise(self):
        self.ingest(self.event('e1', value=1))
        for other in (
            self.event('e1', value=1.0), self.event('e1', value='1.00'),
            self.event('e1', at='2026-01-01T11:00:00+06:00', value=1),
            self.event('e1', value=1, subject='ext:clinic-7'),
        ):
            self.assertEqual(self.ingest(other), [{'verdict': 'duplicate'}])
        for other in (
            self.event('e1', at='2026-01-01T05:00:01Z', value=1),
            self.event('e1', value=1, model='pro'), self.event('e1', 'calls'),
        ):
            self.assertEqual(self.told(other), ['payload_differs'])

    def test_keys_of_sources_and_panels_are_their_own(self):
        other = self.running(self.plan, name="Other")
        self.assertEqual(self.told(
            self.event('e1', value=1), self.event('e1', value=1, source='b'),
            self.event('e1', value=1, panel=other)), ['accepted'] * 3)
        self.assertEqual(self.total(self.tokens), 2)
        self.assertEqual(self.total(self.tokens, panel=other), 1)

    def test_a_refused_event_burns_no_key(self):
        self.assertEqual(
            self.told(self.event('e1', value=-1), self.event('e1', value=1)),
            ['negative_value', 'accepted'])
        self.assertEqual(self.told(self.event('e2', 'later')), ['unknown_meter'])
        self.make_meter('later', 'count')
        self.assertEqual(self.told(self.event('e2', 'later')), ['accepted'])

    def test_the_key_is_looked_at_first(self):
        """R29a: what was taken once is a duplicate for ever, whatever else is wrong by now."""
        sent = self.event('e1', value=1)
        self.ingest(sent)
        self.set_clock('2026-04-01')
        self.assertEqual(self.ingest(sent), [{'verdict': 'duplicate'}])
        self.assertEqual(self.told({**sent, 'id': 'e2'}), ['too_old'])
        self.assertEqual(
            self.told(self.event('e1', value=-1), self.event('e1', 'nothing')),
            ['payload_differs', 'payload_differs'])

    def test_whose_panel_it_is(self):
        other = self.running(self.make_plan(
            0, company=self.make_company("Meghna Hosting")), name="Other")
        own = Domain('company_id', '=', self.company.id)
        self.running(self.plan, name="Second")  # an event without a subject could be of either
        for number, (subject, code) in enumerate((
            (str(self.panel.id), 'accepted'), ('ext:clinic-7', 'accepted'),
            (str(other.id), 'unknown_panel'), ('ext:', 'unknown_panel'), ('0', 'unknown_panel'),
            ('9' * 30, 'unknown_panel'), ('ext:\0', 'unknown_panel'), ('', 'unknown_panel'),
            (f'0{self.panel.id}', 'unknown_panel'), (None, 'unknown_panel'),
        )):
            with self.subTest(subject):
                self.assertEqual(
                    self.told(self.event(f'e{number}', 'calls', subject=subject), domain=own),
                    [code])
        self.assertEqual(
            self.told(self.event('alone', 'calls', subject=None),
                      domain=Domain('id', '=', self.panel.id)), ['accepted'])

    def test_one_name_in_two_companies_means_neither(self):
        other = self.running(self.make_plan(
            0, company=self.make_company("Meghna Hosting")), external_id='clinic-7')
        self.assertEqual(
            self.told(self.event('e1', 'calls', subject='ext:clinic-7')), ['unknown_panel'])
        own = Domain('company_id', '=', other.company_id.id)
        self.make_meter('calls', 'count', company=other.company_id)
        self.assertEqual(self.told(
            self.event('e1', 'calls', subject='ext:clinic-7'), domain=own), ['accepted'])

    def test_too_late_and_too_early_to_the_second(self):
        now = fields.Datetime.now()

        def at(**distance):
            moment = now + timedelta(**distance)
            return f'{moment.isoformat(timespec="microseconds")}Z'
        self.set_clock('2026-12-01')
        now = fields.Datetime.now()
        limit = self.company.tenant_usage_age_days
        self.assertEqual(self.told(
            self.event('e1', 'calls', at(seconds=300)),
            self.event('e2', 'calls', at(seconds=300, microseconds=1)),
            self.event('e3', 'calls', at(days=-limit)),
            self.event('e4', 'calls', at(days=-limit, microseconds=-1)),
        ), ['accepted', 'in_the_future', 'accepted', 'too_old'])

    def test_service_of_the_panel(self):
        """R25: the state refuses nothing, the dates of service do. Midnight in Dhaka is 18:00."""
        self.company.tenant_usage_age_days = 400
        self.company.tenant_usage_key_days = 500
        self.assertEqual(self.told(
            self.event('e1', 'calls', '2025-12-31T17:59:59Z'),
            self.event('e2', 'calls', '2025-12-31T18:00:00Z')), ['no_service', 'accepted'])
        self.set_clock('2026-01-10')
        self.panel.action_hold('abuse', "Spam")
        self.assertEqual(self.told(self.event('e3', 'calls', '2026-01-10T05:00:00Z')), ['accepted'])
        self.panel.action_close("Gone")
        self.set_clock('2026-01-12')
        self.assertEqual(self.told(
            self.event('e4', 'calls', '2026-01-10T17:59:59Z'),
            self.event('e5', 'calls', '2026-01-10T18:00:00Z')), ['accepted', 'no_service'])

    def test_after_the_cancelled_service(self):
        self.panel.action_cancel()
        self.assertEqual(str(self.panel.service_end), '2026-02-01')
        self.set_clock('2026-02-02')
        self.assertEqual(self.told(
            self.event('e1', 'calls', '2026-01-31T17:59:59Z'),
            self.event('e2', 'calls', '2026-01-31T18:00:00Z')), ['accepted', 'no_service'])

    def test_a_panel_that_has_not_begun(self):
        panel = self.order(self.make_plan(10), name="New")
        self.assertEqual(self.told(self.event('e1', 'calls', panel=panel)), ['no_service'])

    def test_text_of_any_kind_is_kept_as_it_is(self):
        for number, text in enumerate(('a"b', 'a\\b', "a'b", '{a,b}', 'NULL', ' ', 'é 漢 😀',
                                       '%s', '\x01', '\\u0000', "\n\t")):
            event = self.event(f'{text}{number}', value=1, model=text, source=f's{text}', n=text)
            self.assertEqual(self.told(event), ['accepted'], text)
        kept = self.env['tenant.usage.event'].search([], limit=1, order='id desc')
        self.assertEqual(
            (kept.external_id, kept.source, kept.dimension_1, kept.data['n']),
            ("\n\t10", "s\n\t", "\n\t", "\n\t"))
        self.assertEqual(len(self.totals(self.tokens)), 11)
        self.assertTotalsRight()

    def test_prices_of_single_events_go_with_them(self):
        def pricer(events):
            return [event._replace(amount='0.25', tier='small') for event in events]
        self.ingest(self.event('e1', value=1), self.event('e2', value=1), pricer=pricer)
        row, = self.totals(self.tokens)
        self.assertEqual((row['tier'], float(row['amount'])), ('small', 0.5))
        self.ingest(self.event('r1', reverses='e1'), pricer=pricer)
        rows = {
            row['tier']: (row['events'], float(row['amount'])) for row in self.totals(self.tokens)}
        self.assertEqual(rows, {'small': (2, 0.5), 'small/reversed': (-1, -0.25)})
        self.assertTotalsRight()

    def test_usage_seen_in_this_database(self):
        self.panel._record_usage('tokens', 2.5, model='pro')
        self.panel._record_usage('calls')
        self.panel._record_usage('users', 'Karim')
        self.assertEqual(self.total(self.tokens), 2.5)
        self.assertEqual(self.total(self.calls, 'events'), 1)
        self.assertEqual(self.total(self.users, 'members'), 1)
        with self.assertRaisesRegex(
                UserError, "Usage of Panel was not recorded: There is no meter of this type."):
            self.panel._record_usage('nothing')

    def test_many_events_take_few_queries(self):
        def queries(count, prefix):
            events = [self.event(f'{prefix}{n}', value=n) for n in range(count)]
            before = self.env.cr.sql_log_count
            self.ingest(*events)
            return self.env.cr.sql_log_count - before
        queries(1, 'warm')
        self.assertEqual(queries(200, 'many'), queries(2, 'few'))
        self.assertLessEqual(queries(200, 'more'), 4)  # panels, meters, prices, storing
