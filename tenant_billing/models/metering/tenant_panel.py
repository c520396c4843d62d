import uuid

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class TenantPanel(models.Model):
    _inherit = 'tenant.panel'

    # === ACTION METHODS === #

    def action_erase_usage(self, name, value=None):
        """Erase a property from the data of recorded events, for a person who asks for it. What
        was counted and what it costs stays as it is.

        :param str name: of the property
        :param value: only where the property has this value; whatever it has by default
        :return: how many events held it
        :rtype: int
        :raise UserError: for a property by which usage is grouped
        """
        self.check_access('write')
        if not isinstance(name, str) or not isinstance(value, (str, int, float, type(None))):
            raise UserError(self.env._("Name a property and, if need be, its value."))
        meters = self.env['tenant.meter'].sudo().with_context(active_test=False).search(
            [('company_id', 'in', self.company_id.ids)])
        if any(name in meter._dimensions() for meter in meters):
            raise UserError(self.env._(
                "Usage is grouped by %s, so its totals and invoices hold it.", name))
        self.env.cr.execute(SQL(
            """
            UPDATE tenant_usage_raw SET data = (data::jsonb - %(name)s)::text
             WHERE panel_id = ANY(%(panels)s) AND data::jsonb ? %(name)s
               AND (%(value)s::text IS NULL OR data::jsonb ->> %(name)s = %(value)s::text)
            """, name=name, value=value, panels=self.ids))
        erased = self.env.cr.rowcount
        self.env['tenant.billing.event']._record([
            {'company_id': panel.company_id.id, 'panel_id': panel.id, 'event': 'erase_usage',
             'date': panel._today(), 'facts': {'property': name}} for panel in self])
        return erased

    # === BUSINESS METHODS === #

    def _switch_version(self, version, day):
        super()._switch_version(version, day)
        self.env['tenant.usage.event'].sudo()._price_again(self, day)

    def _usage_changed(self):
        """Usage of these panels was recorded, once for each call."""

    def _usage_refused(self):
        """Usage of these panels was refused by limits, once for each call."""

    def _event_name(self, event):
        if event == 'erase_usage':
            return self.env._("Erased from usage")
        return super()._event_name(event)

    def _record_usage(self, meter_code, quantity=1, **properties):
        """Record usage that was seen in this database, now.

        :param str meter_code: the code of a meter of the panel's company
        :param quantity: the value, where the meter reads one
        :param properties: the other properties of the event
        :raise UserError: when it is refused
        """
        self.ensure_one()
        meter = self.env['tenant.meter'].sudo().search(
            [('company_id', '=', self.company_id.id), ('code', '=', meter_code)])
        value = {meter.value_property: quantity} if meter.value_property else {}
        verdict, = self.env['tenant.usage.event'].sudo()._ingest([{
            'id': str(uuid.uuid4()), 'source': 'odoo', 'type': meter_code,
            'subject': str(self.id), 'data': {**properties, **value},
        }], Domain('id', '=', self.id))
        if verdict['verdict'] != 'accepted':
            raise UserError(self.env._(
                "Usage of %(panel)s was not recorded: %(reason)s",
                panel=self.display_name, reason=verdict['message']))
