from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config, html2plaintext, mute_logger

from odoo.addons.tenant_billing.tests.collection.cards import CardCase, Killed

LOGS = 'odoo.addons.tenant_billing.models.invoicing.tenant_billing_run'


@tagged('post_install', '-at_install')
class TestChargingCards(CardCase):
    """R35, last sentence: a saved card is charged on the due date, not at issue, and once."""

    def make_world(self):
        super().make_world()
        self.choose()

    def test_r35_on_the_due_date_from_the_hour_on(self):
        for day, hour in (('2026-01-25', 12), ('2026-01-31', 23), ('2026-02-01', 8)):
            self.on(day, hour)
            self.assertEqual(self.asked, [], f'{day} {hour}')
        self.on('2026-02-01', 9)
        self.assertEqual(self.asked, [(100, self.card)])
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'sent', 'done')])
        self.run_crons('cron_settle', 'cron_remind')
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertEqual(self.told('received', 'failed'), [('2026-02-01', 'received', 'sent')])
        self.assertNothingLeft()
        self.assertEqual(len(self.asked), 1)

    def test_r35_the_hour_is_the_companys_in_the_tenants_zone(self):
        self.company.tenant_charge_hour = 18
        self.on('2026-02-01', 17)
        self.assertEqual(self.asked, [])
        self.panel.sudo().zone = 'Pacific/Auckland'  # where it is seven hours later
        for hour, count in ((10, 0), (11, 1)):
            self.set_clock('2026-02-01', hour)
            self.run_cron('cron_charge')
            self.assertEqual(len(self.asked), count)

    def test_month_after_month(self):
        for day in ('2026-02-01', '2026-02-22', '2026-03-01', '2026-03-25', '2026-04-01'):
            self.on(day)
            self.run_crons()
        self.assertEqual([amount for amount, _card in self.asked], [100, 100, 100])
        self.assertPanel(self.panel, 'active', '2026-04-30')
        self.assertNothingLeft()

    def test_all_that_is_due_in_one_charge_and_nothing_else(self):
        usage = self.ask_in_arrears(self.panel, 30, '2026-02-01')
        self.set_clock('2026-02-01')
        later = self.ask_in_arrears(self.panel, 7, '2026-02-20')
        self.run_crons()
        self.assertEqual(self.asked, [(130, self.card)])
        self.assertEqual(self.charges().invoice_ids, self.invoice | usage.move_id)
        self.run_crons('cron_settle')
        self.assertEqual((usage.status, later.status), ('settled', 'open'))
        self.on('2026-02-20')
        self.assertEqual(self.asked[1:], [(7, self.card)])

    def test_a_later_day_that_was_given_counts(self):
        self.demand.action_defer('2026-02-05', "Trusted")
        self.on('2026-02-04')
        self.assertEqual(self.asked, [])
        self.on('2026-02-05')
        self.assertEqual(len(self.asked), 1)

    def test_after_days_of_silence_once(self):
        self.on('2026-02-05')
        self.assertEqual(len(self.asked), 1)
        self.on('2026-02-06')
        self.assertEqual(len(self.asked), 1)

    def test_only_the_panel_that_was_chosen(self):
        other = self.running(self.plan, name="Other")
        self.set_clock('2026-02-25')
        other._renew()
        self.on('2026-03-01')
        self.assertFalse(other.demand_ids.attempt_ids)

    # === NEVER === #

    def never(self, day='2026-02-01'):
        self.on(day)
        self.run_crons()
        self.assertEqual((self.asked, self.attempts()), ([], []))

    def test_never_what_is_paid_already(self):
        self.pay(self.panel)
        self.never()

    def test_never_on_hold(self):
        self.panel.action_hold('request', "On holiday")
        self.never()
        self.panel.action_lift()
        self.run_crons()
        self.assertEqual(len(self.asked), 1)

    def test_never_on_hold_even_if_the_state_were_wrong(self):
        self.panel.action_hold('abuse', "Spam")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE tenant_panel SET state = 'active' WHERE id = %s", [self.panel.id])
        self.env.invalidate_all()
        self.never()

    def test_never_when_stopped_for_money(self):
        self.card.provider_id.is_published = False
        self.on('2026-02-09')
        self.assertEqual(self.panel.state, 'suspended')
        self.card.provider_id.is_published = True
        self.never('2026-02-09')

    def test_never_when_closed(self):
        self.panel.action_close("Gone")
        self.never()

    def test_never_for_zero(self):
        free = self.running(self.make_plan(0, name="Free"), name="Free")
        self.choose(panel=free)
        self.pay(self.panel)
        self.never()

    def test_never_when_switched_off(self):
        self.panel.action_stop_charging()
        self.never()

    def test_r7_never_while_a_payment_is_under_way(self):
        self.set_clock('2026-02-01')
        tx = self.start(self.gate)
        self.never()  # the tenant is at the gateway now
        tx._set_pending()
        self.never('2026-02-02')
        tx._set_error("Refused")
        self.run_crons()
        self.assertEqual(len(self.asked), 1)

    def test_never_what_is_done_and_not_booked(self):
        tx = self.start(self.gate)
        tx._set_done()
        self.on('2026-02-01', run=False)
        self.run_cron('cron_charge')
        self.assertEqual(self.asked, [])

    def test_r34_neither_a_part_nor_too_little(self):
        self.gate.maximum_amount = 70
        self.never()
        self.gate.write({'maximum_amount': 0, 'tenant_minimum_amount': 500})
        self.never()
        self.gate.tenant_minimum_amount = 100
        self.run_crons()
        self.assertEqual(len(self.asked), 1)

    def test_never_with_a_card_that_may_not_pay_any_more(self):
        for values in ({'is_published': False}, {'available_country_ids': [
                Command.set(self.env.ref('base.in').ids)]}):
            self.tenant.country_id = self.env.ref('base.bd')
            before = self.gate.read(list(values))[0]
            self.gate.write(values)
            self.never()
            self.gate.write({
                'is_published': True, 'available_country_ids': [Command.clear()]})
            self.assertTrue(before)
        self.gate.state = 'test'  # R7b: test money settles nothing
        self.never()
        self.gate.state = 'disabled'
        self.never()

    def test_never_with_the_card_of_one_who_left(self):
        colleague = self.make_tenant("Accountant", parent_id=self.tenant.id)
        card = self.save_card(colleague)
        self.panel._choose_card(card.id, colleague)
        colleague.parent_id = self.make_tenant("Rangpur Heart Centre")
        self.never()

    # === THE GATEWAY SAYS NO, OR LATER, OR NOTHING === #

    def test_refused_is_told_once_and_not_tried_again(self):
        self.answer = 'refused'
        for day in ('2026-02-01', '2026-02-02', '2026-02-05'):
            self.on(day)
            self.run_crons()
        self.assertEqual(len(self.asked), 1)
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'sent', 'error')])
        self.assertEqual(self.told('failed'), [('2026-02-01', 'failed', 'sent')])
        self.assertNothingLeft()
        self.pay_at(self.gate)
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_cancelled_by_the_gateway_is_told_too(self):
        self.answer = 'cancelled'
        self.on('2026-02-01')
        self.assertEqual(self.told('failed'), [('2026-02-01', 'failed', 'sent')])
        self.assertNothingLeft()

    def test_pending_holds_off_the_stop_until_it_is_done(self):
        self.demand.action_defer('2026-02-08', "Trusted")
        self.answer = 'pending'
        self.panel.plan_version_id.sudo()._write({'grace_days': 0})
        self.panel._refresh()
        self.on('2026-02-08')
        self.on('2026-02-09')
        self.assertEqual(self.panel.state, 'grace')
        self.assertTrue(self.panel._is_confirming())
        self.charges()._set_done()
        self.run_crons('cron_settle')
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertEqual(len(self.asked), 1)

    def test_the_payers_bank_wants_a_confirmation(self):
        self.answer = 'confirm'
        self.on('2026-02-01')
        self.assertEqual(
            self.told('confirm', 'failed'), [('2026-02-01', 'confirm', 'sent')])
        mail = self.env['tenant.reminder'].search([('kind', '=', 'confirm')]).mail_id
        self.assertEqual(mail.subject, "Confirm the payment for Panel")
        self.assertIn("Nothing was taken", html2plaintext(mail.body_html))
        self.assertIn(self.invoice.get_portal_url(), mail.body_html.replace('&amp;', '&'))
        self.assertEqual(self.panel._waits_for_confirmation(), self.demand)
        self.assertNothingLeft()
        self.pay_at(self.gate)
        self.assertFalse(self.panel._waits_for_confirmation())
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_a_silent_gateway_may_have_the_money(self):
        self.answer = 'silent'
        self.on('2026-02-01')
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'sending', 'pending')])
        self.assertTrue(self.panel._is_confirming(), "Pay would take it twice")
        self.assertEqual(self.told('failed'), [])
        self.on('2026-02-01', 13)
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'unknown', 'pending')])
        self.assertEqual(
            self.asked_people(), [f"Payment {self.charges().reference} needs a look"])
        self.assertEqual(len(self.asked), 1)
        self.charges()._set_done()  # its callback came after all
        self.run_crons()
        self.assertPanel(self.panel, 'active', '2026-02-28')
        self.assertEqual(len(self.asked), 1)

    def test_a_gateway_that_broke_down_may_have_the_money(self):
        self.answer = 'broken'
        self.on('2026-02-01')
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'sending', 'pending')])
        self.assertEqual(self.told('failed'), [])
        self.assertTrue(self.panel._is_confirming(), "Pay would take it twice")

    # === KILLED === #

    def run_killed(self):
        try:  # Odoo's assertRaises would undo what was committed
            self.run_cron('cron_charge')
        except Killed:
            self.env.invalidate_all()
        else:
            self.fail("The gateway was not asked.")

    def test_killed_before_the_gateway_was_asked_is_charged_by_the_next_run(self):
        self.set_clock('2026-02-01')
        self.panel._claim_charges()
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'claimed', 'draft')])
        self.run_crons()
        self.assertEqual(self.asked, [(100, self.card)])
        self.run_crons()
        self.assertBooks('settled', 0, '2026-02-28', core='paid')
        self.assertNothingLeft()

    def test_killed_while_the_gateway_was_asked_is_not_asked_again(self):
        self.set_clock('2026-02-01')
        self.answer = 'killed'
        self.run_killed()
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'sending', 'pending')])
        self.answer = 'done'
        for hour in (12, 13, 14):
            self.on('2026-02-01', hour)
        self.assertEqual(len(self.asked), 1)
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'unknown', 'pending')])
        self.assertNothingLeft()

    def test_what_the_callback_has_finished_is_closed(self):
        self.set_clock('2026-02-01')
        self.answer = 'killed'
        self.run_killed()
        self.charges()._set_done()
        self.on('2026-02-01', 13)
        self.assertEqual(self.attempts(), [('2026-02-01', 1, 'sent', 'done')])
        self.assertFalse(self.asked_people())
        self.assertNothingLeft()

    # === BETWEEN THE CLAIM AND THE CHARGE === #

    def claimed_then(self, change):
        self.set_clock('2026-02-01')
        self.panel._claim_charges()
        charge = self.charges()
        change()
        self.run_cron('cron_charge')
        self.assertEqual(self.asked, [])
        self.assertEqual(charge.state, 'cancel')

    def test_paid_meanwhile(self):
        self.claimed_then(lambda: self.pay(self.panel))
        self.assertNothingLeft()

    def test_paid_in_part_meanwhile_is_charged_the_rest(self):
        self.claimed_then(lambda: self.pay_invoice(self.invoice, 40))
        self.run_cron('cron_charge')
        self.assertEqual(self.asked, [(60, self.card)])

    def test_held_meanwhile(self):
        self.claimed_then(lambda: self.panel.action_hold('abuse', "Spam"))

    def test_switched_off_meanwhile(self):
        self.claimed_then(self.panel.action_stop_charging)

    def test_another_card_meanwhile(self):
        other = self.save_card(details='1111')
        self.claimed_then(lambda: self.choose(other))
        self.run_cron('cron_charge')
        self.assertEqual(self.asked, [(100, other)])

    def test_the_tenant_presses_pay_meanwhile(self):
        self.claimed_then(lambda: self.start(self.gate))

    # === THE DOOR === #

    def test_the_door_claims_each_demand_once_a_day_and_counts(self):
        self.answer = 'refused'
        self.on('2026-02-01')
        self.assertFalse(self.panel._charge(self.demand), "the same day")
        self.set_clock('2026-02-02')
        self.assertEqual(self.panel._charge(self.demand).number, 2)
        self.assertFalse(self.panel._charge(self.demand))
        self.answer = 'done'
        self.run_cron('cron_charge')
        self.assertEqual([number for _day, number, _s, _p in self.attempts()], [1, 2])
        self.assertEqual(len(set(self.charges().mapped('reference'))), 2)
        self.run_crons()
        self.assertPanel(self.panel, 'active', '2026-02-28')

    def test_the_door_takes_nothing_that_is_not_due_or_of_another_panel(self):
        self.assertFalse(self.panel._charge(self.demand), "not due before 1 February")
        other = self.order(self.plan, name="Other")
        self.set_clock('2026-02-01')
        self.assertFalse(self.panel._charge(other.demand_ids))
        self.assertFalse(self.panel._charge(self.demand.browse()))

    def test_what_cannot_be_claimed_does_not_stop_renewals(self):
        transactions = self.registry['payment.transaction']
        with patch.object(transactions, '_check_provider', side_effect=UserError("No journal")):
            self.on('2026-02-01')
            self.run_crons()
        self.assertEqual((self.asked, self.attempts()), ([], []))
        self.assertEqual(self.asked_people(), ["A saved card could not be charged"])
        self.assertFalse(self.panel.retry_at)
        self.on('2026-02-02')
        self.assertEqual(self.asked, [(100, self.card)])

    @mute_logger(LOGS)
    def test_one_that_fails_here_stops_no_other(self):
        other = self.running(self.plan, name="Other")
        self.choose(panel=other)
        self.set_clock('2026-02-25')
        (self.panel | other)._renew()
        self.set_clock('2026-03-01')
        self.pay_invoice(self.invoice)
        send = self.gate_answers

        def fail_first(tx):
            if len(self.asked) == 1:
                raise KeyError('amount')
            send(tx)
        self.gate_answers = fail_first
        self.run_cron('cron_charge')
        self.assertEqual(len(self.asked), 2)
        self.assertEqual(
            sorted(state for _day, _number, state, _p in self.attempts()), ['sent', 'unknown'])


