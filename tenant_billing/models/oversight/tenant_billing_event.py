from odoo import api, fields, models
from odoo.exceptions import UserError


class TenantBillingEvent(models.Model):
    """The audit trail: one row for each thing that happened to a panel. Rows are only added."""

    _name = 'tenant.billing.event'
    _description = "Billing Event"
    _order = 'id desc'
    _rec_name = 'event'

    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    event = fields.Char(required=True, index=True, readonly=True)
    date = fields.Date(
        required=True,
        readonly=True,
        index=True,
        help="Service day: the local day of the panel on which it happened.",
    )
    happened_at = fields.Datetime(
        readonly=True, help="The instant. Active hours are counted from it.")
    user_id = fields.Many2one('res.users', string="By", required=True, readonly=True)
    state_from = fields.Char(string="From", readonly=True)
    state_to = fields.Char(string="To", readonly=True)
    facts = fields.Json(string="Facts as Data", readonly=True)
    facts_text = fields.Text(string="Facts", compute='_compute_facts_text')

    # === COMPUTE METHODS === #

    @api.depends('facts')
    def _compute_facts_text(self):
        for event in self:
            facts = event.facts or {}
            event.facts_text = "\n".join(f'{key}: {value}' for key, value in facts.items())

    # === CRUD METHODS === #

    def write(self, vals):
        self.check_access('write')
        if self:
            raise UserError(self.env._("The audit trail cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The audit trail cannot be deleted."))

    # === BUSINESS METHODS === #

    @api.model
    def _record(self, rows):
        """Add rows to the trail.

        :param list rows: dicts of company_id, event, date and, as they apply, panel_id,
            state_from, state_to and facts (a dict of plain values)
        :return: the new events
        """
        for row in rows:
            row['user_id'] = self.env.uid
            row['happened_at'] = fields.Datetime.now()
            row['facts'] = {key: self._plain(value) for key, value in row['facts'].items()}
        return self.sudo().create(rows)

    @api.model
    def _plain(self, value):
        """A value as JSON can carry it."""
        if isinstance(value, models.BaseModel):
            return value.display_name if value else None
        if value is None or isinstance(value, (bool, int, str)):
            return value
        return str(value)
