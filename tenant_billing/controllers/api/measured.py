"""What the routes below /api/ are asked, how they answer, and how long it takes."""

import re
import time
from functools import partial

from odoo.http import request

from odoo.addons.tenant_billing.api_calls import CALLS, Call

KNOWN = frozenset({'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'})
ELSEWHERE = 'elsewhere'  # addresses at which there is nothing


class Measured:
    """A dispatcher's part that notes each answer, once, when it is sent. It costs a few
    microseconds and asks the database nothing."""

    def __init__(self, request):
        super().__init__(request)
        self.begun = time.perf_counter()
        self.panel_id = self.company_id = None

    def pre_dispatch(self, rule, args):
        self.request.env['tenant.api.call']._write_down_later()
        super().pre_dispatch(rule, args)

    def post_dispatch(self, response):
        env = self.request.env
        if not self.company_id and env.uid and not self.request.tenant_caller:
            self.company_id = env.user.company_id.id
        self.noted(response)
        super().post_dispatch(response)

    def noted(self, response):
        """Have an answer counted once it is sent: what is tried again is answered once. It asks
        the database nothing, which may not answer any more.

        :return: the response
        """
        asked = self.request
        if asked.db and asked.env:
            caller = getattr(asked, 'tenant_caller', None)
            method = asked.httprequest.method
            call = Call(
                f'{method if method in KNOWN else "OTHER"} {self._address()}',
                caller.company_id if caller else self.company_id, self.panel_id)
            response.call_on_close(partial(self._count, asked.db, call, response.status_code))
        return response

    def _count(self, database, call, status):
        CALLS.note(database, call, status, time.perf_counter() - self.begun)

    def _address(self):
        """The route as the document writes it."""
        rule, _args = self.request.registry['ir.http']._match(self.request.httprequest.path)
        path = re.sub(r'<(?:\w+:)?(\w+)>', r'{\1}', rule.rule)
        return ELSEWHERE if path.endswith('{rest}') or path == '/api' else path


def note_panel(panel):
    """Say whose panel the request is about."""
    request.dispatcher.panel_id = panel.id
    request.dispatcher.company_id = panel.sudo().company_id.id
