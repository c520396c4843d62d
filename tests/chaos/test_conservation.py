import contextlib
import json
import os
import random
import threading
import time
import urllib.request
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import fault_proxy
import psycopg2
import pytest
import sslcommerz
from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config, mute_logger
from serving import serving

from odoo.addons.tenant_billing_sslcommerz import const

from ..gateway import ledgers
from .race_case import CopyCase
from .shop import Shop
from .tenants import PASSWORD, Tenant

IS_SOAK = bool(os.environ.get('TENANT_BILLING_SOAK'))
PAYMENTS = 2000 if IS_SOAK else 72
KILLS = 12 if IS_SOAK else 2
CLIENTS = 24
BAD_LUCK = .2  # of requests on each line
DARK = 3  # seconds that stand for an hour
PATIENCE = 90 * 60 if IS_SOAK else 10 * 60
DAY = 100  # the price of a day, in BDT
# Which gateway is tried: the simulator here, unless another one that runs already is named.
GATEWAY = os.environ.get('TENANT_BILLING_GATEWAY')
STORE = os.environ.get('TENANT_BILLING_STORE_ID', 'conservation')
STORE_PASSWORD = os.environ.get('TENANT_BILLING_STORE_PASSWORD', 'conservation@ssl')
# Refunds: why, and how much; all where nothing is said.
REFUNDS = (('not_delivered', None), ('chargeback', None), ('goodwill', 150))
CLOCKS = {
    'payment_transaction': ('sslcommerz_opened_on', 'sslcommerz_ask_again_on', 'tenant_page_until'),
    'tenant_gateway_message': ('retry_on', 'received_on'),
}
LOGGERS = [f'odoo.addons.tenant_billing_sslcommerz.models.{name}' for name in (
    'gateway_message', 'payment_transaction', 'payment_transaction_answers')]


