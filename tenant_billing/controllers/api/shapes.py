"""What goes in and out of the routes: JSON Schemas, by which requests are checked and the document
is made. A schema with a title stands once in the document, under it."""

from odoo.addons.tenant_billing.controllers.api.problems import PROBLEMS
from odoo.addons.tenant_billing.models.panel.tenant_api_key_scope import SCOPES

# Something to read, without the character that PostgreSQL cannot keep.
NAME = {
    'type': 'string', 'minLength': 1, 'maxLength': 255,
    'pattern': r'^[^\u0000]*[^\u0000\s][^\u0000]*$'}
TEXT = {'type': 'string', 'maxLength': 1000, 'pattern': r'^[^\u0000]*$'}
DAY = {'type': ['string', 'null'], 'format': 'date'}
MOMENT = {'type': ['string', 'null'], 'format': 'date-time'}
MAYBE_TEXT = {'type': ['string', 'null']}
MAYBE_ID = {'type': ['integer', 'null']}
STATES = ['creating', 'active', 'grace', 'suspended', 'failed', 'closed']


def exact(title, /, **properties):
    """An object of which all parts are always there."""
    return {
        'title': title, 'type': 'object', 'properties': properties,
        'required': list(properties), 'additionalProperties': False}


def said(schema, description):
    return {**schema, 'description': description}


PROBLEM = exact(
    'Problem',
    type={'type': 'string', 'enum': ['about:blank']},
    title={'type': 'string'},
    status={'type': 'integer'},
    detail=said(MAYBE_TEXT, "A sentence for people."),
    code=said({'type': 'string'}, "For programs: " + ", ".join(PROBLEMS)),
)
ACTION = exact(
    'Action',
    kind={'type': 'string', 'enum': ['manage', 'pay', 'contact', 'none']},
    url=said(MAYBE_TEXT, "Where the button leads."),
)
BILLING = exact(
    'Billing',
    amount_due=said({'type': 'string'}, "What Pay charges, with tax, as text."),
    currency={'type': 'string'},
    invoice_id=said(MAYBE_ID, "The open invoice that is due first."),
    invoice_name=MAYBE_TEXT,
    due_date=DAY,
)
STATUS = {
    'id': {'type': 'integer'},
    'name': {'type': 'string'},
    'state': {'type': 'string', 'enum': STATES},
    'status_text': said({'type': 'string'}, "One sentence for people."),
    'color': {'type': 'string', 'enum': ['blue', 'green', 'amber', 'red', 'grey']},
    'progress': said(
        {'type': ['integer', 'null'], 'minimum': 0, 'maximum': 100}, "Percent of the bar."),
    'paid_through': said(DAY, "The last paid day."),
    'days_left': said(MAYBE_ID, "Days to the last paid day, or the last day to pay."),
    'warning': MAYBE_TEXT,
    'action': ACTION,
    'pay_url': said(MAYBE_TEXT, "Where the tenant pays; null when there is nothing to pay."),
    'billing': BILLING,
    'as_of': said({'type': 'string', 'format': 'date-time'}, "The instant of the answer."),
}
PANEL_STATUS = exact('PanelStatus', **STATUS)
PANEL = exact(
    'Panel', **STATUS,
    external_id=said(MAYBE_TEXT, "The platform's name for the panel."),
    plan=said(MAYBE_TEXT, "The code of the plan."),
    tenant=exact(
        'Tenant', id={'type': 'integer'}, external_id=MAYBE_TEXT, name=MAYBE_TEXT,
        email=MAYBE_TEXT),
    service_end=said(DAY, "Of a cancelled panel: the first day without service."),
)
PANELS = exact(
    'Panels', panels={'type': 'array', 'items': PANEL},
    next_cursor=said(MAYBE_TEXT, "Send it as `cursor` for the next page; null on the last."),
)
KEY = exact(
    'Key',
    kind={'type': 'string', 'enum': ['company', 'panel', 'user', 'session']},
    name={'type': 'string'},
    scopes=said(
        {'type': ['array', 'null'], 'items': {
            'type': 'string', 'enum': [scope for scope, _label in SCOPES]}},
        "Null: the rights of the user."),
    panel_id=MAYBE_ID,
    expires_at=MOMENT,
)
ORDER = {
    'title': 'Order', 'type': 'object', 'additionalProperties': False,
    'required': ['external_id', 'plan', 'tenant'],
    'properties': {
        'external_id': said(NAME, "Your name for the panel. Ordered again, it is the same panel."),
        'plan': said(NAME, "The code of the plan."),
        'tenant': {
            'type': 'object', 'additionalProperties': False,
            'anyOf': [{'required': ['external_id']}, {'required': ['email']}],
            'properties': {
                'external_id': said(NAME, "The customer's reference; counts more than e-mail."),
                'email': {'type': 'string', 'maxLength': 254, 'format': 'email',
                          'pattern': r'^[^@\s\u0000]+@[^@\s\u0000]+$'},
                'name': said(NAME, "With it, a customer that does not exist yet is made."),
            },
        },
        'name': said(NAME, "The panel's name; the customer's by default."),
    },
}
NOTHING = {
    'title': 'Nothing', 'type': 'object', 'properties': {}, 'additionalProperties': False}
