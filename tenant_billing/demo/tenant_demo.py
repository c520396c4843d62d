import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.fields import Command

ZONE = 'Asia/Dhaka'


class TenantDemo(models.AbstractModel):
    """Demo data: a year of a small operator, lived through the doors under a moved clock."""

    _name = 'tenant.demo'
    _description = "Demo Story"

    @api.model
    def _tell(self):
        """Live the story day by day, from its first day to today."""
        from freezegun import freeze_time  # noqa: PLC0415 only demo data moves the clock

        company = self._make_company()
        story = self.with_company(company).with_context(
            allowed_company_ids=company.ids, tz=ZONE, mail_notify_force_send=False)
        today = company._tenant_today()
        plot = story._plot(today)
        tenants = story._make_tenants(company)
        story._make_logins(company, tenants)
        panels = {}
        day = min(min(days) for days in plot)
        with freeze_time(self._noon(day)) as clock:
            plans = story._make_plans(company)
            while day <= today:
                clock.move_to(self._noon(day))
                for number, days in enumerate(plot):
                    for act, *words in days.get(day, ()):
                        getattr(story, f'_do_{act}')(panels, number, plans, tenants, *words)
                story._live_a_day(panels)
                day += timedelta(days=1)
        story._connect_host(company)

    # === THE STORY === #

    @api.model
    def _plot(self, today):
        """For each panel, what happens to it on which day."""
        def back(days):
            return today - timedelta(days=days)

        def months_before(day, months):
            return day - relativedelta(months=months)

        well = months_before(back(12), 12)
        soon = months_before(today + timedelta(days=4), 2)
        late = months_before(back(3), 2)
        stopped = months_before(back(20), 2)
        return [
            {**self._paying_well(well, today, ('order', 'J', "Jashore Kidney Centre", 'pro')),
             back(200): [('pay_if_old',), ('include_more', 'pro', 5000)],
             back(70): [('pay_if_old',), ('tell_late', 45, 160)],
             back(40): [('pay_if_old',), ('take_back', 50)],
             back(20): [('pay_if_old',), ('cap', 5000)]},
            self._paying_well(
                soon, back(4), ('order', 'J', "Jashore Appointments", 'basic')),
            {back(60): [('order', 'J', "Jashore Staff Training", 'free'), ('created',)]},
            self._paying_well(
                months_before(back(5), 12), back(6),
                ('order', 'R', "Rangpur Heart Centre Group", 'enterprise')),
            {back(1): [('order', 'J', "Jashore Archive", 'basic')]},
            self._paying_well(late, back(10), ('order', 'R', "Rangpur Heart Centre", 'pro')),
            self._paying_well(stopped, back(27), ('order', 'R', "Rangpur Cath Lab", 'basic')),
            {**self._paying_well(
                back(25), back(24), ('order', 'R', "Rangpur Newsletter", 'basic')),
             back(5): [('hold', 'abuse', "Sends mail to people who did not ask for it.")]},
            {back(8): [('order', 'R', "Rangpur Imaging", 'basic'), ('pay',)],
             back(7): [('failed', "The host has no room for this size.")]},
        ]

    @api.model
    def _paying_well(self, first, last, order):
        """Ordered and paid on the first day, and every invoice paid within two days."""
        days = {first: [order, ('pay',), ('created',)]}
        day = first + timedelta(days=1)
        while day <= last:
            days[day] = [('pay_if_old',)]
            day += timedelta(days=1)
        return days

    @api.model
    def _live_a_day(self, panels):
        all_panels = self.env['tenant.panel'].browse(panel.id for panel in panels.values())
        all_panels._renew()
        all_panels.filtered(lambda panel: panel.state != 'closed')._enforce()

    # === WHAT PEOPLE DO === #

    @api.model
    def _do_order(self, panels, number, plans, tenants, tenant, name, plan):
        panel = self.env['tenant.panel'].create({
            'name': name,
            'partner_id': tenants[tenant].id,
            'plan_id': plans[plan].id,
            'company_id': self.env.company.id,
            'external_id': name.lower().replace(' ', '-'),
        })
        panel.action_order()
        panels[number] = panel

    @api.model
    def _do_created(self, panels, number, plans, tenants):
        panels[number].action_mark_created()

    @api.model
    def _do_failed(self, panels, number, plans, tenants, reason):
        panels[number].action_mark_failed(reason)

    @api.model
    def _do_hold(self, panels, number, plans, tenants, category, reason):
        panels[number].action_hold(category, reason)

    @api.model
    def _do_pay_if_old(self, panels, number, plans, tenants):
        day = panels[number]._today() - timedelta(days=2)
        if any(d.status == 'open' and d.issued_on <= day for d in panels[number].demand_ids):
            self._do_pay(panels, number, plans, tenants)

    @api.model
    def _do_pay(self, panels, number, plans, tenants):
        for move in panels[number].demand_ids.filtered(lambda d: d.status == 'open').move_id:
            self.env['account.payment.register'].with_context(
                active_model='account.move', active_ids=move.ids,
            ).create({'payment_date': panels[number]._today()})._create_payments()

    # === THE STAGE === #

    @api.model
    def _noon(self, day):
        noon = datetime.combine(day, time(12), ZoneInfo(ZONE))
        return noon.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    @api.model
    def _make_company(self):
        taka = self.env.ref('base.BDT')
        taka.active = True
        company = self.env['res.company'].create({
            'name': "Padma Hosting", 'currency_id': taka.id, 'tenant_tz': ZONE,
            'country_id': self.env.ref('base.us').id, 'email': "billing@padma.example",
        })
        self.env['account.chart.template'].try_loading(
            'generic_coa', company=company, install_demo=False)
        company.currency_id = taka
        company.country_id = self.env.ref('base.bd')
        company.account_sale_tax_id = self.env['account.tax'].with_company(company).create({
            'name': "VAT 15 %", 'amount': 15, 'company_id': company.id,
            'tax_group_id': company.account_sale_tax_id.tax_group_id.id,
            'country_id': company.account_fiscal_country_id.id,
        })
        admin = self.env.ref('base.user_admin')
        (admin | self.env.user).company_ids |= company
        admin.company_id = company
        company.tenant_responsible_id = admin
        company.tenant_bad_debt_account_id = self.env['account.account'].with_company(
            company).create(
                {'name': "Bad debt", 'code': '699999', 'account_type': 'expense'})
        return company

    @api.model
    def _make_tenants(self, company):
        partners = self.env['res.partner']
        return {
            'J': partners.create({
                'name': "Jashore Kidney Centre", 'is_company': True, 'company_id': company.id,
                'email': "accounts@jashore.example", 'city': "Jashore",
                'country_id': self.env.ref('base.bd').id}),
            'R': partners.create({
                'name': "Rangpur Heart Centre", 'is_company': True, 'company_id': company.id,
                'email': "accounts@rangpur.example", 'city': "Rangpur",
                'country_id': self.env.ref('base.bd').id}),
        }

    @api.model
    def _make_logins(self, company, tenants):
        """A person of each tenant who looks after its panels on the portal."""
        for tenant, name, login in (
            ('J', "Nusrat Rahman", 'jashore'), ('R', "Tanvir Ahmed", 'rangpur'),
        ):
            self.env['res.users'].with_context(no_reset_password=True).create({
                'name': name, 'login': login, 'password': login,
                'company_id': company.id, 'company_ids': [Command.set(company.ids)],
                'group_ids': [Command.set(self.env.ref('base.group_portal').ids)],
                'partner_id': self.env['res.partner'].create({
                    'name': name, 'email': f'{login}@portal.example',
                    'parent_id': tenants[tenant].id, 'company_id': company.id}).id,
            })

    @api.model
    def _connect_host(self, company):
        """For the example host, which ./setup/run starts: an endpoint, which it leads there, and
        the key by which the host reports. Its secret is made by chance in each database and kept
        in clear for ./setup/run, as no key of an operator is."""
        endpoint = self.env['tenant.webhook.endpoint'].create({
            'name': "Example host", 'company_id': company.id, 'active': False,
            'url': 'https://host.example/webhooks'})
        key = self.env['tenant.api.key'].create({
            'name': "Example host (demo only)", 'company_id': company.id,
            'scope_ids': [Command.create({'scope': 'provisioning'})]})
        self.env['ir.config_parameter'].set_param('tenant_billing.demo_host', json.dumps({
            'endpoint': endpoint.id, 'key': key.action_issue()['context']['default_secret']}))

    @api.model
    def _make_plans(self, company):
        by_calendar = {
            'anchor': 'calendar', 'activate_when': 'created', 'after_suspension': 'continue',
            'term_days': 7}
        return {
            code: self._make_plan(company, code, name, price, terms)
            for code, name, price, terms in (
                ('free', "Free", 0, {}),
                ('basic', "Basic", 600, {}),
                ('pro', "Pro", 1500, {}),
                ('enterprise', "Enterprise", 12000, by_calendar),
            )}

    @api.model
    def _make_plan(self, company, code, name, price, terms):
        plan = self.env['tenant.plan'].create({
            'name': name, 'code': code, 'company_id': company.id})
        plan.product_id.taxes_id = company.account_sale_tax_id
        self.env['tenant.plan.version'].create({
            'plan_id': plan.id, 'price': price, 'currency_id': company.currency_id.id,
            'cycle_id': self.env.ref('tenant_billing.cycle_month').id,
            'effective_from': company._tenant_today(), **terms,
            **self._usage_terms(code, company),
        }).action_publish()
        return plan
