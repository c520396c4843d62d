from odoo.tests import tagged

from odoo.addons.tenant_billing.tests.invoicing.usage import UsageCase
from odoo.addons.tenant_billing.tests.portal.test_portal_browser import BrowserCase


@tagged('post_install', '-at_install')
class TestUsageBrowser(UsageCase, BrowserCase):
    """Usage that arrives while its page is open, in a real browser."""

    def setUp(self):
        super().setUp()
        self._stop_clock()  # events come now
        calls = self.make_meter(dimension_1='provider', name="AI calls")
        self.panel = self.running(self.usage_plan(self.charge(calls, 2)), name="Clinic")
        self.panel._set_cap(106, 'refuse')
        key = self.env['tenant.api.key'].create({
            'name': "Platform", 'company_id': self.company.id,
            'scope_ids': [(0, 0, {'scope': 'usage:write'})]})
        self.secret = key.action_issue()['context']['default_secret']

    def test_page_follows_usage_to_the_cap_and_beyond(self):
        self.tell(f'/my/panels/{self.panel.id}', f"""
            let sent = 0;
            const send = async () => {{
                const answer = await honest("/api/v1/events", {{
                    method: "POST",
                    headers: {{
                        Authorization: "Bearer {self.secret}",
                        "Content-Type": "application/json",
                    }},
                    body: JSON.stringify([{{
                        specversion: "1.0", id: `e${{++sent}}`, source: "page", type: "calls",
                        subject: "{self.panel.id}", data: {{ provider: "Gemini" }},
                    }}]),
                }});
                const [verdict] = (await answer.json()).events;
                return verdict.code || verdict.verdict;
            }};
            const cost = () => root.querySelector("#this_period .o_tb_total").textContent;
            const bar = root.querySelector(".o_tb_spending > span");
            const told = root.querySelector("[data-told]");
            must(cost() === "BDT 100.00", cost());
            must(bar.style.width === "94%", bar.style.width);
            root.querySelector("#this_period .o_tb_more").open = true;

            must(await send() === "accepted", "the first event");
            look();
            await until("the bar follows", () => cost() === "BDT 102.00");
            must(bar.isConnected && bar.style.width !== "94%", "the bar stays as it was");
            must(root.querySelector("#this_period .o_tb_more").open, "closed under the hand");
            must(await send() === "accepted" && await send() === "accepted", "up to the cap");
            must(await send() === "cap_reached", "above the cap");
            look();
            await until("the cap is told", () => told.textContent.includes("The cap is reached"));
            must(cost() === "BDT 106.00" && bar.parentElement.matches(".o_tb_spent"), cost());
            must(root.querySelector("#this_period").textContent.includes("Last refused: Today"),
                "what was refused is not told");

            root.querySelector("#this_period button[name=amount]").click();
            await until("raised", () => root.querySelector(".o_tb_message"));
            await until("room again", () => !root.querySelector(".o_tb_spent"));
            must(await send() === "accepted", "usage goes on");
            root.querySelector(".o_tb_tabs a[href='#usage']").click();
            const ring = root.querySelector(".o_tb_ring");
            await until("the chart", () => ring.classList.contains("o_tb_drawn"));
            await until("its rows", () => root.querySelector("#by_group li").textContent
                .includes("8.00"));
            must(root.querySelectorAll("#events tbody tr").length === 4, "four events");
            root.querySelector("#trend a[href*='metric=calls']").click();
            await until("calls", () => root.querySelector("#trend h2").textContent
                .includes("calls per month"));
            must(location.search.includes("metric=calls"), location.href);
        """)
