from unittest.mock import patch

from odoo.addons.payment import utils as payment_utils
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.collection.cards import CardCase
from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase, find
from odoo.addons.tenant_billing.tests.portal.test_portal_browser import READY, WORDS

NOT_THIS = "Panel cannot be paid with this card. Choose another one, or save a new one."


class PortalCardCase(CardCase, PortalCase):

    def box(self):
        """The box of automatic payment on the panel's page."""
        page = self.page(f'/my/panels/{self.panel.id}')
        for box in find(page, '.o_tb_action'):
            if "Automatic payment" in box.text_content():
                return box
        return None

    def press_card(self, card):
        response = self.post(f'/my/panels/{self.panel.id}/card', card=card)
        self.assertEqual(response.status_code, 303)
        self.env.invalidate_all()
        return self.text(self.page(f'/my/panels/{self.panel.id}'), '.o_tb_message')


@tagged('post_install', '-at_install')
class TestPortalCards(PortalCardCase):
    """The tenant sees, chooses and switches off the card that pays a panel by itself."""

    def test_chosen_and_switched_off(self):
        self.assertIn("Off: you pay each invoice.", self.text(self.box()))
        self.assertEqual(
            self.press_card(self.card.id),
            "From now on the panel is paid by itself on the due date.")
        self.assertEqual(self.panel.payment_token_id, self.card)
        self.assertIn(
            f"Pays with {self.method.name} •••• 4242, by itself on the due date.",
            self.text(self.box()))
        self.assertEqual(
            self.press_card(''),
            "The panel is not paid by itself any more. Pay its invoices when they are due.")
        self.assertFalse(self.panel.payment_token_id)

    def test_links_to_cores_page_of_saved_cards(self):
        self.assertEqual(
            [a.get('href') for a in find(self.box(), 'a')], ['/my/payment_method'])
        self.assertTrue(find(self.page('/my/panels'), 'a[href="/my/payment_method"]'))
        self.assertIn("4242", self.text(self.page('/my/payment_method')))

    def test_without_a_provider_that_saves_cards_nothing_is_offered(self):
        self.card.active = False
        self.gate.allow_tokenization = False
        self.assertIsNone(self.box())

    def test_forged_cards_change_nothing(self):
        neighbour = self.make_tenant("Rangpur Heart Centre")
        theirs = self.save_card(neighbour)
        hidden = self.save_card(provider=self.gateway(name="Hidden", is_published=False))
        for card in (theirs.id, hidden.id, 0, -1, 10 ** 12, 'x', '1,2', '١'):
            with self.subTest(card):
                self.assertEqual(self.press_card(card), NOT_THIS)
                self.assertFalse(self.panel.payment_token_id)

    def test_get_and_a_missing_token_change_nothing(self):
        path = f'/my/panels/{self.panel.id}/card'
        self.assertEqual(self.get(f'{path}?card={self.card.id}').status_code, 303)
        with mute_logger('odoo.http'):
            response = self.url_open(path, data={'card': self.card.id}, allow_redirects=False)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.panel.payment_token_id)

    def test_a_neighbour_reaches_neither_panel_nor_card(self):
        self.choose()
        neighbour = self.make_tenant("Rangpur Heart Centre")
        self.make_login('neighbour', neighbour)
        self.sign_in('neighbour')
        for card in (self.save_card(neighbour, details='1111').id, self.card.id, ''):
            self.assertEqual(
                self.post(f'/my/panels/{self.panel.id}/card', card=card).status_code, 404)
        self.url_open('/payment/archive_token', json={
            'jsonrpc': '2.0', 'params': {'token_id': self.card.id}})
        self.env.invalidate_all()
        self.assertTrue(self.card.active)
        self.assertEqual(self.panel.payment_token_id, self.card)
        self.assertNotIn("4242", self.text(self.page('/my/payment_method')))

    def test_an_operator_switches_off_and_chooses_nothing(self):
        self.choose()
        self.make_login('op', self.make_tenant("Op"), 'tenant_billing.group_user')
        self.sign_in('op')
        self.assertEqual(self.press_card(self.card.id), NOT_THIS)
        self.press_card('')
        self.assertFalse(self.panel.payment_token_id)

    def test_removed_on_cores_page_it_pays_nothing_any_more(self):
        self.choose()
        self.url_open('/payment/archive_token', json={
            'jsonrpc': '2.0', 'params': {'token_id': self.card.id}})
        self.env.invalidate_all()
        self.assertFalse(self.card.active)
        self.assertFalse(self.panel.payment_token_id)

    def test_the_page_says_that_the_bank_wants_a_confirmation(self):
        self.choose()
        self.answer = 'confirm'
        self.on('2026-02-01')
        self.sign_in('tenant')
        page = self.text(self.page(f'/my/panels/{self.panel.id}'), '.o_tb_note')
        self.assertIn("Your bank wants you to confirm the payment of BDT 100.00.", page)

    # === SAVING A CARD ON CORE'S PAGE === #

    def save(self, **values):
        """What core's form sends.

        :return: the message of the refusal, empty where it is taken
        """
        answer = self.url_open('/payment/transaction', json={'jsonrpc': '2.0', 'params': {
            'provider_id': self.gate.id, 'payment_method_id': self.method.id, 'token_id': None,
            'amount': None, 'currency_id': None, 'partner_id': self.tenant.id,
            'access_token': self.access_token(self.tenant), 'flow': 'direct',
            'tokenization_requested': True, 'landing_route': '/my/payment_method',
            'is_validation': True, **values}}).json()
        return answer['error']['data']['message'] if 'error' in answer else ''

    def access_token(self, partner):
        with patch.object(payment_utils, 'request', self):  # it reads the environment there
            return payment_utils.generate_access_token(partner.id, None, None)

    def test_a_card_is_saved_where_the_page_offers_it(self):
        self.method.support_tokenization = True
        self.assertEqual(self.save(), '')
        hidden = self.gateway(name="Hidden", is_published=False, allow_tokenization=True)
        off = self.gateway(name="Off", allow_tokenization=True)
        other = self.make_company("Meghna Hosting")
        theirs = self.gateway(company=other, name="Theirs", allow_tokenization=True)
        never = self.gateway(name="Never", allow_tokenization=False)
        off.state = 'disabled'
        self.method.write({'active': True, 'support_tokenization': True})
        with mute_logger('odoo.http'):
            for provider in (hidden, off, theirs, never):
                self.assertEqual(
                    self.save(provider_id=provider.id),
                    f"{self.method.name} cannot be saved with {provider.name}. Reload the page.")
            for page in ('https://evil.example/x', '//evil.example'):
                self.assertEqual(
                    self.save(landing_route=page),
                    "The page to return to must be one of this site.")


