"""A world with several operators, tenants, plans and zones, and what people do in it."""


from odoo import SUPERUSER_ID, Command, api

from odoo.addons.tenant_billing.tests.common import BillingCase

ACTIONS = {
    'settle': ('tenant.billing.demand', '_cron_settle'),
    'enforce': ('tenant.panel', '_cron_enforce'),
    'renew': ('tenant.panel', '_cron_renew'),
    'remind': ('tenant.reminder', '_cron_send'),
    'audit': ('tenant.billing.audit', '_cron_run'),
}
# Odoo's own mail features on payments and invoices: not what is told here.
QUIET = {
    'tracking_disable': True, 'mail_create_nolog': True, 'mail_create_nosubscribe': True,
    'mail_notrack': True}
# name: company, price, terms. Retention, trial and rhythm are the same in every version of a plan.
PLANS = {
    'weekly': ('padma', 1000, {'cycle': 'week', 'lead_days': 3, 'grace_days': 2}),
    'monthly': ('padma', 1000, {'lead_days': 7, 'grace_days': 7}),
    'terms': ('padma', 700, {
        'lead_days': 10, 'term_days': 14, 'grace_days': 3, 'activate_when': 'created',
        'after_suspension': 'continue'}),
    'calendar': ('padma', 310, {
        'lead_days': 5, 'grace_days': 5, 'anchor': 'calendar', 'activate_when': 'created',
        'after_suspension': 'continue'}),
    'trial': ('padma', 900, {'trial_days': 9, 'activate_when': 'created', 'grace_days': 4}),
    'trial paid': ('padma', 450, {
        'cycle': 'week', 'lead_days': 2, 'trial_days': 5, 'grace_days': 1}),
    'free': ('padma', 0, {'activate_when': 'created'}),
    'zero': ('padma', 0, {'cycle': 'week', 'lead_days': 2, 'post_zero': True}),
    'dollars': ('padma', 20, {
        'cycle': 'week', 'lead_days': 6, 'grace_days': 6, 'activate_when': 'created',
        'currency': 'USD'}),
    'sierra': ('sierra', 99.99, {
        'cycle': 'week', 'lead_days': 0, 'grace_days': 0, 'after_suspension': 'continue',
        'activate_when': 'created'}),
    'sierra monthly': ('sierra', 49.5, {'lead_days': 7, 'term_days': 3, 'grace_days': 10}),
}


class LoopWorld(BillingCase):
    """Two companies, two currencies, two zones, two tenants, and plans of every kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = {
            'padma': cls.make_company("Padma", 'BDT', 'Asia/Dhaka'),
            'sierra': cls.make_company("Sierra", 'USD', 'America/Los_Angeles', tax=8),
        }
        both = [company.id for company in cls.companies.values()]
        cls.env.user.company_ids = [Command.link(company_id) for company_id in both]
        cls.env = cls.env(context={
            **cls.env.context, 'allowed_company_ids': both, **QUIET})
        cls.company = cls.companies['padma'].with_env(cls.env)
        cls.companies['padma'].tenant_write_off_limit = 5
        for company in cls.companies.values():
            company.with_env(cls.env)._tenant_journal()
        cls.env['res.currency.rate'].create({
            'currency_id': cls.env.ref('base.USD').id, 'company_id': cls.companies['padma'].id,
            'name': '2020-01-01', 'rate': 0.01})
        cls.tenants = {
            'Jashore': cls.make_tenant("Jashore"), 'Reno': cls.make_tenant("Reno")}
        cls.profile = cls.env['tenant.billing.profile'].create({
            'partner_id': cls.tenants['Reno'].id, 'tz': 'America/Los_Angeles'})
        cls.plans = {}
        for name, (company, price, terms) in PLANS.items():
            cls.plans[name] = cls._make_loop_plan(name, cls.companies[company], price, **terms)
        cls.env.flush_all()

    @classmethod
    def _make_loop_plan(cls, name, company, price, currency=None, **terms):
        if currency:
            terms['currency_id'] = cls.env.ref(f'base.{currency}').id
        return cls.make_plan(price, name=name, company=company.with_env(cls.env), **{
            'retention_days': 20, 'notice_days': 10, 'order_expiry_days': 9, **terms})

    def new_version(self, plan, price, *, currency=None, **terms):
        if currency:
            terms['currency_id'] = self.env.ref(f'base.{currency}').id
        return self.make_version(plan, price, **{
            'retention_days': 20, 'notice_days': 10, 'order_expiry_days': 9, **terms})

    # === SCHEDULED ACTIONS === #

    def run_action(self, name):
        """A scheduled action's own method on a cursor of its own, as the scheduler calls it."""
        model, method = ACTIONS[name]
        self.env.flush_all()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            getattr(env[model], method)()
            env.flush_all()
            cr.commit()
        self.env.cr.precommit.data.pop('sequence.mixin', None)  # numbers that it has used
        self.env.invalidate_all()

    # === WHAT CLERKS DO === #

    def receivable(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')

    def money(self, panel, amount, *, test=False):
        """A payment that says for whom, but not for what."""
        company, currency = panel.company_id, panel.currency_id
        payment = self.env['account.payment'].with_company(company).create({
            'partner_id': panel.partner_id.id, 'amount': amount, 'date': self.today(),
            'payment_type': 'inbound', 'partner_type': 'customer', 'currency_id': currency.id,
            'journal_id': self.bank(company).id,
            'payment_transaction_id': self._test_transaction(panel, amount).id if test else False,
        })
        payment.action_post()
        return payment

    def _test_transaction(self, panel, amount):
        provider = self.env['payment.provider'].search([], limit=1)
        method = self.env['payment.method'].with_context(active_test=False).search([], limit=1)
        return self.env['payment.transaction'].create({
            'provider_id': provider.id, 'amount': amount, 'currency_id': panel.currency_id.id,
            'payment_method_id': method.id, 'partner_id': panel.partner_id.id})

    def assign(self, move, invoice):
        """A clerk matches money or a note with an invoice."""
        lines = self.receivable(move | invoice).filtered(lambda line: not line.reconciled)
        lines.reconcile()

    def other_note(self, panel, amount):
        """A credit note of no invoice: account credit."""
        note = self.env['account.move'].with_company(panel.company_id).create({
            'move_type': 'out_refund', 'partner_id': panel.partner_id.id,
            'invoice_date': self.today(), 'currency_id': panel.currency_id.id,
            'invoice_line_ids': [Command.create({
                'name': "Credit", 'quantity': 1, 'price_unit': amount, 'tax_ids': False})]})
        note.action_post()
        return note
