from odoo import fields, models

from odoo.addons.tenant_billing.models.collection.tenant_billing_event import TOLD
from odoo.addons.tenant_billing.models.panel.tenant_panel_lifecycle import HELD


class TenantPanel(models.Model):
    """What the page of one panel lists and offers to its tenant."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: what a tenant may do === #

    def _may_cancel(self):
        """R38: the last served day if cancelled now; False where it cannot be cancelled."""
        self.ensure_one()
        if self.state not in HELD or self.service_end:
            return False
        return self._last_owed_day_end()

    def _may_resume(self):
        self.ensure_one()
        return self.state in HELD and bool(self.service_end) and self._today() < self.service_end

    def _may_continue(self):
        """R14: go on after the trial. Where that must be paid first, Pay says yes to it."""
        self.ensure_one()
        pays_first = self._is_stopped_trial() and self.plan_version_id.activate_when == 'paid'
        return bool(self.is_on_trial) and not self.service_end and not pays_first

    def _may_renew_early(self):
        self.ensure_one()
        return self.state == 'active' and not self._refuses_renewal()

    # === BUSINESS METHODS: lists === #

    def _page_periods(self, limit):
        """The periods that have dates, the latest first.

        :return: list of dicts, and how many there are
        """
        domain = [('panel_id', '=', self.id), ('is_dated', '=', True)]
        periods = self.env['tenant.billing.period'].search(domain, limit=limit)
        rows = [
            {
                'days': period.display_name,
                'plan': period.plan_version_id.plan_id.name,
                'amount': self._currency_text(period.amount, period.currency_id),
                'is_current': period._is_live()
                and period.date_start <= self._today() < period.date_end,
                **self._period_state(period),
            }
            for period in periods]
        return rows, self.env['tenant.billing.period'].search_count(domain)

    def _period_state(self, period):
        if period.state == 'void':
            return {'word': self.env._("Not billed"), 'icon': 'minus-circle', 'color': 'grey'}
        if not period.settled:
            return {'word': self.env._("Open"), 'icon': 'clock-o', 'color': 'amber'}
        words = dict(period._fields['settled_by']._description_selection(self.env))
        by_money = period.settled_by == 'money'
        word = self.env._("Paid") if by_money else words.get(period.settled_by)
        return {'word': word, 'icon': 'check-circle', 'color': 'green'}

    def _page_invoices(self, limit):
        """The invoices of this panel, the latest first.

        :return: list of dicts, and how many there are
        """
        domain = [('panel_id', '=', self.id), ('move_id.state', '=', 'posted')]
        demands = self.env['tenant.billing.demand'].search(domain, limit=limit)
        rows = [
            {
                'name': demand.move_id.name,
                'url': demand.move_id.get_portal_url(),
                'days': self._served_text(demand),
                'due': self._day_text(demand.due_date),
                'amount': self._currency_text(demand.amount, demand.currency_id),
                'rest': self._currency_text(demand.amount_open, demand.currency_id)
                if demand.status == 'open' and not demand._is_untouched() else "",
                **self._demand_state(demand),
            }
            for demand in demands]
        return rows, self.env['tenant.billing.demand'].search_count(domain)

    def _served_text(self, demand):
        if demand.direction == 'arrears' and not demand.move_id.tenant_is_opening:
            return self.env._("Usage")
        return demand.period_id.display_name if demand.period_id.is_dated else (
            self.env._("First period"))

    def _demand_state(self, demand):
        return dict(
            open={'word': self.env._("Open"), 'icon': 'clock-o', 'color': 'amber'},
            settled={'word': self.env._("Paid"), 'icon': 'check-circle', 'color': 'green'},
            dead={'word': self.env._("Credited"), 'icon': 'reply', 'color': 'grey'},
        )[demand.status]

    def _page_history(self, limit):
        """What happened to this panel, the latest first.

        :return: list of dicts, and how many there are
        """
        domain = [('panel_id', '=', self.id), ('event', 'in', list(TOLD))]
        events = self.env['tenant.billing.event'].search(domain, limit=limit)
        return events._told(), self.env['tenant.billing.event'].search_count(domain)

    # === BUSINESS METHODS: payments === #

    def _page_payments(self, limit):
        """Attempts at a gateway, payments and bank lines, the latest first.

        :return: list of dicts, and how many there are
        """
        moves = self._billed_moves()
        payments = self._paid_by(moves)
        attempts = moves.transaction_ids.filtered(lambda tx: not tx.payment_id & payments)
        lines = moves._get_reconciled_statement_lines()
        rows = [self._attempt_row(tx) for tx in attempts]
        rows += [self._payment_row(payment) for payment in payments]
        rows += [self._bank_row(line) for line in lines]
        rows.sort(key=lambda row: (row['date'], row['id']), reverse=True)
        return rows[:limit], len(rows)

    def _billed_moves(self):
        return self.env['tenant.billing.demand'].search([('panel_id', '=', self.id)]).move_id

    def _paid_by(self, moves):
        """The payments that have paid for these invoices, in whole or in part."""
        return moves.reconciled_payment_ids.filtered(
            lambda payment: payment.payment_type == 'inbound' and payment.state != 'draft')

    def _attempt_row(self, tx):
        words = {
            'draft': (self.env._("Not finished"), 'clock-o', 'grey'),
            'pending': (self.env._("Being confirmed"), 'refresh', 'blue'),
            'authorized': (self.env._("Being confirmed"), 'refresh', 'blue'),
            'done': (self.env._("Paid"), 'check-circle', 'green'),
            'cancel': (self.env._("Cancelled"), 'ban', 'grey'),
            'error': (self.env._("Did not go through"), 'times-circle', 'red'),
        }
        word, icon, color = words[tx.state]
        return {
            'id': tx.id,
            'date': self._local_day(tx.create_date),
            'title': tx.payment_method_id.name or tx.provider_id.name,
            'text': tx.reference,
            'amount': self._currency_text(tx.amount, tx.currency_id),
            'word': word, 'icon': icon, 'color': color, 'receipt': '',
        }

    def _payment_row(self, payment):
        cancelled = payment.state in ('canceled', 'rejected')
        tx = payment.payment_transaction_id
        return {
            'id': payment.id,
            'date': payment.date,
            'title': tx.payment_method_id.name or payment.journal_id.name,
            'text': tx.reference or payment.name or "",
            'amount': self._currency_text(payment.amount, payment.currency_id),
            'word': self.env._("Taken back") if cancelled else self.env._("Paid"),
            'icon': 'reply' if cancelled else 'check-circle',
            'color': 'grey' if cancelled else 'green',
            'receipt': '' if cancelled else f'/my/panels/{self.id}/receipts/{payment.id}',
        }

    def _bank_row(self, line):
        return {
            'id': line.id,
            'date': line.date,
            'title': self.env._("Bank transfer"),
            'text': line.payment_ref or "",
            'amount': self._currency_text(
                line.amount, line.currency_id or line.company_id.currency_id),
            'word': self.env._("Paid"), 'icon': 'check-circle', 'color': 'green', 'receipt': '',
        }

    def _local_day(self, moment):
        zoned = self.with_context(tz=self.zone or self.company_id.tenant_tz)
        return fields.Datetime.context_timestamp(zoned, moment).date()

    def _receipt_of(self, payment_id):
        """The payment with this id, if it paid for this panel; else an empty one."""
        return self._paid_by(self._billed_moves()).filtered(
            lambda payment: payment.id == payment_id and payment.state not in (
                'canceled', 'rejected'))
