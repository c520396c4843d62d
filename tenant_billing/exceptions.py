"""Errors that programs tell apart by a code, beside the sentence for people."""

from odoo.exceptions import UserError


class ConflictError(UserError):
    """What was asked contradicts what is there already."""

    http_status = 409


class KeyReusedError(ConflictError):
    """An Idempotency-Key that stands for another request."""

    problem = 'idempotency_key_reused'
