import csv
import io
from decimal import Decimal, InvalidOperation

from odoo.http import request, route
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.portal import usage_asked
from odoo.addons.tenant_billing.controllers.portal.own import own_panel
from odoo.addons.tenant_billing.controllers.portal.panel import FIRST, MOST, PANEL, PortalPanel
from odoo.addons.tenant_billing.controllers.portal.panels import fresh, is_id
from odoo.addons.tenant_billing.models.collection.tenant_panel_usage_page import EVENT_COLUMNS

ALERTS = 4  # before "Show earlier"
EXPORTED = 50_000  # events of one file, the newest ones
FORMULA = ('=', '+', '-', '@', '\t', '\r')


class PortalPanelUsage(PortalPanel):
    """The tabs *Overview* and *Usage* of a panel's page, and what the tenant does there."""

    # === WHAT THE TENANT DOES === #

    @route(f'{PANEL}/cap', type='http', auth='user', methods=['GET', 'POST'], website=True)
    def portal_panel_cap(self, panel_id, amount=None, action=None, remove=None, **kw):
        """Set the spending cap (R26), or take it off.

        :param str amount: in the panel's currency, before tax
        :param str action: what happens at the cap: refuse or pause; as it is now by default
        :param str remove: anything, to take the cap off
        :raise NotFound: for everyone but the tenant's own people
        """
        panel = own_panel(panel_id)
        if not self._tenant_person(panel):
            raise NotFound
        if remove:
            return self._do(
                panel_id, '_set_cap', request.env._("The spending cap is off."), None)
        return self._do(panel_id, '_choose_cap', request.env._("The spending cap is set."),
                        amount, action)

    @route(f'{PANEL}/alerts', type='http', auth='user', methods=['GET', 'POST'], website=True)
    def portal_panel_alerts(self, panel_id, alert=None, **kw):
        """Mark alerts as read.

        :param str alert: id of one, all by default
        :raise NotFound: for everyone but the tenant's own people
        """
        panel = own_panel(panel_id)
        if not self._tenant_person(panel):
            raise NotFound
        if self._is_posted():
            alerts = panel._alerts()
            if alert:
                alerts = alerts.filtered(lambda one: is_id(alert) and one.id == int(alert))
            alerts._mark_read()
        return request.redirect(f'/my/panels/{panel.id}#alerts')

    # === FILES === #

    @route(f'{PANEL}/usage.csv', type='http', auth='user', methods=['GET'], website=True)
    def portal_panel_usage_file(self, panel_id, **kw):
        panel = own_panel(panel_id)
        asked = usage_asked.read(panel, panel._status_facts()[panel], kw)
        rows = [
            (asked.first, asked.last, row['name'], row['code'], row['group'], row['events'],
             "" if row['quantity'] is None else f'{Decimal(row["quantity"]):f}', row['unit'])
            for row in panel._page_used(asked)]
        return self._csv(panel, 'usage', (
            'first_day', 'last_day', 'meter', 'code', 'group', 'events', 'quantity', 'unit'), rows)

    @route(f'{PANEL}/events.csv', type='http', auth='user', methods=['GET'], website=True)
    def portal_panel_events_file(self, panel_id, **kw):
        panel = own_panel(panel_id)
        asked = usage_asked.read(panel, panel._status_facts()[panel], kw)
        return self._csv(
            panel, 'events', EVENT_COLUMNS, panel._file_events(asked, EXPORTED))

    def _csv(self, panel, name, head, rows):
        """Comma separated values, which spreadsheets open and do not run."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(head)
        writer.writerows([self._harmless(cell) for cell in row] for row in rows)
        return fresh(request.make_response(text.getvalue().encode('utf-8-sig'), [
            ('Content-Type', 'text/csv; charset=utf-8'),
            ('X-Content-Type-Options', 'nosniff'),
            ('Content-Disposition', f'attachment; filename="{name}-{panel.id}.csv"'),
        ]))

    def _harmless(self, cell):
        is_formula = isinstance(cell, str) and cell.startswith(FORMULA)
        return f"'{cell}" if is_formula and not _is_number(cell) else cell

    # === HELPERS === #

    def _tab_values(self, panel, facts, asked, tab):
        if tab == 'overview':
            return {
                'cost': panel._page_cost(facts),
                'limits': panel._page_limits(),
                **self._alert_values(panel, asked.get('alerts')),
                'is_owner': bool(self._tenant_person(panel)),
            }
        if tab == 'usage':
            return self._usage_values(panel, facts, asked)
        return super()._tab_values(panel, facts, asked, tab)

    def _alert_values(self, panel, asked):
        limit = _limit(asked, ALERTS)
        alerts = panel._page_alerts(limit)
        more = f'/my/panels/{panel.id}?alerts={limit * 3}#alerts'
        return {'alerts': alerts, 'more_alerts': more if alerts['is_cut'] else ""}

    def _usage_values(self, panel, facts, kw):
        asked, (metric, months) = usage_asked.read(panel, facts, kw), usage_asked.trend(kw)
        limit, used_limit = _limit(kw.get('events')), _limit(kw.get('used'))
        events, is_cut = panel._page_events(asked, limit)
        used = panel._page_used(asked)
        page = f'/my/panels/{panel.id}'

        def more(name, limit):
            return f'{usage_asked.address(page, kw, **{name: str(limit * 2)})}#{name}'
        return {
            'asked': asked,
            'meters': panel._usage_meters(),
            'groups': panel._page_groups(),
            'trend': panel._page_trend(metric, months),
            'metric': metric,
            'months': months,
            'used': used[:used_limit],
            'more_used': more('used', used_limit) if len(used) > used_limit else "",
            'events': events,
            'more_events': more('events', limit) if is_cut and limit < MOST else "",
            'days': panel._days_range(asked.first, asked.last),
            'is_filtered': bool(asked.meter or asked.text or kw.get('from') or kw.get('to')),
            'link': lambda **changes: usage_asked.address(page, kw, **changes),
            'file': lambda name: usage_asked.address(f'{page}/{name}.csv', kw),
        }


def _limit(asked, first=FIRST):
    """How many rows are shown: as many as the address asks for, within reason."""
    return max(first, min(int(asked), MOST)) if is_id(asked) else first


def _is_number(text):
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True