@tagged('post_install', '-at_install')
class TestChoosingCards(CardCase):
    """Whose card may pay which panel."""

    def assertNotMine(self, card, payer=None, panel=None):
        with self.assertRaises(UserError) as raised:
            (panel or self.panel)._choose_card(
                card.id, self.tenant if payer is None else payer)
        self.assertEqual(
            str(raised.exception),
            "Panel cannot be paid with this card. Choose another one, or save a new one.")
        self.assertFalse(self.panel.payment_token_id)

    def test_chosen_changed_and_switched_off(self):
        self.choose()
        self.assertEqual(self.panel.pays_with, f"{self.method.name} •••• 4242")
        self.choose(self.save_card(details='1111'))
        self.assertEqual(self.panel.pays_with, f"{self.method.name} •••• 1111")
        said = self.panel.message_ids[:1].body
        self.choose(self.panel.payment_token_id)
        self.assertEqual(self.panel.message_ids[:1].body, said, "said once")
        self.panel.action_stop_charging()
        self.assertFalse(self.panel.pays_with)
        self.assertIn("Does not pay by itself any more.", self.panel.message_ids[:1].body)

    def test_r7b_test_money_where_it_does_not_count(self):
        self.gate.state = 'test'
        card = self.save_card()
        self.assertNotMine(card)
        with patch.dict(config.options.maps[0], {'tenant_billing_allow_test_money': 'True'}):
            self.choose(card)
        self.assertEqual(self.panel.payment_token_id, card)

    def test_a_neighbours_card(self):
        neighbour = self.make_tenant("Rangpur Heart Centre")
        card = self.save_card(neighbour)
        self.assertNotMine(card)
        self.assertNotMine(card, neighbour)
        self.assertNotMine(self.card, neighbour)

    def test_an_operator_has_no_card_here(self):
        self.assertNotMine(self.card, self.env['res.partner'])

    def test_a_colleagues_card_is_the_colleagues_to_give(self):
        colleague = self.make_tenant("Accountant", parent_id=self.tenant.id)
        card = self.save_card(colleague)
        self.assertNotMine(card)
        self.panel._choose_card(card.id, colleague)
        self.assertEqual(self.panel.payment_token_id, card)
        self.panel._choose_card(self.card.id, colleague)
        self.assertEqual(self.panel.payment_token_id, self.card, "the company's own card")

    def test_cards_of_providers_that_may_not_be_used(self):
        hidden = self.gateway(name="Hidden", is_published=False)
        other = self.make_company("Meghna Hosting")
        theirs = self.gateway(company=other, name="Theirs")
        for provider in (hidden, theirs):
            self.assertNotMine(self.save_card(provider=provider))
        card = self.save_card(provider=self.gateway(name="Off"))
        card.provider_id.state = 'disabled'
        self.method.active = True
        self.assertNotMine(card)

    def test_a_card_that_was_removed(self):
        self.choose()
        self.card.active = False
        self.assertFalse(self.panel.payment_token_id)
        self.assertNotMine(self.card)

    def test_a_closed_panel_needs_no_card(self):
        self.panel.action_close("Gone")
        self.assertNotMine(self.card)

    def test_the_card_is_written_by_nobody_else(self):
        operator = self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_manager')
        with self.assertRaises(AccessError):
            self.panel.with_user(operator).write({'payment_token_id': self.card.id})
        self.choose()
        self.panel.with_user(operator).action_stop_charging()
        self.assertFalse(self.panel.payment_token_id)

    def test_removing_a_card_names_the_panels_that_it_pays(self):
        self.choose()
        self.assertEqual(
            self.card.with_user(self.login).get_linked_records_info(),
            [{'description': "Panel", 'id': self.panel.id, 'name': "Panel",
              'url': f'/my/panels/{self.panel.id}'}])
        neighbour = self.make_login('neighbour', self.make_tenant("Rangpur Heart Centre"))
        self.assertEqual(self.card.with_user(neighbour).get_linked_records_info(), [])
