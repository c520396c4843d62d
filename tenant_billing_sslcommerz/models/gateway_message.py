import hashlib
import json
import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL
from psycopg2.errors import UniqueViolation

from odoo.addons.tenant_billing_sslcommerz import acceptance, const, signature

_logger = logging.getLogger(__name__)

SECRET = re.compile(r'passw|secret|token|verify_sign|card_no|value_a', re.IGNORECASE)
MASK = '***'
TRIES = 12  # about a day and a half
LONGEST_WAIT = 360  # minutes
WAITING = ('new', 'retry')


class TenantGatewayMessage(models.Model):
    """The callback inbox: what a gateway told us, kept before it is worked on."""

    _name = 'tenant.gateway.message'
    _description = "Gateway Message"
    _order = 'id desc'
    _rec_name = 'reference'

    gateway = fields.Selection([(const.CODE, "SSLCommerz")], required=True, readonly=True)
    kind = fields.Selection(
        [('ipn', "Server to server"), ('return', "Browser return")], required=True, readonly=True)
    key = fields.Char(
        required=True, readonly=True,
        help="Digest of what was signed: the same message counts once.")
    reference = fields.Char(readonly=True, index=True)
    status = fields.Char(
        string="Says", readonly=True, help="The status as posted, a hint; the gateway is asked.")
    payload = fields.Text(readonly=True, help="What was signed, secrets masked.")
    transaction_id = fields.Many2one(
        'payment.transaction', string="Payment", readonly=True, index=True, ondelete='set null')
    company_id = fields.Many2one('res.company', readonly=True, index=True)
    received_on = fields.Datetime(readonly=True, required=True, help="When it came first.")
    state = fields.Selection(
        [
            ('new', "New"),
            ('retry', "To be tried again"),
            ('done', "Done"),
            ('refused', "Refused"),
            ('failed', "Given up"),
        ],
        required=True, readonly=True, default='new', index=True,
    )
    outcome = fields.Text(readonly=True, help="What became of it, or why it could not be done.")
    attempts = fields.Integer(readonly=True)
    retry_on = fields.Datetime(
        readonly=True, help="When the scheduled action works on it, if nobody does before.")

    _once = models.Constraint('UNIQUE (gateway, key)', "This message was received already.")

    # === ACTION METHODS === #

    def action_work_again(self):
        """Work on messages now, whatever became of them before."""
        self.check_access('read')
        if not self.env.user.has_group('tenant_billing.group_manager'):
            raise AccessError(self.env._("Only a Billing Manager works on messages again."))
        messages = self.sudo()
        messages.write({'state': 'retry', 'attempts': 0})
        for message in messages:
            message._work()

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_work(self):
        """Work on what is left: our side failed, or was stopped in the middle."""
        self.env['tenant.billing.run']._run_each(
            self._name,
            [('state', 'in', WAITING), ('retry_on', '<=', fields.Datetime.now())],
            lambda message: message._work())

    def _set_aside(self, error):
        """Nothing of the work was kept, not even the attempt."""
        self.attempts += 1
        self._put_off(error)

    # === BUSINESS METHODS === #

    @api.model
    def _receive(self, kind, form, address=None):
        """Keep a callback of SSLCommerz, if it is signed. Kept on a cursor of its own: whatever
        happens to the work on it, the message is there.

        :param str kind: ipn or return
        :param dict form: names and raw values, as posted
        :param str address: of the server that posts
        :return: the message, new or known, as the request's transaction sees it; empty where the
            form was not signed by a store of ours
        :rtype: tenant.gateway.message
        """
        # what this transaction has seen is older than the message; it wrote nothing yet
        self.env['tenant.billing.run']._start_anew()
        with self.env.registry.cursor() as cr:
            message_id = self.with_env(self.env(cr=cr, su=True))._keep(kind, form, address)
        return self.browse(message_id or ())

    @api.model
    def _keep(self, kind, form, address):
        """:return: the id of the message, False where the form is not signed"""
        reference, store_id = form.get('tran_id') or '', form.get('store_id') or ''
        if not acceptance.REFERENCE.fullmatch(reference) or not store_id.isprintable():
            return False
        tx = self.env['payment.transaction'].search(
            [('reference', '=', reference), ('provider_id.code', '=', const.CODE),
             ('operation', '!=', 'refund')])
        providers = tx.provider_id or self.env['payment.provider']._sslcommerz_for_store(store_id)
        if not providers._sslcommerz_is_signed(form):
            _logger.warning("A message for %s is not signed by its store.", reference)
            return False
        if kind == 'ipn' and not providers._sslcommerz_allows(address):
            _logger.warning("A message for %s comes from %s, which is not allowed.",
                            reference, address)
            return False
        signed = signature.signed_fields(form)
        status = signed['status'] if signed['status'] in const.KNOWN_STATUSES else 'OTHER'
        now = fields.Datetime.now()
        text = json.dumps(signed, sort_keys=True, ensure_ascii=False)
        row = {
            'gateway': const.CODE, 'kind': kind, 'reference': reference, 'status': status,
            'key': hashlib.sha256(text.encode()).hexdigest(),
            'payload': json.dumps(_masked(signed), sort_keys=True, ensure_ascii=True, indent=2),
            'transaction_id': tx.id or None, 'company_id': (tx or providers[:1]).company_id.id,
            'received_on': now, 'retry_on': now + timedelta(minutes=1),
            'state': 'new', 'attempts': 0,
        }
        return self._insert(row)

    @api.model
    def _insert(self, row):
        """:return: the id of the row, or of the one with the same key"""
        rows = self.env.execute_query(SQL(
            "INSERT INTO tenant_gateway_message (%s, create_uid, write_uid, create_date, "
            "write_date) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (gateway, key) DO NOTHING RETURNING id",
            SQL(', ').join(SQL.identifier(name) for name in row),
            SQL(', ').join(SQL('%s', value) for value in row.values()),
            self.env.uid, self.env.uid, row['received_on'], row['received_on']))
        if not rows:
            return self.search(
                [('gateway', '=', row['gateway']), ('key', '=', row['key'])]).id
        return rows[0][0]

    def _work(self):
        """Work on a message, once: another that works on it now makes us wait and look anew.

        :return: whether nothing is left to do
        :rtype: bool
        """
        self.ensure_one()
        if not self._claim():
            return True
        try:
            with self.env.cr.savepoint():
                state, outcome = self._look_into()
        except ValidationError as error:
            self.transaction_id._sslcommerz_wait(self.status)
            self._put_off(str(error))
            return False
        except UniqueViolation:
            state, outcome = 'refused', self.env._("The money belongs to another payment.")
        self.write({'state': state, 'outcome': outcome, 'retry_on': False})
        return True

    def _claim(self):
        """Whether the message waits for work; who asks second waits for the first to end."""
        self.flush_recordset()
        rows = self.env.execute_query(SQL(
            "UPDATE tenant_gateway_message SET attempts = attempts + 1 "
            "WHERE id = %s AND state IN %s RETURNING id", self.id, WAITING))
        self.invalidate_recordset()
        return bool(rows)

    def _look_into(self):
        """Let the payment ask the gateway about what the message says.

        :return: the message's state, and what became of it
        :rtype: tuple[str, str]
        """
        tx = self.transaction_id
        if not tx:
            return 'refused', self.env._("There is no such payment in this database.")
        said = json.loads(self.payload)
        verdict = tx._sslcommerz_hear(
            self.status, said.get('val_id') or '', (said.get('error') or '')[:200])
        self.env.flush_all()
        outcome = ': '.join(part for part in verdict if part)
        return 'refused' if verdict.kind in ('refused', 'mismatch') else 'done', outcome

    def _put_off(self, error):
        """Our side or the gateway failed: again later, and at last a person."""
        is_over = self.attempts >= TRIES
        minutes = min(2 ** self.attempts, LONGEST_WAIT)
        self.write({
            'state': 'failed' if is_over else 'retry',
            'outcome': error,
            'retry_on': fields.Datetime.now() + timedelta(minutes=minutes),
        })
        if is_over:
            self._give_up(error)

    def _give_up(self, error):
        """A person has to look: nobody answers."""
        self.transaction_id._sslcommerz_ask_person(acceptance.Verdict('unanswered', error))


def _masked(form):
    return {name: MASK if SECRET.search(name) else value for name, value in form.items()}
