"""The aggregations of meters; this is the only place that knows them all."""

from odoo.addons.tenant_billing.engine.aggregations.base import Aggregation, Event, Window
from odoo.addons.tenant_billing.engine.aggregations.count import Count
from odoo.addons.tenant_billing.engine.aggregations.last import Last
from odoo.addons.tenant_billing.engine.aggregations.max import Max
from odoo.addons.tenant_billing.engine.aggregations.meter_rounding import ROUNDINGS, round_quantity
from odoo.addons.tenant_billing.engine.aggregations.sum import Sum
from odoo.addons.tenant_billing.engine.aggregations.unique import Unique
from odoo.addons.tenant_billing.engine.aggregations.weighted import Weighted

AGGREGATIONS = {
    kind.code: kind() for kind in (Count, Sum, Max, Last, Unique, Weighted)
}
