from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase
from odoo.addons.tenant_billing.tests.portal.test_portal_browser import WORDS

from .test_any_provider import DemoCase

# A phone in the page: a frame as wide as one, for a browser's window cannot be so narrow. It lives
# on while the tenant goes from page to page.
PHONE = """
    const phone = document.createElement("iframe");
    Object.assign(phone.style, {width: "390px", height: "844px"});
    document.body.append(phone);
    const see = async (what, find) => {
        for (let i = 0; i < 300; i++) {
            const page = phone.contentDocument;
            const found = page?.readyState === "complete" && find(page);
            if (found) {
                const wide = page.documentElement.scrollWidth;
                must(wide <= 390, `${what}: the page is ${wide} pixels wide`);
                return found;
            }
            await wait(100);
        }
        throw new Error(`never: ${what} ${phone.contentDocument?.body?.innerText}`);
    };
    const visible = (css) => (page) =>
        [...page.querySelectorAll(css)].find((el) => el.offsetParent && !el.disabled);
    const says = (text) => (page) => page.body.innerText.includes(text);
"""


@tagged('post_install', '-at_install')
class TestCardInBrowser(DemoCase, PortalCase):
    """A tenant saves a card on a phone, and lets it pay a panel."""

    def test_a_card_is_added_and_chosen_on_a_phone(self):
        self.on('2026-01-25')
        self.env.flush_all()
        self._stop_clock()  # the browser's own waiting needs it
        self.browser_js(f'/my/panels/{self.panel.id}', f"""(async () => {{
            {WORDS} {PHONE}
            phone.src = "/my/panels/{self.panel.id}";
            (await see("the panel", visible("a[href='/my/payment_method']"))).click();
            (await see("the form", visible("#customer_input"))).value = "4242";
            (await see("the button", visible("[name=o_payment_submit_button]"))).click();
            await see("the card", (page) =>
                page.location.pathname === "/my/payment_method" && says("4242")(page));
            phone.src = "/my/panels/{self.panel.id}";
            (await see("the choice", visible("details.o_tb_confirm > summary"))).click();
            (await see("the card to pay with", visible("button[name=card]"))).click();
            await see("what follows", says("From now on the panel is paid by itself"));
            console.log("test successful");
        }})().catch((error) => console.error(error.message))""",
            "!!document.querySelector('.o_tb[data-live]')", login='tenant-paying', timeout=120)
        self.env.invalidate_all()
        card = self.panel.payment_token_id
        self.assertEqual(
            (card.payment_details, card.partner_id, card.provider_id),
            ('4242', self.tenant, self.gate))
