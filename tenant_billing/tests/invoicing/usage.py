from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import Command, fields

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase


class UsageCase(BooksCase):
    """Panels that pay for what they use: words for using, and for what documents then say."""

    @classmethod
    def make_meter(cls, code='calls', aggregation='count', **values):
        return cls.env['tenant.meter'].create({
            'name': code.title(), 'code': code, 'aggregation': aggregation,
            'company_id': cls.company.id, **values})

    @classmethod
    def charge(cls, meter=None, price=1, *, code='calls', model='per_unit', **values):
        """The command for a charge with one row; `row` holds more of its values."""
        row = {'price': price, **values.pop('row', {})}
        return Command.create({
            'name': code.title(), 'code': code, 'charge_model': model,
            'meter_id': meter.id if meter else False, 'row_ids': [Command.create(row)], **values})

    @classmethod
    def usage_plan(cls, *charges, price=100, taxed=False, **terms):
        """A monthly plan without tax."""
        plan = cls.make_plan(price, charge_ids=list(charges), **terms)
        if not taxed:
            plan.product_id.taxes_id = False
        return plan

    # === WHAT IS USED === #

    def use(self, panel, day, count=1, *, code='calls', hour=12, **data):
        """Events of a local day, sent now, or that day if it is still to come; the same call
        again sends other events."""
        self._sent = getattr(self, '_sent', 0) + 1
        at = datetime.combine(fields.Date.to_date(day), time(hour), ZoneInfo(self.tz))
        if at > fields.Datetime.now().replace(tzinfo=ZoneInfo('UTC')):
            self.set_clock(day, hour + 1)
        verdicts = self.env['tenant.usage.event']._ingest([
            {'id': f'{self._sent}-{number}', 'source': 'test', 'type': code,
             'subject': str(panel.id), 'time': (at + timedelta(seconds=number)).isoformat(),
             'data': data} for number in range(count)])
        self.assertEqual({verdict['verdict'] for verdict in verdicts}, {'accepted'}, verdicts[:1])
        return f'{self._sent}-0'

    def use_daily(self, panel, first, last, count=10):
        """So many on each day from the first to the last; the clock goes along."""
        day = fields.Date.to_date(first)
        while day <= fields.Date.to_date(last):
            self.use(panel, day, count)
            day += timedelta(days=1)

    def take_back(self, panel, name, code='calls'):
        """The exact negative of an event."""
        verdict, = self.env['tenant.usage.event']._ingest([{
            'id': f'undo-{name}', 'source': 'test', 'type': code, 'subject': str(panel.id),
            'data': {}, 'reverses': name}])
        self.assertEqual(verdict['verdict'], 'accepted', verdict)

    def assertNothingLeft(self):
        self.env['tenant.usage.event']._make_partitions()  # of the months that the clock skipped
        super().assertNothingLeft()

    # === WHAT DOCUMENTS SAY === #

    def rated(self, panel):
        """What documents that stand carry, in their order: (first day, charge, amount)."""
        lines = self.env['tenant.rated.line'].search(
            [('panel_id', '=', panel.id), ('move_id.state', '!=', 'cancel')], order='id')
        return [(str(line.date_start), line.charge.split('/')[-1], line.amount) for line in lines]

    def sums(self, panel):
        """What each period was billed for usage in all."""
        found = {}
        for start, _charge, amount in self.rated(panel):
            found[start] = round(found.get(start, 0) + amount, 2)
        return found

    def documents(self, panel):
        """Invoices and credit notes of a panel in their order: (day, usage, advance)."""
        moves = panel.demand_ids.move_id
        return [
            (str(move.invoice_date),
             *(sum(line.balance for line in move.invoice_line_ids
                   if bool(line.tenant_rated_line_id) == is_usage) * -1
               for is_usage in (True, False)))
            for move in (moves | moves.reversal_move_ids).sorted('id')]
