import re

from odoo import models
from odoo.http import SAFE_HTTP_METHODS, SessionExpiredException, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.routing import BaseConverter

from odoo.addons.tenant_billing.models.panel.tenant_api_key import MARK


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
        """A key of ours, or the API key of an Odoo user, else a session, which may only read."""
        request.tenant_caller = None
        if header := request.httprequest.headers.get('Authorization'):
            cls._tenant_api_by_key(header)
        elif request.env.uid in [None, *cls._get_public_users()]:
            raise SessionExpiredException("Neither an API key nor a session")
        elif request.httprequest.method not in SAFE_HTTP_METHODS:
            raise Forbidden("A session may only read here. Use an API key.")

    @classmethod
    def _tenant_api_by_key(cls, header):
        found = re.fullmatch(r'bearer\s+(\S+)\s*', header, re.IGNORECASE)
        secret = found and found[1]
        is_known = secret and (
            cls._tenant_api_platform(secret) if secret.startswith(MARK)
            else cls._tenant_api_user(secret))
        if not is_known:
            raise Unauthorized("This API key is not known.", www_authenticate=WWWAuthenticate(
                'bearer'))
        request.session.can_save = False  # a key leaves no trace in a session

    @classmethod
    def _tenant_api_platform(cls, secret):
        """One technical user without rights stands for all our keys; what a key may do is decided
        by `panels_of_caller`, the only one that looks at `request.tenant_caller`."""
        keys = request.env['tenant.api.key']
        caller = keys._find(secret)
        if caller:
            keys._note_use(caller)
            request.tenant_caller = caller
            request.update_env(user=request.env['ir.model.data']._xmlid_to_res_id(
                'tenant_billing.user_api', raise_if_not_found=True))
            request.update_env(context={
                'lang': caller.lang, 'allowed_company_ids': [caller.company_id]})
        return caller

    @classmethod
    def _tenant_api_user(cls, secret):
        uid = request.env['res.users.apikeys']._check_credentials(scope='rpc', key=secret)
        if uid:
            request.update_env(user=uid)
            request.update_env(context=dict(request.env['res.users'].context_get()))
        return uid