CLOSING = {
    'title': 'Closing', 'type': 'object', 'required': ['reason'], 'additionalProperties': False,
    'properties': {
        'reason': said({**NAME, 'maxLength': 1000}, "Kept with the panel."),
        'credit_rest': {
            'type': 'boolean', 'default': True,
            'description': "Credit the paid days that are not served any more."},
    },
}
PROVISIONING = {
    'title': 'Provisioning', 'type': 'object', 'additionalProperties': False,
    'anyOf': [{'required': ['progress']}, {'required': ['state']}],
    'properties': {
        'progress': {'type': 'integer', 'minimum': 0, 'maximum': 100,
                     'description': "Percent, shown while the panel is being made."},
        'state': {'type': 'string', 'enum': ['created', 'failed']},
        'message': said(TEXT, "For the operator; of a failure, why."),
    },
}
# What the events of a request are held against one by one, so that one does not cost the others
# their place: the document shows EVENT, the request is held against EVENTS_SENT only.
EVENT = {
    'title': 'UsageEvent', 'type': 'object', 'required': ['id', 'source', 'type'],
    'properties': {
        'specversion': {'type': 'string', 'enum': ['1.0']},
        'id': said(NAME, "With the source and the panel the key: sent again, it counts once."),
        'source': NAME,
        'type': said(NAME, "The code of a meter."),
        'subject': said(
            {'type': 'string'}, "The panel: its id, or `ext:` and its external id. The key of one "
            "panel may leave it out."),
        'time': {'type': 'string', 'format': 'date-time',
                 'description': "When it was used; the arrival by default."},
        'data': {'type': 'object', 'description': "The value and what it is grouped by."},
        'reverses': said({'type': 'string'}, "The id of an earlier event that is taken back."),
        'replaces': said(
            {'type': 'string'}, "The id of an earlier event in whose place this one counts."),
    },
}
EVENTS = {'title': 'UsageEvents', 'type': 'array', 'items': EVENT}
EVENTS_SENT = {'type': ['array', 'object']}
VERDICT = {
    'title': 'Verdict', 'type': 'object', 'required': ['id', 'verdict'],
    'additionalProperties': False,
    'properties': {
        'id': said(MAYBE_TEXT, "Of the event, as it was sent; null where it had none."),
        'verdict': {'type': 'string', 'enum': ['accepted', 'duplicate', 'rejected']},
        'code': said({'type': 'string'}, "For programs; see doc/usage.md."),
        'message': said({'type': 'string'}, "A sentence for people."),
    },
}
VERDICTS = exact(
    'Verdicts',
    accepted={'type': 'integer'}, duplicate={'type': 'integer'}, rejected={'type': 'integer'},
    events={'type': 'array', 'items': VERDICT, 'description': "In the order of the request."},
)
EVENT_EXAMPLE = {
    'specversion': '1.0', 'id': 'req-81f2', 'source': 'srv4/gateway', 'type': 'tokens',
    'subject': 'ext:srv4-1102', 'time': '2026-11-24T08:03:11.250Z',
    'data': {'value': 1840, 'provider': 'openai', 'model': 'gpt-4o', 'direction': 'input'},
}
VERDICTS_EXAMPLE = {
    'accepted': 1, 'duplicate': 0, 'rejected': 0,
    'events': [{'id': 'req-81f2', 'verdict': 'accepted'}]}
