from lxml import etree, html
from markupsafe import Markup
from odoo.addons.payment.controllers.portal import PaymentPortal
from odoo.addons.payment.controllers.post_processing import PaymentPostProcessing
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request, route

from odoo.addons.tenant_billing.controllers.portal import notice, pay_words
from odoo.addons.tenant_billing.controllers.portal.own import own_panel

PANEL = '/billing/<int(max=2147483647):panel_id>'
SCOPES = ('all', 'due')


class BillingPay(PaymentPortal):
    """R33: from a panel's card to the gateway's page and back, in as few clicks as there can be.

    Nothing that the client sends is more than a choice among what the server offers.
    """

    # === ROUTES === #

    @route(f'{PANEL}/pay', type='http', auth='user', methods=['GET', 'POST'], website=True,
           sitemap=False)
    def billing_pay(self, panel_id, scope=None, provider=None, method=None, **_ignored):
        """Lead the tenant to the payment of what is open.

        A browser that had to sign in again comes back with GET: it is led to the panel's page.

        :param int panel_id: the panel
        :param str scope: 'all', or 'due' for what is due now
        :param str provider: id of the chosen provider, where there is a choice
        :param str method: id of the chosen method of payment
        :raise NotFound: when the panel is not the user's
        """
        panel = own_panel(panel_id)
        if request.httprequest.method == 'GET':
            return self._to_panel(panel)
        choice = (self._cast_as_int(provider), self._cast_as_int(method))
        return self._try(panel, lambda: self._pay(panel, scope, choice))

    @route(f'{PANEL}/renew', type='http', auth='user', methods=['GET', 'POST'], website=True,
           sitemap=False)
    def billing_renew(self, panel_id, **_ignored):
        """Renew early: issue the next period and lead to its payment."""
        panel = own_panel(panel_id)
        if request.httprequest.method == 'GET':
            return self._to_panel(panel)

        def renew():
            panel._renew_early()
            if not panel._payable():  # account credit has paid it
                return self._to_panel(panel, 'success', pay_words.when_settled(panel))
            return self._pay(panel, 'all', (None, None))
        return self._try(panel, renew)

    @route(f'{PANEL}/transaction/<any(all,due):scope>', type='jsonrpc', auth='user')
    def billing_transaction(
            self, panel_id, scope, provider_id=None, payment_method_id=None, token_id=None,
            flow=None, tokenization_requested=False, **_ignored):
        """Start the payment that was chosen on the page of ways to pay.

        What else core's form sends, amount and landing page among it, is left aside.

        :return: the values with which the form goes on
        :rtype: dict
        """
        panel = own_panel(panel_id)
        panel._bump()
        demands = panel._payable(only_due=scope == 'due')
        if not demands or panel._is_confirming():
            raise ValidationError(pay_words.of_nothing(panel))
        payer = self._payer(panel)
        options = panel._pay_options(demands, payer)
        if flow == 'token':
            token = self._tokens(options, payer).filtered(lambda token: token.id == token_id)
            chosen = [o for o in options if o.provider == token.provider_id][:1]
        else:
            token = request.env['payment.token'].sudo()
            chosen = [o for o in options if (o.provider.id, o.method.id) == (
                provider_id, payment_method_id)]
        if not chosen or flow not in ('redirect', 'direct', 'token'):
            raise ValidationError(request.env._("Choose one of the ways to pay."))
        tx = panel._open_transaction(demands, chosen[0])
        if tx.provider_code == 'custom':  # its instructions are shown again
            PaymentPostProcessing.monitor_transaction(tx)
        else:
            tx = self._start(
                panel, demands, chosen[0], payer, flow=flow, token_id=token.id,
                tokenization_requested=bool(tokenization_requested))
        return tx._get_processing_values()

    @route(f'{PANEL}/return', type='http', auth='user', methods=['GET'], website=True,
           sitemap=False)
    def billing_return(self, panel_id, **_ignored):
        """Where a payment ends: say what became of it, and show the panel."""
        panel = own_panel(panel_id)
        tx = self._last_transaction(panel)
        if tx.state == 'pending' and tx.provider_code == 'custom':
            return request.render('tenant_billing.pay_instructions', {'panel': panel, 'tx': tx})
        return self._to_panel(panel, *pay_words.after(panel, tx))

    # === STEPS === #

    def _pay(self, panel, scope, choice):
        """One step of paying: start it, or ask what only the tenant can say."""
        panel._bump()  # two who press at once must collide: the second finds what the first began
        panel._confirm_by_paying()
        demands = panel._payable(only_due=scope == 'due')
        if panel._is_confirming() or not demands:
            return self._to_panel(panel, 'info', pay_words.of_nothing(panel))
        if scope not in SCOPES and panel._is_partly_due():
            return self._show_page(panel, None, demands)
        scope = scope if scope in SCOPES else 'all'
        payer = self._payer(panel)
        options = panel._pay_options(demands, payer)
        total = sum(demands.mapped('amount_open'))
        chosen = [o for o in options if (o.provider.id, o.method.id) == choice]
        if not chosen and len(options) == 1 and not self._tokens(options, payer):
            # the tenant sees first that it is only a part
            chosen = [o for o in options if o.amount == total]
        if chosen and self._leads_away(chosen[0].provider):
            return self._go(panel, demands, chosen[0], payer)
        if not options:
            return self._to_panel(panel, 'warning', pay_words.without_ways(panel, payer, total))
        return self._show_page(panel, scope, demands, options, payer)

    def _go(self, panel, demands, option, payer):
        """Send the browser to the gateway's page."""
        started = panel._open_transaction(demands, option)
        if started:
            PaymentPostProcessing.monitor_transaction(started)
            return request.redirect(
                started.tenant_page_url or '/payment/status', local=not started.tenant_page_url)
        tx = self._start(panel, demands, option, payer)
        values = tx._get_processing_values()
        form = values.get('redirect_form_html')
        if values['state'] == 'error' or not form:
            return self._to_panel(panel, 'danger', pay_words.when_unreachable(option.provider))
        return request.render('tenant_billing.pay_redirect', {
            'panel': panel, 'provider': option.provider, 'form': self._with_button(form),
            'amount': option.amount, 'currency': panel.currency_id})

    def _start(self, panel, demands, option, payer, **values):
        return self._create_transaction(**{
            'provider_id': option.provider.id, 'payment_method_id': option.method.id,
            'token_id': None, 'amount': option.amount, 'currency_id': panel.currency_id.id,
            'partner_id': payer.id, 'flow': 'redirect', 'tokenization_requested': False,
            'landing_route': f'/billing/{panel.id}/return',
            'custom_create_values': {'invoice_ids': [Command.set(demands.move_id.ids)]},
            **values,
        })

    def _show_page(self, panel, scope, demands, options=(), payer=None):
        """The page on which the tenant chooses: all or what is due, and the way to pay."""
        total = sum(demands.mapped('amount_open'))
        whole = [option for option in options if option.amount == total]
        providers = request.env['payment.provider'].sudo().union(*(o.provider for o in whole))
        due = panel._payable(only_due=True)
        return request.render('tenant_billing.pay_page', {
            'panel': panel, 'scope': scope, 'demands': demands, 'due': due,
            'due_amount': sum(due.mapped('amount_open')),
            'parts': [option for option in options if option.amount != total],
            # the form of core's payment addon
            'amount': total, 'currency': panel.currency_id, 'partner_id': payer and payer.id,
            'providers_sudo': providers,
            'payment_methods_sudo': request.env['payment.method'].sudo().union(
                *(o.method for o in whole)),
            'tokens_sudo': self._tokens(whole, payer),
            'transaction_route': f'/billing/{panel.id}/transaction/{scope}',
            'landing_route': f'/billing/{panel.id}/return',
            'access_token': None,
            'show_tokenize_input_mapping': self._compute_show_tokenize_input_mapping(providers),
        })

    # === HELPERS === #

    def _payer(self, panel):
        """The user, or the tenant where an operator presses."""
        user = request.env.user.partner_id
        owner = panel.partner_id
        return user if user.commercial_partner_id == owner.commercial_partner_id else owner

    def _tokens(self, options, payer):
        return request.env['payment.token'].sudo()._get_available_tokens(
            [option.provider.id for option in options], payer.id if payer else 0)

    def _leads_away(self, provider):
        """Whether the provider's page stands elsewhere: no form of its own is filled in here."""
        inline = provider.inline_form_view_id and provider._should_build_inline_form()
        return bool(provider._get_redirect_form_view() and not inline)

    def _last_transaction(self, panel):
        tx = request.env['payment.transaction'].sudo().browse(
            request.session.get(PaymentPostProcessing.MONITORED_TX_ID_KEY)).exists()
        return tx if panel in tx.invoice_ids.tenant_demand_ids.panel_id else tx.browse()

    def _with_button(self, form_html):
        """The gateway's form with a button, for browsers that do not send it by themselves."""
        holder = html.fragment_fromstring(str(form_html), create_parent='div')
        form = holder.find('.//form')
        form.set('id', 'tenant_pay_form')
        button = etree.SubElement(form, 'button', {'type': 'submit'})
        button.text = request.env._("Continue to the payment page")
        return Markup(html.tostring(holder, encoding='unicode'))

    def _try(self, panel, step):
        """Do a step wholly or not at all; what it refuses is said on the panel's page."""
        try:
            with request.env.cr.savepoint():
                return step()
        except UserError as error:
            return self._to_panel(panel, 'warning', str(error))

    def _to_panel(self, panel, level=None, text=None):
        if text:
            notice.leave(panel, level, text)
        return request.redirect(f'/my/panels/{panel.id}')
