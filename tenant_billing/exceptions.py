"""Errors that programs tell apart by a code, beside the sentence for people."""

from odoo.exceptions import UserError


class ConflictError(UserError):
    """What was asked contradicts what is there already."""

    http_status = 409
