"""Errors as programs and people read them: problem+json (RFC 9457) with a code of ours."""

from odoo.exceptions import (
    AccessDenied,
    AccessError,
    ConcurrencyError,
    MissingError,
    UserError,
)
from odoo.http import SessionExpiredException
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import PoolError
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, UnprocessableEntity
from werkzeug.http import HTTP_STATUS_CODES

BUSY = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, PoolError)
TOLD_HEADERS = ('Allow', 'WWW-Authenticate', 'Retry-After')
# code: status, and when it is answered. The first of a status is the one that is not special.
PROBLEMS = {
    'invalid_request': (400, "What was sent is no JSON, or not what this address takes."),
    'not_signed_in': (401, "No key and no session, or a key that is not known."),
    'not_allowed': (403, "A session that wants to change something, or a login without the right."),
    'missing_scope': (403, "The key lacks the scope for this."),
    'not_found': (404, "No such address, no such panel, or somebody else's."),
    'wrong_method': (405, "This address has other methods: see Allow."),
    'conflict': (409, "What is asked contradicts what is there already."),
    'idempotency_key_reused': (409, "The Idempotency-Key stands for another request."),
    'length_missing': (411, "The body comes in pieces; send it with a Content-Length."),
    'too_long': (413, "The body has a mebibyte or more, or eight once unpacked."),
    'wrong_type': (415, "The body is not of a type that this address accepts."),
    'not_possible': (422, "The books or the panel's state do not allow it."),
    'too_many_events': (422, "More than 1,000 events in one request."),
    'our_mistake': (500, "It was noted in the server's log."),
    'busy': (503, "Too much at once: try again after the seconds of Retry-After."),
}
CODES = {}
for _code, (_status, _when) in PROBLEMS.items():
    CODES.setdefault(_status, _code)


class InvalidRequest(BadRequest):
    """What was sent does not fit what the route takes."""


class TooManyEvents(UnprocessableEntity):
    """More than one request takes."""

    problem = 'too_many_events'


class MissingScope(Forbidden):
    """A key that may do something else."""

    problem = 'missing_scope'


def problem_of(exc):
    """An error as a problem.

    :return: the problem as a dict, and headers
    """
    status, detail, headers = _told(exc)
    return problem(status, detail, getattr(exc, 'problem', CODES.get(status, 'other'))), headers


def problem(status, detail, code):
    return dict(
        type='about:blank', title=HTTP_STATUS_CODES.get(status, ""), status=status, detail=detail,
        code=code)


def _told(exc):
    """Status, sentence and headers of an error; what is not ours to tell stays in the log."""
    if isinstance(exc, (AccessDenied, SessionExpiredException)):
        return 401, "Sign in, or send an API key: Authorization: Bearer <key>.", [
            ('WWW-Authenticate', 'Bearer')]
    if isinstance(exc, (AccessError, MissingError)):
        return 404, "There is no such record, or it is not yours.", []
    if isinstance(exc, UserError):
        return exc.http_status, str(exc), []
    if isinstance(exc, HTTPException) and exc.code:
        headers = [pair for pair in exc.get_headers() if pair[0] in TOLD_HEADERS]
        return exc.code, exc.description, headers
    if isinstance(exc, BUSY):
        return 503, "Too much at once. Try again in a moment.", [('Retry-After', '2')]
    return 500, "Something went wrong here, and it was noted.", []
