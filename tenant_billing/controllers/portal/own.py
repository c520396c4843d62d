from odoo.fields import Domain
from odoo.http import request
from werkzeug.exceptions import NotFound


def own_panel(panel_id):
    """The panel that a page is about, with all rights: one of the caller's own, or for an operator
    one that it may see. The only door to a panel on the portal.

    :raise NotFound: otherwise, whether it exists or not
    """
    panels = request.env['tenant.panel']
    domain = Domain('id', '=', panel_id)
    panel = panels.sudo().search(panels._domain_of_tenant(request.env.user) & domain)
    if not panel and request.env.user._is_internal() and panels.has_access('read'):
        panel = panels.search(domain).sudo()
    if not panel:
        raise NotFound
    return panel
