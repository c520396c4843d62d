from odoo.fields import Command

from odoo.addons.tenant_billing.tests.common import BillingCase


class BooksCase(BillingCase):
    """What clerks, banks and gateways do to an invoice, and what the books then say."""

    def start_world(self, price=100, **terms):
        """25 January: January is paid, February's invoice is open, and the panel runs.

        The plan's price carries no tax, so that an invoice asks for exactly the price.
        """
        self.set_clock('2026-01-01')
        self.plan = self.make_plan(price, **terms)
        self.plan.product_id.taxes_id = False
        self.panel = self.running(self.plan)
        self.set_clock('2026-01-25')
        self.panel._renew()
        self.demand = self.open_demands(self.panel)
        self.invoice = self.demand.move_id

    # === WHAT PEOPLE AND BANKS DO === #

    def receivable(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')

    def assign(self, invoice, move):
        """A clerk assigns an outstanding credit on the invoice's form."""
        invoice.js_assign_outstanding_line(
            self.receivable(move).filtered(lambda line: not line.reconciled).id)

    def receive_and_assign(self, invoice, amount):
        payment = self.receive(amount)
        self.assign(invoice, payment.move_id)
        return payment

    def bank_line(self, amount, *, match=None, company=None):
        """A line of the bank's statement, matched with an invoice when one is given."""
        line = self.env['account.bank.statement.line'].create({
            'journal_id': self.bank(company).id, 'date': self.today(), 'amount': amount,
            'payment_ref': "Transfer", 'partner_id': self.tenant.id})
        if match:
            _liquidity, suspense, _other = line._seek_for_lines()
            suspense.account_id = self.receivable(match).account_id
            (suspense + self.receivable(match)).reconcile()
        return line

    def entry(self, amount, debits, *, partner=None, post=True):
        """A journal entry that credits the tenant's receivable and debits accounts.

        :param list debits: pairs of account and amount
        """
        partner = partner or self.tenant
        entry = self.env['account.move'].with_company(self.company).create({
            'move_type': 'entry', 'date': self.today(),
            'line_ids': [
                Command.create({
                    'account_id': partner.property_account_receivable_id.id,
                    'partner_id': partner.id, 'credit': amount}),
                *[Command.create({'account_id': account.id, 'debit': value})
                  for account, value in debits],
            ],
        })
        if post:
            entry.action_post()
        return entry

    def account(self, name, code, kind='asset_current'):
        return self.env['account.account'].with_company(self.company).create({
            'name': name, 'code': code, 'account_type': kind})

    def other_credit_note(self, amount):
        """A credit note of no invoice: the tenant's account credit."""
        note = self.env['account.move'].with_company(self.company).create({
            'move_type': 'out_refund', 'partner_id': self.tenant.id, 'invoice_date': self.today(),
            'invoice_line_ids': [Command.create({
                'name': "Credit", 'quantity': 1, 'price_unit': amount, 'tax_ids': []})],
        })
        note.action_post()
        return note

    def provider(self, live=True):
        """An online provider whose payments are booked in the bank journal."""
        provider = self.env['payment.provider'].create({
            'name': "Gateway", 'code': 'none', 'state': 'enabled' if live else 'test',
            'company_id': self.company.id,
        })
        self.env['account.payment.method.line'].create({
            'name': "Gateway", 'journal_id': self.bank().id, 'payment_provider_id': provider.id,
            'payment_method_id': self.env.ref('account.account_payment_method_manual_in').id,
        })
        return provider

    def start_online(self, invoices, amount=None, *, live=True):
        """The tenant is sent to the gateway."""
        return self.env['payment.transaction'].create({
            'provider_id': self.provider(live).id,
            'payment_method_id': self.env.ref('payment.payment_method_unknown').id,
            'amount': amount or sum(invoices.mapped('amount_residual')),
            'currency_id': invoices.currency_id.id,
            'partner_id': self.tenant.id,
            'operation': 'online_redirect',
            'invoice_ids': [Command.set(invoices.ids)],
        })

    def pay_online(self, invoices, amount=None, *, live=True):
        """The gateway says that a payment is done, and Odoo books it."""
        tx = self.start_online(invoices, amount, live=live)
        tx._set_done()
        tx._post_process()
        return tx

    def reverse_payment(self, payment):
        """The payment's entry is reversed on core's own screen, as after a bounced cheque."""
        self.env['account.move.reversal'].with_context(
            active_model='account.move', active_ids=payment.move_id.ids).create({
                'journal_id': payment.journal_id.id, 'reason': "Bounced"}).refund_moves()
        reversal = payment.move_id.reversal_move_ids
        if reversal.state == 'draft':
            reversal.action_post()
        return reversal

    def ask_in_arrears(self, panel, amount, due):
        """An invoice for something served already: it asks, but pays for no period."""
        invoice = self.env['account.move'].with_company(self.company).create({
            'move_type': 'out_invoice', 'partner_id': self.tenant.id,
            'journal_id': self.company._tenant_journal().id, 'invoice_date': self.today(),
            'invoice_payment_term_id': False, 'invoice_date_due': due,
            'invoice_line_ids': [Command.create({
                'name': "Usage", 'quantity': 1, 'price_unit': amount, 'tax_ids': []})],
        })
        demand = self.env['tenant.billing.demand'].create({
            'move_id': invoice.id, 'panel_id': panel.id, 'company_id': self.company.id,
            'currency_id': invoice.currency_id.id, 'direction': 'arrears',
            'plan_version_id': panel.plan_version_id.id, 'amount': amount,
            'amount_open': amount, 'issued_on': self.today(), 'due_date': due,
        })
        invoice.action_post()
        panel._refresh()
        return demand

    def in_instalments(self, invoice):
        """A clerk gives the invoice terms: 30 % at once, the rest ten days later."""
        terms = self.env['account.payment.term'].create({
            'name': "Two parts", 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 30, 'nb_days': 0}),
                Command.create({'value': 'percent', 'value_amount': 70, 'nb_days': 10})]})
        invoice.button_draft()
        invoice.invoice_payment_term_id = terms
        invoice.action_post()

    # === WHAT WE LOOK AT === #

    def assertBooks(self, status, still_open, paid_through, *, core=None, demand=None):
        """The demand, its period and the panel say the same about the invoice.

        :param str status: of the demand
        :param still_open: what Pay would charge for it
        :param str paid_through: the panel's last paid day
        :param str core: what Odoo calls the invoice's payment state
        """
        demand = demand or self.demand
        self.env.invalidate_all()
        period = demand.period_id
        self.assertEqual(
            (demand.status, demand.amount_open, str(demand.panel_id.paid_through)),
            (status, still_open, paid_through))
        self.assertEqual(period.settled, status == 'settled')
        self.assertEqual(period.state == 'void', status == 'dead')
        self.assertEqual(bool(period.settled_by), status == 'settled')
        if core:
            self.assertEqual(demand.move_id.payment_state, core)
        self.assertNoDifference()

    def assertNoDifference(self):
        """The sweep has nothing to mend: the door saw everything by itself (R6)."""
        self.assertEqual(self.env['tenant.billing.demand']._different(), [])

    def findings(self):
        """What the self-audit says, in words."""
        return self.env['tenant.billing.audit']._run().mapped('message')
