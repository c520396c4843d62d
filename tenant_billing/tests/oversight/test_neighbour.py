import base64

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.common import BillingCase

# Lengths of time and the form's own answers belong to nobody in particular.
SHARED_MODELS = {'tenant.billing.cycle', 'tenant.billing.run', 'tenant.billing.audit'}
HIDDEN_MODELS = {'tenant.api.answer', 'tenant.api.call'}  # not even their owner's to read


@tagged('post_install', '-at_install')
class TestNeighbour(BillingCase):
    """Law 10: a tenant, or an operator of another company, sees and changes nothing of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.make_company("Meghna Hosting")
        cls.owner = cls._make_user('owner', cls.company, 'tenant_billing.group_manager')
        cls.operator = cls._make_user(
            'operator', cls.other_company, 'tenant_billing.group_manager')
        neighbour = cls.make_tenant("Rangpur Heart Centre")
        cls.portal = cls._make_user('portal', cls.company, 'base.group_portal', partner=neighbour)
        cls.outsiders = (cls.operator, cls.portal)
        cls._make_world()

    @classmethod
    def _make_user(cls, login, company, group, partner=None):
        return cls.env['res.users'].with_context(no_reset_password=True).create({
            'name': login, 'login': f'{login}-neighbour', 'company_id': company.id,
            'company_ids': [fields.Command.set(company.ids)],
            'group_ids': [fields.Command.set(cls.env.ref(group).ids)],
            **({'partner_id': partner.id} if partner else {}),
        })

    @classmethod
    def _make_world(cls):
        """One record of every model, in the states that the actions need."""
        case = cls('run_crons')
        cls.plan, cls.free = cls.make_plan(1000), cls.make_plan(0, name="Free")
        cls.endpoint = cls.env['tenant.webhook.endpoint'].create({
            'name': "Host", 'company_id': cls.company.id, 'url': 'https://host.example/'})
        cls.panel = case.running(cls.plan, name="Running")
        cls.creating = case.order(cls.plan, name="Creating")
        cls.failed = case.order(cls.plan, name="Failed")
        cls.failed.action_mark_failed("No room")
        cls.free_panel = case.running(cls.free, name="Free")
        cls.trial = case.running(cls.make_plan(1000, trial_days=10), name="Trial")
        cls.cancelled = case.running(cls.plan, name="Cancelled")
        cls.cancelled.action_cancel()
        cls.held = case.running(cls.plan, name="Held")
        cls.held.action_hold('abuse', "Spam")
        cls.granted = case.running(cls.plan, name="Granted")
        cls.granted.action_grant(5, "Sorry")
        cls.new = case.make_panel(cls.plan, name="New")
        cls.draft_version = cls.make_version(cls.plan, 1200, publish=False)
        cls.profile = cls.env['tenant.billing.profile'].create(
            {'partner_id': cls.tenant.id, 'tz': 'UTC'})
        cls.tenant.company_id = cls.company
        cls.demand = cls.creating.demand_ids
        cls.void = cls._make_void(case)
        cls.env['tenant.panel'].search([])._queue_reminders()
        cls.reminder = cls.env['tenant.reminder'].search([], limit=1)
        cls.message = cls.env['tenant.message'].search(
            [('company_id', '=', cls.company.id), ('kind', '=', 'issued')])
        cls.env['tenant.payment.attempt']._claim(cls.creating, cls.demand)
        cls.adoption = cls._make_adoption()
        cls.meter = cls.env['tenant.meter'].create(
            {'name': "Calls", 'code': 'calls', 'company_id': cls.company.id})
        cls._make_limits(case)
        cls.panel._record_usage('calls', 1, user="Karim")
        cls.alert = case.make_alert(cls.panel)
        cls.env['tenant.rated.line'].create({
            'name': "Calls", 'move_id': cls.demand.move_id.id, 'period_id': cls.void.id,
            'panel_id': cls.panel.id, 'company_id': cls.company.id, 'charge': 'pro/calls',
            'currency_id': cls.demand.currency_id.id, 'kind': 'usage', 'why': [],
            'date_start': cls.void.date_start, 'date_end': cls.void.date_end})
        cls.charge = cls.env['tenant.charge'].create({
            'name': "Calls", 'code': 'calls', 'version_id': cls.draft_version.id,
            'charge_model': 'volume', 'meter_id': cls.meter.id,
            'row_ids': [fields.Command.create({'tier_ids': [fields.Command.create({})]})]})
        cls.finding = cls.env['tenant.billing.audit'].create({
            'check_name': 'test', 'message': "Test", 'company_id': cls.company.id,
            'res_model': 'tenant.panel', 'res_id': cls.panel.id})

        cls.draft_key = cls.env['tenant.api.key'].create(
            {'name': "Draft", 'company_id': cls.company.id})
        cls.api_key = cls.draft_key.copy({'name': "Platform"})
        cls.api_key.action_issue()
        cls.env['tenant.api.answer']._claim('key:1', 'order-1')
        cls.env['tenant.api.call'].create({
            'since': fields.Datetime.now(), 'route': 'GET /api', 'company_id': cls.company.id})

    @classmethod
    def _make_limits(cls, case):
        limited = case.running(cls.make_plan(0, entitlement_ids=[fields.Command.create({
            'name': "Calls", 'code': 'calls', 'kind': 'hard', 'meter_id': cls.meter.id})]))
        cls.env['tenant.usage.event']._ingest([{
            'id': 'e1', 'source': 'app', 'type': 'calls', 'subject': str(limited.id),
            'data': {'value': 1}}])

    @classmethod
    def _make_adoption(cls):
        line = f'E1,Adopted,{cls.tenant.email},{cls.plan.code},2026-01-20'
        adoption = cls.env['tenant.adoption'].create({
            'company_id': cls.company.id, 'file': base64.b64encode(
                f'external id,panel name,tenant,plan code,paid through\n{line}'.encode())})
        adoption.action_check()
        return adoption

    @classmethod
    def _make_void(cls, case):
        panel = case.running(cls.plan, name="Void")
        case.credit(panel.demand_ids.move_id, reason='cancelled')
        return panel.period_ids

    def _calls(self):
        """Every public method of our models: record, arguments."""
        until = fields.Date.add(self.today(), days=30)
        panel_wizard = {'panel_ids': self.panel.ids, 'kind': 'grant', 'days': 3, 'reason': "A"}
        demand_wizard = {'demand_id': self.demand.id, 'kind': 'credit', 'reason': "A"}
        order = ('srv4-1', self.plan.code, {'email': self.tenant.email}, None, self.company.id)
        return {
            'tenant.panel': {
                'action_order_by_names': (self.env['tenant.panel'], order),
                'action_order': (self.new, ()),
                'action_mark_created': (self.creating, ()),
                'action_mark_failed': (self.creating, ("No room",)),
                'action_retry': (self.failed, ()),
                'action_hold': (self.panel, ('request', "On holiday")),
                'action_lift': (self.held, ()),
                'action_confirm_trial': (self.trial, ()),
                'action_upgrade': (self.free_panel, (self.plan.id,)),
                'action_grant': (self.panel, (3, "Sorry")),
                'action_cancel': (self.panel, ()),
                'action_resume': (self.cancelled, ()),
                'action_run_again': (self.panel, ()),
                'action_close': (self.panel, ("Gone",)),
                'action_try_again': (self.panel, ()),
                'action_open_periods': (self.panel, ()),
                'action_open_demands': (self.panel, ()),
                'action_erase_usage': (self.panel, ('user', "Karim")),
                'action_stop_charging': (self.panel, ()),
                'action_open_alerts': (self.panel, ()),
            },
            'tenant.usage.alert': {
                'action_mark_seen': (self.alert, ()),
                'action_mark_unseen': (self.alert, ()),
            },
            'tenant.api.key': {
                'action_issue': (self.draft_key, ()),
                'action_rotate': (self.api_key, ()),
                'action_revoke': (self.api_key, ()),
            },
            'tenant.panel.hold': {'action_lift': (self.held.hold_ids, ())},
            'tenant.billing.period': {
                'action_issue_again': (self.void, ()),
                'action_take_back': (
                    self.granted.period_ids.filtered(lambda p: p.kind == 'granted'), ()),
                'action_open_invoices': (self.panel.period_ids, ()),
            },
            'tenant.billing.demand': {'action_defer': (self.demand, (str(until), "Trusted"))},
            'tenant.message': {'action_preview': (self.message, ())},
            'tenant.usage.total': {'action_check': (self.env['tenant.usage.total'], ())},
            'tenant.adoption': {
                'action_check': (self.adoption, ()),
                'action_import': (self.adoption, ()),
            },
            'tenant.charge': {'action_try': (self.charge, ())},
            'tenant.plan': {'action_new_version': (self.plan, ())},
            'tenant.reminder': {'action_queue_again': (self.reminder, ())},
            'tenant.plan.version': {'action_publish': (self.draft_version, ())},
            'tenant.billing.audit': {
                'action_open_record': (self.finding, ()),
                'action_run': (self.env['tenant.billing.audit'], ()),
            },
            'tenant.webhook.endpoint': {
                'action_new_secret': (self.endpoint, ()),
                'action_test': (self.endpoint, ()),
                'action_open_deliveries': (self.endpoint, ()),
            },
            'tenant.webhook.delivery': {'action_send_again': (self.endpoint.delivery_ids, ())},
            'tenant.panel.action': {'action_apply': (panel_wizard, ())},
            'tenant.demand.action': {'action_apply': (demand_wizard, ())},
        }

    def test_every_public_method_is_tried_here(self):
        found = {
            (name, method)
            for name in self._our_models() for method in self._public_methods(self.env[name])}
        tried = {(name, method) for name, calls in self._calls().items() for method in calls}
        self.assertEqual(found, tried)

    def test_owner_may_and_neighbours_may_not(self):
        for model, calls in self._calls().items():
            for method, (record, arguments) in calls.items():
                with self.subTest(model=model, method=method, by='owner'):
                    self._try(self.owner, model, method, record, arguments)
                for user in self.outsiders:
                    if method in ('action_run', 'action_check') and user == self.operator and (
                            model != 'tenant.adoption'):
                        continue  # belongs to every operator, each sees its own findings
                    with self.subTest(model=model, method=method, by=user.login):
                        before = self._picture()
                        with self.assertRaises(AccessError), mute_logger('odoo.models'):
                            self._try(user, model, method, record, arguments)
                        self.assertEqual(self._picture(), before)

    def test_neighbours_see_no_record(self):
        for name in self._our_models():
            if self.env[name]._transient or name in SHARED_MODELS:
                continue
            ours = self.env[name].search([])
            if 'company_id' in ours._fields:  # each company has switches of its own
                ours = ours.filtered(lambda record: record.company_id != self.other_company)
            with self.subTest(model=name):
                self.assertTrue(ours, "the world has no record of this model")
                if name in HIDDEN_MODELS:
                    self._assert_unseen(ours.with_user(self.owner))
                else:
                    self.assertTrue(self.env[name].with_user(self.owner).search_count([]))
            for user in self.outsiders:
                with self.subTest(model=name, by=user.login):
                    self._assert_unseen(ours.with_user(user).with_context(
                        allowed_company_ids=user.company_ids.ids))

    def _assert_unseen(self, records):
        with mute_logger('odoo.models', 'odoo.addons.base.models.ir_rule',
                         'odoo.addons.base.models.ir_model'):
            if records.has_access('read') or records.browse().has_access('read'):
                self.assertFalse(records.search([('id', 'in', records.ids)]))
            for attempt in (
                lambda: records[:1].read(['id', 'display_name']),
                lambda: records[:1].write({'active': False}),
                lambda: records[:1].unlink(),
                lambda: records[:1].copy(),
                lambda: records[:1].web_read({'display_name': {}}),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_finding_of_another_company_is_unseen(self):
        finding = self.finding.with_user(self.operator).with_context(
            allowed_company_ids=self.other_company.ids)
        self.assertFalse(finding.search([('id', '=', finding.id)]))

    def test_invoice_of_a_neighbour_is_unseen(self):
        move = self.demand.move_id.with_user(self.portal)
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_rule'):
            move.read(['name'])

    # === HELPERS === #

    def _try(self, user, model, method, record, arguments):
        """A call as RPC makes it, undone afterwards."""
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            context = {'allowed_company_ids': user.company_ids.ids}
            env = self.env(user=user, context=context, su=False)
            if isinstance(record, dict):
                record = env[model].create(record)
            getattr(record.with_env(env), method)(*arguments)
            env.flush_all()
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _our_models(self):
        return [
            name for name, cls in self.env.registry.items()
            if name.startswith('tenant.') and not cls._abstract
            and cls._original_module == 'tenant_billing']

    def _public_methods(self, model):
        """Methods that we add and that RPC may call."""
        core = {name for cls in models.BaseModel.__mro__ for name in vars(cls)}
        return {
            name for cls in type(model).mro() for name, value in vars(cls).items()
            if callable(value) and not name.startswith('_') and name not in core
            and getattr(value, '__module__', '').startswith('odoo.addons.tenant_billing.')
            and not getattr(value, '_api_private', False)}