@tagged('post_install', '-at_install')
class TestPortalCardsOnAPhone(PortalCardCase):
    """390 pixels wide, in a real browser."""

    browser_size = '390x844'

    def test_choosing_a_card(self):
        self.env.flush_all()
        self._stop_clock()  # the browser's own waiting needs it
        self.browser_js(
            f'/my/panels/{self.panel.id}', f"""(async () => {{ {WORDS}
            must(innerWidth <= 400, `not a phone: ${{innerWidth}}`);
            const menu = root.querySelector(".o_tb_confirm button[name='card']")
                .closest("details");
            menu.querySelector("summary").click();
            const button = menu.querySelector("button[name='card']");
            await until("open", () => button.offsetParent);
            must(button.getBoundingClientRect().height >= 44, "too small for a thumb");
            must(document.documentElement.scrollWidth <= innerWidth, "scrolls sideways");
            const body = new URLSearchParams(new FormData(button.form, button));
            const page = await (await honest(button.formAction, {{ method: "POST", body }})).text();
            must(page.includes("by itself on the due date"), "not chosen");
            console.log("test successful"); }})()
            .catch((error) => console.error(error.message))""",
            READY, login='tenant-paying', timeout=120)
        self.env.invalidate_all()
        self.assertEqual(self.panel.payment_token_id, self.card)