@pytest.mark.server
@tagged('post_install', '-at_install')
class TestConservation(CopyCase):
    """Conservation of money: tenants pay at a gateway behind bad lines, while our server is killed,
    payments are paid back and everything is dark for an hour. Afterwards the gateway's journal and
    our books agree, and the days given are those that money was kept for."""

    def setUp(self):
        super().setUp()
        self.seed = random.randrange(10 ** 9)
        self.dice = random.Random(self.seed)
        self.do_at_first(self.make_world)

    def test_money_is_conserved(self):
        with contextlib.ExitStack() as stack, mute_logger(*LOGGERS), self.subTest(seed=self.seed):
            self.open_shop(stack)
            tenants = self.pay_in_trouble()
            self.shop.stop()
            self.light()
            self.pass_time(hours=8)
            self.round()
            self.check_nothing_waits()
            for _time in range(2):  # the gateway says "processing" first
                self.pass_time(hours=8)
                self.round()
            self.check_books()
            books = self.do(self.summary)
            self.round()
            self.assertEqual(self.do(self.summary), books, "there was something left to do")
            self.assertEqual([one for tenant in tenants for one in tenant.broken], [])
            self.tell()

    def tell(self):
        """What the story held, for `-s`."""
        kinds = Counter(row['kind'] for row in self.journal())
        days, credit, gifts, parts = self.do(self.given)
        print(  # noqa: T201
            f"seed {self.seed}: {dict(kinds)}, {days} days, credit {credit}, gifts {gifts}, "
            f"parts {parts}")
        for name, line in zip(("to the gateway", "from it"), self.lines, strict=True):
            print(name, dict(line.happened))  # noqa: T201

    # === THE WORLD === #

    def do_at_first(self, work):
        with self.registry.cursor() as cr:
            work(Environment(cr, SUPERUSER_ID, {}))

    def make_world(self, env):
        money = env.ref('base.BDT')
        money.active = True
        company = env['res.company'].create({
            'name': "Padma Hosting", 'tenant_tz': 'UTC', 'country_id': env.ref('base.us').id})
        env.user.company_ids |= company
        env.user.company_id = company
        env['account.chart.template'].try_loading(
            'generic_coa', company=company, install_demo=False)
        company.currency_id = money
        self.company_id = company.id
        env = env(context={'allowed_company_ids': company.ids})
        plan = env['tenant.plan'].create({
            'name': "Weekly", 'code': 'weekly', 'company_id': company.id})
        plan.product_id.taxes_id = False
        env['tenant.plan.version'].create({
            'plan_id': plan.id, 'price': 7 * DAY, 'currency_id': money.id, 'lead_days': 0,
            'cycle_id': env.ref('tenant_billing.cycle_week').id, 'activate_when': 'created',
            'effective_from': company._tenant_today(),
        }).action_publish()
        providers = env['payment.provider']
        providers._setup_provider(const.CODE)
        provider = providers.search([('code', '=', const.CODE), ('company_id', '=', company.id)])
        provider.write({
            'sslcommerz_store_id': STORE, 'sslcommerz_store_password': STORE_PASSWORD,
            'state': 'test', 'is_published': True})
        self.provider_id = provider.id
        self.panels = self.make_panels(env, plan)

    def make_panels(self, env, plan):
        """:return: the panels' ids by their tenant's login"""
        users = env['res.users'].with_context(no_reset_password=True).create([
            {
                'name': f'Tenant {number}', 'login': f'tenant-{number}',
                'email': f'tenant-{number}@example.com', 'company_id': plan.company_id.id,
                'company_ids': [Command.set(plan.company_id.ids)],
                'group_ids': [Command.set(env.ref('base.group_portal').ids)],
            }
            for number in range(CLIENTS)])
        env.flush_all()
        env.cr.execute("UPDATE res_users SET password = %s WHERE id IN %s", [
            env.user._crypt_context().hash(PASSWORD), tuple(users.ids)])
        panels = env['tenant.panel'].with_context(
            tracking_disable=True, mail_create_nolog=True).create([
                {
                    'name': f'Panel {number}', 'plan_id': plan.id,
                    'company_id': plan.company_id.id,
                    'partner_id': users[number % CLIENTS].partner_id.id,
                }
                for number in range(PAYMENTS)])
        for start in range(0, PAYMENTS, 100):
            some = panels[start:start + 100]
            some.action_order()
            some.action_mark_created()
            env.cr.commit()
        return {user.login: panels.filtered(lambda p, u=user: p.partner_id == u.partner_id).ids
                for user in users}

    def open_shop(self, stack):
        """The gateway, our server, and a bad line each way."""
        address = GATEWAY
        if not GATEWAY:
            sandbox = sslcommerz.Sandbox(STORE, STORE_PASSWORD)
            address = stack.enter_context(serving(sslcommerz.serve(sandbox))).base_url
        self.gateway = address
        self.lines = [fault_proxy.Line(address, BAD_LUCK, f'{self.seed} to')]
        to_gateway = stack.enter_context(serving(fault_proxy.serve(self.lines[0])))
        options = {
            const.BASE_URL_OPTION: to_gateway.base_url, 'tenant_billing_allow_test_money': 'True'}
        self.startPatcher(patch.dict(config.options.maps[0], options))
        self.shop = Shop(self.name, **options)
        stack.callback(self.shop.stop)
        self.lines.append(fault_proxy.Line(self.shop.address, BAD_LUCK, f'{self.seed} from'))
        to_shop = stack.enter_context(serving(fault_proxy.serve(self.lines[1])))
        self.do(lambda env: env['ir.config_parameter'].set_param(
            'web.base.url', to_shop.base_url))
        self.shop.start()

    # === WHAT HAPPENS === #

    def pay_in_trouble(self):
        """Nobody pays so far ahead of the next trouble that it would come when all is over."""
        may_pay = threading.Semaphore(0)
        tenants = [Tenant(self.shop.address, login, ids, self.seed, may_pay)
                   for login, ids in self.panels.items()]
        threads = [threading.Thread(target=tenant.live, args=(self.name,), daemon=True)
                   for tenant in tenants]
        for thread in threads:
            thread.start()
        self.deadline = time.monotonic() + PATIENCE
        troubles = [self.hour_of_darkness, *[self.kill] * KILLS]
        self.dice.shuffle(troubles)
        allowed = 0
        for number, trouble in enumerate(troubles):
            due = int((number + .5) * PAYMENTS / len(troubles))
            may_pay.release(min(due + CLIENTS, PAYMENTS - 1) - allowed)
            allowed = min(due + CLIENTS, PAYMENTS - 1)
            self.wait_until(lambda n=due: self.finished(tenants) >= n)
            trouble()
        may_pay.release(PAYMENTS - allowed)
        self.wait_until(lambda: not any(thread.is_alive() for thread in threads))
        self.assertEqual(self.finished(tenants), PAYMENTS)
        return tenants

    def finished(self, tenants):
        return sum(tenant.finished for tenant in tenants)

    def wait_until(self, is_so):
        """Meanwhile a clerk pays back."""
        while not is_so():
            self.assertLess(time.monotonic(), self.deadline, "tenants hang")
            self.refund_some()
            time.sleep(.5)

    def kill(self):
        self.shop.kill()
        time.sleep(.5)
        self.shop.start()

    def hour_of_darkness(self):
        """Nothing comes through, either way; tenants who are on the gateway's page go on there."""
        for line in self.lines:
            line.is_dark = True
        time.sleep(DARK)
        self.pass_time(hours=1)
        for line in self.lines:
            line.is_dark = False

    def light(self):
        for line in self.lines:
            line.rate = 0

    def pass_time(self, hours):
        """All that waits is older."""
        def work(env):
            for table, columns in CLOCKS.items():
                moved = ', '.join(f'{name} = {name} - %(time)s' for name in columns)
                env.cr.execute(f'UPDATE {table} SET {moved}', {'time': timedelta(hours=hours)})
        self.do(work)

    def refund_some(self):
        """A clerk pays back one in ten, at another server of the same database."""
        def work(env):
            txs = env['payment.transaction'].search([
                ('provider_id', '=', self.provider_id), ('operation', '!=', 'refund'),
                ('state', '=', 'done')])
            ready = txs.filtered(lambda tx: tx.payment_id and not tx.child_transaction_ids)
            if ready and len(txs.child_transaction_ids) < len(txs) // 10:
                tx = self.dice.choice(ready)
                tx.tenant_refund_reason, part = self.dice.choice(REFUNDS)
                tx._refund(part)
        with contextlib.suppress(ValidationError, psycopg2.OperationalError):
            self.do(work)  # what collides is tried again later

    def round(self):
        """One round of the scheduled actions."""
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            env['tenant.gateway.message']._cron_work()
            env['payment.transaction']._cron_sslcommerz_ask()
            env['payment.transaction']._cron_sslcommerz_refund()
            env['payment.transaction']._cron_post_process()
            env['tenant.billing.demand']._cron_settle()

    # === WHAT MUST HOLD === #

    def journal(self):
        with urllib.request.urlopen(f'{self.gateway}/control') as answer:
            return json.load(answer)['ledger']

    def check_nothing_waits(self):
        """After one round only refunds wait, and those for the gateway."""
        def look(env):
            payments = self.txs(env).filtered(lambda tx: tx.operation != 'refund')
            return (set(payments.mapped('state')),
                    set(env['tenant.gateway.message'].search([]).mapped('state')))
        payments, messages = self.do(look)
        self.assertLessEqual(payments, {'done', 'cancel', 'error'})
        self.assertLessEqual(messages, {'done', 'refused'})

    def check_books(self):
        journal = self.journal()

        def look(env):
            txs = self.txs(env)
            paid = txs.filtered(lambda tx: tx.operation != 'refund' and tx.state == 'done')
            refunds = txs.filtered(lambda tx: tx.operation == 'refund')
            return (
                ledgers.of_books(env['payment.provider'].browse(self.provider_id)),
                set(paid.mapped('reference')), set(refunds.mapped('state')))
        books, done, refunds = self.do(look)
        captured = {row['tran_id'] for row in journal if row['kind'] == 'capture'}
        self.assertEqual(books, ledgers.of_gateway(journal))
        self.assertEqual(done, captured, "done without money, or money without being done")
        self.assertLessEqual(refunds, {'done'})
        self.assertGreater(len(captured), PAYMENTS // 3)
        self.assertTrue(refunds)
        money = sum(amount * count for (_bank, _ref, amount), count in books.items())
        days, credit, gifts, parts = self.do(self.given)
        self.assertEqual(
            days * DAY + credit + parts - gifts, money,
            f"{days} days, credit {credit}, parts {parts}, gifts {gifts}")

    def txs(self, env):
        return env['payment.transaction'].search([('provider_id', '=', self.provider_id)])

    def given(self, env):
        """Days that money was taken for, what is left as credit, what was a gift, and what credit
        paid of invoices that ask for more."""
        periods = env['tenant.billing.period'].search([
            ('company_id', '=', self.company_id), ('settled_by', '=', 'money'),
            ('settled', '=', True), ('state', '!=', 'void')])
        free = env['account.move.line'].search([
            ('company_id', '=', self.company_id), ('parent_state', '=', 'posted'),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('move_id.move_type', '!=', 'out_invoice')])
        gifts = env['account.move'].search([  # not each refund is one: credit is the tenant's own
            ('company_id', '=', self.company_id), ('state', '=', 'posted'),
            ('move_type', '=', 'out_refund'), ('tenant_credit_reason', '=', 'goodwill')])
        partly = env['account.move'].search([
            ('company_id', '=', self.company_id), ('state', '=', 'posted'),
            ('move_type', '=', 'out_invoice'), ('payment_state', '=', 'partial')])
        return (sum((one.date_end - one.date_start).days for one in periods),
                -sum(free.mapped('amount_residual')), sum(gifts.mapped('amount_total')),
                sum(move.amount_total - move.amount_residual for move in partly))

    def summary(self, env):
        """All that another round could change."""
        return (
            self.given(env), env['tenant.billing.demand']._different(),
            [(tx.reference, tx.state, tx.is_post_processed) for tx in self.txs(env)],
            env['account.payment'].search_count([]), env['account.move'].search_count([]))
