import re

from odoo.http import Controller, request

from odoo.addons.tenant_billing.controllers.api import shapes
from odoo.addons.tenant_billing.controllers.api.operation import Operation, api_route
from odoo.addons.tenant_billing.controllers.api.problems import PROBLEMS, problem

REF = {
    'name': 'ref', 'in': 'path', 'required': True, 'schema': {'type': 'string'}, 'example': '7',
    'description': "The panel's id, or `ext:` and its external id."}
PARTS = {'ref': REF, 'code': {
    'name': 'code', 'in': 'path', 'required': True, 'schema': {'type': 'string'},
    'example': 'tokens', 'description': "Of an entitlement or a charge of the panel's plan."},
    'alert_id': {
        'name': 'alert_id', 'in': 'path', 'required': True, 'schema': {'type': 'string'},
        'example': '31', 'description': "Of an alert, as the list has it."}}
IDEMPOTENCY = {
    'name': 'Idempotency-Key', 'in': 'header', 'required': False,
    'schema': {'type': 'string', 'pattern': '^[!-~]{1,255}$'},
    'description': "Sent again with the same key and body, the request is answered as before and "
                   "does nothing; kept for seven days."}
INFO = {
    'title': "Tenant Billing", 'version': '1',
    'description': "Order panels, tell how they are made, and ask what became of them."}
SECURITY = {
    'key': {'type': 'http', 'scheme': 'bearer',
            'description': "A key of the platform or of one panel, or of an Odoo user."},
    'session': {'type': 'apiKey', 'in': 'cookie', 'name': 'session_id',
                'description': "Of somebody who is signed in; for reading only."}}
ALWAYS = (405, 411, 413, 415, 500, 503)  # whatever the operation
DOCUMENT = Operation(
    'getDocument', "This document", {'type': 'object'}, {'openapi': '3.1.0'}, None,
    {200: "OpenAPI 3.1"})


class OpenApi(Controller):
    """The routes below /api/, told by themselves."""

    @api_route('/api/openapi.json', auth='none', GET=DOCUMENT)
    def document(self):
        components = {}
        paths = {
            path: {
                method.lower(): _operation(operation, path, is_open, components)
                for method, operation in operations.items()}
            for path, is_open, operations in _routes()}
        return {
            'openapi': '3.1.0', 'info': INFO, 'servers': [{'url': '/'}],
            'paths': dict(sorted(paths.items())),
            'components': {'schemas': components, 'securitySchemes': SECURITY}}


def _routes():
    """Paths as OpenAPI writes them, whether anybody may ask, and their operations."""
    for rule in request.env['ir.http'].routing_map().iter_rules():
        routing = rule.endpoint.routing
        if routing.get('operations'):
            path = re.sub(r'<(?:\w+:)?(\w+)>', r'{\1}', rule.rule)
            yield path, routing['auth'] == 'none', routing['operations']


def _operation(operation, path, is_open, components):
    parameters = [PARTS[name] for name in re.findall(r'{(\w+)}', path)]
    parameters += [
        {'name': name, 'in': 'query', 'required': False, 'schema': schema}
        for name, schema in operation.query.items()]
    told = {'operationId': operation.name, 'summary': operation.summary}
    if operation.body:
        parameters += [IDEMPOTENCY] if operation.once else []
        media = operation.media or {
            'application/json': (operation.body, operation.body_example)}
        told['requestBody'] = {
            'required': operation.needs_body,
            'content': {
                mimetype: {'schema': _refer(schema, components), 'example': example}
                for mimetype, (schema, example) in media.items()}}
    if operation.scope:
        told['description'] = f'Needs the scope `{operation.scope}`.'
    keys = [{'key': []}] if operation.body else [{'key': []}, {'session': []}]
    return {
        **told, 'parameters': parameters, 'security': [] if is_open else keys,
        'responses': {
            **{str(status): {'description': said, 'content': {'application/json': {
                'schema': _refer(operation.returns, components), 'example': operation.example}}}
               for status, said in operation.answers.items()},
            **{str(status): _problem(status, components)
               for status in sorted(_refusals(operation, path, is_open))}}}


def _refusals(operation, path, is_open):
    """The statuses of the problems that an operation may answer."""
    statuses = {*ALWAYS}
    if operation.body or operation.query:
        statuses.add(400)
    if not is_open:
        statuses |= {401, 403, 422}
    if '{ref}' in path:
        statuses |= {404, 409}
    if operation.body:
        statuses |= {404, 409}
    return statuses


def _problem(status, components):
    codes = {code: when for code, (known, when) in PROBLEMS.items() if known == status}
    return {
        'description': " ".join(f'`{code}`: {when}' for code, when in codes.items()),
        'content': {'application/problem+json': {
            'schema': _refer(shapes.PROBLEM, components),
            'examples': {
                code: {'value': problem(status, when, code)} for code, when in codes.items()}}}}


def _refer(schema, components):
    """A schema in which each part with a title is a reference to the components."""
    if isinstance(schema, list):
        return [_refer(item, components) for item in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _refer(part, components) for name, part in schema.items()}
    if not isinstance(schema.get('title'), str):
        return parts
    components[parts.pop('title')] = parts
    return {'$ref': f'#/components/schemas/{schema["title"]}'}
