from datetime import datetime, time
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo.fields import Command

from odoo.addons.tenant_billing.tests.invoicing.books import BooksCase

FORM = """
    <form action="https://gate.example/pay" method="post">
        <input type="hidden" name="from" value="tenant"/>
    </form>
"""


class PayCase(BooksCase):
    """25 January: January is paid, February's invoice of 100.00 is open, and the tenant has a
    login."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.method = cls.env.ref('payment.payment_method_unknown')
        cls.login = cls.make_login('tenant', cls.tenant)
        field = cls.env['payment.provider']._fields['code']
        codes = field._description_selection
        cls.startClassPatcher(patch.object(
            field, '_description_selection', lambda env: [*codes(env), ('gate', "Gate")]))

    def make_world(self):
        super().make_world()
        self.start_world(100)

    @classmethod
    def make_login(cls, name, partner, group='base.group_portal'):
        return cls.env['res.users'].with_context(no_reset_password=True).create({
            'name': partner.name, 'login': f'{name}-paying', 'password': f'{name}-paying',
            'partner_id': partner.id, 'company_id': cls.company.id,
            'company_ids': [Command.set(cls.company.ids)],
            'group_ids': [Command.set(cls.env.ref(group).ids)],
        })

    def at(self, day, clock):
        """A minute of a local day."""
        self.set_moment(datetime.combine(
            self.day(day), time.fromisoformat(clock), ZoneInfo(self.tz)))

    def gateway(self, company=None, **values):
        """An online provider that tenants may use, with a page of its own."""
        company = company or self.company
        view = self.env['ir.ui.view'].create({'name': "Gate", 'type': 'qweb', 'arch': FORM})
        provider = self.env['payment.provider'].create({
            'name': "Gate", 'code': 'none', 'state': 'enabled', 'is_published': True,
            'company_id': company.id, 'redirect_form_view_id': view.id,
            'payment_method_ids': [Command.set(self.method.ids)], **values})
        self.method.active = provider.state != 'disabled'
        self.env['account.payment.method.line'].create({
            'name': "Gate", 'journal_id': self.bank(company).id,
            'payment_provider_id': provider.id,
            'payment_method_id': self.env.ref('account.account_payment_method_manual_in').id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE payment_provider SET code = 'gate' WHERE id = %s", [provider.id])
        provider.invalidate_recordset(['code'])
        return provider

    def transfer(self):
        """Core's bank transfer, enabled for the company."""
        provider = self.env['payment.provider'].search(
            [('code', '=', 'custom'), ('company_id', '=', self.company.id)])
        provider = provider or self.env.ref('payment.payment_provider_transfer').copy(
            {'company_id': self.company.id})
        method = self.env.ref('payment_custom.payment_method_wire_transfer')
        provider.write({
            'state': 'enabled', 'is_published': True, 'pending_msg': "<p>Padma Bank 4711</p>",
            'payment_method_ids': [Command.set(method.ids)]})
        method.active = True
        return provider

    def start(self, provider, demands=None, user=None, **values):
        """The tenant is sent to the gateway, as the route does it; values may be forged."""
        demands = self.panel._payable() if demands is None else demands
        env = self.env(user=user or self.login, su=False)
        return env['payment.transaction'].sudo().create({
            'provider_id': provider.id, 'payment_method_id': self.method.id,
            'amount': sum(demands.mapped('amount_open')), 'currency_id': self.panel.currency_id.id,
            'partner_id': self.tenant.id, 'operation': 'online_redirect',
            'invoice_ids': [Command.set(demands.move_id.ids)], **values}).sudo(False).with_env(
                self.env)

    def finish(self, tx):
        """The gateway says that it has the money, and Odoo books it."""
        tx._set_done()
        tx._post_process()
        self.env.invalidate_all()
        return tx

    def pay_at(self, provider, demands=None):
        return self.finish(self.start(provider, demands))

    def asked_people(self, panel=None):
        return sorted((panel or self.panel).activity_ids.mapped('summary'))
