from odoo import fields
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import UserError
from odoo.http import request, route
from werkzeug.exceptions import NotFound

from odoo.addons.tenant_billing.controllers.portal import notice
from odoo.addons.tenant_billing.controllers.portal.own import own_panel
from odoo.addons.tenant_billing.controllers.portal.panels import fresh, is_id, local_time

PANEL = '/my/panels/<int(max=2147483647):panel_id>'
TABS = {  # and their lists
    'overview': (),
    'usage': (),
    'invoices': ('invoices', 'payments'),
    'history': ('history', 'periods'),
}
FIRST = 12  # rows of a list before "Show earlier"
MOST = 1200


class PortalPanel(CustomerPortal):
    """The page of one panel, and what its tenant does there."""

    @route(PANEL, type='http', auth='user', methods=['GET'], website=True)
    def portal_my_panel(self, panel_id, **kw):
        panel = own_panel(panel_id)
        values = self._prepare_portal_layout_values()
        values |= self._page_values(panel, kw)
        values |= {'page_name': 'panel', 'message': notice.take(panel)}
        return request.render('tenant_billing.portal_my_panel', values)

    @route(f'{PANEL}/parts', type='http', auth='user', methods=['GET'], website=True)
    def portal_panel_parts(self, panel_id, **kw):
        """What may change on the page, anew for the page that is open.

        :param str tab: the one that is shown; all by default
        """
        tab = kw.get('tab')
        values = self._page_values(own_panel(panel_id), kw, (tab,) if tab in TABS else ())
        return fresh(request.render('tenant_billing.portal_panel_parts', values))

    @route(f'{PANEL}/receipts/<int(max=2147483647):payment_id>', type='http', auth='user',
           methods=['GET'], website=True)
    def portal_panel_receipt(self, panel_id, payment_id, **kw):
        payment = own_panel(panel_id)._receipt_of(payment_id)
        if not payment:
            raise NotFound
        ready = request.env['ir.actions.report'].get_wkhtmltopdf_state() in ('ok', 'upgrade')
        return fresh(self._show_report(
            payment, 'pdf' if ready else 'html', 'account.action_report_payment_receipt'))

    # === WHAT THE TENANT DOES === #

    @route(f'{PANEL}/cancel', type='http', auth='user', methods=['GET', 'POST'],
           website=True)
    def portal_panel_cancel(self, panel_id, **kw):
        return self._do(panel_id, 'action_cancel', request.env._(
            "The panel is cancelled. Until its last day you may take that back."))

    @route(f'{PANEL}/resume', type='http', auth='user', methods=['GET', 'POST'],
           website=True)
    def portal_panel_resume(self, panel_id, **kw):
        return self._do(panel_id, 'action_resume', request.env._(
            "The cancellation is withdrawn. The panel goes on."))

    @route(f'{PANEL}/continue', type='http', auth='user', methods=['GET', 'POST'],
           website=True)
    def portal_panel_continue(self, panel_id, **kw):
        return self._do(panel_id, 'action_confirm_trial', request.env._(
            "Thank you. The panel goes on after the trial."))

    @route(f'{PANEL}/card', type='http', auth='user', methods=['GET', 'POST'],
           website=True)
    def portal_panel_card(self, panel_id, card=None, **kw):
        """Which saved card pays the panel by itself: one of the tenant's own, or none.

        :param str card: id of a saved card, empty to switch it off
        """
        panel = own_panel(panel_id)
        if card:
            number, payer = int(card) if is_id(card) else 0, self._tenant_person(panel)
            return self._do(panel_id, '_choose_card', request.env._(
                "From now on the panel is paid by itself on the due date."), number, payer)
        return self._do(panel_id, 'action_stop_charging', request.env._(
            "The panel is not paid by itself any more. Pay its invoices when they are due."))

    # === HELPERS === #

    def _do(self, panel_id, action, done, *arguments):
        """One of the panel's own actions; what it refuses is said on the page."""
        panel = own_panel(panel_id)
        if self._is_posted():
            try:
                with request.env.cr.savepoint():
                    getattr(self._acting_on(panel), action)(*arguments)
                notice.leave(panel, 'success', done)
            except UserError as error:
                notice.leave(panel, 'warning', str(error))
        return request.redirect(f'/my/panels/{panel.id}')

    def _acting_on(self, panel):
        """A tenant has no rights of its own and acts by the check of `own_panel`; an operator's
        rights are asked."""
        return panel.sudo(not request.env.user._is_internal())

    def _tenant_person(self, panel):
        """The user where it is one of the tenant's people: an operator has no card here."""
        user = request.env.user.partner_id
        is_own = user.commercial_partner_id == panel.partner_id.commercial_partner_id
        return user if is_own else user.browse()

    def _is_posted(self):
        """After a new login the browser comes back with GET, which changes nothing."""
        return request.httprequest.method == 'POST'

    def _page_values(self, panel, asked, tabs=()):
        tabs = tabs or tuple(TABS)
        facts = panel._status_facts()
        demands = facts[panel].demands
        values = {
            'panel': panel,
            'card': panel._cards(facts)[0],
            'oldest_due': demands[0].invoice_name if demands else "",
            'due_on': panel._day_text(demands[0].due_date) if demands else "",
            'open_count': len(demands),
            'paid_through': panel._day_text(panel.paid_through) if panel.paid_through else "",
            'lead_days': panel.plan_version_id.lead_days,
            'updated': local_time(panel),
            'tabs': tabs,
            'lists': {name: self._list(panel, name, asked.get(name))
                      for tab in tabs for name in TABS[tab]},
            **self._choices(panel),
            **self._card_choices(panel),
            **self._neighbours(panel),
        }
        for tab in tabs:
            values |= self._tab_values(panel, facts[panel], asked, tab)
        return values

    def _tab_values(self, panel, facts, asked, tab):
        """What a tab shows besides its lists; other files of the page add theirs."""
        return {}

    def _choices(self, panel):
        """What the tenant may do besides paying, and the days that this names."""
        end = panel._may_cancel()
        last_day = panel.service_end and panel._last_served_day()
        may_continue, may_renew = panel._may_continue(), panel._may_renew_early()
        return {
            'cancel_end': end,
            'cancel_day': panel._day_text(fields.Date.subtract(end, days=1)) if end else "",
            'may_resume': panel._may_resume(),
            'last_day': panel._day_text(last_day) if last_day else "",
            'may_continue': may_continue,
            'may_renew': may_renew,
            'next_price': panel._next_price_text() if may_continue or may_renew else "",
        }

    def _card_choices(self, panel):
        """Who pays the panel by itself, and which saved cards could."""
        payer, unconfirmed = self._tenant_person(panel), panel._waits_for_confirmation()
        cards = panel._saved_cards(payer) if panel.state not in ('failed', 'closed') else ()
        return {
            'pays_with': panel.pays_with,
            'saved_cards': [
                {'id': token.id, 'name': token._tenant_name()}
                for token in cards if token != panel.payment_token_id],
            'may_save_cards': bool(payer) and panel.state not in ('failed', 'closed')
            and panel._may_save_cards(payer),
            'unconfirmed': panel._currency_text(
                sum(unconfirmed.mapped('amount_open')), panel.currency_id) if unconfirmed else "",
        }

    def _list(self, panel, name, asked):
        limit = min(int(asked), MOST) if is_id(asked) else FIRST
        rows, count = {
            'periods': panel._page_periods,
            'invoices': panel._page_invoices,
            'payments': panel._page_payments,
            'history': panel._page_history,
        }[name](max(limit, FIRST))
        more = f'/my/panels/{panel.id}?{name}={limit * 2}#{name}'
        return {'rows': rows, 'count': count, 'more': more if count > len(rows) else ''}

    def _neighbours(self, panel):
        """The panels before and after this one, as the list was last sorted."""
        ids = request.session.get('my_panels_history', [])
        if panel.id not in ids:
            return {}
        place = ids.index(panel.id)
        return {
            'prev_record': f'/my/panels/{ids[place - 1]}' if place else False,
            'next_record': f'/my/panels/{ids[place + 1]}' if place + 1 < len(ids) else False,
        }
