import threading
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.tenant_billing.tests.portal.portal_case import PortalCase

OURS = 'odoo.addons.tenant_billing.controllers'
# Routes of which other tests say that the neighbour finds nothing there.
ELSEWHERE = '/billing/'


@tagged('post_install', '-at_install')
class TestPortalNeighbour(PortalCase):
    """Law 10 at the routes: a neighbour finds nothing of ours, at no address."""

    def make_world(self):
        super().make_world()
        self.panel.name, self.panel.external_id = "Ours alone", 'ours-alone'
        self.payment = self.panel.demand_ids.move_id.reconciled_payment_ids
        self.panel._make_tenant_key("Ours", ['usage:write'])
        self.key = self.panel._tenant_keys()
        self.make_login('neighbour', self.make_tenant("Rangpur Heart Centre"))
        self.make_login('clerk', self.make_tenant("Clerk"), 'base.group_user')
        other = self.make_company("Meghna Hosting")
        operator = self.make_login(
            'operator', self.make_tenant("Op"), 'tenant_billing.group_manager')
        operator.write({'company_ids': [(6, 0, other.ids)], 'company_id': other.id})

    def addresses(self):
        """Every route of ours that names a panel, and what is asked there."""
        number = self.panel.id
        return {
            '/my/panels/<int(max=2147483647):panel_id>': [f'/my/panels/{number}'],
            '/my/panels/<int(max=2147483647):panel_id>/parts': [f'/my/panels/{number}/parts'],
            '/my/panels/<int(max=2147483647):panel_id>/cancel': [f'/my/panels/{number}/cancel'],
            '/my/panels/<int(max=2147483647):panel_id>/resume': [f'/my/panels/{number}/resume'],
            '/my/panels/<int(max=2147483647):panel_id>/continue': [
                f'/my/panels/{number}/continue'],
            '/my/panels/<int(max=2147483647):panel_id>/card': [f'/my/panels/{number}/card'],
            **{f'/my/panels/<int(max=2147483647):panel_id>/{name}': [f'/my/panels/{number}/{name}']
               for name in ('cap', 'alerts', 'usage.csv', 'events.csv')},
            '/my/panels/<int(max=2147483647):panel_id>/keys': [f'/my/panels/{number}/keys'],
            '/my/panels/<int(max=2147483647):panel_id>/keys/<int(max=2147483647):key_id>/rotate': [
                f'/my/panels/{number}/keys/{self.key.id}/rotate'],
            '/my/panels/<int(max=2147483647):panel_id>/keys/<int(max=2147483647):key_id>/revoke': [
                f'/my/panels/{number}/keys/{self.key.id}/revoke'],
            '/my/panels/<int(max=2147483647):panel_id>/receipts/'
            '<int(max=2147483647):payment_id>': [
                f'/my/panels/{number}/receipts/{self.payment.id}'],
            '/api/tenant/<string:ref>/status': [
                f'/api/tenant/{number}/status', '/api/tenant/ext:ours-alone/status'],
        }

    def our_routes(self):
        with patch.object(threading.current_thread(), 'dbname', self.env.cr.dbname, create=True):
            routing_map = self.env['ir.http'].routing_map()
        return {
            rule.rule for rule in routing_map.iter_rules()
            if rule.endpoint.func.__module__.startswith(OURS)}

    def test_every_route_is_tried_here(self):
        """Those below /api/ are tried in test_api_neighbours."""
        without_panel = {'/my/panels', '/my/panels/page/<int:page>', '/my/panels/cards'}
        found = {
            rule for rule in self.our_routes()
            if not rule.startswith(ELSEWHERE) and not rule.startswith('/my/counters')}
        pages = {rule for rule in found if rule.startswith('/my/panels')}
        tried = {rule for rule in self.addresses() if not rule.startswith('/api')}
        self.assertEqual(pages, tried | without_panel)

    def test_neighbours_find_nothing(self):
        for name in ('neighbour', 'clerk', 'operator'):
            self.sign_in(name)
            for paths in self.addresses().values():
                for path in paths:
                    with self.subTest(path, by=name):
                        self.env.flush_all()
                        before = self._picture()
                        self.assertEqual(self.get(path).status_code, 404)
                        if path.startswith('/my'):
                            self.assertIn(self.post(path).status_code, (404, 405))
                        self.env.invalidate_all()
                        self.assertEqual(self._picture(), before)

    def test_lists_hold_nothing_of_ours(self):
        for name in ('neighbour', 'clerk', 'operator'):
            self.sign_in(name)
            for path in ('/my/panels', f'/my/panels/cards?ids={self.panel.id}', '/my'):
                with self.subTest(path, by=name):
                    self.assertNotIn("Ours alone", self.get(path).text)

    def test_nobody_is_led_to_the_login(self):
        self.sign_in(None)
        for paths in self.addresses().values():
            for path in paths:
                with self.subTest(path):
                    response = self.get(path)
                    self.assertEqual(
                        response.status_code, 303 if path.startswith('/my') else 401)
                    self.assertNotIn("Ours alone", response.text)

    def test_downloads_of_core_are_ours_as_well(self):
        """Invoices and their reports, with and without a token of another invoice."""
        token = self.panel.demand_ids[-1].move_id._portal_ensure_token()
        self.sign_in('neighbour')
        for query in (
            '', '?report_type=html', '?report_type=pdf&download=true',
            f'?report_type=html&access_token={token}',
        ):
            with self.subTest(query), mute_logger('odoo.addons.base.models.ir_rule'):
                response = self.get(f'/my/invoices/{self.invoice.id}{query}')
                self.assertEqual(response.status_code, 303)
                self.assertTrue(response.headers['Location'].endswith('/my'))

    def test_our_own_receipts_only(self):
        """A payment of the neighbour is not found below our own panel either."""
        theirs = self.running(
            self.plan, tenant=self.env['res.partner'].search(
                [('name', '=', "Rangpur Heart Centre")]))
        payment = theirs.demand_ids.move_id.reconciled_payment_ids
        self.assertEqual(
            self.get(f'/my/panels/{self.panel.id}/receipts/{payment.id}').status_code, 404)
        self.assertEqual(
            self.get(f'/my/panels/{self.panel.id}/receipts/{self.payment.id}').status_code, 200)
