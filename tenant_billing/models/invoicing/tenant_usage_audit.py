from datetime import timedelta

from odoo import api, fields, models

AT_ONCE = 100  # panels


class TenantBillingAudit(models.Model):
    """R21: the documents of a period sum to what it costs."""

    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return {**super()._checks(), 'rating': self._check_rating}

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
