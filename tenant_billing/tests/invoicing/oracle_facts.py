"""The raw facts that the oracle reads, and what the books say about one demand (R4)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

GIVEN = ('trial', 'granted', 'adopted')
UNSETTLING = ('not_delivered', 'cancelled', 'chargeback')  # R39


class Demand(NamedTuple):
    id: int
    panel: int
    move: int
    direction: str
    period: int
    due: date
    deferred: date
    version: int
    move_state: str
    total: float
    issued: date
    currency: str
    tick: float
    limit: float


class Match(NamedTuple):
    """Money, a credit note or another entry that is reconciled with an invoice."""

    amount: float
    is_payment: bool
    is_test: bool
    note_of: int  # the invoice that this credit note reverses
    is_note: bool
    move: int
    total: float


class Period(NamedTuple):
    id: int
    panel: int
    kind: str
    state: str  # undated, void or live
    start: date
    end: date
    version: int
    zone: str
    rebill: bool
    amount: float


class Version(NamedTuple):
    id: int
    plan: int
    price: float
    cycle: str
    anchor: str
    grace: int
    lead: int
    terms: int
    retention: int
    trial: int
    notice: int
    expiry: int
    paid_first: bool
    restart: bool
    post_zero: bool
    effective: date
    published: date


class Verdict(NamedTuple):
    status: str
    due: float


@dataclass
class Books:
    demands: dict
    matches: dict
    notes: dict  # own posted credit notes of an invoice: [(total, reason, id)]
    periods: dict
    versions: dict
    holds: dict  # categories that stand, by panel
    on_version: dict  # the version of a panel's running subscription
    customer_zone: dict


def read_books(cr):
    """The raw facts, by SQL."""
    periods = {row.id: row for row in _rows(cr, Period, """
        SELECT id, panel_id, kind,
               CASE WHEN state IN ('undated', 'void') THEN state ELSE 'live' END,
               date_start, date_end, plan_version_id, zone, COALESCE(rebill, FALSE), amount
          FROM tenant_billing_period ORDER BY date_start, id""")}
    return Books(
        demands={row.id: row for row in _rows(cr, Demand, """
            SELECT d.id, d.panel_id, d.move_id, d.direction, d.period_id, d.due_date,
                   d.deferred_until, d.plan_version_id, m.state, m.amount_total, m.invoice_date,
                   c.name, c.rounding / 2, COALESCE(company.tenant_write_off_limit, 0)
              FROM tenant_billing_demand d JOIN account_move m ON m.id = d.move_id
              JOIN res_currency c ON c.id = m.currency_id
              JOIN res_company company ON company.id = m.company_id ORDER BY d.id""")},
        matches=_matches(cr), notes=_notes(cr), periods=periods, versions=_versions(cr),
        holds=_grouped(cr, """
            SELECT panel_id, category FROM tenant_panel_hold WHERE date_to IS NULL"""),
        on_version=dict(_tuples(cr, """
            SELECT panel_id, plan_version_id FROM tenant_subscription WHERE date_to IS NULL""")),
        customer_zone=dict(_tuples(cr, """
            SELECT p.id, COALESCE(profile.tz, company.tenant_tz) FROM tenant_panel p
              JOIN res_company company ON company.id = p.company_id
              JOIN res_partner partner ON partner.id = p.partner_id
              LEFT JOIN tenant_billing_profile profile
                ON profile.partner_id = partner.commercial_partner_id""")),
    )


def _tuples(cr, query):
    cr.execute(query)
    return cr.fetchall()


def _rows(cr, kind, query):
    return [kind(*row) for row in _tuples(cr, query)]


def _grouped(cr, query):
    groups = defaultdict(list)
    for key, *row in _tuples(cr, query):
        groups[key].append(row[0] if len(row) == 1 else tuple(row))
    return groups


def _matches(cr):
    groups = defaultdict(list)
    for invoice, *row in _tuples(cr, """
            SELECT asked.move_id, part.debit_amount_currency,
                   c.origin_payment_id IS NOT NULL OR c.statement_line_id IS NOT NULL,
                   tx.id IS NOT NULL AND NOT COALESCE(tx.is_live, FALSE),
                   c.reversed_entry_id, c.move_type = 'out_refund', c.id, c.amount_total
              FROM account_partial_reconcile part
              JOIN account_move_line asked ON asked.id = part.debit_move_id
              JOIN account_move_line other ON other.id = part.credit_move_id
              JOIN account_move c ON c.id = other.move_id
              JOIN tenant_billing_demand d ON d.move_id = asked.move_id
              LEFT JOIN account_payment pay ON pay.id = c.origin_payment_id
              LEFT JOIN payment_transaction tx ON tx.id = pay.payment_transaction_id"""):
        groups[invoice].append(Match(*row))
    return groups


def _notes(cr):
    return _grouped(cr, """
        SELECT reversed_entry_id, amount_total, tenant_credit_reason, id FROM account_move
         WHERE move_type = 'out_refund' AND state = 'posted' AND reversed_entry_id IS NOT NULL""")


def _versions(cr):
    return {row.id: row for row in _rows(cr, Version, """
        SELECT v.id, v.plan_id, v.price, c.unit, v.anchor, COALESCE(v.grace_days, 0),
               COALESCE(v.lead_days, 0), COALESCE(v.term_days, 0), v.retention_days,
               COALESCE(v.trial_days, 0), v.notice_days, v.order_expiry_days,
               v.activate_when = 'paid', v.after_suspension = 'restart',
               COALESCE(v.post_zero, FALSE),
               v.effective_from, v.published_on
          FROM tenant_plan_version v JOIN tenant_billing_cycle c ON c.id = v.cycle_id
         WHERE v.state = 'published'""")}


# === WHAT THE BOOKS SAY ABOUT ONE DEMAND (R4) === #

def verdict(books, demand):
    """Whether a demand is open, settled or dead, and what is due for it."""
    if demand.move_state == 'cancel':
        return Verdict('dead', 0)
    if demand.move_state == 'draft':
        return Verdict('open', 0)
    if demand.total < demand.tick:
        return Verdict('settled', 0)
    matches, notes = books.matches[demand.move], books.notes[demand.move]
    if _covers(demand, sum(total for total, reason, _id in notes if reason in UNSETTLING)):
        return Verdict('dead', 0)
    residual = demand.total - sum(match.amount for match in matches)
    if residual > demand.tick:
        return Verdict('open', round(residual, 2))
    own = [match for match in matches if match.note_of == demand.move]
    others = [match for match in matches if not (match.is_payment or match.is_note)]
    if _covers(demand, sum({match.move: match.total for match in own}.values())):
        return Verdict('dead', 0)  # fully credited by its own credit notes
    if sum(match.amount for match in others) > demand.limit + demand.tick:
        return Verdict('dead', 0)
    return Verdict('open' if any(match.is_test for match in matches) else 'settled', 0)


def _covers(demand, amount):
    return amount > demand.total - demand.tick


def is_untouched(demand, says):
    """Open, and nothing of it is paid or credited."""
    return says.status == 'open' and demand.move_state == 'posted' and _covers(demand, says.due)