ALERT = exact(
    'Alert',
    id={'type': 'integer'},
    panel_id={'type': 'integer'},
    severity={'type': 'string', 'enum': ['notice', 'warning', 'limit']},
    title=said({'type': 'string'}, "What was reached, for people."),
    message=said({'type': 'string'}, "How far it has come, for people."),
    kind={'type': 'string', 'enum': ['percent', 'quantity', 'money']},
    name=said(MAYBE_TEXT, "Of what is measured; null for the cost."),
    unit=MAYBE_TEXT,
    threshold=said({'type': 'string'}, "In percent, quantity or money."),
    value=said({'type': 'string'}, "What was used or cost when it was told."),
    limit=said(MAYBE_TEXT, "For percent: what is included or allowed."),
    currency=said(MAYBE_TEXT, "For the cost."),
    period_start=said(DAY, "The first day of the period."),
    period_end=said(DAY, "Its last day."),
    at={'type': 'string', 'format': 'date-time'},
    read={'type': 'boolean'},
)
ALERTS = exact(
    'Alerts', alerts={'type': 'array', 'items': ALERT},
    unread=said({'type': 'integer'}, "Of all pages."),
    next_cursor=said(MAYBE_TEXT, "Send it as `cursor` for the next page; null on the last."),
)
ALERT_EXAMPLE = {
    'id': 31, 'panel_id': 7, 'severity': 'warning', 'title': "Calls: 80 % reached",
    'message': "Used in this period: 8,012 of 10,000 calls.", 'kind': 'percent', 'name': "Calls",
    'unit': "calls", 'threshold': '80', 'value': '8012', 'limit': '10000', 'currency': None,
    'period_start': '2026-11-01', 'period_end': '2026-11-30', 'at': '2026-11-24T08:03:11Z',
    'read': False}
QUANTITY = {
    'type': 'string', 'maxLength': 50, 'pattern': r'^[0-9]{1,19}(\.[0-9]{1,30})?$', 'default': '1',
    'description': "How much more is to be used; it says nothing to a feature."}
ENTITLEMENT = exact(
    'Entitlement',
    code={'type': 'string'},
    name={'type': 'string'},
    unit={'type': 'string'},
    kind={'type': 'string', 'enum': ['feature', 'soft', 'hard', 'included']},
    used=said(MAYBE_TEXT, "In the current period, as text; null for a feature, as all figures."),
    limit=MAYBE_TEXT,
    remaining=said(MAYBE_TEXT, "Never below zero."),
    percent=said(MAYBE_ID, "Of the limit."),
    status={'type': 'string', 'enum': ['active', 'warning', 'limit_reached']},
    resets_at=said(MOMENT, "When the next period begins."),
    value=said(MAYBE_TEXT, "Of a feature, where it has one."),
    allowed=said({'type': 'boolean'}, "Whether it would be taken now."),
)
ENTITLEMENT_EXAMPLE = {
    'code': 'tokens', 'name': "Tokens", 'unit': 'token', 'kind': 'hard', 'used': '812400',
    'limit': '1000000', 'remaining': '187600', 'percent': 81, 'status': 'warning',
    'resets_at': '2026-11-30T18:00:00Z', 'value': None, 'allowed': True}
PAGE = {
    'limit': {'type': 'integer', 'minimum': 1, 'maximum': 100, 'default': 50},
    'cursor': {'type': 'string', 'pattern': '^[0-9]{1,9}$',
               'description': "`next_cursor` of the page before."},
    'state': {'type': 'string', 'enum': STATES},
}
ALERTS_ASKED = {
    'limit': PAGE['limit'], 'cursor': PAGE['cursor'],
    'unread': {'type': 'string', 'enum': ['true', 'false'],
               'description': "`true`: only what is not read."},
}
EXAMPLE = {
    'id': 7, 'name': "Mirpur Eye Care", 'state': 'creating', 'status_text': "Panel creating",
    'color': 'blue', 'progress': 10, 'paid_through': None, 'days_left': 0, 'warning': None,
    'action': {'kind': 'pay', 'url': 'https://billing.example/billing/7/pay'},
    'pay_url': 'https://billing.example/billing/7/pay',
    'billing': {
        'amount_due': '1725.00', 'currency': 'BDT', 'invoice_id': 412,
        'invoice_name': 'TB/2026/00412', 'due_date': '2026-11-24'},
    'as_of': '2026-11-24T08:03:11Z',
}
PANEL_EXAMPLE = {
    **EXAMPLE, 'external_id': 'srv4-1102', 'plan': 'pro',
    'tenant': {'id': 41, 'external_id': 'c-77', 'name': "Mirpur Eye Care",
               'email': 'office@mirpur.example'},
    'service_end': None,
}
