import json

from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase

# What a page may use: the pieces of a story told in the browser.
WORDS = """
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const until = async (what, test) => {
        for (let i = 0; i < 400; i++) {
            if (test()) return;
            await wait(50);
        }
        throw new Error(`never: ${what}`);
    };
    const must = (isSo, otherwise) => {
        if (!isSo) throw new Error(otherwise);
    };
    const look = () => document.dispatchEvent(new Event("visibilitychange"));
    const root = document.querySelector(".o_tb");
    const away = root.querySelector("[data-away]");
    const awayText = away.querySelector("[data-away-text]");
    const shown = (el) => !el.classList.contains("d-none");
    const honest = window.fetch;
    const answer = (text) => Promise.resolve(new Response(text, { status: 200 }));
"""
READY = "!!document.querySelector('.o_tb[data-live]')"


class BrowserCase(PortalCase):
    """Stories that are told in a page, as the tenant."""

    def tell(self, path, story):
        self.env.flush_all()
        self._stop_clock()  # the browser's own waiting needs it
        self.browser_js(
            path,
            f'(async () => {{ {WORDS} {story}; console.log("test successful"); }})()'
            '.catch((error) => console.error(error.message))',
            READY, login='tenant-paying', timeout=120)


@tagged('post_install', '-at_install')
class TestPortalBrowser(BrowserCase):
    """The pages in a real browser."""

    def make_world(self):
        super().make_world()
        self.on('2026-02-09')

    def test_card_turns_green_and_says_so_once(self):
        panel = self.panel
        before = self.cards_html()
        self.pay(panel)
        after = self.cards_html()
        self.assertNotEqual(before, after)
        self.tell('/my/panels', f"""
            const card = root.querySelector("article");
            const bar = card.querySelector(".o_tb_bar > span");
            const told = root.querySelector("[data-told]");
            const later = {json.dumps(after)};
            const earlier = {json.dumps(before)};
            window.fetch = () => answer(earlier);
            look();
            await until("overdue", () => card.dataset.key === "suspended");
            card.querySelector("button").focus();
            told.textContent = "";
            window.fetch = () => answer(later);
            look();
            await until("green", () => card.dataset.key === "active");
            must(card.isConnected && bar.isConnected, "the card was replaced");
            must(bar.classList.contains("o_tb_green"), "the bar is not green");
            must(card.textContent.includes("Renewed. Thank you."), "no thanks");
            must(told.textContent.includes("Panel: Active."), told.textContent);
            must(card.contains(document.activeElement), "the focus was lost");
            told.textContent = "";
            look();
            await wait(500);
            must(!told.textContent, "told twice");
            must(card.textContent.includes("Renewed."), "the thanks vanished");
        """)

    def test_server_away_and_back(self):
        self.tell('/my/panels', """
            const label = root.querySelector(".o_tb_foot .o_tb_label");
            const words = label.textContent;
            window.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
            look();
            await until("away", () => shown(away));
            const text = awayText.textContent.replace(/\\d\\d:\\d\\d/, "14:02");
            must(text === "Cannot reach the server. Showing the state of 14:02. " +
                "Trying again in 30 seconds.", text);
            must(/^State of \\d\\d:\\d\\d$/.test(label.textContent), label.textContent);
            must(root.querySelector("article").textContent.includes("Panel"), "lost");
            window.fetch = honest;
            away.querySelector("[data-again]").click();
            await until("back", () => !shown(away));
            const now = root.querySelector(".o_tb_foot .o_tb_label").textContent;
            must(now === words, `not as before: ${now}`);
        """)

    def test_signed_out(self):
        self.tell(f'/my/panels/{self.panel.id}', """
            window.fetch = (url, options) => honest("/web/session/logout", options);
            look();
            await until("signed out", () => shown(away));
            const text = awayText.textContent;
            must(text === "You have been signed out. Sign in to see the current state.", text);
            const link = away.querySelector("[data-sign-in]");
            must(shown(link), "no link to the login");
            must(link.href.includes("/web/login?redirect=%2Fmy%2Fpanels%2F"), link.href);
        """)

    def test_one_list_at_a_time(self):
        self.tell(f'/my/panels/{self.panel.id}#invoices', """
            const seen = () => [...root.querySelectorAll(".o_tb_section")]
                .filter((el) => el.offsetParent).map((el) => el.id).join();
            await until("tabs", () => seen() === "invoices,payments");
            root.querySelector(".o_tb_tabs a[href='#history']").click();
            must(seen() === "history,periods" && location.hash === "#history", seen());
            history.back();
            await until("back", () => seen() === "invoices,payments");
            look();
            await wait(500);
            must(seen() === "invoices,payments", "lost by the refresh");
        """)

    def cards_html(self):
        self.env.flush_all()
        return self.get(f'/my/panels/cards?ids={self.panel.id}').text
