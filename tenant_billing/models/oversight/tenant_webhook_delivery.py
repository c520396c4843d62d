import json
import uuid
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.tenant_billing.models.oversight.tenant_webhook_endpoint import TEST

# Minutes to wait after the first failures; after the others it is an hour.
DELAYS = (1, 5, 15, 30)
GIVE_UP = timedelta(days=3)  # after the first attempt
KEPT = timedelta(days=90)  # after it was queued


class TenantWebhookDelivery(models.Model):
    """The queue of messages to hosts: one row for each event and endpoint."""

    _name = 'tenant.webhook.delivery'
    _description = "Webhook Delivery"
    _order = 'id desc'
    _rec_name = 'event'

    endpoint_id = fields.Many2one(
        'tenant.webhook.endpoint', required=True, index=True, readonly=True, ondelete='restrict')
    company_id = fields.Many2one(related='endpoint_id.company_id', store=True, index=True)
    event = fields.Char(required=True, index=True, readonly=True)
    subject = fields.Char(
        required=True, readonly=True, help="What the message is about: its order is kept.")
    sequence = fields.Integer(
        required=True, readonly=True, help="Place among the messages about this subject here.")
    message_id = fields.Char(
        string="Webhook ID", required=True, readonly=True, copy=False,
        help="The header webhook-id: the same for every attempt, so that the host can tell a "
        "repeat.")
    payload = fields.Text(
        string="Message", required=True, readonly=True, help="Exactly what is signed and sent.")
    state = fields.Selection(
        [
            ('waiting', "Waiting"),
            ('failed', "Failed, Will Retry"),
            ('given_up', "Given Up"),
            ('delivered', "Delivered"),
        ],
        required=True, default='waiting', readonly=True, index=True,
    )
    attempts = fields.Integer(required=True, default=0, readonly=True)
    queued_on = fields.Datetime(
        string="Queued", required=True, readonly=True, help="When it happened, UTC.")
    first_try = fields.Datetime(
        readonly=True, help="The first attempt, UTC; three days later no other one follows.")
    next_try = fields.Datetime(
        readonly=True, help="The next attempt, UTC, once all before it went out.")
    delivered_on = fields.Datetime(readonly=True, help="UTC.")
    last_status = fields.Integer(
        string="HTTP Status", readonly=True, help="Of the last answer; 0 without one.")
    last_answer = fields.Text(readonly=True, help="Its beginning.")

    _in_order = models.Constraint(
        'UNIQUE (endpoint_id, subject, sequence)', "Two messages have the same place.")
    _unique_message_id = models.Constraint(
        'UNIQUE (message_id)', "There is a message with this webhook ID already.")
    _to_do = models.Index("(endpoint_id, subject, sequence) WHERE state IN ('waiting', 'failed')")

    # === ACTION METHODS === #

    def action_send_again(self):
        """Send messages once more, delivered ones too; the host sees the same webhook-id."""
        self.check_access('read')  # whoever may see a message may repeat it
        self.sudo().write({
            'state': 'waiting', 'attempts': 0, 'first_try': False, 'delivered_on': False,
            'next_try': fields.Datetime.now()})
        self.env.ref('tenant_billing.cron_deliver').sudo()._trigger()

    # === BUSINESS METHODS === #

    @api.autovacuum
    def _gc_deliveries(self):
        """Forget what was delivered long ago, but the last message about each subject: the next
        one's place follows from it."""
        self.env.cr.execute(
            """
            DELETE FROM tenant_webhook_delivery old
             WHERE state = 'delivered' AND queued_on < %s
               AND EXISTS (SELECT FROM tenant_webhook_delivery later
                            WHERE later.endpoint_id = old.endpoint_id
                              AND later.subject = old.subject AND later.sequence > old.sequence)
            """, (fields.Datetime.now() - KEPT,))
        self.invalidate_model(flush=False)

    @api.model
    def _message_vals(self, event, sequence, data):
        now = fields.Datetime.now()
        return {
            'event': event,
            'sequence': sequence,
            'message_id': f'msg_{uuid.uuid4().hex}',
            'queued_on': now,
            'next_try': now,
            'payload': json.dumps(
                {'type': event, 'timestamp': f'{now.isoformat()}Z', 'sequence': sequence,
                 'data': data}, ensure_ascii=False),
        }

    def _note(self, answer):
        """Keep what became of an attempt, and say when the next one is.

        :param answer: an outbound.Answer
        """
        self.ensure_one()
        state, next_try = self._verdict(answer)
        self.write({
            'state': state,
            'next_try': next_try,
            'delivered_on': fields.Datetime.now() if answer.is_success else False,
            'last_status': answer.status or 0,
            'last_answer': self.endpoint_id._problem(answer.problem) if answer.problem
            else answer.text.replace('\x00', ''),
        })
        if state == 'given_up' and self.event != TEST:
            self.endpoint_id._ask_person(
                self.env._("Webhooks could not be delivered"),
                self.env._(
                    "%s did not take a message for three days. Look at its deliveries, mend the "
                    "host, and send again what it missed.", self.endpoint_id.name))

    def _verdict(self, answer):
        """The state after an attempt, and when the next one is."""
        now, last_try = fields.Datetime.now(), self.first_try + GIVE_UP
        if answer.is_success:
            return 'delivered', False
        if self.event == TEST or now >= last_try:
            return 'given_up', False
        return 'failed', min(now + self._delay(), last_try)

    def _delay(self):
        minutes = DELAYS[self.attempts - 1] if self.attempts <= len(DELAYS) else 60
        return timedelta(minutes=minutes)
