from typing import NamedTuple
from uuid import uuid4

from odoo import api, fields, models
from odoo.tools import ormcache

from odoo.addons.tenant_billing.engine.rating_input import Version
from odoo.addons.tenant_billing.models.catalog.tenant_rate_card import PRICES


class Terms(NamedTuple):
    """What usage costs under a version, and whose prices these are."""

    usage: Version
    charge_ids: tuple[int, ...]  # in the order of the charges of `usage`
    meter_ids: tuple[int | None, ...]  # of the same


class TenantPlanVersion(models.Model):
    """Terms of usage are read once and kept: whoever rates, prices events or shows a cost asks for
    them, and most of what that would cost is reading them.

    What is kept, is kept under a name that belongs to these very terms. So there is nothing to
    forget: where prices of days to come change (R27), the name does.
    """

    _inherit = 'tenant.plan.version'

    terms_key = fields.Char(
        compute='_compute_terms_key', store=True, copy=False,
        help="Names what usage costs under a published version, as it is now.")

    # === COMPUTE METHODS === #

    @api.depends(
        'state', 'usage_minimum', 'usage_maximum', 'plan_id.code',
        *(f'charge_ids.{name}' for name in (
            'code', 'sequence', 'charge_model', 'discount', 'minimum', 'maximum')),
        *(f'charge_ids.meter_id.{name}' for name in (
            'code', 'aggregation', 'rounding', 'rounding_step')),
        *(f'charge_ids.row_ids.{name}' for name in (
            'value_1', 'value_2', 'value_3', 'valid_from', 'allowance', *PRICES)),
        *(f'charge_ids.row_ids.tier_ids.{name}' for name in ('upper', 'price', 'flat')))
    def _compute_terms_key(self):
        for version in self:
            version.terms_key = version.state == 'published' and uuid4().hex

    # === BUSINESS METHODS === #

    def _engine_usage(self):
        """What usage costs under this version, as rating knows it.

        :rtype: odoo.addons.tenant_billing.engine.rating_input.Version
        """
        return self._terms().usage

    def _charges_by_key(self):
        """The charges, in their order, by the name by which rating knows them."""
        keys = (charge.key for charge in self._engine_usage().charges)
        return dict(zip(keys, self._charges(), strict=True))

    def _charges(self):
        """The charges of this version, in their order."""
        return self.env['tenant.charge'].browse(self._terms().charge_ids)

    def _meters(self):
        """What the charges of these versions count."""
        return self.env['tenant.meter'].browse(dict.fromkeys(
            meter_id for version in self for meter_id in version._terms().meter_ids if meter_id))

    # === HELPERS === #

    def _terms(self):
        """:rtype: Terms"""
        self.ensure_one()
        return self._keep_terms(self.terms_key) if self.terms_key else self._read_terms()

    @ormcache('self.id', 'key')
    def _keep_terms(self, key):
        # whoever has the key has read the version; what is kept is whole, whoever asks first
        return self.sudo()._read_terms()

    def _read_terms(self):
        charges = self.charge_ids
        return Terms(
            self._read_usage(), charges._ids,
            tuple(charge.meter_id.id or None for charge in charges))
