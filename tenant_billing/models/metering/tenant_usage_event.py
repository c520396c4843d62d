from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine import periods
from odoo.addons.tenant_billing.engine.usage_events import Event, Panel, seconds_of
from odoo.addons.tenant_billing.engine.usage_reading import Reader

FOREVER = float('inf')
NOT_BEGUN = (FOREVER, FOREVER)
ACCEPTED = {'verdict': 'accepted'}


class TenantUsageEvent(models.Model):
    """What was used, as it was told. Read only: `_ingest` is the only way in."""

    _name = 'tenant.usage.event'
    _description = "Usage Event"
    _order = 'id desc'
    _rec_name = 'external_id'
    _auto = False

    panel_id = fields.Many2one('tenant.panel', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    meter_id = fields.Many2one('tenant.meter', readonly=True)
    time = fields.Datetime(readonly=True, help="The instant to which the usage belongs.")
    hour = fields.Char(
        string="Local Hour", readonly=True, help="The hour of the panel's day in which it lies.")
    received_at = fields.Datetime(string="Received", readonly=True, help="When it arrived.")
    value = fields.Float(digits=0, readonly=True)
    dimension_1 = fields.Char(string="Group", readonly=True)
    dimension_2 = fields.Char(string="Second Group", readonly=True)
    dimension_3 = fields.Char(string="Third Group", readonly=True)
    amount = fields.Float(
        digits=0, readonly=True,
        help="In the panel's currency, where the single event has a price.")
    tier = fields.Char(readonly=True, help="The bracket that the amount comes from.")
    source = fields.Char(readonly=True)
    external_id = fields.Char(string="Event ID", readonly=True)
    data = fields.Json(string="Properties", readonly=True)
    sign = fields.Integer(
        string="Counts", readonly=True, help="-1: takes back what an earlier event counted.")
    corrects_id = fields.Many2one(
        'tenant.usage.event', readonly=True,
        help="The earlier event that this one takes back or replaces.")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT e.id, e.panel_id, p.company_id, e.meter_id, e.time,
                   to_char(e.hour, 'YYYY-MM-DD HH24:MI') AS hour, e.received_at, e.value,
                   e.dimension_1, e.dimension_2, e.dimension_3, e.amount, e.tier, e.source,
                   e.external_id, e.data::jsonb AS data, e.sign, e.corrects AS corrects_id
              FROM tenant_usage_raw e
              JOIN tenant_panel p ON p.id = e.panel_id
            """)

    # === BUSINESS METHODS === #

    @api.model
    def _ingest(self, batch, domain=Domain.TRUE, pricer=None):
        """Record usage events: the only door.

        An event is recorded once, whatever else is in the batch and however often it is sent.

        :param list batch: CloudEvents 1.0 as dicts
        :param domain: which panels the caller may name, within the rights of the environment
        :param pricer: callable that gives a list of Event back with amount and tier; by default
            the charges of the panels' plan versions
        :return: for each event, in their order, a dict of `verdict` (accepted, duplicate,
            rejected) and, as they apply, `code` and `message`
        """
        reader = self._reader(batch, domain)
        pricer = pricer or partial(self._price, priced={
            meter.id for meter in reader.meters.values() if meter.is_priced})
        read = [reader.read_event(event) for event in batch]
        guard = self._guard(read, reader.panels.values())
        if guard:
            read = self._let_in(guard, read)
        first = {}  # by key: the event of this call that is recorded under it
        plain = [
            event for number, event in enumerate(read) if isinstance(event, Event)
            and not event.correction and first.setdefault(event.digest, number) == number]
        meters = {meter.id: meter.aggregation for meter in reader.meters.values()}
        known_before = self._store(plain, meters, pricer) if plain else ()
        for digest in known_before:
            del first[digest]
        verdicts = self._correct(read, first, meters, pricer)
        self._after(guard, read, first.values())
        return self._verdicts(read, first, verdicts)

    @api.model
    def _after(self, guard, read, recorded):
        """What follows from the events that were recorded.

        :param recorded: their numbers
        """
        if guard:
            self._note_running(guard, [read[number] for number in recorded])
        if recorded:
            self.env['tenant.panel'].browse(
                {read[number].panel_id for number in recorded})._usage_changed()

    @api.model
    def _verdicts(self, read, first, verdicts):
        """What became of each event.

        :param dict first: by key, the number of the event that was recorded
        :param dict verdicts: by number, what is decided of corrections
        """
        if len(first) == len(read):
            return [ACCEPTED] * len(read)
        asked = {
            event.digest for number, event in enumerate(read)
            if event.digest and first.get(event.digest) != number}
        known = self._contents(asked) if asked else {}
        return [
            verdicts.get(number) or self._verdict(event, number, first, known)
            for number, event in enumerate(read)]

    def _verdict(self, event, number, first, known):
        recorded = first.get(event.digest, -1)
        if recorded == number and type(event) is Event:
            return ACCEPTED
        if event.digest in known and recorded < number:
            if known[event.digest] == event.content:
                return {'verdict': 'duplicate'}
            return {
                'verdict': 'duplicate', 'code': 'payload_differs',
                'message': "An event with this key was recorded before with other content. "
                           "It stays as it is."}
        return {'verdict': 'rejected', 'code': event.code, 'message': event.message}

    @api.model
    def _reader(self, batch, domain):
        panels = self._panels_named(batch, domain)
        companies = {panel.company_id for panel in panels.values() if panel}
        meters = self.env['tenant.meter']._for_reading(companies) if companies else {}
        return Reader(panels, meters, seconds_of(fields.Datetime.now()))

    @api.model
    def _panels_named(self, batch, domain):
        """The panels that the events name, by the text of `subject`: an id, or `ext:` and an
        external id. Events without a subject are of the caller's only panel.

        :rtype: dict
        """
        named = {event.get('subject') for event in batch if isinstance(event, dict) and isinstance(
            event.get('subject'), (str, type(None)))}
        ids = [int(name) for name in named if name and name.isascii() and name.isdigit()
               and len(name) <= 9]
        external = [name[4:] for name in named if name and name.startswith('ext:')
                    and name.isprintable()]
        which = Domain('id', 'in', ids) | Domain('external_id', 'in', external)
        found = {}
        for external_id, panel in self._panel_facts(Domain(domain) & which):
            found[str(panel.id)] = panel
            if external_id:  # of two companies' panels with one name neither is meant
                name = f'ext:{external_id}'
                found[name] = None if name in found else panel
        if None in named:
            own = self._panel_facts(domain, limit=2)
            found[None] = own[0][1] if len(own) == 1 else None
        return found

    @api.model
    def _panel_facts(self, domain, limit=None):
        """External ids and Panels of a domain."""
        panels = self.env['tenant.panel']
        panels.flush_model([
            'zone', 'active_since', 'service_end', 'closed_on', 'external_id', 'is_limited'])
        self.env.cr.execute(SQL(
            """
            SELECT p.external_id, p.id, p.company_id, p.zone, p.active_since, p.service_end,
                   p.closed_on, p.is_limited, c.tenant_usage_age_days
              FROM tenant_panel p JOIN res_company c ON c.id = p.company_id
             WHERE p.id IN %s AND p.zone IS NOT NULL
            """, panels._search(domain, limit=limit, order='id').subselect()))
        now = fields.Datetime.now()
        return [
            (name, Panel(panel_id, company_id, zone, *self._served(zone, begin, end, closed),
                         seconds_of(now - timedelta(days=age)), limited))
            for name, panel_id, company_id, zone, begin, end, closed, limited, age
            in self.env.cr.fetchall()]

    @api.model
    def _served(self, zone, begin, end, closed):
        """The instants between which a panel was in service; of a closed one its last day counts
        to its end (R25)."""
        if not begin:
            return NOT_BEGUN
        ends = [day for day in (end, closed and closed + timedelta(days=1)) if day]
        return (
            seconds_of(periods.midnight_utc(begin, zone)),
            seconds_of(periods.midnight_utc(min(ends), zone)) if ends else FOREVER)
