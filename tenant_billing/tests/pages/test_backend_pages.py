import json

from odoo.tests import HttpCase, tagged

LISTS = (
    'action_tenant_panel', 'action_tenant_plan', 'action_tenant_billing_cycle',
    'action_tenant_billing_period', 'action_tenant_billing_demand', 'action_tenant_reminder',
    'action_tenant_message', 'action_tenant_adoption', 'action_tenant_billing_event',
    'action_tenant_billing_audit', 'action_tenant_billing_profile', 'action_tenant_api_key',
    'action_tenant_webhook_endpoint', 'action_tenant_webhook_delivery', 'action_tenant_meter',
    'action_tenant_usage_event', 'action_tenant_usage_total', 'action_tenant_usage_analysis',
    'action_tenant_usage_alert', 'action_tenant_usage_alert_rule', 'action_tenant_rate_card',
    'action_tenant_usage_refusal',
)


@tagged('post_install', '-at_install')
class TestBackendPages(HttpCase):
    """Every page of the backend opens in a real browser, without an error."""

    def _open(self, url, ready):
        self.browser_js(
            url, "console.log('test successful')", f'!!{ready}', login='admin', timeout=120)

    def test_lists_open_also_when_empty(self):
        """One after the other in one browser."""
        self.browser_js('/odoo', f"""(async () => {{
            for (const name of {json.dumps(LISTS)}) {{
                await odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
                    "tenant_billing." + name, {{clearBreadcrumbs: true}});
                const shown = () => document.querySelector(
                    ".o_list_view, .o_kanban_view, .o_graph_view, .o_view_nocontent");
                for (let tries = 0; !shown(); tries++) {{
                    if (tries > 400) throw new Error(name + " shows nothing");
                    await new Promise((done) => setTimeout(done, 50));
                }}
                if (document.querySelector(".o_error_dialog")) throw new Error(name + " broke");
            }}
            console.log("test successful");
        }})().catch((error) => console.error(error.message))""",
            "!!window.odoo?.__WOWL_DEBUG__?.root.env.services.action"
            " && !!document.querySelector('.o_main_navbar')", login='admin', timeout=180)

    def test_form_of_a_panel_opens(self):
        company = self.env.ref('base.main_company')
        plan = self.env['tenant.plan'].create({
            'name': "Pro", 'code': 'page', 'company_id': company.id})
        panel = self.env['tenant.panel'].create({
            'name': "A panel with " + "a very long name " * 8, 'plan_id': plan.id,
            'company_id': company.id,
            'partner_id': self.env['res.partner'].create({'name': "Tenant"}).id})
        self._open(
            f'/odoo/action-tenant_billing.action_tenant_panel/{panel.id}',
            "document.querySelector('.o_form_view button[name=action_order]')")

    def test_a_key_is_made_and_shown_once(self):
        key = self.env['tenant.api.key'].create({'name': "Platform"})
        self.browser_js(
            f'/odoo/action-tenant_billing.action_tenant_api_key/{key.id}',
            """
            const shown = () => document.querySelector('.modal .o_field_widget[name=secret]');
            document.querySelector('button[name=action_issue]').click();
            const wait = setInterval(() => {
                if (shown() && shown().textContent.includes('tbk_')) {
                    clearInterval(wait);
                    console.log('test successful');
                }
            }, 100);
            """,
            "!!document.querySelector('.o_form_view button[name=action_issue]')",
            login='admin', timeout=120)
        key.invalidate_recordset()
        self.assertEqual(key.state, 'valid')
