"""When usage is invoiced: once its period is closed (R19)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from odoo.addons.tenant_billing.engine.periods import midnight_utc

COLLECTION_HOURS = 1


def issue_instant(day: date, zone: str, hours: int = COLLECTION_HOURS) -> datetime:
    """The instant at which invoices of a local day take in usage, in naive UTC.

    Local midnight plus the collection hours as elapsed time; what arrived by then is in.
    """
    return midnight_utc(day, zone) + timedelta(hours=hours)


def is_closed(end: date, issue_day: date, zone: str, hours: int = COLLECTION_HOURS) -> bool:
    """Whether usage of a period that ends on `end` (exclusive) goes on the day's invoices."""
    return issue_instant(end, zone, hours) <= issue_instant(issue_day, zone, hours)


def closed_periods(
    ends: Iterable[date], issue_day: date, zone: str, hours: int = COLLECTION_HOURS
) -> list[date]:
    """The ends of those periods that are closed on a day, the oldest first."""
    return sorted(end for end in ends if is_closed(end, issue_day, zone, hours))
