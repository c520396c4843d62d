from collections import Counter

from odoo.http import Controller, request

from odoo.addons.tenant_billing.controllers.api import shapes
from odoo.addons.tenant_billing.controllers.api.base import panels_of_caller
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route
from odoo.addons.tenant_billing.controllers.api.problems import InvalidRequest, TooManyEvents

MOST = 1000
ONE = 'application/cloudevents+json'
MEDIA = {
    'application/json': (shapes.EVENTS, [shapes.EVENT_EXAMPLE]),
    'application/cloudevents-batch+json': (shapes.EVENTS, [shapes.EVENT_EXAMPLE]),
    ONE: (shapes.EVENT, shapes.EVENT_EXAMPLE),
}
RECORD = Operation(
    'recordUsage', "Record usage: up to 1,000 events, each once, each with a verdict of its own",
    shapes.VERDICTS, shapes.VERDICTS_EXAMPLE, 'usage:write',
    {200: "What became of each event"}, body=shapes.EVENTS_SENT,
    body_example=[shapes.EVENT_EXAMPLE], media=MEDIA, once=False)


class UsageEvents(Controller):
    """The way in for usage."""

    @api_route('/api/v1/events', POST=RECORD)
    def record(self, body):
        is_one = request.httprequest.mimetype == ONE
        if is_one == isinstance(body, list):
            raise InvalidRequest(
                "The body must be one event." if is_one else "The body must be a list of events.")
        events = [body] if is_one else body
        if len(events) > MOST:
            raise TooManyEvents(f"Send up to {MOST} events in a request.")
        panels, domain = panels_of_caller('usage:write')
        usage = panels.env['tenant.usage.event']
        usage._read_committed()
        verdicts = usage._ingest(events, domain)
        counts = Counter(verdict['verdict'] for verdict in verdicts)
        return {
            **{name: counts[name] for name in ('accepted', 'duplicate', 'rejected')},
            'events': [
                {'id': _id_of(event), **verdict}
                for event, verdict in zip(events, verdicts, strict=True)]}


def _id_of(event):
    name = event.get('id') if isinstance(event, dict) else None
    is_text = isinstance(name, str) and len(name) <= 255 and name.isprintable()
    return name if is_text else None
