"""What all routes below /api/ share: body, errors, cookies, and whose panel it is."""

import json
import re
import zlib
from hashlib import sha256

from odoo.fields import Domain
from odoo.http import Dispatcher, Response, request, root
from werkzeug.exceptions import (
    Conflict,
    Forbidden,
    LengthRequired,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from odoo.addons.tenant_billing.controllers.api.measured import Measured, note_panel
from odoo.addons.tenant_billing.controllers.api.problems import (
    InvalidRequest,
    MissingScope,
    problem_of,
)
from odoo.addons.tenant_billing.controllers.api.schema import InvalidError, check
from odoo.addons.tenant_billing.engine.usage_events import Number

MAX_BODY = 1024 * 1024  # bytes
MAX_UNPACKED = 8 * MAX_BODY
MAX_ID = 2**31 - 1
READING = ('status:read', 'usage:read')  # scopes that a tenant's own login stands for


class TenantApiDispatcher(Measured, Dispatcher):
    """Answers JSON, and problem+json (RFC 9457) for every error; never HTML, never a cookie."""

    routing_type = 'tenant_api'

    @classmethod
    def is_compatible_with(cls, request):
        return True  # `dispatch` checks the type: what is refused here would be told in HTML

    def dispatch(self, endpoint, args):
        operation = self._operation(endpoint.routing['operations'])
        self._check_request(operation)
        self.request.params = dict(args)
        if operation and operation.query:
            self.request.params['query'] = self._query(operation.query)
        if operation and operation.body:
            self.request.params['body'] = self._body(operation)
            if operation.once:
                return self._once(endpoint)
        return self._call(endpoint)

    def post_dispatch(self, response):
        """What Odoo notes of a session, its device, is kept; but a session is not exchanged for
        another one here: a platform sends the cookie that it has, and reads none."""
        session = self.request.session
        if session.can_save and session.is_dirty:
            root.session_store.save(session)
        session.can_save = False
        super().post_dispatch(response)

    def handle_error(self, exc):
        problem, headers = problem_of(exc)
        return self.noted(
            answer(problem, problem['status'], 'application/problem+json', headers))

    def _call(self, endpoint):
        result = self.request.registry['ir.http']._dispatch(endpoint)
        return result if isinstance(result, Response) else answer(result)

    def _operation(self, operations):
        asked = self.request.httprequest.method
        if not operations:
            return None
        operation = operations.get('GET' if asked == 'HEAD' else asked)
        if not operation:
            raise MethodNotAllowed([*operations, *(['HEAD'] if 'GET' in operations else [])])
        return operation

    # === WHAT WAS SENT === #

    def _check_request(self, operation):
        """Length and type of the body."""
        asked = self.request.httprequest
        if asked.headers.get('Transfer-Encoding'):
            raise LengthRequired("Send the body in one piece, with a Content-Length.")
        if not asked.content_length:
            return
        if asked.content_length >= MAX_BODY:
            raise RequestEntityTooLarge(f"A body has less than {MAX_BODY} bytes.")
        accepted = operation.types if operation else ()
        if asked.mimetype not in accepted:
            raise UnsupportedMediaType(
                f"This address accepts {', '.join(accepted) or 'no body'}.")
        if asked.headers.get('Content-Encoding', 'identity').lower() not in ('identity', 'gzip'):
            raise UnsupportedMediaType("A body is sent as it is, or packed with gzip.")

    def _query(self, schemas):
        """The parameters after the question mark; what is not known is left alone."""
        found = {}
        for name, schema in schemas.items():
            if name in self.request.httprequest.args:
                value = self.request.httprequest.args[name]
                if schema['type'] == 'integer' and re.fullmatch(r'-?[0-9]{1,10}', value):
                    value = int(value)
                self._check(schema, value, name)
                found[name] = value
        return found

    def _body(self, operation):
        data = self._unpacked(self.request.httprequest.get_data())
        if not data and not operation.needs_body:
            return {}
        try:
            body = json.loads(data, parse_constant=_refuse, parse_float=Number)
        except (ValueError, RecursionError):
            raise InvalidRequest("The body is no JSON.") from None
        self._check(operation.body, body, "The body")
        return body

    def _unpacked(self, data):
        if self.request.httprequest.headers.get('Content-Encoding', '').lower() != 'gzip':
            return data
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            data = unpacking.decompress(data, MAX_UNPACKED)
        except zlib.error:
            raise InvalidRequest("The body is not packed with gzip.") from None
        if len(data) >= MAX_UNPACKED:
            raise RequestEntityTooLarge(f"An unpacked body has less than {MAX_UNPACKED} bytes.")
        if not unpacking.eof:
            raise InvalidRequest("The packed body is not whole.")
        return data

    def _check(self, schema, value, name):
        try:
            check(schema, value, name)
        except InvalidError as error:
            raise InvalidRequest(str(error)) from None

    # === IDEMPOTENCY === #

    def _once(self, endpoint):
        """Answer a request that changes something; under the same Idempotency-Key once. An error
        undoes the claim together with all else, so that it may be tried again."""
        key = self.request.httprequest.headers.get('Idempotency-Key')
        if key is None:
            return self._call(endpoint)
        if not re.fullmatch(r'[\x21-\x7e]{1,255}', key):
            raise InvalidRequest("An Idempotency-Key has 1 to 255 visible ASCII characters.")
        asked = self.request.httprequest
        told = json.dumps([asked.method, asked.path, self.request.params['body']], sort_keys=True)
        fingerprint = sha256(told.encode()).hexdigest()
        caller = self.request.tenant_caller
        caller = f'key:{caller.id}' if caller else f'user:{self.request.env.uid}'

        def work():
            response = self._call(endpoint)
            return response.status_code, response.get_data(as_text=True)

        status, text = self.request.env['tenant.api.answer'].sudo()._once(
            caller, key, fingerprint, work)
        return answer(json.loads(text), status)


def _refuse(word):
    raise ValueError(word)  # NaN and Infinity are no JSON


def answer(data, status=200, mimetype='application/json', headers=()):
    """A JSON answer that nobody keeps."""
    body = json.dumps(data, ensure_ascii=False).encode()
    response = Response(body, status=status, content_type=f'{mimetype}; charset=utf-8')
    response.headers['Cache-Control'] = 'no-store'
    for name, value in headers:
        response.headers[name] = value
    return response


def panels_of_caller(scope):
    """The panels that the caller may use for something. The only door to panels here: it alone
    holds a key against company, panel and scope.

    :param str scope: a scope of API keys; a user needs the rights that it stands for
    :return: the model to act on, with all rights where a key or a tenant was checked, and a domain
    :raise MissingScope: where a key is for something else
    :raise Forbidden: where a login may not change panels
    """
    panels = request.env['tenant.panel']
    caller, user = request.tenant_caller, request.env.user
    if caller:
        if scope not in caller.scopes:
            raise MissingScope(f"This key lacks the scope {scope}.")
        domain = Domain('company_id', '=', caller.company_id)
        if caller.panel_id:
            domain &= Domain('id', '=', caller.panel_id)
        return panels.sudo(), domain
    if scope in READING and not user._is_internal():
        return panels.sudo(), panels._domain_of_tenant(user)
    if scope in READING:
        return panels, Domain(panels.has_access('read'))
    if not panels.has_access('write'):
        raise Forbidden("Your login may not change panels.")
    return panels, Domain.TRUE


def panel_of_caller(ref, scope='status:read', names=None):
    """The panel that an address names, if the caller may use it so.

    :param str ref: the database id, or `ext:` and the external id
    :param str scope: as for `panels_of_caller`
    :param list names: fields to read at once
    :return: one panel; to read, with all rights
    :raise NotFound: where there is none, or it is not the caller's
    :raise Conflict: where several companies of the caller use this external id
    """
    panels, domain = panels_of_caller(scope)
    found = panels
    if not domain.is_false():
        found = panels.search_fetch(domain & _domain_of_ref(ref), names, limit=2)
    if not found:
        raise NotFound("There is no such panel, or it is not yours.")
    if len(found) > 1:
        raise Conflict("Several of your companies use this external id: ask by database id.")
    note_panel(found)
    return found.sudo() if scope in READING else found


def companies_of_caller(scope='usage:read'):
    """The companies whose plans the caller may read, after the check of its scope.

    :return: companies, with all rights
    """
    _panels, domain = panels_of_caller(scope)
    user = request.env.user
    if request.tenant_caller:
        return _company_of_key()
    if user._is_internal() and domain.is_false():
        return request.env['res.company'].sudo()
    return (request.env.companies if user._is_internal() else user.company_ids).sudo()


def companies_of_operator():
    """The companies whose calls the caller may see: of an operator, or of a platform's key.

    :return: companies, and whether calls of strangers are told too
    """
    caller, user = request.tenant_caller, request.env.user
    if not caller:
        if not user._is_internal() or not request.env['tenant.panel'].has_access('read'):
            raise Forbidden("Only operators see how the API is doing.")
        return request.env.companies, True
    if 'monitoring:read' not in caller.scopes:
        raise MissingScope("This key lacks the scope monitoring:read.")
    if caller.panel_id:
        raise Forbidden("The key of one panel sees nothing of others.")
    return _company_of_key(), False


def _company_of_key():
    return request.env['res.company'].sudo().browse(request.tenant_caller.company_id)


def _domain_of_ref(ref):
    if ref.startswith('ext:') and '\0' not in ref:
        return Domain('external_id', '=', ref[4:]) & Domain('external_id', '!=', False)
    if ref.isascii() and ref.isdigit() and len(ref) <= 10 and int(ref) <= MAX_ID:
        return Domain('id', '=', int(ref))
    return Domain.FALSE
