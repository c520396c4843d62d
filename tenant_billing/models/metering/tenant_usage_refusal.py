from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tenant_billing.engine.usage_limits import quantity_of


class TenantUsageRefusal(models.Model):
    """What limits refused, by local hour: senders may try again many times a second."""

    _name = 'tenant.usage.refusal'
    _description = "Refused Usage"
    _order = 'hour desc, id desc'
    _rec_name = 'meter_id'

    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='panel_id.company_id', store=True, index=True)
    meter_id = fields.Many2one('tenant.meter', required=True, readonly=True, ondelete='cascade')
    code = fields.Selection(
        [('limit_reached', "Hard limit"), ('cap_reached', "Cap")], string="Refused By",
        required=True, readonly=True)
    plan_version_id = fields.Many2one(
        'tenant.plan.version', readonly=True, help="Whose limits held when the last one came.")
    hour = fields.Char(
        string="Local Hour", required=True, readonly=True,
        help="The hour of the panel's day in which the usage lay.")
    events = fields.Integer(required=True, readonly=True, help="How often it was tried.")
    quantity = fields.Float(
        digits=0, required=True, readonly=True, help="Of all these events together.")
    last_at = fields.Datetime(
        string="Last Tried", required=True, readonly=True, help="When the last one came.")
    last_id = fields.Char(string="Last Event ID", required=True, readonly=True)

    _unique_hour = models.Constraint(
        'UNIQUE (panel_id, meter_id, code, hour)', "Each hour is told once.")

    _last_at = models.Index('(last_at)')

    # === BUSINESS METHODS === #

    @api.model
    def _log(self, refused, versions):
        """Note what was refused. Only for who holds the running totals of these panels, so that
        nobody waits here.

        :param list refused: (Event, code) of each, in their order
        :param dict versions: the id of the plan version whose limits hold, by panel
        """
        rows = {}
        for event, code in refused:
            row = rows.setdefault((event.panel_id, event.meter_id, code, event.hour[:16]), [0, 0])
            row[0] += 1
            row[1] += float(quantity_of(event))
            row[2:] = [event.external_id]
        now = fields.Datetime.now()
        companies = {
            panel.id: panel.company_id.id for panel in
            self.env['tenant.panel'].sudo().browse({place[0] for place in rows})}
        self.env.cr.execute(SQL(
            """
            INSERT INTO tenant_usage_refusal AS r (
                panel_id, meter_id, code, hour, events, quantity, last_id, company_id,
                plan_version_id, last_at)
            VALUES %s
                ON CONFLICT (panel_id, meter_id, code, hour) DO UPDATE SET
                   events = r.events + excluded.events, quantity = r.quantity + excluded.quantity,
                   last_at = excluded.last_at, last_id = excluded.last_id,
                   plan_version_id = excluded.plan_version_id
            """, SQL(", ").join(
                SQL("%s", (
                    *place, *row, companies[place[0]], versions[place[0]] or None, now))
                for place, row in sorted(rows.items()))), log_exceptions=False)
        self.invalidate_model(flush=False)
        self.env['tenant.panel'].browse(companies)._usage_refused()

    @api.model
    def _refused_meters(self, panel, version, start, end):
        """The meters of which a version's hard limits refused a panel's usage of local days. What
        a smaller plan refused on the day of an upgrade does not count.

        :param date start: the first day
        :param date end: the day after the last one
        :rtype: tenant.meter
        """
        return self.search([
            ('panel_id', '=', panel.id), ('plan_version_id', '=', version.id),
            ('code', '=', 'limit_reached'),
            ('hour', '>=', str(start)), ('hour', '<', str(end))]).meter_id
