import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, consteq

MARK = 'tbk_'  # by which our keys are told from those of Odoo's users
PREFIX_LENGTH = len(MARK) + 12
SECRET_BYTES = 32  # so much chance needs no slow hash
USE_NOTED_EVERY = timedelta(hours=1)
HIDDEN_FIELDS = frozenset({'digest', 'previous_digest'})
# Written by the actions alone: not by RPC, create, import or views.
DOOR_FIELDS = HIDDEN_FIELDS | {
    'prefix', 'issued_at', 'previous_prefix', 'previous_until', 'revoked_at', 'last_used_at'}


class ApiCaller(NamedTuple):
    """Who asks with a key: what was read of the key, once in a request."""

    id: int
    name: str
    company_id: int
    panel_id: int | None  # None: all panels of the company
    scopes: frozenset
    expires_at: datetime | None
    last_used_at: datetime | None
    lang: str | None  # of the company


class TenantApiKey(models.Model):
    """A key of a hosting platform: for all panels of a company, or for one panel."""

    _name = 'tenant.api.key'
    _description = "API Key"
    _inherit = ['mail.thread']
    _order = 'id desc'
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    lang = fields.Selection(related='company_id.partner_id.lang', store=True)
    panel_id = fields.Many2one(
        'tenant.panel', index='btree_not_null', check_company=True, ondelete='cascade',
        help="The only panel that the key knows. Empty: all panels of the company.")
    scope_ids = fields.One2many(
        'tenant.api.key.scope', 'key_id', string="Scopes",
        default=lambda self: [Command.create({'scope': 'status:read'})])
    expires_at = fields.Datetime(
        string="Expires", tracking=True, help="From this instant on the key is refused. "
        "Empty: it never expires.")
    overlap_hours = fields.Integer(
        string="Overlap", default=24,
        help="Hours for which the old secret is still accepted after Rotate.")
    state = fields.Selection(
        [('draft', "Not made"), ('valid', "Valid"), ('expired', "Expired"),
         ('revoked', "Revoked")], compute='_compute_state')
    prefix = fields.Char(
        readonly=True, copy=False, help="How the secret begins: by this it is recognised.")
    digest = fields.Char(readonly=True, copy=False, help="SHA-256 of the secret.")
    issued_at = fields.Datetime(
        string="Made", readonly=True, copy=False, help="When the secret was made and shown.")
    previous_prefix = fields.Char(readonly=True, copy=False, index='btree_not_null')
    previous_digest = fields.Char(readonly=True, copy=False)
    previous_until = fields.Datetime(
        string="Old Secret Until", readonly=True, copy=False,
        help="Until this instant the secret before the last Rotate is accepted too.")
    revoked_at = fields.Datetime(
        string="Revoked", readonly=True, copy=False, help="From this instant on it is refused.")
    last_used_at = fields.Datetime(
        string="Last Used", readonly=True, copy=False,
        help="The last request that was answered, written down once an hour at most.")

    _unique_prefix = models.Constraint('UNIQUE (prefix)', "Make the key once more.")
    _overlap_bounds = models.Constraint(
        'CHECK (overlap_hours BETWEEN 0 AND 720)', "The overlap is between 0 and 720 hours.")

    # === COMPUTE METHODS === #

    @api.depends('prefix', 'expires_at', 'revoked_at')
    def _compute_state(self):
        now = fields.Datetime.now()
        for key in self:
            if key.revoked_at:
                key.state = 'revoked'
            elif key.expires_at and key.expires_at <= now:
                key.state = 'expired'
            else:
                key.state = 'valid' if key.prefix else 'draft'

    # === CRUD METHODS === #

    def write(self, vals):
        moved = {'company_id', 'panel_id'} & set(vals)
        if moved and any(key.prefix for key in self):
            raise UserError(self.env._(
                "A key that was made stays with its company and panel. Make another one."))
        result = super().write(vals)
        if moved:
            self.check_access('write')  # it does not go where its writer may not
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unused_only(self):
        if any(key.prefix for key in self):
            raise UserError(self.env._("A key that was made cannot be deleted. Revoke it."))

    def _has_field_access(self, field, operation):
        if field.name in (DOOR_FIELDS if operation == 'write' else HIDDEN_FIELDS):
            return self.env.su
        return super()._has_field_access(field, operation)

    # === ACTION METHODS === #

    def action_issue(self):
        """Make the secret and show it, this once.

        :return: action of the dialog; its context holds the secret as `default_secret`
        :raise UserError: when it was made before
        """
        self.check_access('write')
        self.ensure_one()
        if self.prefix:
            raise UserError(self.env._(
                "This key was made already and cannot be shown again. Rotate it for a new secret."))
        return self._show(self._renew_secret(), self.env._("Made"))

    def action_rotate(self):
        """Make a new secret; the old one is accepted for the hours of the overlap.

        :return: action of the dialog, as for `action_issue`
        :raise UserError: when the key is not valid
        """
        self.check_access('write')
        self.ensure_one()
        if self.state != 'valid':
            raise UserError(self.env._("Only a valid key can be rotated. Make another one."))
        until = fields.Datetime.add(fields.Datetime.now(), hours=self.overlap_hours)
        key = self.sudo()
        secret = self._renew_secret(
            previous_prefix=key.prefix, previous_digest=key.digest, previous_until=until)
        return self._show(secret, self.env._("Rotated"))

    def action_revoke(self):
        """Refuse the key from now on, its old secret too; again does nothing."""
        self.check_access('write')
        for key in self.filtered(lambda key: not key.revoked_at):
            key.sudo().revoked_at = fields.Datetime.now()
            key._message_log(body=self.env._("Revoked"))

    # === BUSINESS METHODS === #

    @api.model
    def _find(self, secret):
        """Whose secret this is, in one query.

        :param str secret: as it was sent
        :return: an ApiCaller; None when it is unknown, expired or revoked
        """
        now, prefix = fields.Datetime.now(), secret[:PREFIX_LENGTH]
        self.env.cr.execute(SQL(
            """
            SELECT id, name, company_id, panel_id,
                   ARRAY(SELECT scope FROM tenant_api_key_scope WHERE key_id = k.id),
                   expires_at, last_used_at, lang,
                   CASE WHEN prefix = %(prefix)s THEN digest ELSE previous_digest END
              FROM tenant_api_key k
             WHERE revoked_at IS NULL
               AND (expires_at IS NULL OR expires_at > %(now)s)
               AND (prefix = %(prefix)s
                    OR previous_prefix = %(prefix)s AND previous_until > %(now)s)
            """, prefix=prefix, now=now))
        digest = self._digest(secret)
        for *facts, known in self.env.cr.fetchall():
            if consteq(digest, known):
                facts[4] = frozenset(facts[4])
                return ApiCaller(*facts)
        return None

    @api.model
    def _note_use(self, caller):
        """Write down, after this transaction, that a key was used: once an hour at most."""
        now = fields.Datetime.now()
        if caller.last_used_at and now - caller.last_used_at < USE_NOTED_EVERY:
            return
        registry = self.env.registry
        self.env.cr.postcommit.add(lambda: _write_use(registry, caller.id, now))

    # === HELPERS === #

    def _renew_secret(self, **values):
        secret = MARK + secrets.token_hex((PREFIX_LENGTH - len(MARK)) // 2 + SECRET_BYTES)
        self.sudo().write({
            'prefix': secret[:PREFIX_LENGTH], 'digest': self._digest(secret),
            'issued_at': fields.Datetime.now(), **values})
        return secret

    @api.model
    def _digest(self, secret):
        return sha256(secret.encode(errors='replace')).hexdigest()

    def _show(self, secret, event):
        self._message_log(body=f'{event} · {self.prefix}…')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("The Key, This Once"),
            'res_model': 'tenant.api.key.show',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_secret': secret},
        }


def _write_use(registry, key_id, now):
    """On a cursor of its own, for the request may only read; who comes second lets it be."""
    with suppress(*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY), registry.cursor() as cr:
        cr.execute(
            """
            UPDATE tenant_api_key SET last_used_at = %s WHERE id = (
                SELECT id FROM tenant_api_key
                 WHERE id = %s AND (last_used_at IS NULL OR last_used_at <= %s)
                   FOR NO KEY UPDATE SKIP LOCKED)
            """, [now, key_id, now - USE_NOTED_EVERY], log_exceptions=False)
