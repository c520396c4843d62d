from odoo import models

from odoo.addons.tenant_billing.models.collection.tenant_panel_status import FIELDS

# What `_resources` reads of a panel itself, for those who search it.
RESOURCE_FIELDS = (*FIELDS, 'external_id', 'partner_id', 'plan_id', 'service_end')


class TenantPanel(models.Model):
    """A panel as programs read it: its status, and the names by which a platform knows it."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _resources(self):
        """What `GET /api/v1/panels/<id>` answers for each of these panels.

        The number of queries does not grow with the number of panels.

        :return: list of dicts, in the order of the panels
        """
        return [
            {
                **status,
                'external_id': panel.external_id or None,
                'plan': panel.plan_id.code or None,
                'tenant': panel._tenant_resource(),
                'service_end': panel._iso(panel.service_end),
            }
            for panel, status in zip(self, self._status(), strict=True)]

    # === HELPERS === #

    def _tenant_resource(self):
        tenant = self.partner_id
        return {
            'id': tenant.id, 'external_id': tenant.ref or None, 'name': tenant.name or None,
            'email': tenant.email or None}
