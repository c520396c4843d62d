import concurrent.futures
import logging
from collections import Counter
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo.addons.tenant_billing import outbound
from odoo.addons.tenant_billing.engine import webhook_signature

_logger = logging.getLogger(__name__)

AT_HOST = 4  # messages under way to one host, of different panels
LINES = 64  # messages under way at all
LEASE = timedelta(minutes=2)  # who took a message and was killed loses it after this time
TRIES = 3
# a person was at the same row
AT_ONCE = (SerializationFailure, DeadlockDetected, LockNotAvailable)


class TenantWebhookDelivery(models.Model):
    """The delivery: taken and committed, sent outside of any transaction, noted and committed."""

    _inherit = 'tenant.webhook.delivery'

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_deliver(self):
        """Send what is due. Threads do nothing but HTTP; all of the database is done here.

        A slow host holds up nobody else, for each has lines of its own; one that does not answer
        at all is left alone until the next run.
        """
        flying, silent = {}, set()
        time_left = self.env['ir.cron']._commit_progress(remaining=self._count_due(silent))
        with concurrent.futures.ThreadPoolExecutor(LINES) as pool:
            while True:
                if time_left > 0:
                    for delivery, request in self._take(flying.values(), silent):
                        flying[pool.submit(outbound.post, **request)] = delivery
                if not flying:
                    return
                done, _others = concurrent.futures.wait(
                    flying, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    delivery, answer = flying.pop(future), self._answer_of(future)
                    if answer.problem:
                        silent.add(delivery.endpoint_id.id)
                    self._in_transaction(delivery._note, answer)
                time_left = self.env['ir.cron']._commit_progress(
                    len(done), remaining=self._count_due(silent))

    # === BUSINESS METHODS === #

    @api.model
    def _take(self, flying, silent):
        """Take messages that are due, by a conditional update that is committed before they go.

        :param flying: deliveries that are under way
        :param set silent: ids of endpoints to leave alone
        :return: list of (delivery, arguments of outbound.post)
        """
        return self._in_transaction(self._claim, flying, silent) or []

    @api.model
    def _claim(self, flying, silent):
        busy = Counter(delivery.endpoint_id.id for delivery in flying)
        chosen = [
            delivery_id
            for delivery_id, endpoint_id, place in self.env.execute_query(self._due(silent))
            if place <= AT_HOST - busy[endpoint_id]]
        if not chosen:
            return []
        now = fields.Datetime.now()
        rows = self.env.execute_query(SQL(
            """
            UPDATE tenant_webhook_delivery
               SET next_try = %s, attempts = attempts + 1, first_try = COALESCE(first_try, %s)
             WHERE id IN %s AND state IN ('waiting', 'failed') AND next_try <= %s
         RETURNING id
            """, now + LEASE, now, tuple(chosen), now))
        self.invalidate_model(['next_try', 'attempts', 'first_try'], flush=False)
        taken = self.browse(sorted(delivery_id for delivery_id, in rows))
        return [(delivery, delivery._request()) for delivery in taken]

    @api.model
    def _due(self, silent):
        """The query for what may go out now: id, endpoint, place at the endpoint. Of each panel
        it is the first message that is not out yet, at each endpoint by itself."""
        self.env.flush_all()
        return SQL(
            """
            SELECT d.id, d.endpoint_id,
                   ROW_NUMBER() OVER (PARTITION BY d.endpoint_id ORDER BY d.next_try, d.id)
              FROM tenant_webhook_delivery d
              JOIN tenant_webhook_endpoint e ON e.id = d.endpoint_id AND e.active
             WHERE d.state IN ('waiting', 'failed') AND d.next_try <= %s
               AND d.endpoint_id NOT IN %s
               AND NOT EXISTS (
                   SELECT FROM tenant_webhook_delivery earlier
                    WHERE earlier.endpoint_id = d.endpoint_id AND earlier.subject = d.subject
                      AND earlier.sequence < d.sequence
                      AND earlier.state IN ('waiting', 'failed'))
            """, fields.Datetime.now(), tuple(silent) or (0,))

    @api.model
    def _count_due(self, silent):
        return len(self.env.execute_query(self._due(silent)))

    @api.model
    def _answer_of(self, future):
        """What became of an attempt; what breaks in one stops no other (law 9)."""
        try:
            return future.result()
        except Exception:  # noqa: BLE001
            _logger.exception("Webhooks: a message could not be sent")
            return outbound.Answer(problem='connection')

    def _request(self):
        """The arguments of outbound.post for this message, now."""
        self.ensure_one()
        body = self.payload.encode()
        timestamp = int(fields.Datetime.now().replace(tzinfo=timezone.utc).timestamp())
        return {
            'url': self.endpoint_id.url,
            'body': body,
            'headers': {
                'Content-Type': 'application/json',
                'User-Agent': 'tenant-billing',
                'webhook-id': self.message_id,
                'webhook-timestamp': str(timestamp),
                'webhook-signature': webhook_signature.sign(
                    self.message_id, timestamp, body, self.endpoint_id._secrets()),
            },
            'allow_private': self.endpoint_id._allows_private(),
        }

    @api.model
    def _in_transaction(self, step, *arguments):
        """Do a step and commit it. What cannot be done is left: a message that was taken goes out
        again when its time is over, and the run goes on (law 9)."""
        for _attempt in range(TRIES):
            try:
                result = step(*arguments)
                self.env['ir.cron']._commit_progress()
                return result
            except AT_ONCE:
                self._start_anew()
            except Exception:  # noqa: BLE001 one bad record never stops a run (law 9)
                _logger.exception("Webhooks: %s failed", step.__name__)
                self._start_anew()
                break
        return None

    @api.model
    def _start_anew(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
