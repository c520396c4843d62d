from typing import NamedTuple
from urllib.parse import quote

from odoo import fields, models
from odoo.tools import float_repr, float_round
from odoo.tools.misc import format_date

MONEY = ('billing', 'trial')
# What `_status` reads of a panel itself, for those who search it.
FIELDS = (
    'name', 'state', 'suspension_category', 'created_on', 'paid_through', 'stop_after',
    'grace_through', 'zone', 'company_id', 'plan_version_id', 'provisioning_progress',
)


class Look(NamedTuple):
    """A row of the table of what people see."""

    color: str
    progress: int | None  # percent; None: no bar
    text: str
    action: str  # manage, pay, contact or none


class TenantPanel(models.Model):
    """What people see of a panel: one answer for the card, the page and the hosting platform."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _status(self):
        """What `GET /api/tenant/<id>/status` answers for each of these panels.

        The number of queries does not grow with the number of panels.

        :return: list of dicts, in the order of the panels
        """
        facts = self._status_facts()
        return [panel._status_of(facts[panel]) for panel in self]

    def _status_of(self, facts):
        """One panel's status, from what was read before."""
        self.ensure_one()
        look = self._look(facts)
        return {
            'id': self.id,
            'name': self.name,
            'state': self.state,
            'status_text': look.text,
            'color': look.color,
            'progress': look.progress,
            'paid_through': self._iso(self.paid_through),
            'days_left': self._days_left(facts),
            'warning': self._warning(facts),
            'action': {'kind': look.action, 'url': self._action_url(look.action)},
            'pay_url': self._action_url('pay') if self._can_pay(facts) else None,
            'billing': self._billing_status(facts),
            'as_of': f'{fields.Datetime.now().isoformat(timespec="seconds")}Z',
        }

    # === HELPERS: the table of what people see === #

    def _look(self, facts):
        if facts.pending:
            return Look('blue', 100, self.env._("We are confirming your payment"), 'none')
        if self._is_held():
            return Look('red', None, self.hold_reason or "", 'contact')
        can_pay = self._can_pay(facts)
        return {
            'creating': lambda: Look(
                'blue', self._provisioned(), self._creating_text(facts),
                'pay' if can_pay else 'none'),
            'active': lambda: Look(
                'green', self._passed(facts), self.env._("Panel active · Active billing cycle"),
                'manage'),
            'grace': lambda: Look(
                'amber', 100, self._overdue_text(), 'pay' if can_pay else 'manage'),
            'suspended': lambda: Look(
                'red', 100, self.env._("Billing expired. Please renew."),
                'pay' if can_pay else 'contact'),
            'failed': lambda: Look('red', None, self.env._("Panel creation failed"), 'contact'),
            'closed': lambda: Look(
                'grey', None, self.env._("Panel closed"), 'pay' if can_pay else 'none'),
        }[self.state]()

    def _can_pay(self, facts):
        """Whether Pay has something to charge; at a trial's end it first issues it (R14)."""
        if facts.pending or self.state == 'failed':
            return False
        return bool(facts.demands) or self._is_stopped_trial()

    def _is_held(self):
        return self.state == 'suspended' and self.suspension_category not in MONEY

    def _is_stopped_trial(self):
        return self.state == 'suspended' and self.suspension_category == 'trial'

    def _provisioned(self):
        return 100 if self.created_on else self.provisioning_progress

    def _creating_text(self, facts):
        if facts.period.settled:
            return self.env._("Panel creating · Active billing cycle")
        return self.env._("Panel creating")

    def _overdue_text(self):
        if not self.grace_through:
            return self.env._("Payment overdue")
        stops_on = fields.Date.add(self.grace_through, days=1)
        return self.env._(
            "Payment overdue, panel stops on %s", self._day_text(stops_on, 'd MMM'))

    def _passed(self, facts):
        """How much of the current period has passed, this day included, in percent."""
        period = facts.period
        if not period.date_start:
            return 100
        days = (facts.today - period.date_start).days + 1
        whole = (period.date_end - period.date_start).days
        return (200 * days + whole) // (2 * whole)

    # === HELPERS: days, money and addresses === #

    def _days_left(self, facts):
        last = max(filter(None, (self.paid_through, self.stop_after)), default=None)
        return last and max(0, (last - facts.today).days)

    def _warning(self, facts):
        if self.state != 'active' or facts.pending or not facts.demands:
            return None
        due = facts.demands[0].due_date
        days = (due - facts.today).days
        if days < 0:
            return self.env._("Invoice due since %s", self._day_text(due))
        if days < 2:
            return self.env._("Invoice due tomorrow") if days else self.env._("Invoice due today")
        return self.env._("Invoice due in %s days", days)

    def _billing_status(self, facts):
        oldest = facts.demands[0] if facts.demands else None
        return {
            'amount_due': self._money(facts.amount, facts.currency),
            'currency': facts.currency.name,
            'invoice_id': oldest and oldest.invoice_id,
            'invoice_name': oldest and oldest.invoice_name,
            'due_date': oldest and self._iso(oldest.due_date),
        }

    def _action_url(self, kind):
        base = self.get_base_url()
        if kind == 'contact':
            return self._contact_url()
        return {
            'manage': f'{base}/my/panels/{self.id}',
            'pay': f'{base}/billing/{self.id}/pay',
        }.get(kind)

    def _contact_url(self):
        email = self.company_id.email
        if not email:
            return f'{self.get_base_url()}/my/panels/{self.id}'
        return f'mailto:{quote(email, safe="@+")}?subject={quote(self.name)}'

    def _money(self, amount, currency):
        places = currency.decimal_places
        return float_repr(float_round(amount, precision_digits=places), places)

    def _iso(self, day):
        return day.isoformat() if day else None

    def _day_text(self, day, pattern='d MMM y'):
        return format_date(self.env, day, date_format=pattern)
