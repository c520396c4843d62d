"""The charge models; this is the only place that knows them all."""

from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step
from odoo.addons.tenant_billing.engine.charge_models.bracket import Bracket
from odoo.addons.tenant_billing.engine.charge_models.dynamic import Dynamic
from odoo.addons.tenant_billing.engine.charge_models.flat import Flat
from odoo.addons.tenant_billing.engine.charge_models.graduated import Graduated
from odoo.addons.tenant_billing.engine.charge_models.package import Package
from odoo.addons.tenant_billing.engine.charge_models.per_unit import PerUnit
from odoo.addons.tenant_billing.engine.charge_models.percentage import Percentage
from odoo.addons.tenant_billing.engine.charge_models.tiers import Tier
from odoo.addons.tenant_billing.engine.charge_models.volume import Volume

CHARGE_MODELS = {
    model.code: model
    for model in (Flat, PerUnit, Graduated, Volume, Package, Percentage, Bracket, Dynamic)
}
PER_EVENT = frozenset(code for code, model in CHARGE_MODELS.items() if model.per_event)
