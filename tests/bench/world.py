"""A company with panels, and what is measured of a piece of work."""

import time
import uuid
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo.fields import Command

QUIET = {
    'tracking_disable': True, 'mail_create_nolog': True,
    'mail_create_nosubscribe': True, 'mail_notrack': True,
}
CHUNK = 100
START = date(2026, 1, 1)


class World:
    """A company with one plan and N running panels, and the floors beside them."""

    lead_days = 7
    demands = 1  # of an invoice
    lines = 1  # of an invoice

    def __init__(self, env, n):
        self.env = env
        self.n = n
        self.month = 0
        with freeze_time(datetime(2026, 1, 1, 12)):
            self._make_company()
            self._make_panels()
        env.cr.commit()

    def _make_company(self):
        env = self.env
        company = env['res.company'].create({
            'name': f'Bench {uuid.uuid4()}', 'country_id': env.ref('base.us').id,
            'tenant_tz': 'UTC'})
        env.user.company_ids |= company
        env.user.company_id = company
        self.env = env = env(context={**env.context, 'allowed_company_ids': company.ids})
        env.cr.commit()  # Odoo loads the chart of the country's accounts now
        self.company = company = company.with_env(env)
        self.tax = env['account.tax'].create({
            'name': "15 %", 'amount': 15,
            'tax_group_id': company.account_sale_tax_id.tax_group_id.id})
        self.plan = env['tenant.plan'].create({
            'name': "Pro", 'code': "pro", 'company_id': company.id})
        self.plan.product_id.taxes_id = self.tax
        env['tenant.plan.version'].create(self.version_values()).action_publish()

    def version_values(self):
        return {
            'plan_id': self.plan.id, 'price': 1000, 'activate_when': 'created',
            'currency_id': self.company.currency_id.id, 'effective_from': START,
            'cycle_id': self.env.ref('tenant_billing.cycle_month').id,
            'lead_days': self.lead_days,
        }

    def _make_panels(self):
        env = self.env
        self.partners = env['res.partner'].create(
            [{'name': f'Tenant {number}'} for number in range(self.n)])
        self.panels = env['tenant.panel'].with_context(**QUIET).create([
            {'name': f'Panel {number}', 'partner_id': partner.id, 'plan_id': self.plan.id,
             'company_id': self.company.id}
            for number, partner in enumerate(self.partners)])
        for start in range(0, self.n, CHUNK):
            part = self.panels[start:start + CHUNK]
            part.action_order()
            part.action_mark_created()
            env.cr.commit()

    def next_month(self):
        """The day on which every panel's next invoice is due for issue."""
        self.month += 1
        return datetime.combine(
            START + relativedelta(months=self.month, days=-self.lead_days), datetime.min.time(),
        ) + relativedelta(hours=12)

    def ours(self):
        env = self.env
        before = env['tenant.billing.demand'].search_count([])
        env['tenant.billing.run']._process()
        made = env['tenant.billing.demand'].search_count([]) - before
        if made != self.n * self.demands:
            raise SystemExit(f"The renewal run made {made} demands for {self.n} panels.")

    def floor(self, context):
        """As many invoices of as many lines with tax, created and posted in chunks."""
        env = self.env(context={**self.env.context, **context})
        journal = self.company._tenant_journal()
        today = date.today()
        for start in range(0, self.n, CHUNK):
            moves = env['account.move'].create([
                {
                    'move_type': 'out_invoice', 'partner_id': partner.id,
                    'journal_id': journal.id, 'invoice_date': today,
                    'invoice_payment_term_id': False, 'invoice_date_due': today,
                    'invoice_line_ids': [Command.create({
                        'product_id': self.plan.product_id.id, 'name': "Pro for a month",
                        'quantity': 1, 'price_unit': 1000})] * self.lines,
                }
                for partner in self.partners[start:start + CHUNK]])
            moves.action_post()
            env.cr.commit()

    def plain(self):
        self.floor({})

    def tuned(self):
        self.floor(QUIET)


def measure(env, work):
    """Milliseconds and queries of a piece of work, from a cold cache."""
    env.invalidate_all()
    env.cr.commit()
    queries, begun = env.cr.sql_log_count, time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000, env.cr.sql_log_count - queries
