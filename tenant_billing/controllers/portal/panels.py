import logging

from odoo import fields
from odoo.addons.portal.controllers.portal import CustomerPortal, pager
from odoo.fields import Domain
from odoo.http import request, route
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools.misc import format_time

_logger = logging.getLogger(__name__)

STEP = 24  # cards of a page: fills rows of one, two and three
LONGEST_SEARCH = 100


class PortalPanels(CustomerPortal):
    """The tenant's panels as cards."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters or 'panel_count' in counters:  # none: the page itself
            values['panel_count'] = self._tenant_panels().search_count(self._domain_own())
        return values

    @route(['/my/panels', '/my/panels/page/<int:page>'], type='http', auth='user',
           methods=['GET'], website=True)
    def portal_my_panels(self, page=1, sortby=None, filterby=None, search=None, **kw):
        values = self._prepare_portal_layout_values()
        values['page_name'] = 'panels'
        try:
            values |= self._list_values(page, sortby, filterby, search)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:  # noqa: BLE001 the page says so and offers to try again
            _logger.exception("The panels of user %s could not be loaded.", request.env.uid)
            request.env.cr.rollback()
            return request.render('tenant_billing.portal_my_panels_failed', values, status=503)
        return request.render('tenant_billing.portal_my_panels', values)

    @route('/my/panels/cards', type='http', auth='user', methods=['GET'], website=True)
    def portal_panel_cards(self, ids='', **kw):
        """The head of the list and some cards anew, for the page that is open."""
        wanted = [int(part) for part in str(ids).split(',')[:STEP * 2] if is_id(part)]
        everything = self._own_panels(Domain.TRUE)
        facts = everything._status_facts()
        panels = everything.filtered(lambda panel: panel.id in wanted)
        return fresh(request.render('tenant_billing.portal_panels_parts', {
            'cards': panels._cards(facts),
            'overview': everything._overview(facts),
            'updated': local_time(everything[:1]),
        }))

    # === HELPERS === #

    def _list_values(self, page, sortby, filterby, search):
        sortings, filters = self._panel_sortings(), self._panel_filters()
        sortby = sortby if sortby in sortings else 'attention'
        filterby = filterby if filterby in filters else 'all'
        search = str(search or '').replace('\0', '').strip()[:LONGEST_SEARCH]
        everything = self._own_panels(Domain.TRUE)
        facts = everything._status_facts()
        found = everything.filtered(
            lambda panel: search.lower() in panel.name.lower()
            and filters[filterby]['keeps'](panel, facts[panel]))
        found = found.sorted(lambda panel: sortings[sortby]['key'](panel, facts[panel]))
        pages = pager(
            '/my/panels', len(found), page, STEP,
            url_args={'sortby': sortby, 'filterby': filterby, 'search': search})
        offset = max(0, pages['offset'])
        shown = found[offset:offset + STEP]
        request.session['my_panels_history'] = found.ids[:100]
        return {
            'cards': shown._cards(facts),
            'overview': everything._overview(facts),
            'updated': local_time(everything[:1]),
            'pager': pages,
            'search': search,
            'searchbar_sortings': sortings, 'sortby': sortby,
            'searchbar_filters': self._counted(filters, everything, facts),
            'filterby': filterby,
            'default_url': '/my/panels',
            'contact_url': contact_url(),
        }

    def _panel_sortings(self):
        return {
            'attention': {
                'label': request.env._("Needs attention first"),
                'key': lambda panel, facts: (panel._rank(facts), panel.name.lower(), panel.id)},
            'name': {
                'label': request.env._("Name"),
                'key': lambda panel, facts: (panel.name.lower(), panel.id)},
            'paid_through': {
                'label': request.env._("Paid through"),
                'key': lambda panel, facts: (
                    panel.paid_through or fields.Date.to_date('9999-12-31'), panel.id)},
        }

    def _panel_filters(self):
        return {
            'all': {
                'label': request.env._("All"), 'keeps': lambda panel, facts: True},
            'attention': {
                'label': request.env._("Needs attention"),
                'keeps': lambda panel, facts: panel._waits(facts)},
            'running': {
                'label': request.env._("Running"),
                'keeps': lambda panel, facts: panel.state in ('active', 'grace')},
            'closed': {
                'label': request.env._("Closed"),
                'keeps': lambda panel, facts: panel.state == 'closed'},
        }

    def _counted(self, filters, panels, facts):
        """The filters' labels with how many panels each keeps."""
        for choice in filters.values():
            kept = sum(choice['keeps'](panel, facts[panel]) for panel in panels)
            choice['label'] = f'{choice["label"]} ({kept})'
        return filters

    def _domain_own(self):
        return request.env['tenant.panel']._domain_of_tenant(request.env.user)

    def _own_panels(self, domain):
        """The caller's own panels, with all rights; nothing else browses panels in a list."""
        return self._tenant_panels().search(self._domain_own() & domain)

    def _tenant_panels(self):
        return request.env['tenant.panel'].sudo()


def is_id(text):
    """Whether an address holds a number here; what it holds may be anything, even a file."""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10


def fresh(response):
    """An answer that no cache keeps."""
    response.headers['Cache-Control'] = 'no-store'
    return response


def local_time(panel):
    """The time of day that the page tells, in the tenant's billing zone."""
    company = panel.company_id or request.env.company.sudo()
    return format_time(
        request.env, fields.Datetime.now(), tz=panel.zone or company.tenant_tz,
        time_format='HH:mm')


def contact_url():
    email = request.env.company.sudo().email
    return f'mailto:{email}' if email else ''

