from odoo import models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT
from odoo.addons.tenant_billing.engine.usage_events import Meter
from odoo.addons.tenant_billing.models.catalog.tenant_meter import ACTIVE_HOURS


class TenantMeter(models.Model):
    _inherit = 'tenant.meter'

    def _has_events(self):
        self.env.cr.execute(SQL(
            "SELECT 1 FROM tenant_usage_total WHERE meter_id = %s LIMIT 1", self.id))
        return bool(self.env.cr.rowcount) or super()._has_events()

    def _for_reading(self, companies):
        """The meters of companies that take events, as the reader of events knows them.

        :param companies: ids
        :return: Meter by company and code
        :rtype: dict
        """
        self.flush_model()
        self.env['tenant.charge'].flush_model(['meter_id', 'charge_model'])
        self.env.cr.execute(SQL(
            """
            SELECT EXISTS (SELECT FROM tenant_charge
                            WHERE meter_id = tenant_meter.id AND charge_model = ANY(%s)),
                   company_id, code, id, aggregation, value_property,
                   dimension_1, dimension_2, dimension_3, allow_negative, active
              FROM tenant_meter WHERE company_id = ANY(%s) AND aggregation <> %s
            """, list(PER_EVENT), list(companies), ACTIVE_HOURS))
        return {
            (company, code): Meter(
                meter_id, aggregation, value, tuple(filter(None, groups)), negative, active,
                priced)
            for priced, company, code, meter_id, aggregation, value, *groups, negative, active
            in self.env.cr.fetchall()}
