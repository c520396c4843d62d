from odoo.fields import Domain

from odoo.addons.tenant_billing.tests.common import BillingCase


class MeterCase(BillingCase):
    """A panel in Dhaka that runs since 1 January 2026, and meters of each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.make_plan(0, name="Free")
        cls.panel = cls('run_crons').running(cls.plan)
        cls.panel.external_id = 'clinic-7'
        cls.tokens = cls.make_meter('tokens', dimension_1='model', dimension_2='direction')
        cls.calls = cls.make_meter('calls', 'count')
        cls.peak = cls.make_meter('peak', 'max')
        cls.level = cls.make_meter('level', 'last')
        cls.users = cls.make_meter('users', 'unique', value_property='user')

    @classmethod
    def make_meter(cls, code, aggregation='sum', company=None, **values):
        return cls.env['tenant.meter'].create({
            'name': code.title(), 'code': code, 'aggregation': aggregation,
            'company_id': (company or cls.company).id, **values})

    def event(self, name, code='tokens', at='2026-01-01T05:00:00Z', panel=None, **values):
        """An event of a meter; what is no attribute of events is its data."""
        attributes = {
            key: values.pop(key) for key in ('source', 'subject', 'reverses', 'replaces')
            if key in values}
        return {
            'specversion': '1.0', 'id': name, 'source': 'app', 'type': code, 'time': at,
            'subject': str((panel or self.panel).id), 'data': values, **attributes}

    def ingest(self, *events, domain=Domain.TRUE, pricer=None):
        return self.env['tenant.usage.event']._ingest(list(events), domain, pricer)

    def told(self, *events, **options):
        """Verdicts in short: accepted, duplicate, or a code."""
        return [verdict.get('code', verdict['verdict'])
                for verdict in self.ingest(*events, **options)]

    def totals(self, meter, start='2026-01-01', end='2027-01-01', panel=None):
        return self.env['tenant.usage.total']._of(
            panel or self.panel, self.day(start), self.day(end), meter)

    def total(self, meter, name='value', **span):
        """One figure over all groups; None where nothing was used."""
        rows = self.totals(meter, **span)
        self.assertLessEqual(len(rows), 1, rows)
        found = rows[0][name] if rows else None
        return found if found is None else float(found)

    def assertTotalsRight(self):
        self.assertEqual(self.env['tenant.usage.total']._different(), [])
