from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from psycopg2 import IntegrityError

from odoo.addons.tenant_billing.tests.metering.metering import MeterCase


@tagged('post_install', '-at_install')
class TestUsageKeeping(MeterCase):
    """Tables by month of arrival, how long they are kept, and what is erased."""

    def make_world(self):
        super().make_world()
        self.usage = self.env['tenant.usage.event']
        self.env['res.company'].with_context(active_test=False).search([]).write({
            'tenant_usage_age_days': 60, 'tenant_usage_keep_days': 90,
            'tenant_usage_key_days': 120})

    def tables(self):
        return sorted(
            name.removeprefix('tenant_usage_raw_') for name in self.usage._partitions()
            if name < 'tenant_usage_raw_2026_11' or 'default' in name)  # made when installed

    def in_table(self, name):
        self.env.cr.execute(f'SELECT count(*) FROM tenant_usage_raw_{name}')
        return self.env.cr.fetchone()[0]

    def alarms(self):
        self.run_cron('cron_audit')
        return self.env['tenant.billing.audit'].search(
            [('check_name', '=', 'usage_tables')]).mapped('message')

    def test_tables_are_made_ahead(self):
        for _again in range(2):
            self.run_cron('cron_keep_usage')
            self.assertEqual(self.tables(), ['2026_01', '2026_02', '2026_03', 'default'])
        self.ingest(self.event('e1', 'calls'))
        self.assertEqual((self.in_table('2026_01'), self.in_table('default')), (1, 0))
        self.assertEqual(self.alarms(), [])

    def test_catch_all_alarms_and_is_emptied(self):
        self.ingest(self.event('e1', 'calls'), self.event('e2', 'calls'))
        self.assertEqual(self.in_table('default'), 2)
        self.assertEqual(self.alarms(), [
            "2 usage events lie in the catch-all table, for their month has none. Run the "
            "scheduled action \"Billing: keep usage tables\"."])
        self.run_cron('cron_keep_usage')
        self.assertEqual((self.in_table('2026_01'), self.in_table('default')), (2, 0))
        self.assertEqual(self.alarms(), [])
        self.assertEqual(self.total(self.calls, 'events'), 2)
        self.assertTotalsRight()

    def live_a_year(self):
        """Two events a month that arrive in it, and one that is late."""
        for month in range(1, 9):
            self.set_clock(f'2026-{month:02}-20')
            self.run_cron('cron_keep_usage')
            late = fields.Datetime.now() - timedelta(days=30)
            self.ingest(
                self.event(f'a{month}', at=f'2026-{month:02}-15T05:00:00Z', value=month),
                self.event(f'p{month}', 'peak', f'2026-{month:02}-15T05:00:00Z', value=month),
                *[self.event(f'b{month}', at=f'{late.isoformat()}Z', value=100)] * (month > 1))

    def test_old_tables_are_let_go_and_totals_stay(self):
        self.live_a_year()
        self.assertEqual(self.tables(), [
            '2026_05', '2026_06', '2026_07', '2026_08', '2026_09', '2026_10', 'default'])
        self.assertEqual(self.usage.search_count([]), 3 * 4)
        self.assertEqual(self.total(self.tokens), sum(range(1, 9)) + 700)
        for month in range(1, 9):
            span = {'start': f'2026-{month:02}-01', 'end': f'2026-{month + 1:02}-01'}
            self.assertEqual(self.total(self.peak, 'maximum', **span), month)
        self.assertTotalsRight()
        self.assertEqual(set(self.env['tenant.usage.total'].search(
            [('day', '<', '2026-04-01')]).mapped('kind')), {'kept'})
        self.run_cron('cron_fold_usage')
        self.assertEqual(self.total(self.tokens), sum(range(1, 9)) + 700)

    def test_nothing_is_let_go_while_totals_are_wrong(self):
        self.run_cron('cron_keep_usage')
        self.ingest(self.event('e1', 'calls'))
        self.env.cr.execute("UPDATE tenant_usage_total SET events = 2")
        self.set_clock('2026-06-20')
        with self.assertLogs('odoo.addons.tenant_billing', 'ERROR'):
            self.run_cron('cron_keep_usage')
        self.assertIn('2026_01', self.tables())

    def test_what_is_gone_can_be_corrected_no_more(self):
        self.live_a_year()
        self.assertEqual(
            self.told(self.event('r1', at='2026-08-19T05:00:00Z', reverses='a2'),
                      self.event('r2', at='2026-08-19T05:00:00Z', reverses='a7')),
            ['unknown_original', 'accepted'])

    def test_keys_outlive_the_events(self):
        self.run_cron('cron_keep_usage')
        sent = self.event('e1', 'calls')
        self.ingest(sent)
        for day, code in (('2026-04-30', 'duplicate'), ('2026-05-02', 'too_old')):
            self.set_clock(day)
            self.run_cron('cron_keep_usage')
            self.assertEqual(self.told(sent), [code])

    def test_keys_must_outlive_what_is_accepted(self):
        for values in (
            {'tenant_usage_key_days': 60, 'tenant_usage_keep_days': 30},
            {'tenant_usage_age_days': 120}, {'tenant_usage_keep_days': 121},
            {'tenant_usage_age_days': 0}, {'tenant_usage_keep_days': 0},
        ):
            with self.subTest(values), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.company.write(values)
                self.env.flush_all()

    def test_the_longest_company_counts(self):
        self.make_company("Meghna Hosting").write(
            {'tenant_usage_keep_days': 400, 'tenant_usage_key_days': 500})
        self.assertEqual(str(self.usage._kept_since('tenant_usage_keep_days')), '2024-11-27')

    def test_uninstalling_leaves_no_table(self):
        savepoint = self.env.cr.savepoint()
        self.usage._drop_tables()
        of_models = {model._table for model in self.env.values() if model._auto}
        self.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'tenant_usage%'"
            " UNION SELECT sequencename FROM pg_sequences WHERE sequencename LIKE 'tenant_usage%'")
        self.assertEqual(
            {name for name, in self.env.cr.fetchall()
             if name.removesuffix('_id_seq') not in of_models}, set())
        savepoint.close(rollback=True)

    def test_a_person_is_erased_and_no_figure_changes(self):
        self.ingest(
            self.event('e1', value=1, model='pro', user='Karim', note='a'),
            self.event('e2', value=2, user='Nila'), self.event('e3', 'users', user='Karim'))
        before = self.totals(self.tokens), self.totals(self.users)
        self.assertEqual(self.panel.action_erase_usage('user', 'Karim'), 2)
        self.assertEqual(
            [event.data for event in self.usage.search([], order='id')],
            [{'model': 'pro', 'note': 'a'}, {'user': 'Nila'}, {}])
        self.assertEqual((self.totals(self.tokens), self.totals(self.users)), before)
        self.assertTotalsRight()
        self.assertEqual(self.told(self.event('e3', 'users', user='Karim')), ['duplicate'])
        self.assertEqual(self.panel.action_erase_usage('user'), 1)
        self.assertEqual(self.panel.action_erase_usage('user'), 0)
        trail = self.env['tenant.billing.event'].search([('event', '=', 'erase_usage')], limit=1)
        self.assertEqual(trail.facts, {'property': 'user'})
        with self.assertRaisesRegex(UserError, "Usage is grouped by model"):
            self.panel.action_erase_usage('model', 'pro')
