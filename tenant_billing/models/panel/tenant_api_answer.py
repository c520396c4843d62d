from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.exceptions import KeyReusedError

KEPT_DAYS = 7


class TenantApiAnswer(models.Model):
    """What was answered to a request that may be sent again; read by nobody but the API."""

    _name = 'tenant.api.answer'
    _description = "API Answer"
    _log_access = False
    _rec_name = 'idempotency_key'

    caller = fields.Char(required=True, readonly=True, help="Whose request: a key or a user.")
    idempotency_key = fields.Char(required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True, help="SHA-256 of what was asked.")
    status = fields.Integer(readonly=True)
    body = fields.Text(readonly=True)
    claimed_at = fields.Datetime(
        required=True, readonly=True, index=True, help="When it was asked first.")

    _unique_request = models.Constraint(
        'UNIQUE (caller, idempotency_key)', "This request was answered already.")

    # === BUSINESS METHODS === #

    @api.model
    def _once(self, caller, key, fingerprint, work):
        """Do something once, and answer all who ask for it again with what came of it. An error
        undoes the claim together with all else, so that it may be tried again.

        :param str caller: whose request
        :param str key: under which it may be sent again
        :param str fingerprint: of what is asked
        :param work: callable that gives status and body
        :return: status and body
        :raise KeyReusedError: when the key stands for something else
        """
        if self._claim(caller, key, fingerprint):
            status, body = work()
            self.env.cr.execute(SQL(
                "UPDATE tenant_api_answer SET status = %s, body = %s "
                "WHERE caller = %s AND idempotency_key = %s", status, body, caller, key))
            return status, body
        self.env.cr.execute(SQL(
            "SELECT fingerprint, status, body FROM tenant_api_answer "
            "WHERE caller = %s AND idempotency_key = %s", caller, key))
        known, status, body = self.env.cr.fetchone()
        if known != fingerprint:
            raise KeyReusedError(self.env._(
                "This Idempotency-Key stands for another request. Use a new one."))
        return status, body

    @api.model
    def _claim(self, caller, key, fingerprint=''):
        """Be the one who does something. Who claims the same at the same moment waits, and is
        started anew by a concurrency error once the other has committed.

        :return: whether it is ours to do
        :rtype: bool
        """
        self.env.cr.execute(SQL(
            """
            INSERT INTO tenant_api_answer (caller, idempotency_key, fingerprint, claimed_at)
            VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
            """, caller, key, fingerprint, fields.Datetime.now()), log_exceptions=False)
        return bool(self.env.cr.rowcount)

    @api.autovacuum
    def _gc_answers(self):
        """Forget what nobody sends again."""
        day = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.env.cr.execute(SQL("DELETE FROM tenant_api_answer WHERE claimed_at < %s", day))
