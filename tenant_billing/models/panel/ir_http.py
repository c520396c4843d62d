import re

from odoo import models
from odoo.http import SAFE_HTTP_METHODS, SessionExpiredException, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.routing import BaseConverter


class AnythingConverter(BaseConverter):
    """Any rest of a path, also an empty one, one with double slashes or with line ends."""

    part_isolating = False
    regex = r'[\s\S]*?'
    weight = 1000  # tried last


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _get_converters(cls):
        return {**super()._get_converters(), 'anything': AnythingConverter}

    @classmethod
    def _auth_method_tenant_api(cls):
        """The API key of an Odoo user, else a session, which may only read."""
        if header := request.httprequest.headers.get('Authorization'):
            cls._tenant_api_key_user(header)
        elif request.env.uid in [None, *cls._get_public_users()]:
            raise SessionExpiredException("Neither an API key nor a session")
        elif request.httprequest.method not in SAFE_HTTP_METHODS:
            raise Forbidden("A session may only read here. Use an API key.")

    @classmethod
    def _tenant_api_key_user(cls, header):
        key = re.fullmatch(r'bearer\s+(\S+)\s*', header, re.IGNORECASE)
        uid = key and request.env['res.users.apikeys']._check_credentials(
            scope='rpc', key=key[1])
        if not uid:
            raise Unauthorized("This API key is not known.", www_authenticate=WWWAuthenticate(
                'bearer'))
        request.session.can_save = False  # a key leaves no trace in a session
        request.update_env(user=uid)
        request.update_env(context=dict(request.env['res.users'].context_get()))
