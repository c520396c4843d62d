import base64

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.common import BillingCase


@tagged('post_install', '-at_install')
class TestKeptApart(BillingCase):
    """Law 10, the other way round: what is ours is not pushed into a company that is not. Odoo
    looks at the rules before a write, not after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Meghna Hosting")
        cls.manager = new_test_user(
            cls.env, 'apart', 'tenant_billing.group_manager',
            company_id=cls.company.id, company_ids=cls.company.ids)
        cls.env.user.company_ids |= cls.other
        cls.plan = cls.make_plan(1000)
        cls.others_plan = cls.make_plan(1000, company=cls.other)

    def ours(self, record):
        return record.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids)

    def make(self, model, **values):
        return self.env[model].create(values)

    def assertStays(self, record, **vals):
        with self.subTest(record._name), self.assertRaises(UserError), \
                self.env.cr.savepoint(), mute_logger('odoo.addons.base.models.ir_rule'):
            self.ours(record).write(vals)
            self.env.flush_all()

    def test_an_endpoint_hears_of_no_other_company(self):
        endpoint = self.make(
            'tenant.webhook.endpoint', name="Host", company_id=self.company.id,
            url='https://host.example/')
        with self.assertRaisesRegex(UserError, "An endpoint stays with its company"):
            self.ours(endpoint).company_id = self.other
        self.ours(endpoint).write({'company_id': self.company.id, 'name': "Ours"})
        tenant = self.make_tenant("Rangpur Heart Centre")
        self.env['tenant.panel'].with_company(self.other).create({
            'name': "Theirs", 'plan_id': self.others_plan.id, 'partner_id': tenant.id,
            'company_id': self.other.id}).action_order()
        self.assertFalse(endpoint.delivery_ids)

    def test_nothing_moves_to_a_company_of_others(self):
        other = self.other.id
        theirs = self.make_tenant("Theirs", company_id=other)
        profile = self.make('tenant.billing.profile', partner_id=self.tenant.id, tz='UTC')
        self.assertStays(profile, partner_id=theirs.id)
        key = self.make('tenant.api.key', name="Draft", company_id=self.company.id)
        self.assertStays(key, company_id=other)
        bare = self.make(
            'tenant.plan', name="Bare", code='bare', company_id=self.company.id,
            product_id=self.make('product.product', name="Anybody's").id)
        self.assertStays(bare, company_id=other)
        version = self.make_version(self.plan, 1, publish=False)
        self.assertStays(version, plan_id=self.others_plan.id)
        self.assertStays(version, plan_id=self.others_plan.id, company_id=self.company.id)
        self.assertStays(version, company_id=other)
        self.assertStays(
            self.make_panel(self.plan), company_id=other, plan_id=self.others_plan.id,
            partner_id=theirs.id)
        adoption = self.make('tenant.adoption', company_id=self.company.id,
                             file=base64.b64encode(b'id'))
        self.assertStays(adoption, company_id=other)

    def test_nothing_is_hung_on_what_others_have(self):
        key = self.make('tenant.api.key', name="Theirs", company_id=self.other.id)
        for model, vals in (
            ('tenant.api.key.scope', {'key_id': key.id, 'scope': 'panels:write'}),
            ('tenant.plan.version', {
                'plan_id': self.others_plan.id, 'price': 0,
                'cycle_id': self.env.ref('tenant_billing.cycle_month').id}),
            ('tenant.api.key', {
                'name': "Mine", 'panel_id': self.make_panel(self.others_plan).id,
                'scope_ids': [Command.clear()]}),
        ):
            for more in ({}, {'company_id': self.company.id}):
                with self.subTest(model=model, more=more), self.assertRaises(
                        UserError), self.env.cr.savepoint(), \
                        mute_logger('odoo.addons.base.models.ir_rule'):
                    self.ours(self.env[model]).create({**vals, **more})
                    self.env.flush_all()
