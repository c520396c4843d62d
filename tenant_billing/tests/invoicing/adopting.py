import base64

from odoo.addons.tenant_billing.tests.common import BillingCase

HEADER = 'external id,panel name,tenant,plan code,paid-through date,amount owed'


class AdoptionCase(BillingCase):
    """An operator who brings the panels of another system here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.make_plan(1000)
        cls.plan.code = 'pro'
        cls.opening = cls.env['account.account'].with_company(cls.company).create({
            'name': "Opening balances", 'code': '999001', 'account_type': 'equity'})

    def upload(self, *lines, header=HEADER, **values):
        """A file that was uploaded, and not looked at yet."""
        content = values.pop('content', None) or '\n'.join([header, *lines]).encode()
        return self.env['tenant.adoption'].create({
            'company_id': self.company.id, 'file': base64.b64encode(content),
            'opening_account_id': self.opening.id, 'due_date': '2026-01-20', **values})

    def check(self, *lines, **values):
        adoption = self.upload(*lines, **values)
        adoption.action_check()
        return adoption

    def adopt(self, *lines, **values):
        """Uploaded, looked at and imported."""
        adoption = self.check(*lines, **values)
        adoption.action_import()
        self.run_cron('cron_adopt')
        return adoption

    def line(self, key='E1', name="Shop", tenant=None, plan='pro', until='2026-01-31', owed=''):
        tenant = self.tenant.email if tenant is None else tenant
        return f'{key},{name},{tenant},{plan},{until},{owed}'

    def panel(self, key='E1'):
        return self.env['tenant.panel'].search(
            [('company_id', '=', self.company.id), ('external_id', '=', key)])

    def results(self, adoption):
        return [(row.verdict, row.message or '') for row in adoption.row_ids]
