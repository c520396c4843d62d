"""What a page's address asks of a panel's usage, and the addresses of its other choices."""

import datetime
from urllib.parse import urlencode

from odoo.addons.tenant_billing.models.collection.tenant_panel_usage_page import (
    SORTS,
    USED_SORTS,
    Asked,
)
from odoo.addons.tenant_billing.models.invoicing.tenant_panel_trends import METRICS, RANGES

LONGEST_TEXT = 100
EARLIEST = datetime.date(2000, 1, 1)
LATEST = datetime.date(2200, 1, 1)


def read(panel, facts, kw):
    """What is asked, or what is shown first where nothing or nonsense is asked.

    :param facts: of the panel, as `_status_facts` has read them
    :param dict kw: the address's parameters, which may hold anything
    :rtype: Asked
    """
    first, last = panel._usage_days(facts)
    first, last = _day(kw.get('from')) or first, _day(kw.get('to')) or last
    meters = panel._usage_meters()
    return Asked(
        min(first, last), max(first, last),
        meters.filtered(lambda meter: meter.code == kw.get('meter')),
        _text(kw.get('q')), _one_of(SORTS, kw.get('sort'), 'new'),
        _one_of(USED_SORTS, kw.get('used_sort'), 'name'))


def trend(kw):
    """The metric and the number of months that are asked for."""
    months = str(kw.get('months'))
    return (
        _one_of(METRICS, kw.get('metric'), 'cost'),
        int(months) if months in map(str, RANGES) else 6)


def address(path, kw, **changes):
    """A page's address with some of its parameters changed, and none that are empty."""
    names = ('from', 'to', 'meter', 'q', 'sort', 'used_sort', 'metric', 'months', 'events', 'used')
    values = {name: kw[name] for name in names if isinstance(kw.get(name), str)} | changes
    query = urlencode({name: value for name, value in values.items() if value})
    return f'{path}?{query}' if query else path


def _day(text):
    try:
        day = datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return day if EARLIEST <= day <= LATEST else None


def _text(text):
    return text.replace('\0', '').strip()[:LONGEST_TEXT] if isinstance(text, str) else ""


def _one_of(choices, wanted, otherwise):
    return wanted if isinstance(wanted, str) and wanted in choices else otherwise
