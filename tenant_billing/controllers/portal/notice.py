"""A sentence for the panel's page that comes next: left by one request, taken by another."""

from odoo.http import request

KEY = 'tenant_billing_notice'


def leave(panel, level, text):
    """Leave a sentence for the page of a panel.

    :param str level: as Bootstrap names alerts: success, info, warning or danger
    :param str text: for the tenant to read
    """
    request.session[KEY] = {'panel_id': panel.id, 'level': level, 'text': str(text)}


def take(panel):
    """The sentence that was left for this panel's page, once.

    :return: dict of level and text, or None
    """
    notice = request.session.get(KEY)
    if not notice or notice['panel_id'] != panel.id:
        return None
    del request.session[KEY]
    return notice
