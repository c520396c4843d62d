"""What one method of one address does: requests are checked by it, the document is made of it."""

from typing import NamedTuple

from odoo.http import SAFE_HTTP_METHODS, request, route


class Operation(NamedTuple):
    """One method of one route."""

    name: str  # of the operation, for programs
    summary: str
    returns: dict  # the schema of what is answered
    example: dict  # an answer
    scope: str | None = None  # what a key needs; None: nothing
    answers: dict = {200: "Done"}  # noqa: RUF012 nobody changes it
    query: dict = {}  # noqa: RUF012
    body: dict | None = None  # the schema of the body; None: there is none
    body_example: dict | None = None
    media: dict | None = None  # by type of the body its schema and example, where there are several
    once: bool = True  # whether an Idempotency-Key is heeded

    @property
    def needs_body(self):
        """Whether a request without a body is refused."""
        return bool(self.body) and not _takes_nothing(self.body)

    @property
    def types(self):
        """The types of body that are taken."""
        if self.media:
            return tuple(self.media)
        return ('application/json',) if self.body else ()


def _takes_nothing(schema):
    is_object = schema.get('type') == 'object'
    return is_object and not schema.get('required') and not schema.get('anyOf')


def api_route(path, *, auth='tenant_api', writes=False, **operations):
    """A route on the dispatcher of `base`.

    Not Odoo's `methods`: what does not match those never reaches the dispatcher and is told in
    HTML.

    :param bool writes: whether GET writes something too
    :param operations: an Operation for each HTTP method; GET answers HEAD too; none for a route
        that takes them all and stands in no document
    """
    return route(
        path, type='tenant_api', auth=auth, operations=operations, csrf=False,
        save_session=auth != 'none',  # else Odoo notes the device of a session at each call
        readonly=False if writes else _only_reads)


def _only_reads(_controller, _rule, _args):
    return request.httprequest.method in SAFE_HTTP_METHODS
