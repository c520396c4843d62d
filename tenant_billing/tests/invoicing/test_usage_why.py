from collections import defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage_world import UsageYearCase
from odoo.addons.tenant_billing.tests.invoicing.usage_year import BRACKETS, VERSIONS

INVOICED_AT = 6  # o'clock UTC: noon of the panel


@tagged('post_install', '-at_install')
class TestUsageWhy(UsageYearCase):
    """Law 7: each line of a year says why it is that much, from the events on."""

    def test_law_7_a_year_of_a_panel_that_grows(self):
        panel = self.running(self.make_plan(
            0, name="Free", lead_days=7, **self.charges(VERSIONS[0])))
        for month in range(1, 13):
            self.live_a_month(panel, month)
        self.bill(panel, '2027-01-25')
        lines = self.env['tenant.rated.line'].search([('panel_id', '=', panel.id)], order='id')
        for line in lines:
            with self.subTest(line.name):
                self.assertExplained(line)
        self.assertSumsUp(lines)
        kinds = {(line.move_id.move_type, line.charge.split('/')[-1]) for line in lines}
        for seen in ('calls', 'tokens', 'leads', 'peak', 'storage', 'true_up', 'cap'):
            self.assertIn(('out_invoice', seen), kinds)
        self.assertIn(('out_refund', 'leads'), kinds)
        plans = {line.charge.split('/')[0] for line in lines if line.kind == 'usage'}
        self.assertEqual(len(plans), 2)
        self.assertNothingLeft()

    def live_a_month(self, panel, month):
        """Ever more usage; an upgrade in March, no leads in June, a late day in July, corrections
        in October."""
        day = f'2026-{month:02}-{{:02}}'.format
        self.publish_versions(self.day(day(1)))
        self.use(panel, day(2), code='storage', value=str(100 + Decimal(month * 7) / 4))
        self.use(panel, day(5), month, hour=1)
        self.use(panel, day(9), 2, code='peak', value=month * 5)
        if month == 3:
            self.set_clock(day(10))
            panel.action_upgrade(self.plan.id)
            self.pay(panel)
        if month == 7:
            self.use(panel, '2026-05-31', 9, hour=23)
        if month == 10:
            self.take_back(panel, self.leads[0], 'leads')
            self.replace(panel, self.leads[1], 7_000)
        for model in ('mini', 'pro', 'vision'):
            self.use(panel, day(12), month, code='tokens', model=model, value=str(
                Decimal(month * 1001) / 8))
        names = [self.use(panel, day(20), code='leads', value=value)
                 for value in (4_999, 12_000, 50_000 + month) if month != 6]
        if month == 7:
            self.leads = names
        self.bill(panel, day(25))

    def bill(self, panel, day):
        self.set_clock(day)
        self.run_crons('cron_renew')
        self.pay(panel)

    def replace(self, panel, name, value):
        verdict, = self.env['tenant.usage.event']._ingest([{
            'id': f'mend-{name}', 'source': 'test', 'type': 'leads', 'subject': str(panel.id),
            'data': {'value': value}, 'replaces': name}])
        self.assertEqual(verdict['verdict'], 'accepted', verdict)

    # === THE EXPLANATION, RECOMPUTED === #

    def assertExplained(self, line):
        """The line's parts come to what the charge costs, and each follows from what was used."""
        exact = Fraction(0)
        for part in line.why:
            self.assertEqual(part['charge'], line.charge)
            amount = self.recomputed(line, part, exact)
            self.assertEqual(amount, Fraction(part['exact']), part)
            exact += amount
        cents = (exact * 100).limit_denominator(10**9)
        whole = Decimal(cents.numerator) / cents.denominator
        self.assertEqual(
            (whole.quantize(Decimal(1), ROUND_HALF_UP) / 100).normalize(),
            line._exact('rated').normalize())

    def recomputed(self, line, part, before):
        """The amount of a part: a plan's line from its sums, all else from the events."""
        if part['kind'] == 'true_up':
            return Fraction(part['minimum']) - Fraction(part['cost'])
        if part['kind'] == 'cap':
            return Fraction(part['maximum']) - Fraction(part['cost'])
        self.assertEqual(part['kind'], 'usage')
        if part['model'] == 'bracket':
            return self.by_brackets(line, part)
        used = self.used(line, part)
        if used is not None:
            self.assertEqual(Fraction(part['measured']), used, part)
        included = min(Fraction(part['quantity']), Fraction(part['included']))
        self.assertEqual(Fraction(part['included_used']), included)
        steps = part['steps']
        self.assertEqual(
            sum(Fraction(step['quantity']) for step in steps),
            Fraction(part['quantity']) - included)
        return sum((
            Fraction(step['quantity']) * Fraction(step['unit_price']) / Fraction(step['per'])
            for step in steps), Fraction(0))

    def by_brackets(self, line, part):
        """Each event by its own value; the price is the charge's first bracket to the hundred."""
        row = self.env['tenant.rate.card'].browse(int(part['row']))
        factor = Fraction(str(row.tier_ids.sorted('upper')[1].flat)) / BRACKETS[0][1]
        events = self.events(line, part)
        self.assertEqual(sum(abs(step['count']) for step in part['steps']), len(events))
        return sum((
            event.sign * factor * next(
                amount for bound, amount in BRACKETS if not bound or abs(event.value) < bound)
            for event in events), Fraction(0))

    def used(self, line, part):
        """The quantity, counted from the events that were there when the line was made; None for
        levels, which another test integrates."""
        events = self.events(line, part)
        if part['meter'] == 'storage':
            return None
        if part['meter'] == 'peak':
            taken = set(events.filtered(lambda e: e.sign < 0).corrects_id)
            days = Fraction(part['days'], part['whole_days'])
            greatest = max(e.value for e in events if e.sign > 0 and e not in taken)
            self.assertEqual(Fraction(part['quantity']), Fraction(greatest) * days)
            return Fraction(greatest)
        if part['meter'] == 'calls':
            return Fraction(sum(events.mapped('sign')))
        return sum((Fraction(str(event.value)) for event in events), Fraction(0))

    def events(self, line, part):
        """What lies in the part's days, in the panel's own hours, and came before the document."""
        made = datetime.combine(line.move_id.invoice_date, datetime.min.time()).replace(
            hour=INVOICED_AT)
        found = self.env['tenant.usage.event'].search([
            ('panel_id', '=', line.panel_id.id), ('meter_id.code', '=', part['meter']),
            ('hour', '>=', part['from']), ('hour', '<=', f"{part['to']} 24"),
            ('received_at', '<=', made)])
        named = self.rows_of(line, part)
        group, = (part.get('dimensions') or [None])[:1] or [None]
        return found.filtered(lambda e: part['meter'] != 'tokens' or (
            e.dimension_1 == group if group else e.dimension_1 not in named))

    def rows_of(self, line, part):
        """The models that have prices of their own."""
        row = self.env['tenant.rate.card'].browse(int(part['row']))
        return set(filter(None, row.charge_id.row_ids.mapped('value_1')))

    def assertSumsUp(self, lines):
        """What all documents carry of a period's charge is what it costs by the last of them."""
        sums, last = defaultdict(Decimal), {}
        for line in lines:
            sums[line.period_id, line.charge] += line._exact('amount')
            last[line.period_id, line.charge] = line._exact('rated')
        self.assertEqual(sums, last)
