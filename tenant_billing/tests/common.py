from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from freezegun import freeze_time
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tests import TransactionCase

CRONS = (
    'cron_settle', 'cron_enforce', 'cron_renew', 'cron_charge', 'cron_alert', 'cron_remind',
    'cron_deliver', 'cron_audit')


class BillingCase(TransactionCase):
    """A world to bill in: one operator, one tenant, a clock, and words for what they do."""

    tz = 'Asia/Dhaka'
    _clock = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(lambda: cls._stop_clock())
        cls.set_clock('2026-01-01')
        cls.env = cls.env(context={**cls.env.context, 'tracking_disable': False})
        cls.company = cls.make_company("Padma Hosting")
        cls.env.user.company_ids |= cls.company
        cls.env.user.company_id = cls.company
        cls.env = cls.env(context={**cls.env.context, 'allowed_company_ids': cls.company.ids})
        cls.tenant = cls.make_tenant("Jashore Kidney Centre")

    def setUp(self):
        """Before the first test of a class, and before the savepoint to which each goes back, the
        world is made: what `make_world` sets belongs to the class."""
        if '_world_since' not in vars(type(self)):
            self._make_world_once()
        super().setUp()
        self.set_moment(self._world_since)

    def _make_world_once(self):
        before = set(vars(self))
        self.set_clock('2026-01-01')
        self.make_world()
        self.env.flush_all()
        self.env.cr.precommit.run()
        for name in vars(self).keys() - before:
            setattr(type(self), name, vars(self)[name])
        type(self)._world_since = self._moment

    def make_world(self):
        """What each test of the class begins with; patches have no place here."""

    # === THE WORLD === #

    @classmethod
    def make_company(cls, name, currency='BDT', tz=None, tax=None):
        money = cls.env.ref(f'base.{currency}')
        money.active = True
        company = cls.env['res.company'].create({
            'name': name, 'currency_id': money.id, 'tenant_tz': tz or cls.tz,
            'country_id': cls.env.ref('base.us').id,
        })
        cls.env['account.chart.template'].try_loading(
            'generic_coa', company=company, install_demo=False)
        company.currency_id = money
        company.account_sale_tax_id = cls.env['account.tax'].with_company(company).create({
            'name': "15 %", 'amount': 15 if tax is None else tax, 'company_id': company.id,
            'tax_group_id': company.account_sale_tax_id.tax_group_id.id,
        })
        bad_debt = cls.env['account.account'].with_company(company).create({
            'name': "Bad debt", 'code': '699999', 'account_type': 'expense'})
        company.tenant_bad_debt_account_id = bad_debt
        return company

    @classmethod
    def make_tenant(cls, name, **values):
        return cls.env['res.partner'].create({
            'name': name, 'email': f'{name.lower().replace(" ", ".")}@example.com', **values})

    @classmethod
    def make_plan(cls, price=1000, *, name="Pro", company=None, publish=True, **terms):
        """A plan with one version, monthly, from the first day, unless said otherwise."""
        company = company or cls.company
        cls._plans = getattr(cls, '_plans', 0) + 1
        plan = cls.env['tenant.plan'].create({
            'name': name, 'code': f'plan-{cls._plans}', 'company_id': company.id})
        plan.product_id.taxes_id = company.account_sale_tax_id
        cls.make_version(plan, price, publish=publish, **terms)
        return plan

    @classmethod
    def make_version(cls, plan, price, *, publish=True, cycle='month', **terms):
        version = cls.env['tenant.plan.version'].create({
            'plan_id': plan.id,
            'price': price,
            'currency_id': plan.company_id.currency_id.id,
            'cycle_id': cls.env.ref(f'tenant_billing.cycle_{cycle}').id,
            'effective_from': plan.company_id._tenant_today(),
            **terms,
        })
        if publish:
            version.action_publish()
        return version

    @classmethod
    def make_alert(cls, panel, threshold=80, **values):
        """An alert of calls, as it is when a rule has fired."""
        rule = cls.env['tenant.usage.alert.rule'].create({
            'name': "Calls", 'threshold': threshold, 'company_id': panel.company_id.id})
        return cls.env['tenant.usage.alert']._fire([{
            'rule_id': rule.id, 'panel_id': panel.id, 'company_id': panel.company_id.id,
            'date_start': panel._today().replace(day=1), 'subject': 'calls', 'name': "Calls",
            'date_end': fields.Date.add(panel._today().replace(day=1), months=1),
            'unit': "calls", 'basis': 'percent', 'threshold': threshold, 'severity': 'warning',
            'currency_id': panel.currency_id.id, 'value': 8012.0, 'limit_value': 10000.0,
            'fired_at': fields.Datetime.now(), **values}])

    # === THE CLOCK === #

    @classmethod
    def set_clock(cls, day, hour=12):
        """Noon of a local day, or another hour of it."""
        cls.set_moment(datetime.combine(fields.Date.to_date(day), time(hour), ZoneInfo(cls.tz)))

    @classmethod
    def set_moment(cls, moment):
        """It is this instant, in UTC unless it has a zone. A clock that runs is moved: that takes
        a hundredth of the time of a new one."""
        if moment.tzinfo:
            moment = moment.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)
        cls._moment = moment
        if cls._clock:
            cls._hands.move_to(moment)
        else:
            cls._clock = freeze_time(moment)
            cls._hands = cls._clock.start()

    @classmethod
    def _stop_clock(cls):
        if cls._clock:
            cls._clock.stop()
            cls._clock = None

    def on(self, day, hour=12, run=True):
        """It is another day, and the scheduled actions have run."""
        self.set_clock(day, hour)
        if run:
            self.run_crons()

    def run_crons(self, *names):
        for name in names or CRONS:
            self.run_cron(name)

    def run_cron(self, name):
        """A scheduled action on a cursor of its own; its error is the test's."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.ref(f'tenant_billing.{name}').ir_actions_server_id.run()
        self.env['account.move']._get_sequence_cache().clear()  # the other cursor's went on
        self.env.invalidate_all()

    # === WHAT PEOPLE DO === #

    def make_panel(self, plan, *, tenant=None, name="Panel", **values):
        return self.env['tenant.panel'].create({
            'name': name, 'plan_id': plan.id, 'partner_id': (tenant or self.tenant).id,
            'company_id': plan.company_id.id, **values})

    def order(self, plan, **values):
        panel = self.make_panel(plan, **values)
        panel.action_order()
        return panel

    def running(self, plan, **values):
        """A panel that was ordered, paid as far as it must be, and is marked created."""
        panel = self.order(plan, **values)
        if panel.amount_due:
            self.pay(panel)
        panel.action_mark_created()
        return panel

    def open_demands(self, panel):
        return panel.demand_ids.filtered(lambda d: d.status == 'open').sorted(
            lambda d: (d.due_date, d.id))

    def pay(self, panel, amount=None):
        """A payment registered on the oldest open invoices, in full unless an amount is given."""
        payments = self.env['account.payment']
        for move in self.open_demands(panel).move_id:
            payments |= self.pay_invoice(move, amount)
            if amount:
                break
        return payments

    def pay_invoice(self, move, amount=None):
        values = {'payment_date': self.today()}
        if amount:
            values['amount'] = amount
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=move.ids).create(values)
        return wizard._create_payments()

    def receive(self, amount, *, tenant=None, company=None):
        """Money that comes without saying for what."""
        company = company or self.company
        payment = self.env['account.payment'].create({
            'partner_id': (tenant or self.tenant).id, 'amount': amount, 'date': self.today(),
            'payment_type': 'inbound', 'partner_type': 'customer',
            'journal_id': self.bank(company).id, 'currency_id': company.currency_id.id,
        })
        payment.action_post()
        return payment

    def bank(self, company=None):
        return self.env['account.journal'].search(
            [('type', '=', 'bank'), ('company_id', '=', (company or self.company).id)], limit=1)

    def unreconcile(self, move):
        move.line_ids.remove_move_reconcile()

    def credit(self, move, *, lines=1.0, reason=False):
        """A credit note of the invoice, made on core's own screen."""
        wizard = self.env['account.move.reversal'].with_context(
            active_model='account.move', active_ids=move.ids).create(
                {'journal_id': move.journal_id.id, 'reason': "test"})
        wizard.reverse_moves()
        note = wizard.new_move_ids
        for line in note.invoice_line_ids:
            line.price_unit *= lines
        note.tenant_credit_reason = reason
        note.action_post()
        return note

    def settle_by(self, demand, kind, **values):
        """The wizard "Write off or credit demand"."""
        self.env['tenant.demand.action'].create({
            'demand_id': demand.id, 'kind': kind, 'reason': "A reason", **values}).action_apply()

    def write_off(self, move, amount=None):
        """A bad-debt entry made on core's own screens."""
        asked = move.line_ids.filtered(lambda ln: ln.account_id.account_type == 'asset_receivable')
        amount = amount or asked.amount_residual_currency
        entry = self.env['account.move'].with_company(move.company_id).create({
            'move_type': 'entry', 'date': self.today(),
            'line_ids': [
                Command.create({'account_id': asked.account_id.id, 'credit': amount,
                                'partner_id': asked.partner_id.id}),
                Command.create({'account_id': move.company_id.tenant_bad_debt_account_id.id,
                                'debit': amount}),
            ],
        })
        entry.action_post()
        (asked + entry.line_ids.filtered(lambda ln: ln.account_id == asked.account_id)).reconcile()
        return entry

    # === WHAT WE LOOK AT === #

    def today(self):
        return self.company._tenant_today()

    def day(self, text):
        return fields.Date.to_date(text)

    def periods(self, panel):
        """Live periods as (first day, last day, paid?) in words."""
        return [
            (str(p.date_start), str(p.last_day), 'paid' if p.settled else 'open')
            for p in panel._live_periods()]

    def assertPanel(self, panel, state, paid_through=None, due=0.0):
        panel.invalidate_recordset()
        self.assertEqual(
            (panel.state, str(panel.paid_through or '') or None, panel.amount_due),
            (state, paid_through, due))

    def assertNothingLeft(self):
        """Every scheduled action, run again, changes nothing (law 3)."""
        self.run_crons()
        before = self._picture()
        self.run_crons()
        self.assertEqual(self._picture(), before)
        self.assertEqual(self.env['tenant.billing.audit'].search([]).mapped('message'), [])

    def _picture(self):
        self.env.flush_all()
        picture = {}
        for model, names in {
            'account.move': ['state', 'payment_state', 'amount_residual'],
            'account.partial.reconcile': ['amount'],
            'tenant.billing.demand': ['status', 'amount_open', 'reopened_on'],
            'tenant.billing.period': ['state', 'settled', 'date_start', 'date_end'],
            'tenant.panel': ['state', 'money_state', 'paid_through', 'stop_after'],
            'tenant.panel.hold': ['date_to'],
            'tenant.subscription': ['date_from', 'date_to'],
            'tenant.reminder': ['state'],
            'tenant.usage.alert': ['state', 'read_at', 'seen_at'],
            'tenant.api.key': ['state', 'prefix', 'previous_until'],
            'tenant.payment.attempt': ['state'],
            'payment.transaction': ['state'],
            'tenant.billing.event': ['event'],
            'tenant.webhook.delivery': ['state', 'attempts'],
            'mail.mail': ['state'],
            'mail.activity': ['summary'],
            'mail.message': ['message_type'],
        }.items():
            rows = self.env[model].sudo().with_context(active_test=False).search([], order='id')
            picture[model] = [tuple(row.values()) for row in rows.read(names)]
        return picture


def add_days(day, days):
    return fields.Date.add(fields.Date.to_date(day), days=days)


__all__ = ['BillingCase', 'add_days', 'date']
