import logging

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing_sslcommerz import const
from odoo.addons.tenant_billing_sslcommerz.tests.common import (
    PASSWORD,
    VAL_ID,
    SslcommerzCase,
)

MESSAGES = 'odoo.addons.tenant_billing_sslcommerz.models.gateway_message'
SESSION = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction'
ANSWERS = 'odoo.addons.tenant_billing_sslcommerz.models.payment_transaction_answers'
GUARDS = 'odoo.addons.tenant_billing.models.collection.payment_transaction_guards'
SUCCESS = f'{const.RETURN_ROUTE}/success'
CANCEL = f'{const.RETURN_ROUTE}/cancel'
FAIL = f'{const.RETURN_ROUTE}/fail'


@tagged('post_install', '-at_install')
class TestAttackList(SslcommerzCase, HttpCase):
    """One test for each attack in the README's list, from outside where it comes from there."""

    def make_world(self):
        super().make_world()
        self.panel = self.order(self.plan)

    def setUp(self):
        super().setUp()
        self.tx = self.start(self.panel)
        self.gateway.asked.clear()

    def post(self, form, route=const.IPN_ROUTE, **options):
        answer = self.url_open(route, data=form, allow_redirects=False, method='POST', **options)
        self.env.invalidate_all()
        return answer.status_code

    def tell(self, tx=None, status='VALID', route=const.IPN_ROUTE, **changes):
        """The store's gateway, or who knows its password, tells us."""
        return self.post(self.sign(self.facts(tx or self.tx, status, **changes)), route)

    def assertNothing(self, tx=None, state='draft'):
        tx = tx or self.tx
        self.assertEqual(tx.state, state)
        self.book()
        self.assertFalse(tx.payment_id)

    @mute_logger(MESSAGES)
    def test_attack_1_forged_callback(self):
        self.answers_paid(self.tx)
        facts = self.facts(self.tx)
        for form in (facts, self.sign(facts, 'guess'), self.sign(facts, ''),
                     {**self.sign(facts), 'verify_key': 'tran_id'},
                     {**self.sign(facts), 'verify_sign': '', 'amount': '1.00'}):
            for route in (const.IPN_ROUTE, SUCCESS):
                self.assertEqual(
                    self.post(form, route, headers={'Host': f'localhost:{self.http_port()}'}), 403)
        self.assertEqual(self.gateway.asked, [])
        self.assertNothing()

    def test_attack_1_without_a_password_no_provider(self):
        with self.assertRaises(ValidationError):
            self.provider.sslcommerz_store_password = False

    def test_attack_2_replay(self):
        self.answers_paid(self.tx)
        for route in (const.IPN_ROUTE, SUCCESS, const.IPN_ROUTE, CANCEL):
            self.tell(route=route)
        self.book()
        self.assertEqual(len(self.tx.invoice_ids.matched_payment_ids), 1)
        self.assertEqual(self.gateway.paths(), ['validation'])
        self.assertEqual(len(self.env['tenant.gateway.message'].search([])), 1)

    @mute_logger(ANSWERS, GUARDS)
    def test_attack_3_amount_and_currency_changed(self):
        for number, changes in enumerate((
            {'currency_amount': '10.00', 'amount': '10.00'}, {'currency_type': 'INR'},
            {'currency_amount': '999.50', 'amount': '999.50'},
        )):
            tx = self.start()
            ours = {'val_id': f'v{number}', 'bank_tran_id': f'b{number}'}
            self.answers_paid(tx, **ours, **changes)
            for delivery in range(2):
                self.tell(tx, tran_date=str(delivery), **ours)
                with self.subTest(changes, delivery=delivery):
                    self.assertNothing(tx, 'error')

    def test_attack_4_pay_little_for_much(self):
        with self.assertRaisesRegex(ValidationError, "is to be paid, not"):
            self.of_a_tenant(amount=10)

    def of_a_tenant(self, panel=None, **values):
        """What a tenant's browser makes Odoo create."""
        panel = panel or self.panel
        user = self.env['res.users'].search([('partner_id', '=', self.tenant.id)]) or (
            self.env['res.users'].with_context(no_reset_password=True).create({
                'login': 'attacker', 'partner_id': self.tenant.id, 'company_id': self.company.id,
                'company_ids': [Command.set(self.company.ids)], 'name': self.tenant.name,
                'group_ids': [Command.set(self.env.ref('base.group_portal').ids)]}))
        return self.env(user=user, su=False)['payment.transaction'].sudo().create({
            'provider_id': self.provider.id, 'payment_method_id': self.tx.payment_method_id.id,
            'amount': panel.amount_due, 'currency_id': panel.currency_id.id,
            'partner_id': self.tenant.id, 'operation': 'online_redirect',
            'invoice_ids': [Command.set(self.open_demands(panel).move_id.ids)], **values})

    @mute_logger(MESSAGES, ANSWERS)
    def test_attack_5_transaction_of_another_tenant(self):
        theirs = self.start(self.order(self.plan, tenant=self.make_tenant("Rangpur")))
        self.answers_paid(theirs)  # the money came for them
        self.tell(self.tx)
        self.assertNothing()
        other = self.make_company("Meghna Hosting")
        self.make_store(other, 'otherstore', 'otherstore@ssl')
        facts = {**self.facts(self.tx), 'store_id': 'otherstore'}
        self.assertEqual(self.post(self.sign(facts, 'otherstore@ssl')), 403)
        self.assertNothing()

    @mute_logger(MESSAGES, ANSWERS)
    def test_attack_6_validation_id_used_again(self):
        self.answers_paid(self.tx)
        self.tell()
        other = self.start()
        for answered in (self.tx, other):
            self.answers_paid(answered)
            self.tell(other, tran_date=answered.reference)
            self.assertNothing(other)
        self.assertEqual(self.tx.sslcommerz_val_id, VAL_ID)

    def test_attack_7_a_finished_transaction_overwritten(self):
        self.answers_paid(self.tx)
        self.tell()
        changes = {'val_id': 'another', 'bank_tran_id': 'another', 'card_type': 'NAGAD-Nagad'}
        self.answers_paid(self.tx, **changes)
        self.tell(**changes)
        self.tell(route=SUCCESS, **changes)
        self.assertEqual(
            (self.tx.state, self.tx.provider_reference, self.tx.sslcommerz_val_id,
             self.tx.payment_method_code),
            ('done', '260125bank', VAL_ID, 'sslcommerz_bkash'))

    @mute_logger(MESSAGES)
    def test_attack_8_success_page_without_payment(self):
        self.assertEqual(self.url_open(SUCCESS, allow_redirects=False, params=self.sign(
            self.facts(self.tx))).status_code, 303)
        self.assertEqual(self.gateway.asked, [])
        self.assertEqual(self.tell(route=SUCCESS), 303)  # even signed it is only a hint
        self.assertEqual(self.gateway.paths(), ['validation'])
        self.assertNothing()

    def test_attack_9_out_of_order(self):
        self.url_open(CANCEL, allow_redirects=False)
        self.assertNothing()  # a visit cancels nothing
        self.tell(status='CANCELLED', route=CANCEL)
        self.assertNothing(state='cancel')
        self.answers_paid(self.tx)
        self.tell()
        self.assertEqual(self.tx.state, 'done')
        for status, route in (('FAILED', FAIL), ('CANCELLED', CANCEL), ('FAILED', None)):
            self.tell(status=status, route=route or const.IPN_ROUTE)
        self.assertEqual(self.tx.state, 'done')
        self.book()
        self.assertEqual(self.panel.amount_due, 0)

    def test_attack_11_another_provider(self):
        elsewhere = self.make_store(self.make_company("Meghna Hosting"), 'meghna')
        panel = self.order(self.plan)
        self.env.user.company_ids |= elsewhere.company_id
        with self.assertRaisesRegex(ValidationError, "cannot be paid with"):
            self.of_a_tenant(panel, provider_id=elsewhere.id)
        for values in ({'is_published': False}, {'state': 'disabled', 'is_published': True}):
            self.provider.write(values)
            with self.subTest(values), self.assertRaisesRegex(
                    ValidationError, "cannot be paid with"):
                self.of_a_tenant(panel)

    def test_attack_11_test_money_settles_nothing(self):
        self.configure(tenant_billing_allow_test_money=False)
        self.answers_paid(self.tx)
        self.tell()
        self.book()
        self.run_crons()
        self.assertFalse(self.tx.is_live)
        self.assertFalse(self.panel.period_ids.filtered('settled'))

    @mute_logger(ANSWERS, GUARDS)
    def test_attack_12_a_part_was_captured(self):
        self.answers_paid(self.tx, amount='100.00')
        self.tell()
        self.assertNothing(state='error')

    @mute_logger(MESSAGES)
    def test_attack_15_addresses_in_what_is_posted(self):
        for val_id in ('../../x', 'http://evil.example', '?x=1', 'a/b', 'x' * 51, 'v&store_id=x'):
            self.tell(val_id=val_id, GatewayPageURL='https://evil.example/')
        asked = {url for _method, url, _sent, _options in self.gateway.asked}
        self.assertEqual(asked, {const.SANDBOX_URL + const.QUERY_PATH})
        self.assertTrue(all(
            options['allow_redirects'] is False for *_rest, options in self.gateway.asked))
        self.assertNothing()

    @mute_logger(SESSION)
    def test_attack_16_open_redirect(self):
        for route in (SUCCESS, FAIL, CANCEL):
            answer = self.url_open(
                f'{route}?landing_route=https://evil.example&next=//evil.example',
                data=self.sign(self.facts(self.tx, 'CANCELLED')), allow_redirects=False,
                method='POST')
            self.assertURLEqual(answer.headers['Location'], '/payment/status')
        self.gateway.answers[const.SESSION_PATH]['GatewayPageURL'] = 'https://evil.example/pay'
        tx = self.start(open_page=False)
        self.assertNotIn('evil', tx._get_processing_values()['redirect_form_html'])
        with self.assertRaisesRegex(ValidationError, "must be one of this site"):
            self.of_a_tenant(self.order(self.plan), landing_route='//evil.example')

    @mute_logger(MESSAGES)
    def test_attack_17_nothing_and_nonsense(self):
        for form in ({}, {'tran_id': self.tx.reference}, {'status': 'VALID'}, {'tran_id': '\0'},
                     {'verify_key': ',,,', 'verify_sign': 'x', 'tran_id': self.tx.reference}):
            for route in (const.IPN_ROUTE, SUCCESS, FAIL, CANCEL):
                with self.subTest(form, route=route):
                    self.assertEqual(self.post(form, route), 403)
        self.assertNothing()

    def test_attack_18_secrets_in_the_log(self):
        """All of it: test_secrets_in_log.py."""
        self.answers_paid(self.tx)
        form = self.sign({**self.facts(self.tx), 'card_no': '411111XXXXXX1111'})
        with self.assertLogs('odoo.addons.tenant_billing_sslcommerz', logging.INFO) as log:
            self.post(form)
            self.post({**form, 'verify_sign': 'f' * 32})
        text = '\n'.join(log.output)
        for secret in (PASSWORD, form['verify_sign'], form['card_no'], self.tx.sslcommerz_stamp):
            self.assertNotIn(secret, text)

    def test_attack_19_refunds_beyond_what_was_paid(self):
        self.answers_paid(self.tx)
        self.tell()
        self.book()
        with self.assertRaises(ValidationError):
            self.tx._refund(1000.01)
        self.tx._refund(600)
        with self.assertRaises(ValidationError):
            self.tx._refund(600)
        self.assertEqual(self.tx.child_transaction_ids.mapped('amount'), [-600])

    @mute_logger(MESSAGES)
    def test_attack_20_guessing_and_flooding(self):
        answers = {self.post(self.sign(facts, 'guess')) for facts in (
            self.facts(self.tx), {**self.facts(self.tx), 'tran_id': 'P260101-00000'},
            {**self.facts(self.tx), 'store_id': 'another'})}
        self.assertEqual(answers, {403})
        self.assertEqual(self.gateway.asked, [])
        self.assertFalse(self.env['tenant.gateway.message'].search([]))
        self.assertEqual(self.post({'a': 'x' * const.BODY_LIMIT}), 413)
        self.assertRegex(self.tx.reference, r'^P260101-[0-9A-Z]{20}$')
