import threading
import time
from contextlib import closing
from datetime import datetime
from functools import partial
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time
from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.fields import Command, Date
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.sql_db import close_db, connection_info_for
from odoo.tests import BaseCase, get_db_name
from odoo.tools import config

TIMEOUT = 60


class CopyCase(BaseCase):
    """A copy of the test database that is thrown away afterwards: what is committed there is seen
    by nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.name = f'{get_db_name()}_race'
        close_db(get_db_name())
        cls._sql(f'DROP DATABASE IF EXISTS "{cls.name}"')
        cls._sql(f'CREATE DATABASE "{cls.name}" TEMPLATE "{get_db_name()}"')
        cls.addClassCleanup(cls._drop)
        with patch.dict(config.options, test_enable=False):  # no tests at its loading
            cls.registry = Registry(cls.name)

    @classmethod
    def _sql(cls, statement):
        _db, info = connection_info_for('postgres')
        with closing(psycopg2.connect(**info)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    @classmethod
    def _drop(cls):
        Registry.delete(cls.name)
        close_db(cls.name)
        cls._sql(f'DROP DATABASE IF EXISTS "{cls.name}"')

    def do(self, work):
        """One piece of work in a transaction of its own, as a request does it."""
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {'allowed_company_ids': [self.company_id]})
            return retrying(partial(work, env), env)


class RaceCase(CopyCase):
    """Real threads with connections of their own, at the same moment."""

    since = '2026-01-01'
    clock = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at(cls.since)
        cls.addClassCleanup(cls.stop_clock)
        with cls.registry.cursor() as cr:
            cls._make_world(Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def at(cls, day):
        cls.stop_clock()
        cls.clock = freeze_time(datetime.combine(Date.to_date(day), datetime.min.time()).replace(
            hour=12))
        cls.clock.start()

    @classmethod
    def stop_clock(cls):
        if cls.clock:
            cls.clock.stop()
            cls.clock = None

    # === THE WORLD === #

    @classmethod
    def _make_world(cls, env):
        company = env['res.company'].create({
            'name': "Race", 'tenant_tz': 'UTC', 'country_id': env.ref('base.us').id})
        env.user.company_ids |= company
        env.user.company_id = company
        env['account.chart.template'].try_loading(
            'generic_coa', company=company, install_demo=False)
        cls.company_id = company.id
        env = env(context={'allowed_company_ids': company.ids})
        plan = env['tenant.plan'].create({
            'name': "Pro", 'code': "pro", 'company_id': company.id})
        plan.product_id.taxes_id = False
        env['tenant.plan.version'].create({
            'plan_id': plan.id, 'price': 1000, 'currency_id': company.currency_id.id,
            'cycle_id': env.ref('tenant_billing.cycle_month').id, 'activate_when': 'created',
            'effective_from': company._tenant_today(),
        }).action_publish()
        cls.plan_id = plan.id

    def make_panels(self, count):
        """Running panels whose first period is issued and unpaid.

        :return: their ids
        """
        def work(env):
            panels = env['tenant.panel'].create([
                {
                    'name': f'Panel {number}', 'plan_id': self.plan_id,
                    'company_id': self.company_id,
                    'partner_id': env['res.partner'].create({'name': f'Tenant {number}'}).id,
                }
                for number in range(count)])
            panels.action_order()
            panels.action_mark_created()
            return panels.ids
        return self.do(work)

    # === DOING THINGS === #

    def race(self, *works):
        """Do pieces of work at once: each has looked at the database before any of them writes.

        :return: how often a transaction was started anew
        """
        barrier = threading.Barrier(len(works))
        retries, errors = [], []

        def run(work):
            tries = []

            def attempt(env):
                env.cr.execute('SELECT count(*) FROM tenant_panel')  # the snapshot is taken here
                if not tries:
                    barrier.wait(TIMEOUT)
                tries.append(True)
                work(env)
            try:
                self.do(attempt)
            except Exception as error:  # noqa: BLE001 the test's own thread tells it
                errors.append(error)
            retries.extend(tries[1:])

        self._run_threads(run, works)
        self.assertEqual(errors, [])
        return len(retries)

    def race_runs(self, *runs):
        """Scheduled work at once: each has found its records before any of them works on them.

        :return: how often a run started anew
        """
        barrier = threading.Barrier(len(runs))
        seen, anew, errors = set(), [], []
        model = self.registry['tenant.billing.run']
        try_slice, start_anew = model._try_slice, model._start_anew

        def wait_first(this, batch, step):
            if threading.get_ident() not in seen:
                seen.add(threading.get_ident())
                barrier.wait(TIMEOUT)
            return try_slice(this, batch, step)

        def count(this):
            anew.append(True)
            return start_anew(this)

        def run(work):
            try:
                with self.registry.cursor() as cr:
                    work(Environment(cr, SUPERUSER_ID, {}))
            except Exception as error:  # noqa: BLE001 the test's own thread tells it
                errors.append(error)

        with patch.object(model, '_try_slice', wait_first), patch.object(
                model, '_start_anew', count):
            self._run_threads(run, runs)
        self.assertEqual(errors, [])
        return len(anew)

    def _run_threads(self, run, works):
        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.dbname = self.name
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive(), "a thread hangs")


class PaymentRaceCase(RaceCase):
    """One payment of one panel at a gateway, about which all tell us at once."""

    @classmethod
    def _enable(cls, env, code, **values):
        """Let tenants pay at the company's provider of a kind."""
        providers = env['payment.provider']
        providers._setup_provider(code)
        provider = providers.search([('code', '=', code), ('company_id', '=', cls.company_id)])
        provider.write({'state': 'enabled', 'is_published': True, **values})
        cls.provider_id = provider.id
        return provider

    def start_payment(self, env, **values):
        """The tenant is sent to the gateway for all that the panel asks."""
        panel = env['tenant.panel'].browse(self.panel_id)
        return env['payment.transaction'].create({
            'provider_id': self.provider_id, 'partner_id': panel.partner_id.id,
            'amount': panel.amount_due, 'currency_id': panel.currency_id.id,
            'operation': 'online_redirect',
            'invoice_ids': [Command.set(panel._payable().move_id.ids)], **values})

    def poll(self, env):
        """The page that waits in the browser asks what became of the payment."""
        tx = env['payment.transaction'].browse(self.tx_id)
        if not tx.is_post_processed:
            tx._post_process()

    def assertPaidOnce(self, messages):
        """One payment, one extension, and every message is worked on."""
        def look(env):
            panel = env['tenant.panel'].browse(self.panel_id)
            tx = env['payment.transaction'].browse(self.tx_id)
            kept = env['tenant.gateway.message'].search([('transaction_id', '=', tx.id)])
            return (
                tx.state, len(kept), set(kept.mapped('state')), panel.amount_due,
                env['account.payment'].search_count([('payment_transaction_id', '=', tx.id)]),
                env['tenant.billing.event'].search_count(
                    [('panel_id', '=', panel.id), ('event', '=', 'settle')]))
        self.do(self.poll)
        self.assertEqual(self.do(look), ('done', messages, {'done'}, 0.0, 1, 1))


def slowly(answer, seconds=.2):
    """What answers in a gateway's place takes a moment, so that all others arrive meanwhile."""
    def wait(*arguments, **options):
        time.sleep(seconds)
        return answer(*arguments, **options)
    return wait
