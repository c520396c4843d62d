from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.charge_models import PER_EVENT

AT_ONCE = 100  # panels


class TenantBillingAudit(models.Model):
    """R21: the documents of a period sum to what it costs."""

    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return {
            **super()._checks(), 'rating': self._check_rating, 'prices': self._check_prices}

    @api.model
    def _check_rating(self):
        """Periods whose documents do not sum to their rating, though nothing came since."""
        panels = self.env['tenant.panel'].search([('usage_rated_on', '!=', False)])
        for start in range(0, len(panels), AT_ONCE):
            periods_ = self._settled_usage(panels[start:start + AT_ONCE])
            for period, rating in periods_._rate().items():
                wrong = [key for key, delta in rating.deltas.items() if delta]
                if wrong:
                    yield period, self.env._(
                        "The documents of %(days)s for %(panel)s do not sum to what its usage "
                        "costs: %(charges)s. The next invoice of the panel corrects it.",
                        days=period.display_name, panel=period.panel_id.name,
                        charges=", ".join(wrong))

    @api.model
    def _settled_usage(self, panels):
        """Periods that were rated when they were over, as long as their events are kept, and got
        no event since."""
        late = self.env['tenant.usage.event']._first_received({
            panel.id: panel.usage_rated_on - timedelta(days=1) for panel in panels})
        kept = fields.Datetime.now().date() - timedelta(
            days=min(panels.company_id.mapped('tenant_usage_keep_days'), default=0))
        return panels.period_ids.filtered(
            lambda p: p._serves_usage() and p._is_closed() and p.date_start > kept
            and p._usage_end() <= p.panel_id.usage_rated_on
            and p._usage_end() <= late.get(p.panel_id.id, p._usage_end()))

    @api.model
    def _check_prices(self):
        """Events that no charge bills, for they carry the price of another plan or none: they were
        stored in the moment in which their panel changed plans."""
        charges = self.env['tenant.charge'].search([('charge_model', 'in', list(PER_EVENT))])
        for plan, some in charges.grouped(lambda charge: charge.version_id.plan_id).items():
            for version in some.version_id:
                meters = some.filtered(lambda c, v=version: c.version_id == v).meter_id
                for period, count in self._wrongly_priced(version, meters, some.row_ids):
                    yield period, self.env._(
                        "Nothing bills %(count)s of the events of %(days)s for %(panel)s, for they "
                        "have no price of %(plan)s. Take them back and send them again.",
                        count=count, days=period.display_name, panel=period.panel_id.name,
                        plan=plan.name)

    @api.model
    def _wrongly_priced(self, version, meters, rows):
        """Periods of a version, and how many events of meters that it prices one by one have none
        of its plan's prices."""
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """
            SELECT p.id, sum(t.events)
              FROM tenant_billing_period p
              JOIN tenant_usage_total t ON t.panel_id = p.panel_id AND t.meter_id = ANY(%s)
               AND t.hour >= p.date_start AND t.hour < p.date_end
             WHERE p.plan_version_id = %s AND p.is_dated AND p.state <> 'void'
               AND split_part(t.tier, '/', 1) <> ALL(%s)
             GROUP BY p.id HAVING sum(t.events) > 0 ORDER BY p.id
            """, meters.ids, version.id, [str(row.id) for row in rows]))
        periods_ = self.env['tenant.billing.period']
        return [(periods_.browse(period), int(count)) for period, count in self.env.cr.fetchall()]
