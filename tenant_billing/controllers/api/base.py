"""What all routes below /api/ share: body, errors, cookies, and whose panel it is."""

import json

from odoo.exceptions import (
    AccessDenied,
    AccessError,
    ConcurrencyError,
    MissingError,
    UserError,
)
from odoo.fields import Domain
from odoo.http import Dispatcher, Response, SessionExpiredException, request, route
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import PoolError
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    LengthRequired,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.http import HTTP_STATUS_CODES

from odoo.addons.tenant_billing.models.collection.tenant_panel_status import FIELDS

BUSY = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, PoolError)
MAX_BODY = 1024 * 1024  # bytes
TOLD_HEADERS = ('Allow', 'WWW-Authenticate', 'Retry-After')
MAX_ID = 2**31 - 1


class TenantApiDispatcher(Dispatcher):
    """Answers JSON, and problem+json (RFC 9457) for every error; never HTML, never a cookie."""

    routing_type = 'tenant_api'

    @classmethod
    def is_compatible_with(cls, request):
        return True  # `dispatch` checks the type: what is refused here would be told in HTML

    def dispatch(self, endpoint, args):
        self._check_request(endpoint.routing)
        self.request.params = dict(args)
        return answer(self.request.registry['ir.http']._dispatch(endpoint))

    def handle_error(self, exc):
        status, detail, headers = _told(exc)
        problem = dict(
            type='about:blank', title=HTTP_STATUS_CODES.get(status, ""), status=status,
            detail=detail)
        return answer(problem, status, 'application/problem+json', headers)

    def _check_request(self, routing):
        """Method, length and type of the body, by what `api_route` was told."""
        asked = self.request.httprequest
        methods = routing['answers']
        if methods and asked.method not in methods:
            raise MethodNotAllowed(methods)
        if asked.headers.get('Transfer-Encoding'):
            raise LengthRequired("Send the body in one piece, with a Content-Length.")
        if not asked.content_length:
            return
        if asked.content_length >= MAX_BODY:
            raise RequestEntityTooLarge(f"A body has less than {MAX_BODY} bytes.")
        if asked.mimetype not in routing['accepts']:
            accepted = ", ".join(routing['accepts']) or "no body"
            raise UnsupportedMediaType(f"This address accepts {accepted}.")


def api_route(path, *, answers=('GET', 'HEAD'), accepts=(), auth='tenant_api', **routing):
    """A route on the dispatcher above.

    :param answers: HTTP methods; None for all. Not Odoo's `methods`: what does not match those
        never reaches the dispatcher and is told in HTML
    :param accepts: media types of a body
    """
    return route(
        path, type='tenant_api', auth=auth, answers=answers, accepts=accepts, csrf=False,
        save_session=False, **routing)


def answer(data, status=200, mimetype='application/json', headers=()):
    """A JSON answer that nobody keeps."""
    body = json.dumps(data, ensure_ascii=False).encode()
    response = Response(body, status=status, content_type=f'{mimetype}; charset=utf-8')
    response.headers['Cache-Control'] = 'no-store'
    for name, value in headers:
        response.headers[name] = value
    return response


def panel_of_caller(ref):
    """The panel that an address names, if the caller may see it. The only door to a panel here.

    :param str ref: the database id, or `ext:` and the external id
    :return: one panel, with all rights
    :raise NotFound: where there is none, or it is not the caller's
    :raise Conflict: where several companies of the caller use this external id
    """
    panels = request.env['tenant.panel']
    domain = _domain_of_ref(ref)
    if not request.env.user._is_internal():
        found = panels.sudo().search_fetch(
            domain & panels._domain_of_tenant(request.env.user), FIELDS, limit=2)
    elif panels.has_access('read'):
        found = panels.search_fetch(domain, FIELDS, limit=2)
    else:
        found = panels
    if not found:
        raise NotFound("There is no such panel, or it is not yours.")
    if len(found) > 1:
        raise Conflict("Several of your companies use this external id: ask by database id.")
    return found.sudo()


def _domain_of_ref(ref):
    if ref.startswith('ext:') and '\0' not in ref:
        return Domain('external_id', '=', ref[4:]) & Domain('external_id', '!=', False)
    if ref.isascii() and ref.isdigit() and len(ref) <= 10 and int(ref) <= MAX_ID:
        return Domain('id', '=', int(ref))
    return Domain.FALSE


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
