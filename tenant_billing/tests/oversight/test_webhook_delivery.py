import json
import threading
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing import outbound
from odoo.addons.tenant_billing.models.oversight import tenant_webhook_sending as sending
from odoo.addons.tenant_billing.models.oversight.tenant_webhook_delivery import KEPT
from odoo.addons.tenant_billing.tests.oversight.listening import WebhookCase

START = datetime(2026, 1, 1, 6)


@tagged('post_install', '-at_install')
class TestWebhookDelivery(WebhookCase):
    """Every message arrives, in the order of its panel, and nobody waits for somebody else."""

    def states(self, deliveries):
        return deliveries.mapped('state')

    # === THE MESSAGE === #

    def test_what_goes_over_the_line(self):
        delivery = self.tell('A')
        self.deliver()
        path, headers, body = self.host.heard[0]
        self.assertEqual(path, '/hook?a=1')
        self.assertEqual(body.decode(), delivery.payload)
        self.assertEqual(json.loads(body), {
            'type': 'panel.state_changed', 'timestamp': '2026-01-01T06:00:00Z', 'sequence': 1,
            'data': {'panel': 'A'}})
        self.assertEqual(
            (headers['Content-Type'], headers['webhook-id'], headers['webhook-timestamp']),
            ('application/json', delivery.message_id, str(int(START.timestamp()))))
        self.assertEqual(self.messages(), [json.loads(body)])  # by somebody else's code
        self.assertEqual(
            (delivery.state, delivery.attempts, delivery.delivered_on, delivery.last_status,
             delivery.last_answer), ('delivered', 1, START, 200, "ok"))

    def test_words_of_all_languages_are_signed_as_they_are_sent(self):
        self.tell('ঢাকা “é” \u2028 \\ / <b>')
        self.deliver()
        self.assertEqual(self.heard(), [('ঢাকা “é” \u2028 \\ / <b>', 1)])

    def test_delivered_once(self):
        self.tell('A', 'A', 'B')
        self.deliver()
        self.deliver()
        self.assertEqual(len(self.host.heard), 3)
        self.assertNothingLeft()

    def test_the_action_is_woken_at_once(self):
        cron = self.env.ref('tenant_billing.cron_deliver')
        self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]).unlink()
        self.tell('A')
        self.assertEqual(
            self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]).call_at, START)

    def test_a_change_that_is_undone_is_not_told(self):
        savepoint = self.env.cr.savepoint()
        self.tell('A')
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.deliver()
        self.assertEqual(self.host.heard, [])

    def test_old_messages_are_forgotten_and_their_places_are_not(self):
        old = self.tell('A', 'A')
        self.deliver()
        waiting = self.tell('B', 'B')
        self.set_moment(START + KEPT + timedelta(days=1))
        self.env['tenant.webhook.delivery']._gc_deliveries()
        self.assertEqual((old | waiting).exists(), old[1] | waiting)
        self.assertEqual(self.tell('A').sequence, 3)

    # === ORDER === #

    def test_in_order_for_each_panel(self):
        self.tell('A', 'B', 'A', 'A', 'B')
        self.deliver()
        heard = self.heard()
        for panel, numbers in (('A', [1, 2, 3]), ('B', [1, 2])):
            self.assertEqual([number for name, number in heard if name == panel], numbers)

    def test_a_failure_holds_back_its_own_panel_at_its_own_host_only(self):
        other = self.make_host()
        also = self.make_endpoint(other, "Other")
        first = self.tell('A')
        self.host.status = 500
        self.deliver()
        self.host.status = 200
        later = self.tell('A', 'B', 'B') | self.tell('A', 'B', endpoint=also)
        self.deliver()
        self.assertEqual(self.states(first | later),
                         ['failed', 'waiting'] + ['delivered'] * 4)
        self.set_moment(START + timedelta(minutes=1))
        self.deliver()
        self.assertEqual(self.heard(), [('A', 1), ('B', 1), ('B', 2), ('A', 1), ('A', 2)])

    def test_a_slow_host_delays_nobody_else(self):
        """It answers only after all that the other one is told has arrived there."""
        all_heard = threading.Event()
        other = self.make_host()
        other.before_answer = lambda: len(other.heard) == 6 and all_heard.set()
        waited = []
        self.host.before_answer = lambda: waited.append(all_heard.wait(8))
        self.tell('A', 'B', 'C', 'D', 'E')
        self.tell(*'AAABBB', endpoint=self.make_endpoint(other, "Other"))
        self.deliver()
        self.assertEqual(waited, [True] * 5)

    def test_law9_what_breaks_on_the_way_to_one_host_stops_no_other(self):
        other = self.make_host()
        told = self.tell('A') | self.tell('A', 'B', endpoint=self.make_endpoint(other, "Other"))
        post = outbound.post

        def breaks(url, *arguments, **options):
            if url == self.host.address:
                raise RuntimeError("can't start new thread")
            return post(url, *arguments, **options)

        with patch.object(outbound, 'post', breaks), mute_logger(sending.__name__):
            self.deliver()
        self.assertEqual(self.states(told), ['failed', 'delivered', 'delivered'])
        self.assertEqual(told[0].last_answer, "The host could not be reached.")

    def test_a_host_that_is_not_there_is_asked_a_few_times_in_a_run(self):
        self.host.close()
        deliveries = self.tell(*(f'P{number}' for number in range(20)))
        self.deliver()
        self.assertEqual(sum(deliveries.mapped('attempts')), sending.AT_HOST)
        self.assertEqual(
            set(deliveries.filtered('attempts').mapped('last_answer')),
            {"The host could not be reached."})
        self.host = self.make_host()
        self.endpoint.url = self.host.address
        self.deliver()
        self.set_moment(START + timedelta(minutes=1))
        self.deliver()
        self.assertEqual(set(self.states(deliveries)), {'delivered'})

    def test_an_archived_endpoint_waits(self):
        self.tell('A')
        self.endpoint.active = False
        self.deliver()
        self.assertEqual(self.host.heard, [])
        self.endpoint.active = True
        self.deliver()
        self.assertEqual(self.heard(), [('A', 1)])

    # === AGAIN AND AGAIN === #

    def test_retries_back_off_over_three_days_and_then_a_person_is_asked(self):
        self.host.status, self.host.text = 500, "out of order"
        delivery = self.tell('A')
        waits, now = [], START
        while delivery.state != 'given_up' and len(waits) < 100:
            self.deliver()
            if delivery.next_try:
                self.set_moment(delivery.next_try - timedelta(seconds=1))
                self.deliver()  # too early
                waits.append((delivery.next_try - now) // timedelta(minutes=1))
                now = delivery.next_try
                self.set_moment(now)
        self.assertEqual(waits, [1, 5, 15, 30] + [60] * 71 + [9])
        self.assertEqual((now - START, delivery.attempts, len(self.host.heard)),
                         (timedelta(days=3), 77, 77))
        self.assertEqual(len(set(self.host.ids())), 1)
        self.assertEqual((delivery.last_status, delivery.last_answer), (500, "out of order"))
        self.assertEqual(
            self.endpoint.activity_ids.mapped('summary'), ["Webhooks could not be delivered"])
        self.assertEqual(self.endpoint.activity_ids.user_id, self.company._tenant_responsible())

    def test_what_was_given_up_holds_nothing_back_and_can_be_sent_again(self):
        lost, later = self.tell('A', 'A')
        lost.state = 'given_up'
        self.deliver()
        self.assertEqual(self.heard(), [('A', 2)])
        lost.action_send_again()
        self.deliver()
        self.assertEqual((self.heard()[-1], lost.state), (('A', 1), 'delivered'))
        later.action_send_again()
        self.deliver()
        self.assertEqual(self.host.ids()[0], self.host.ids()[-1])

    def test_one_question_however_many_messages_are_lost(self):
        self.host.status = 500
        deliveries = self.tell('A', 'B', 'C')
        deliveries.write({'first_try': START - timedelta(days=3)})
        self.deliver()
        self.assertEqual(self.states(deliveries), ['given_up'] * 3)
        self.assertEqual(len(self.endpoint.activity_ids), 1)

    def test_down_for_a_day_and_nothing_is_lost(self):
        self.host.status = 503
        self.tell('A', 'B', 'A')
        for hour in range(25):
            self.set_moment(START + timedelta(hours=hour))
            self.deliver()
        self.host.heard.clear()
        self.host.status = 200
        self.set_moment(START + timedelta(hours=26))
        self.deliver()
        self.assertEqual(sorted(self.heard()), [('A', 1), ('A', 2), ('B', 1)])

    def test_redirects_fail(self):
        elsewhere = self.make_host()
        self.host.status, self.host.headers = 307, {'Location': elsewhere.address}
        delivery = self.tell('A')
        self.deliver()
        self.assertEqual((delivery.state, delivery.last_status), ('failed', 307))
        self.assertEqual(elsewhere.heard, [])

    def test_a_private_address_is_found_at_the_time_of_delivery(self):
        self.allow_private(False)
        self.endpoint.url = 'https://localhost/hook'
        delivery = self.tell('A')
        self.deliver()
        self.assertEqual((delivery.state, delivery.last_status, delivery.last_answer), (
            'failed', 0,
            "The address lies in a private network or on this machine: nothing is sent there."))

    def test_an_answer_that_a_database_cannot_hold(self):
        self.host.text = "a\x00b" + "é" * 2000
        delivery = self.tell('A')
        self.deliver()
        self.assertEqual((delivery.state, delivery.last_answer[:2]), ('delivered', "ab"))

    # === KILLED === #

    def test_killed_between_the_change_and_the_delivery(self):
        """What is queued waits for whoever comes next."""
        delivery = self.tell('A')
        self.env.cr.execute("DELETE FROM ir_cron_trigger")
        self.set_moment(START + timedelta(hours=5))
        self.deliver()
        self.assertEqual(delivery.state, 'delivered')

    def test_killed_in_the_middle_of_a_delivery(self):
        """Taken and never noted: sent again, in order, and the host can tell the repeat."""
        delivery = self.tell('A', 'A')[:1]
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            (taken, request), = delivery.with_env(self.env(cr=cr))._take([], set())
            outbound.post(**request)  # it arrives, and nobody is left to write that down
            self.assertEqual(taken.id, delivery.id)
        self.env.invalidate_all()
        self.assertEqual((delivery.state, delivery.attempts), ('waiting', 1))
        self.deliver()
        self.assertEqual(len(self.host.heard), 1)  # others let it be for a while
        self.set_moment(START + sending.LEASE)
        self.deliver()
        self.assertEqual(self.heard(), [('A', 1), ('A', 1), ('A', 2)])
        self.assertEqual(self.host.ids()[0], self.host.ids()[1])

    # === THE SELF-AUDIT === #

    def found(self):
        self.env['tenant.billing.audit']._run()
        return [(finding.check_name, finding.message)
                for finding in self.env['tenant.billing.audit'].search([], order='id')]

    def test_the_audit_finds_late_messages_and_deaf_hosts(self):
        self.host.status = 500
        delivery = self.tell('A')
        self.deliver()
        self.assertEqual(self.found(), [])
        self.set_moment(START + timedelta(days=1, minutes=1))
        self.assertEqual(self.found(), [
            ('webhook_deaf', "Host has taken no message for a day.")])
        self.set_moment(START + timedelta(days=3, minutes=1))
        self.deliver()
        self.assertEqual(delivery.state, 'given_up')
        self.assertEqual(self.found(), [(
            'webhook_late',
            "Host was not told of panel.state_changed for more than three days.")])
        self.host.status = 200
        delivery.action_send_again()
        self.deliver()
        self.assertEqual(self.found(), [])

    def test_a_host_that_takes_some_messages_is_not_deaf(self):
        self.host.status = 500
        self.tell('A')
        self.deliver()
        self.set_moment(START + timedelta(days=1, minutes=1))
        self.host.status = 200
        self.tell('B')
        self.deliver()
        self.assertEqual(self.found(), [])
